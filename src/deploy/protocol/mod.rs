//! The protocol between the deployer and an agent: requests and responses as lines of JSON.

pub mod codec;
pub mod request;
pub mod response;
pub mod step_error;
