//! The binary. Everything is in the library.
fn main() -> std::process::ExitCode {
    docker_runner::main(&docker_runner::world::World::from_process()).into()
}
