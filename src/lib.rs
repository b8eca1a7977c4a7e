//! Runs Django in Docker on a few servers: one binary with several names.
//!
//! Data flows one way: the surroundings of the process are read once and become
//! a plan, which is a value that `--dry-run` prints. The plan is executed at the end.

pub mod applet;
pub mod clap_error;
pub mod command;
pub mod deploy;
pub mod duration;
pub mod entrypoint;
pub mod error;
mod http_probe;
pub mod json;
pub mod process;
pub mod report;
pub mod runner;
pub mod shell;
pub mod suggest;
pub mod sys;
pub mod text_table;
pub mod url;
pub mod world;

use applet::Applet;
use world::World;

/// Runs the applet that `world` selects and returns its exit code. Does not
/// return if another program replaces this process (`execve`).
pub fn main(world: &World) -> u8 {
    if let Some(bits) = sys::identity::set_id_bits() {
        return report_error("docker-runner", &error::Error::SetId { bits, file: sys::identity::binary() });
    }
    let applet = match Applet::from_world(world) {
        Ok(applet) => applet,
        Err(error) => return report_error("docker-runner", &error.into()),
    };
    let result = match applet.kind {
        applet::AppletKind::Entrypoint => entrypoint::run(world, &applet).map_err(error::Error::from),
        applet::AppletKind::Runner => runner::run(world, &applet).map_err(error::Error::from),
        applet::AppletKind::Deploy => deploy::run(world, &applet).map_err(error::Error::from),
    };
    match result {
        Ok(code) => code,
        Err(error) => report_error(applet.name, &error),
    }
}

fn report_error(name: &str, error: &error::Error) -> u8 {
    report::failure(name, error, error.excerpt());
    error.exit_code()
}
