//! The binary. Everything else is in the library.

/// musl's allocator gives each size of block pages of its own: the entrypoint would touch nine pages
/// more before it starts the process, which is a tenth of its time.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> std::process::ExitCode {
    docker_runner::main(docker_runner::world::World::from_process()).into()
}
