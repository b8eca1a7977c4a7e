//! Django in Docker on a few servers of one's own: one binary, called by several names.
//!
//! Data goes one way: the world is read once, becomes a plan (a value that
//! `--dry-run` prints), and the plan is carried out at the end.

pub mod applet;
pub mod clap_error;
pub mod command;
pub mod deploy;
pub mod duration;
pub mod entrypoint;
pub mod error;
mod http_probe;
pub mod report;
pub mod runner;
pub mod shell;
pub mod sorted_map;
pub mod suggest;
pub mod sys;
pub mod text_table;
pub mod url;
pub mod world;

use applet::Applet;
use world::World;

/// Does what `world` asks for; the result is the exit code. Does not return
/// where a process takes our place (`execve`).
pub fn main(world: &World) -> u8 {
    if let Some(bits) = sys::identity::set_id_bits() {
        return failed("docker-runner", &error::Error::SetId { bits, file: sys::identity::binary() });
    }
    let applet = match Applet::of(world) {
        Ok(applet) => applet,
        Err(error) => return failed("docker-runner", &error),
    };
    let result = match applet.kind {
        applet::AppletKind::Entrypoint => entrypoint::run(world, &applet).map_err(error::Error::from),
        applet::AppletKind::Runner => runner::run(world, &applet).map_err(error::Error::from),
        applet::AppletKind::Deploy => deploy::run(world, &applet).map_err(error::Error::from),
    };
    match result {
        Ok(code) => code,
        Err(error) => failed(applet.name, &error),
    }
}

fn failed(name: &str, error: &error::Error) -> u8 {
    report::failure(name, error, error.excerpt());
    error.exit_code()
}
