//! The messages between the deployer and an agent: a JSON value on each line.
//!
//! A variant without fields is a string. Any other variant is an object whose only member has the
//! variant's name: `"cancel"`, `{"hello":{"version":"0.2.0","protocol":3,"inspect":1}}`.
//!
//! Two numbers decide which releases work together:
//!
//! - [`PROTOCOL`] is the number of the whole format. Both sides must have the same number, and
//!   be of the same release, before anything changes on a host.
//! - [`INSPECT`] is the number of the requests that change nothing ([`Request::is_inspection`]) and
//!   of their responses. A new field does not raise it: readers ignore unknown fields, and a missing
//!   field has a default. So `status`, `history`, `log` and `plan` work with the agents of
//!   other releases, as long as their number is within [`OLDEST_INSPECT`] to [`INSPECT`].
//!
//! The format of the `hello` line never changes, so that each release can report the version of the other.

use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The release of this binary.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// The number of the whole protocol. Each change of the format raises it by one.
pub const PROTOCOL: u32 = 3;

/// The number of the requests that change nothing. A release that raises it still reads the
/// responses of the previous number.
pub const INSPECT: u32 = 1;

/// The lowest [`INSPECT`] that this release reads. Agents of release 0.1 do not send one, which counts as 0.
pub const OLDEST_INSPECT: u32 = 1;

/// How often each side sends a keep-alive, in seconds.
pub const KEEP_ALIVE_INTERVAL: u64 = 5;

/// After this time without a line, in seconds, a side treats the connection as lost.
pub const RECEIVE_TIMEOUT: u64 = 30;

/// A message from the deployer to an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientMsg {
    /// The agent carries out the request.
    Request {
        /// Its number, which the response repeats.
        id: u64,
        request: Box<Request>,
    },
    /// The agent cancels the current request.
    Cancel,
    /// The agent returns it.
    KeepAlive,
}

/// A message from an agent to the deployer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentMsg {
    /// The first message of a connection.
    Hello {
        /// The release of the agent.
        version: String,
        /// [`PROTOCOL`] of the agent.
        protocol: u32,
        /// [`INSPECT`] of the agent.
        #[serde(default)]
        inspect: u32,
    },
    KeepAlive,
    /// A line of output of a command.
    Output {
        /// The number of the request.
        id: u64,
        /// Redacted.
        line: String,
    },
    /// The request has ended.
    Response {
        /// The number of the request.
        id: u64,
        /// `{"Ok":…}` or `{"Err":…}`.
        result: Result<Response, StepError>,
    },
}

/// A message as a line of JSON, with its newline.
pub fn encode(message: &impl Serialize) -> String {
    crate::report::json_line(message)
}

/// Parses a line; `None` if it is not a valid message.
pub fn decode<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    // By way of Value, as state files are read: one JSON parser in the binary instead of one for each type.
    let value: Value = serde_json::from_slice(line).ok()?;
    T::deserialize(&value).ok()
}

/// The number of a request that [`decode`] cannot parse, because another release sent it.
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
    use crate::deploy::role::{Role, RoleUnit};

    #[test]
    fn a_message_is_encoded_as_one_line_and_decoded() {
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

    /// A renamed field is a change of the format.
    #[test]
    fn the_names_on_the_wire_do_not_change() {
        let unit = || RoleUnit { role: Role::Web, unit: "site".into() };
        let task = Request::Task { tag: "b1".into(), task: vec!["migrate".into()] };
        let gate = Request::Gate { unit: unit(), tag: None, url: None, patience: 9 };
        for (request, line) in [
            (task, r#"{"task":{"tag":"b1","task":["migrate"]}}"#),
            (Request::Stop { unit: unit() }, r#"{"stop":{"unit":{"role":"web","unit":"site"}}}"#),
            (gate, r#"{"gate":{"unit":{"role":"web","unit":"site"},"tag":null,"url":null,"patience":9}}"#),
        ] {
            assert_eq!(encode(&request).trim_end(), line);
        }
    }

    /// The first line of release 0.1.0, whose protocol was number 2, and of a later one.
    #[test]
    fn every_hello_is_decoded() {
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

    /// An older release omits fields, a newer one adds some.
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
