//! The messages between the deployer and an agent: a JSON value on each line.
//!
//! An enum's variant without fields is a string, any other an object whose only member has the
//! variant's name: `"cancel"`, `{"hello":{"version":"0.2.0","protocol":3,"inspect":1}}`.
//!
//! Two numbers say who understands whom:
//!
//! - [`PROTOCOL`] is the format of everything. Both sides must have the same one, and the same
//!   release, before anything changes on a host.
//! - [`INSPECT`] is the format of the requests that change nothing ([`Request::is_inspection`]) and of
//!   their responses. New fields do not raise it: readers ignore fields that they do not know, and a
//!   missing one has a default. So `status`, `history`, `log` and `plan` work with the agents of
//!   other releases, as long as their number is one of [`OLDEST_INSPECT`] to [`INSPECT`].
//!
//! The `hello` line never changes, so that each release can name the other one's version.

use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The number of the whole protocol: one more with each change of its format.
pub const PROTOCOL: u32 = 3;

/// The number of the requests that change nothing. A release that raises it keeps reading the
/// responses of the one before.
pub const INSPECT: u32 = 1;

/// The oldest such number that this release still reads. Agents before it sent none, which is 0.
pub const OLDEST_INSPECT: u32 = 1;

/// How often each side sends a sign of life, in seconds.
pub const KEEP_ALIVE: u64 = 5;

/// After how many seconds without a line a side takes the connection as lost.
pub const SILENCE: u64 = 30;

/// What the deployer sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientMsg {
    /// Carry out a request.
    Request {
        /// Its number, which the response repeats.
        id: u64,
        /// What to do.
        request: Box<Request>,
    },
    /// Cancel the request that runs.
    Cancel,
    /// A sign of life, which the agent returns.
    KeepAlive,
}

/// What an agent sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentMsg {
    /// The first line.
    Hello {
        /// The release of its binary.
        version: String,
        /// Its [`PROTOCOL`].
        protocol: u32,
        /// Its [`INSPECT`].
        #[serde(default)]
        inspect: u32,
    },
    /// A sign of life.
    KeepAlive,
    /// A line that a command printed.
    Output {
        /// The request's number.
        id: u64,
        /// The line, redacted.
        line: String,
    },
    /// The request has ended.
    Response {
        /// The request's number.
        id: u64,
        /// `{"Ok":…}` or `{"Err":…}`.
        result: Result<Response, StepError>,
    },
}

/// A message as its line, newline included.
pub fn encode(message: &impl Serialize) -> String {
    crate::report::json_line(message)
}

/// Reads a line; `None` where it is not such a message.
pub fn decode<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    serde_json::from_slice(line).ok()
}

/// The number of a request that [`decode`] cannot read: another release sent it.
pub fn request_id(line: &[u8]) -> Option<u64> {
    let message: Value = decode(line)?;
    message.get("request")?.get("id")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::{AgentMsg, ClientMsg, decode, encode, request_id};
    use crate::deploy::blocker::Blocker;
    use crate::deploy::host_state::HostState;
    use crate::deploy::protocol::request::Request;
    use crate::deploy::protocol::response::Response;
    use crate::deploy::protocol::step_error::StepError;

    #[test]
    fn a_message_survives_its_line() {
        let request = Box::new(Request::Task { tag: "b1".into(), task: vec!["a\nb".into()] });
        let sent = ClientMsg::Request { id: 7, request };
        let text = encode(&sent);
        assert_eq!((text.matches('\n').count(), decode::<ClientMsg>(text.as_bytes()).unwrap()), (1, sent));
        for result in
            [Ok(Response::Done), Err(StepError::Cancelled), Ok(Response::TaskDone { migrated: true })]
        {
            let sent = AgentMsg::Response { id: 7, result };
            assert_eq!(decode::<AgentMsg>(encode(&sent).as_bytes()).unwrap(), sent);
        }
    }

    /// The first line of release 0.1.0, whose protocol was number 2, and of a later one.
    #[test]
    fn every_hello_is_understood() {
        for (line, number) in [
            (r#"{"hello":{"version":"x","protocol":2}}"#, 0),
            (r#"{"hello":{"version":"x","protocol":2,"inspect":7,"more":[]}}"#, 7),
        ] {
            let hello = AgentMsg::Hello { version: "x".into(), protocol: 2, inspect: number };
            assert_eq!(decode::<AgentMsg>(line.as_bytes()), Some(hello));
        }
    }

    #[test]
    fn a_request_of_another_release_has_a_number() {
        let line = br#"{"request":{"id":7,"request":{"promote":{"tag":"b1"}}}}"#;
        assert_eq!((decode::<ClientMsg>(line), request_id(line)), (None, Some(7)));
        assert_eq!(request_id(b"\"cancel\""), None);
    }

    /// An older release leaves fields out, a newer one sends more.
    #[test]
    fn a_host_state_of_another_release_is_read() {
        let text = br#"{"names":["a"],"units":[{"name":"site","color":1}],"later":{},"blockers":[{"quota":{"text":"full"}}]}"#;
        let state: HostState = decode(text).unwrap();
        assert_eq!((state.names[0].as_str(), state.units[0].name.as_str()), ("a", "site"));
        assert!(matches!(&state.blockers[0], Blocker::Unknown(_)));
        assert_eq!(state.blockers[0].to_string(), r#"unknown blocker {"quota":{"text":"full"}}"#);
        let empty: HostState = decode(b"{}").unwrap();
        assert_eq!(empty, HostState::default());
        let request: Request = decode(br#"{"inspect":{"later":1}}"#).unwrap();
        assert_eq!(request, Request::Inspect { units: Vec::new(), incoming: None, health: false });
    }
}
