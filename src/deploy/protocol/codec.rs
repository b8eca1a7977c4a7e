//! What goes between the deployer and a host: lines of JSON.

use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Changes whenever the lines do: both sides must have the same.
pub const PROTOCOL: u32 = 2;

/// How often each side says that it is there, in seconds.
pub const BEAT: u64 = 5;

/// After how many seconds of silence the other side is gone.
pub const SILENCE: u64 = 30;

/// What the deployer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientMsg {
    /// Do this.
    Do {
        /// The question's number.
        id: u64,
        /// What.
        action: Box<Request>,
    },
    /// Cut short what you are doing.
    Stop,
    /// I am there; say so as well.
    There,
}

/// What a host says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentMsg {
    /// The first line.
    Hello {
        /// The binary's version.
        version: String,
        /// [`PROTOCOL`].
        protocol: u32,
    },
    /// I am there.
    There,
    /// A command says this.
    Heard {
        /// The question's number.
        id: u64,
        /// The line.
        line: String,
    },
    /// It is done, or it failed.
    Answered {
        /// The question's number.
        id: u64,
        /// How it went.
        result: Result<Response, StepError>,
    },
}

/// A line, with its end.
pub fn line(value: &impl Serialize) -> String {
    crate::report::json_line(value)
}

/// What a line says; `None` where it is of another version, or no line of ours.
pub fn read<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    serde_json::from_slice(line).ok()
}

#[cfg(test)]
mod tests {
    use super::{AgentMsg, ClientMsg, line, read};
    use crate::deploy::protocol::request::Request;
    use crate::deploy::protocol::response::Response;
    use crate::deploy::protocol::step_error::StepError;

    #[test]
    fn a_line_comes_back_as_it_was() {
        let action = Box::new(Request::Task { tag: "b1".into(), words: vec!["a\nb".into()] });
        let asked = ClientMsg::Do { id: 7, action };
        let text = line(&asked);
        assert_eq!((text.matches('\n').count(), read::<ClientMsg>(text.as_bytes()).unwrap()), (1, asked));
        for result in [Ok(Response::Done), Err(StepError::Cancelled), Ok(Response::Ran { migrated: true })] {
            let told = AgentMsg::Answered { id: 7, result };
            assert_eq!(read::<AgentMsg>(line(&told).as_bytes()).unwrap(), told);
        }
    }
}
