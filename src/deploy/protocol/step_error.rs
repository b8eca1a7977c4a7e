//! The errors of requests.

use serde::{Deserialize, Serialize};

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepError {
    /// A command failed.
    #[error("{line} ended with {code}{}", with_colon(.last_line))]
    Command {
        /// The command as a shell line.
        line: String,
        /// Its exit code; 128+N for signal N.
        code: i32,
        /// The last line of its output.
        last_line: String,
    },
    /// A command did not end in time and was killed.
    #[error("{line} timed out after {seconds} s")]
    Timeout {
        /// The command as a shell line.
        line: String,
        /// The timeout.
        seconds: u64,
    },
    /// A program is not on PATH.
    #[error("cannot find {program}")]
    Missing { program: String },
    #[error("cannot write {path}: {text}")]
    Write {
        path: String,
        /// The error of the system.
        text: String,
    },
    /// A file cannot be read, or its content is invalid.
    #[error("cannot read {path}: {text}")]
    Read {
        path: String,
        /// The error of the system, or what is invalid in the file.
        text: String,
    },
    /// The configuration or the installation does not allow it.
    #[error("{text}")]
    Config { text: String },
    /// A unit did not pass its gate.
    #[error("{unit} is not healthy: {reason}")]
    Unhealthy {
        unit: String,
        /// The result of the last check.
        reason: String,
    },
    /// A container outlived the stop of its unit and its own stop.
    #[error("{unit} was stopped, but its container {container} still runs")]
    StillRunning { unit: String, container: String },
    /// The step needs the lock.
    #[error("cannot change anything without the lock")]
    NotLocked,
    /// `nginx -T` failed.
    #[error("cannot read the nginx configuration: {text}")]
    Proxy { text: String },
    /// The deployer cancelled the request.
    #[error("cancelled")]
    Cancelled,
    /// The connection could not be opened, has ended, or its host no longer responds.
    #[error("no connection: {text}")]
    ConnectionLost {
        /// The reason: from ssh, from the remote shell or from the system.
        text: String,
    },
}

impl StepError {
    /// Whether the connection was lost. The host may have carried out the request, or may still
    /// do it.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::ConnectionLost { .. })
    }
}

/// The step and its error. An error that already begins with the step, such as the shell line
/// of a command, stands alone.
pub fn with_step(step: &str, error: &StepError) -> String {
    let text = error.to_string();
    if text.starts_with(step) { text } else { format!("{step}: {text}") }
}

fn with_colon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}
