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
//! A [`host::Host`] does an [`action::Action`] and gives an [`answer::Answer`]. Behind it stands a
//! session with `docker-deploy on-host`, through ssh or as a child of ours, or
//! in tests a simulated machine. The host's side ([`onhost`]) writes every step
//! into a journal beside TAG before it does it; so whatever is cut off, the
//! hosts know what they were, and the next push or rollback takes it up.

pub mod action;
pub mod answer;
mod back;
pub mod check;
pub mod cli;
pub mod connect;
pub mod ended;
pub mod error;
pub mod facts;
pub mod failure;
pub mod history;
pub mod host;
pub mod install;
pub mod job;
mod looked;
pub mod nginx;
mod notes;
pub mod onhost;
pub mod perform;
pub mod plan;
mod run;
pub mod session;
pub mod settings;
mod settle;
pub mod show;
pub mod ssh;
pub mod status;
pub mod tag;
pub mod time;
pub mod topology;
pub mod trouble;
mod undo;
pub mod wire;

pub use error::Error;

use crate::applet::Applet;
use crate::world::World;

/// The pipeline.
pub fn run(world: &World, applet: &Applet) -> Result<u8, Error> {
    run::run(world, &applet.arguments)
}
