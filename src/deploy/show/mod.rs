//! What people see: plain lines in a pipe, live lines on a terminal, the plan, tables.

pub mod live;
pub mod plain;
pub mod plan;
pub mod status;
