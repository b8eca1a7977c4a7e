//! Output: plain lines for a pipe, live lines for a terminal, the plan, tables.

pub mod history;
pub mod live;
pub mod plain;
pub mod plan;
pub mod status;
