//! What people see: plain lines in a pipe, live lines on a terminal, tables.

pub mod live;
pub mod plain;
pub mod plan;
pub mod status;
pub mod table;
