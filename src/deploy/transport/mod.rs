//! The connection to an agent: through ssh, or to a child process on this machine.

pub mod connect;
pub mod session;
pub mod ssh;
