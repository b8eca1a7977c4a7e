//! Generates man pages and shell completions from the declarations of the command
//! lines: `cargo run --example generate -- FOLDER`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a build tool, not part of the binary")]

mod bash;
mod fish;
mod man;
mod options;
mod zsh;

use docker_runner::{deploy, entrypoint, runner};
use options::Options;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| std::io::Error::other("no FOLDER given"))?;
    let folder = Path::new(&folder);
    let options = Options::from_command(&runner::cli::declaration());
    write(folder, "bash-completion/completions/docker-runner", bash::script(&options).as_bytes())?;
    write(folder, "zsh/site-functions/_docker-runner", zsh::script(&options).as_bytes())?;
    write(folder, "fish/vendor_completions.d/docker-runner.fish", fish::script(&options).as_bytes())?;
    write(
        folder,
        "man/man1/docker-entrypoint.1",
        &man::entrypoint(entrypoint::command("docker-entrypoint")),
    )?;
    write(folder, "man/man8/docker-runner.8", &man::runner(runner::cli::declaration()))?;
    write(folder, "man/man8/docker-deploy.8", &man::deploy(deploy::cli::declaration()))
}

fn write(folder: &Path, file: &str, text: &[u8]) -> std::io::Result<()> {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap())?;
    std::fs::write(path, text)
}
