//! Man pages and shell completions, made at build time from the command lines'
//! own declarations: `cargo run --example generate -- FOLDER`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a build tool, no part of the binary")]

mod bash;
mod fish;
mod man;
mod options;
mod zsh;

use docker_runner::{deploy, entrypoint, runner};
use options::Options;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| std::io::Error::other("no FOLDER was given"))?;
    let folder = Path::new(&folder);
    let options = Options::of(&runner::cli::declaration());
    write(folder, "bash-completion/completions/docker-runner", bash::text(&options).as_bytes())?;
    write(folder, "zsh/site-functions/_docker-runner", zsh::text(&options).as_bytes())?;
    write(folder, "fish/vendor_completions.d/docker-runner.fish", fish::text(&options).as_bytes())?;
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
