//! Rollouts on simulated hosts: every step with every fault.
//!
//! Real are the deployer with its plan and its undo, and the agent with its
//! journal. Simulated are the machine (files, Docker, units, time) and the
//! connection. No real time passes.
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
mod scenarios;
mod status;
mod undo;
