//! `docker-deploy`: deploys a tag to every host of an app, or rolls it back.
//!
//! ```text
//! arguments, environment, /etc/default/APP     cli, settings             validated settings
//!   → the hosts in order, each once            topology                  a host may have several roles
//!   → the state of every host                  rollout/inspect           all blockers are reported at once
//!   → the lock of every host                   rollout/lock              held by the agent until the deployer ends
//!   → a plan: steps, each with its undo        plan                      a value; `plan` prints it
//!   → the steps, or their undo on failure      rollout/execute, rollback through one seam, `Host`
//! ```
//!
//! A [`host::Host`] takes a [`protocol::request::Request`] and returns a
//! [`protocol::response::Response`]. Behind it is a session with an [`agent`]
//! (`docker-deploy on-host`), over ssh or as a child process, or a simulated
//! machine in tests. The agent writes every step into a journal in TAG's
//! folder before it does the step. So after an interruption at any point the hosts
//! know their previous state, and the next push or rollback continues from it.

pub mod agent;
pub mod blocker;
pub mod check_url;
pub mod cli;
pub mod commands;
pub mod error;
pub mod history;
pub mod host;
pub mod host_state;
pub mod nginx;
pub mod plan;
pub mod protocol;
pub mod role;
pub mod rollout;
pub mod settings;
pub mod show;
pub mod state;
pub mod tag_files;
#[cfg(test)]
mod test_values;
pub mod timestamp;
pub mod topology;
pub mod transport;

pub use error::Error;

use crate::applet::Applet;
use crate::world::World;

pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    commands::run(world, &applet.arguments)
}
