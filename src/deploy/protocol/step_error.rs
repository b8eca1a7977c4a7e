//! Why a host did not do what it was asked.

use serde::{Deserialize, Serialize};

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepError {
    /// A command ended badly.
    #[error("{line} ended with {code}{}", with_colon(.last_line))]
    Command {
        /// The command as a shell line.
        line: String,
        /// Its exit code; 128+N for signal N.
        code: i32,
        /// The last it said.
        last_line: String,
    },
    /// A command had no end.
    #[error("{line} timed out after {seconds} s")]
    Timeout {
        /// The command as a shell line.
        line: String,
        /// How long we waited.
        seconds: u64,
    },
    /// A command is not there.
    #[error("cannot find {program}")]
    Missing {
        /// The program.
        program: String,
    },
    /// A file can't be written.
    #[error("cannot write {path}: {text}")]
    Write {
        /// The file.
        path: String,
        /// What the kernel said.
        text: String,
    },
    /// A file can't be read, or says something else than it should.
    #[error("cannot read {path}: {text}")]
    Read {
        /// The file.
        path: String,
        /// What the kernel said.
        text: String,
    },
    /// The app's configuration can't be used.
    #[error("{text}")]
    Config {
        /// What is wrong with it.
        text: String,
    },
    /// A unit does not do its work.
    #[error("{unit} is not healthy: {why}")]
    Unhealthy {
        /// The unit.
        unit: String,
        /// What was seen.
        why: String,
    },
    /// Its container was still there after the stop.
    #[error("{unit} was stopped, but its container {container} still runs")]
    StillRunning {
        /// The unit.
        unit: String,
        /// The container.
        container: String,
    },
    /// The step needs the lock.
    #[error("cannot change anything without the lock")]
    NotLocked,
    /// There is no nginx to ask.
    #[error("cannot ask nginx: {text}")]
    Proxy {
        /// What was said.
        text: String,
    },
    /// We were told to stop.
    #[error("cancelled")]
    Cancelled,
    /// The host is gone, or speaks no more.
    #[error("no connection: {text}")]
    ConnectionLost {
        /// What was heard last.
        text: String,
    },
}

impl StepError {
    /// Whether the host may still be doing it, or may have done it.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::ConnectionLost { .. })
    }
}

/// A step that failed, and why. A command's failure begins with the command,
/// which the step may be already.
pub fn with_step(step: &str, failure: &StepError) -> String {
    let text = failure.to_string();
    if text.starts_with(step) { text } else { format!("{step}: {text}") }
}

fn with_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}
