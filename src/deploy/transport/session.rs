//! A host at the other end of a child's standard streams: `docker-deploy
//! on-host`, started by ssh or, on this machine, by ourselves.

use crate::deploy::host::Host;
use crate::deploy::protocol::codec::{AgentMsg, BEAT, ClientMsg, PROTOCOL, SILENCE, line, read};
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

/// How long a connection may take to say its first line.
const HELLO: Duration = Duration::from_secs(30);

/// Between two looks at whether to stop.
const TICK: Duration = Duration::from_millis(50);

/// How long a host may take to cut something short.
const GRACE: Duration = Duration::from_secs(60);

/// What ssh says of a host whose key it does not know, or knows otherwise.
const UNKNOWN_KEY: &str = "Host key verification failed.";

/// A connection with a host.
pub struct Session {
    host: String,
    words: Vec<String>,
    live: Option<Live>,
    number: u64,
}

struct Live {
    partner: Conversation,
    input: Arc<Mutex<Option<File>>>,
    /// The last line of standard error: what ssh or the remote shell says.
    said: String,
    heard: Instant,
}

impl Session {
    /// Connects, unless `stop` says so; the words start the host's side.
    pub fn open(host: &str, words: Vec<String>, stop: &dyn Fn() -> bool) -> Result<Self, StepError> {
        let mut session = Self { host: host.to_owned(), words, live: None, number: 0 };
        session.connect(stop)?;
        Ok(session)
    }

    fn connect(&mut self, stop: &dyn Fn() -> bool) -> Result<(), StepError> {
        self.live = None;
        let mut live = Live::start(&self.words)?;
        self.hello(&mut live, stop)?;
        self.live = Some(live);
        Ok(())
    }

    fn hello(&self, live: &mut Live, stop: &dyn Fn() -> bool) -> Result<(), StepError> {
        let until = Instant::now() + HELLO;
        loop {
            match live.next(&self.host, TICK)? {
                Some(AgentMsg::Hello { version, protocol }) if protocol == PROTOCOL => {
                    let ours = env!("CARGO_PKG_VERSION");
                    return if version == ours { Ok(()) } else { Err(self.other_version(&version)) };
                }
                Some(AgentMsg::Hello { version, .. }) => return Err(self.other_version(&version)),
                Some(_) => {}
                None if stop() => return Err(StepError::Cancelled),
                None if Instant::now() >= until => {
                    return Err(StepError::Lost { text: "it says nothing".into() });
                }
                None => {}
            }
        }
    }

    fn other_version(&self, version: &str) -> StepError {
        let (host, ours) = (&self.host, env!("CARGO_PKG_VERSION"));
        let text = format!(
            "its docker-deploy is {version}, ours is {ours}: docker-deploy install {host} makes them one"
        );
        StepError::Config { text }
    }
}

impl Live {
    fn start(words: &[String]) -> Result<Self, StepError> {
        let name = words.first().map_or("", String::as_str);
        let name = if name == "ssh" { "ssh" } else { "docker-deploy" };
        let (partner, input) = Conversation::start(name, words)
            .map_err(|error| StepError::Lost { text: format!("cannot start {}: {error}", words[0]) })?;
        let input = Arc::new(Mutex::new(Some(input)));
        let beating = input.clone();
        let beat = Box::new(move || {
            while say(&beating, &ClientMsg::There) {
                std::thread::sleep(Duration::from_secs(BEAT));
            }
        });
        threads::start(beat)
            .map_err(|error| StepError::Lost { text: format!("cannot start a thread: {error}") })?;
        Ok(Self { partner, input, said: String::new(), heard: Instant::now() })
    }

    /// The next line of the host, if one comes in time.
    fn next(&mut self, host: &str, within: Duration) -> Result<Option<AgentMsg>, StepError> {
        match self.partner.lines.recv_timeout(within) {
            Ok((true, said)) => {
                if !said.trim().is_empty() {
                    self.said = said.trim().to_owned();
                }
                Ok(None)
            }
            Ok((false, line)) => {
                self.heard = Instant::now();
                // A login shell may greet before us.
                Ok(read(line.as_bytes()))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(self.connection_lost(host)),
        }
    }

    fn connection_lost(&mut self, host: &str) -> StepError {
        let code = self.partner.exit_code(Duration::from_secs(2));
        if matches!(code, Some(126 | 127)) {
            let text = format!("docker-deploy is not installed there: docker-deploy install {host}");
            return StepError::Config { text };
        }
        let mut said = std::mem::take(&mut self.said);
        if said == UNKNOWN_KEY {
            said.push_str(&format!(" (ssh {host}, once and by hand, shows the key and takes it)"));
        }
        let text = match (said.is_empty(), code) {
            (false, _) => said,
            (true, Some(code)) => format!("it ended with {code}"),
            (true, None) => "it ended".into(),
        };
        StepError::Lost { text }
    }
}

/// Writes a line; `false` where nobody reads it any more.
fn say(input: &Mutex<Option<File>>, asked: &ClientMsg) -> bool {
    let mut input = input.lock().unwrap_or_else(PoisonError::into_inner);
    let text = line(asked);
    input.as_mut().is_some_and(|input| input.write_all(text.as_bytes()).and_then(|()| input.flush()).is_ok())
}

impl Host for Session {
    fn perform(
        &mut self,
        action: &Request,
        heard: &mut dyn FnMut(&str),
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError> {
        self.number += 1;
        let id = self.number;
        let Some(mut live) = self.live.take() else {
            return Err(StepError::Lost { text: "it was lost before".into() });
        };
        live.heard = Instant::now();
        // Where this does not arrive, the lines end and say why.
        say(&live.input, &ClientMsg::Do { id, action: Box::new(action.clone()) });
        let mut stopped: Option<Instant> = None;
        loop {
            match live.next(&self.host, TICK)? {
                Some(AgentMsg::Answered { id: of, result }) if of == id => {
                    self.live = Some(live);
                    return result;
                }
                Some(AgentMsg::Heard { id: of, line }) if of == id => heard(&line),
                _ => {}
            }
            if stopped.is_none() && stop() {
                if matches!(action, Request::Look { .. } | Request::Proxy) {
                    // Nothing comes after it, and there is nothing to wait for.
                    return Err(StepError::Cancelled);
                }
                stopped = Some(Instant::now());
                say(&live.input, &ClientMsg::Stop);
            }
            let lost = |text| Err(StepError::Lost { text });
            if live.heard.elapsed() > Duration::from_secs(SILENCE) {
                return lost(format!("nothing was heard of it for {SILENCE} s"));
            }
            if stopped.is_some_and(|since| since.elapsed() > GRACE) {
                return lost(format!("it did not leave off within {} s", GRACE.as_secs()));
            }
        }
    }

    fn reconnect(&mut self) -> Result<(), StepError> {
        self.connect(&|| false)
    }
}

impl Drop for Live {
    /// The end of its input ends the host's side, and ssh with it.
    fn drop(&mut self) {
        *self.input.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if self.partner.exit_code(Duration::from_secs(3)).is_none() {
            self.partner.kill();
        }
    }
}
