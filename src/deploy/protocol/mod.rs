//! What the deployer and a host's agent send each other: lines of JSON.

pub mod codec;
pub mod request;
pub mod response;
pub mod step_error;
