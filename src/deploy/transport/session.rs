//! The session with an agent over the standard streams of a child process: `docker-deploy on-host`,
//! started directly or through ssh.

use crate::deploy::agent::host_command::HostCommand;
use crate::deploy::host::Host;
use crate::deploy::protocol::codec::{
    self, AgentMsg, ClientMsg, INSPECT, KEEP_ALIVE_INTERVAL, OLDEST_INSPECT, PROTOCOL, RECEIVE_TIMEOUT,
    RELEASE,
};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::sys::child::Conversation;
use crate::sys::threads;
use std::fs::File;
use std::io::Write;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an agent may take to send its first line.
const HELLO_TIMEOUT: Duration = Duration::from_secs(30);

/// The interval of checks of the stop flag.
const TICK: Duration = Duration::from_millis(50);

/// How long an agent may take to cancel a request.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(60);

/// What ssh prints if a host's key is unknown or has changed.
const UNKNOWN_KEY: &str = "Host key verification failed.";

/// A session with the agent of a host.
pub struct Session {
    host: String,
    command: HostCommand,
    link: Option<Link>,
    /// The error for changes if the agent is of another release, which can only be inspected.
    mismatch: Option<String>,
    last_id: u64,
}

/// The child and its streams.
struct Link {
    child: Conversation,
    /// `ssh` or `docker-deploy`.
    program: &'static str,
    input: Arc<Mutex<Option<File>>>,
    /// The last line of standard error, from ssh or from the remote shell.
    last_error: String,
    last_received: Instant,
}

impl Session {
    /// Starts the agent with `command` and connects; cancelled once `stop` returns true.
    pub fn open(host: &str, command: HostCommand, stop: &dyn Fn() -> bool) -> Result<Self, StepError> {
        let mut session = Self { host: host.to_owned(), command, link: None, mismatch: None, last_id: 0 };
        session.connect(stop)?;
        Ok(session)
    }

    fn connect(&mut self, stop: &dyn Fn() -> bool) -> Result<(), StepError> {
        self.link = None;
        let mut link = Link::start(&self.command)?;
        self.mismatch = self.receive_hello(&mut link, stop)?;
        self.link = Some(link);
        Ok(())
    }

    /// Waits for the `hello` of the agent. The result is [`Session::mismatch`].
    fn receive_hello(&self, link: &mut Link, stop: &dyn Fn() -> bool) -> Result<Option<String>, StepError> {
        let deadline = Instant::now() + HELLO_TIMEOUT;
        loop {
            // A login shell may print lines before the agent starts.
            let line = link.next_line(&self.host, TICK)?;
            match line.and_then(|line| codec::decode(line.as_bytes())) {
                Some(AgentMsg::Hello { version, protocol, inspect }) => {
                    return self.check_version(&version, protocol, inspect);
                }
                Some(_) => {}
                None if stop() => return Err(StepError::Cancelled),
                None if Instant::now() >= deadline => {
                    let text = format!("no response within {} s", HELLO_TIMEOUT.as_secs());
                    return Err(StepError::ConnectionLost { text });
                }
                None => {}
            }
        }
    }

    fn check_version(&self, version: &str, protocol: u32, inspect: u32) -> Result<Option<String>, StepError> {
        if version == RELEASE && protocol == PROTOCOL {
            return Ok(None);
        }
        let version = crate::report::printable(version);
        let (theirs, ours) = match version == RELEASE {
            true => (format!("{version} (protocol {protocol})"), format!("{RELEASE} (protocol {PROTOCOL})")),
            false => (version, RELEASE.to_owned()),
        };
        let install = format!("docker-deploy install {}", self.host);
        let next = match is_newer(&theirs, protocol) {
            true => format!("install {theirs} here, or run {install} to install {ours} there"),
            false => format!("run {install}"),
        };
        let text = format!("docker-deploy {theirs} is installed there, but {ours} here; {next}");
        match (OLDEST_INSPECT..=INSPECT).contains(&inspect) {
            true => Ok(Some(text)),
            false => Err(StepError::Config { text }),
        }
    }

    /// Adds the version mismatch to a host state.
    fn with_mismatch(&self, response: Response) -> Response {
        match response {
            Response::HostState(mut state) => {
                state.version_mismatch.clone_from(&self.mismatch);
                Response::HostState(state)
            }
            other => other,
        }
    }

