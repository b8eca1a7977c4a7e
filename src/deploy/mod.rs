//! Across hosts: a tag on every host of an app, or the old one back.
//!
//! ```text
//! arguments, environment, /etc/default/APP       cli, settings     what is asked, validated
//!   → hosts in their order, each once            topology          a host may have several roles
//!   → facts of every host                        looked, facts     all that is wrong, told at once
//!   → the lock of every host                     job               held by the host's side, which ends with us
//!   → a plan: steps, each with what undoes it    plan              a value; `plan` prints it
//!   → the steps, and back where one fails        perform, undo     through the one seam, `Host`
//! ```
//!
//! A [`host::Host`] does an [`protocol::request::Request`] and gives an [`protocol::response::Response`]. Behind it stands a
//! session with `docker-deploy on-host`, through ssh or as a child of ours, or
//! in tests a simulated machine. The host's side ([`agent`]) writes every step
//! into a journal beside TAG before it does it; so whatever is cut off, the
//! hosts know what they were, and the next push or rollback takes it up.

pub mod agent;
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
pub mod rollout;
pub mod settings;
pub mod show;
pub mod state;
pub mod tag_files;
pub mod timestamp;
pub mod topology;
pub mod transport;

pub use error::Error;

use crate::applet::Applet;
use crate::world::World;

/// The pipeline.
pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    commands::run(world, &applet.arguments)
}
