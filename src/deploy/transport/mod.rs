//! How a host is reached: ssh, or a child process on this machine, and the session over either.

pub mod connect;
pub mod session;
pub mod ssh;
