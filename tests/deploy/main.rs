//! The deploy against simulated hosts: every step times every fault.
//!
//! What is real: the deployer, its plan and its way back, and the host's side
//! with its journal. What is simulated: the machine under it (files, Docker,
//! units, time) and the connection. No real time passes.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test touches the world, and fails by panicking"
)]

mod case;
mod check;
mod commands;
mod faults;
mod host;
mod machine;
mod network;
mod plans;
mod state_files;
mod status;
mod stories;
mod ways_back;