    /// The agent may still carry out the request, so the connection counts as lost.
    fn unreadable_line(&self) -> StepError {
        match &self.mismatch {
            Some(text) => StepError::Config { text: text.clone() },
            None => StepError::ConnectionLost { text: "its agent sent a line that cannot be read".into() },
        }
    }
}

/// Whether an agent is of a later release than this deployer.
fn is_newer(version: &str, protocol: u32) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(|letter: char| !letter.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    protocol > PROTOCOL || (protocol == PROTOCOL && numbers(version) > numbers(RELEASE))
}

impl Link {
    fn start(command: &HostCommand) -> Result<Self, StepError> {
        let program = command.program();
        let name = if program == "ssh" { "ssh" } else { "docker-deploy" };
        let (child, input) = Conversation::start(name, &command.argv()).map_err(|error| {
            StepError::ConnectionLost { text: format!("cannot start {program}: {error}") }
        })?;
        let input = Arc::new(Mutex::new(Some(input)));
        let keep_alive_input = input.clone();
        let keep_alive = Box::new(move || {
            while send(&keep_alive_input, &ClientMsg::KeepAlive) {
                std::thread::sleep(Duration::from_secs(KEEP_ALIVE_INTERVAL));
            }
        });
        threads::spawn(keep_alive)
            .map_err(|error| StepError::ConnectionLost { text: format!("cannot start a thread: {error}") })?;
        Ok(Self { child, program: name, input, last_error: String::new(), last_received: Instant::now() })
    }

    /// The next line of standard output; `None` at the timeout or after a line of standard error.
    fn next_line(&mut self, host: &str, timeout: Duration) -> Result<Option<String>, StepError> {
        match self.child.lines.recv_timeout(timeout) {
            Ok((true, line)) => {
                if !line.trim().is_empty() {
                    self.last_error = line.trim().to_owned();
                }
                Ok(None)
            }
            Ok((false, line)) => {
                self.last_received = Instant::now();
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.connection_lost(host)),
        }
    }

    fn connection_lost(&mut self, host: &str) -> StepError {
        let code = self.child.exit_code(Duration::from_secs(2));
        if matches!(code, Some(126 | 127)) {
            let text = format!("docker-deploy is not installed there; run docker-deploy install {host}");
            return StepError::Config { text };
        }
        let mut text = std::mem::take(&mut self.last_error);
        if text == UNKNOWN_KEY {
            text.push_str(&format!(" (run ssh {host} once by hand: it shows the key and accepts it)"));
        }
        let text = match (text.is_empty(), code) {
            (false, _) => text,
            (true, Some(code)) => format!("{} exited with code {code}", self.program),
            (true, None) => format!("{} closed its output", self.program),
        };
        StepError::ConnectionLost { text }
    }
}

/// Sends a message; `false` if the connection has ended.
fn send(input: &Mutex<Option<File>>, message: &ClientMsg) -> bool {
    let mut input = input.lock().unwrap_or_else(PoisonError::into_inner);
    let line = codec::encode(message);
    input.as_mut().is_some_and(|input| input.write_all(line.as_bytes()).and_then(|()| input.flush()).is_ok())
}

impl Host for Session {
    fn perform(
        &mut self,
        request: &Request,
        on_line: &mut dyn FnMut(&str),
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError> {
        if let Some(text) = self.mismatch.as_ref().filter(|_| !request.is_inspection()) {
            return Err(StepError::Config { text: text.clone() });
        }
        self.last_id += 1;
        let id = self.last_id;
        let Some(mut link) = self.link.take() else {
            return Err(StepError::ConnectionLost { text: "it was lost during an earlier request".into() });
        };
        link.last_received = Instant::now();
        // A failure is ignored: the end of the output reports it.
        send(&link.input, &ClientMsg::Request { id, request: Box::new(request.clone()) });
        let mut cancelled: Option<Instant> = None;
        loop {
            if let Some(line) = link.next_line(&self.host, TICK)? {
                match codec::decode(line.as_bytes()) {
                    Some(AgentMsg::Response { id: found, result }) if found == id => {
                        self.link = Some(link);
                        return result.map(|response| self.with_mismatch(response));
                    }
                    Some(AgentMsg::Output { id: found, line }) if found == id => on_line(&line),
                    Some(_) => {}
                    None => return Err(self.unreadable_line()),
                }
            }
            if cancelled.is_none() && stop() {
                if request.is_inspection() {
                    // It changes nothing, so its end does not matter.
                    return Err(StepError::Cancelled);
                }
                cancelled = Some(Instant::now());
                send(&link.input, &ClientMsg::Cancel);
            }
            let lost = |text| Err(StepError::ConnectionLost { text });
            if link.last_received.elapsed() > Duration::from_secs(RECEIVE_TIMEOUT) {
                return lost(format!("no response for {RECEIVE_TIMEOUT} s"));
            }
            if cancelled.is_some_and(|since| since.elapsed() > CANCEL_TIMEOUT) {
                return lost(format!(
                    "its agent did not cancel the request within {} s",
                    CANCEL_TIMEOUT.as_secs()
                ));
            }
        }
    }

    fn reconnect(&mut self) -> Result<(), StepError> {
        self.connect(&|| false)
    }
}

impl Drop for Link {
    /// Closes the input, which ends the agent, and ssh with it.
    fn drop(&mut self) {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if self.child.exit_code(Duration::from_secs(3)).is_none() {
            self.child.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AgentMsg, Host, INSPECT, PROTOCOL, RELEASE, Request, Response, Session, StepError, codec, is_newer,
    };

    use crate::deploy::agent::host_command::{HostCommand, Privilege};

    /// An agent that runs `script` after its hello, with these messages as its arguments.
    fn open(script: &str, messages: &[AgentMsg]) -> Session {
        let hello = AgentMsg::Hello { version: RELEASE.to_owned(), protocol: PROTOCOL, inspect: INSPECT };
        let script = format!("printf %s '{}'\n{script}", codec::encode(&hello));
        let messages: Vec<String> = messages.iter().map(codec::encode).collect();
        let arguments = ["-c", &script, "agent"].into_iter().chain(messages.iter().map(String::as_str));
        Session::open("web1", HostCommand::new(Privilege::User, "sh", arguments), &|| false).unwrap()
    }

    /// Prints the messages once a line contains `part`.
    fn respond_to(part: &str) -> String {
        format!("while read -r line; do case $line in *{part}*) printf %s \"$@\" ;; esac; done")
    }

    #[test]
    fn messages_about_another_request_are_ignored() {
        let output = |id, line: &str| AgentMsg::Output { id, line: line.to_owned() };
        let apps = || Ok(Response::Apps(vec!["site".to_owned()]));
        let messages = [
            output(9, "another"),
            output(1, "own"),
            AgentMsg::Response { id: 9, result: Ok(Response::Done) },
            AgentMsg::Response { id: 1, result: apps() },
        ];
        let mut session = open(&respond_to("apps"), &messages);
        let mut lines = Vec::new();
        let result = session.perform(&Request::Apps, &mut |line| lines.push(line.to_owned()), &|| false);
        assert_eq!((result, lines), (apps(), vec!["own".to_owned()]));
    }

    #[test]
    fn a_cancelled_request_ends_with_the_response_of_the_agent() {
        let cancelled = AgentMsg::Response { id: 1, result: Err(StepError::Cancelled) };
        let mut session = open(&respond_to("cancel"), &[cancelled]);
        let request = Request::Digest { image: "team/site:new".to_owned() };
        assert_eq!(session.perform(&request, &mut |_| {}, &|| true), Err(StepError::Cancelled));
    }

    #[test]
    fn a_lost_connection_is_opened_again() {
        let mut session = open("while read -r line; do case $line in *apps*) exit ;; esac; done", &[]);
        let result = session.perform(&Request::Apps, &mut |_| {}, &|| false);
        assert!(matches!(result, Err(StepError::ConnectionLost { .. })), "{result:?}");
        assert!(session.link.is_none());
        session.reconnect().unwrap();
        assert!(session.link.is_some());
    }

    #[test]
    fn connecting_is_cancelled() {
        let silent = HostCommand::new(Privilege::User, "sh", ["-c", "cat > /dev/null"]);
        let error = Session::open("web1", silent, &|| true).err();
        assert_eq!(error, Some(StepError::Cancelled));
    }

    #[test]
    fn the_agent_ends_with_its_session() {
        let folder = tempfile::tempdir().unwrap();
        let ended = folder.path().join("ended");
        drop(open(&format!("cat > /dev/null; : > {}", ended.display()), &[]));
        assert!(crate::sys::files::exists(&ended));
    }

    #[test]
    fn the_protocol_is_compared_before_the_version() {
        assert!(is_newer("0.0.1", PROTOCOL + 1) && !is_newer("999.0.0", PROTOCOL - 1));
        assert!(is_newer("999.0.0", PROTOCOL) && !is_newer("0.0.1", PROTOCOL));
        assert!(!is_newer(RELEASE, PROTOCOL));
    }
}
