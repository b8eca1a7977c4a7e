//! A simulated connection to a simulated machine.

use crate::machine::SimulatedMachine;
use crate::network::{Fault, Network};
use docker_runner::deploy::agent::Agent;
use docker_runner::deploy::host::{Connect, Host};
use docker_runner::deploy::protocol::request::Request;
use docker_runner::deploy::protocol::response::Response;
use docker_runner::deploy::protocol::step_error::StepError;
use docker_runner::runner::app::{AppName, Root};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The connections of one deployer.
pub(crate) struct Connections(pub(crate) Arc<Network>);

impl Connect for Connections {
    fn connect_unless(&self, name: &str, _: &dyn Fn() -> bool) -> Result<Box<dyn Host>, StepError> {
        if !self.0.hosts.contains_key(name) {
            return Err(StepError::ConnectionLost { text: format!("could not resolve {name}") });
        }
        let mut connection = Connection { network: self.0.clone(), name: name.to_owned(), session: None };
        connection.reconnect()?;
        Ok(Box::new(connection))
    }
}

struct Connection {
    network: Arc<Network>,
    name: String,
    session: Option<Session>,
}

struct Session {
    agent: Agent<SimulatedMachine>,
    dead: Arc<AtomicBool>,
    id: u64,
}

fn lost(text: &str) -> StepError {
    StepError::ConnectionLost { text: text.to_owned() }
}

impl Host for Connection {
    fn perform(
        &mut self,
        request: &Request,
        on_line: &mut dyn FnMut(&str),
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError> {
        let hook = self.network.hook.lock().unwrap().clone();
        if let Some(hook) = hook {
            hook(&request.to_string());
        }
        if self.network.killed.load(Ordering::SeqCst) {
            self.cut();
            return Err(lost("the deployer is dead"));
        }
        if self.network.state(&self.name).away_until > self.network.millis() {
            self.cut();
        }
        if self.session.is_none() {
            return Err(lost("no connection"));
        }
        if stop() {
            return Err(StepError::Cancelled);
        }
        let fault = self.next_fault(request);
        self.perform_with_fault(fault, request, on_line)
    }

    fn reconnect(&mut self) -> Result<(), StepError> {
        self.cut();
        if self.network.killed.load(Ordering::SeqCst) {
            return Err(lost("the deployer is dead"));
        }
        if self.network.state(&self.name).away_until > self.network.millis() {
            self.network.pass(Duration::from_secs(10));
            return Err(lost("connection timed out"));
        }
        let (id, dead) = (self.network.session(), Arc::new(AtomicBool::new(false)));
        let machine = SimulatedMachine {
            network: self.network.clone(),
            host: self.name.clone(),
            session: id,
            dead: dead.clone(),
        };
        let app = AppName::parse(self.network.app.as_ref()).unwrap();
        self.session = Some(Session { agent: Agent::new(machine, app, Root("/".into())), dead, id });
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Connection {
    fn next_fault(&self, request: &Request) -> Option<Fault> {
        let mut state = self.network.state(&self.name);
        state.requests += 1;
        let now = state.requests;
        if let Some((_, fault)) = state.fault_at.take_if(|(text, _)| request.to_string() == **text) {
            return Some(fault);
        }
        let due = [state.fault, state.second_fault].into_iter().flatten().find(|(at, _)| *at == now);
        due.map(|(_, fault)| fault)
    }

    fn perform_with_fault(
        &mut self,
        fault: Option<Fault>,
        request: &Request,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Response, StepError> {
        let network = self.network.clone();
        match fault {
            None => self.perform_now(request, on_line),
            Some(Fault::Fails) => {
                Err(StepError::Command { line: "x".into(), code: 1, last_line: "no".into() })
            }
            Some(Fault::Late) => {
                network.pass(Duration::from_secs(25));
                self.perform_now(request, on_line)
            }
            Some(Fault::Hangs) => {
                network.pass(Duration::from_secs(30));
                // The agent notices the lost connection later than the deployer.
                let session = self.session.take().map_or(0, |session| session.id);
                let mut state = network.state(&self.name);
                if state.lock.is_some_and(|(holder, _)| holder == session) {
                    state.lock = Some((session, network.millis() + 15_000));
                }
                Err(lost("no response for 30 s"))
            }
            Some(Fault::DiesBefore) => {
                self.cut();
                Err(lost("broken pipe"))
            }
            Some(Fault::DiesAfter) => {
                let _ = self.perform_now(request, on_line);
                self.cut();
                Err(lost("broken pipe"))
            }
            Some(Fault::Reboots | Fault::Gone) => {
                let _ = self.perform_now(request, on_line);
                self.go_away(fault == Some(Fault::Gone));
                Err(lost("broken pipe"))
            }
            Some(Fault::Killed | Fault::KilledAfter) => {
                if fault == Some(Fault::KilledAfter) {
                    let _ = self.perform_now(request, on_line);
                }
                network.killed.store(true, Ordering::SeqCst);
                self.cut();
                Err(lost("the deployer is dead"))
            }
            Some(Fault::Interrupt) => {
                network.stop.store(true, Ordering::SeqCst);
                Err(StepError::Cancelled)
            }
            Some(Fault::InterruptAfter) => {
                network.stop.store(true, Ordering::SeqCst);
                self.perform_now(request, on_line)
            }
            Some(Fault::Partition) => {
                let _ = self.perform_now(request, on_line);
                self.cut();
                network.state(&self.name).away_until = u64::MAX;
                Err(lost("no route to host"))
            }
            Some(Fault::DiskFull) => {
                network.state(&self.name).full = true;
                self.perform_now(request, on_line)
            }
        }
    }

    fn perform_now(
        &mut self,
        request: &Request,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Response, StepError> {
        let Some(session) = self.session.as_mut() else { return Err(lost("no connection")) };
        let response = session.agent.perform(request, &mut |line| on_line(line.as_str()));
        if session.dead.load(Ordering::SeqCst) {
            self.cut();
            return Err(lost("the agent died"));
        }
        response
    }

    /// The host boots, and its units start with the tag in TAG.
    fn go_away(&mut self, for_good: bool) {
        let minute = self.network.millis() + 60_000;
        let machine = self.session.take();
        let mut state = self.network.state(&self.name);
        state.lock = None;
        state.away_until = if for_good { u64::MAX } else { minute };
        state.containers.clear();
        let active: Vec<String> =
            state.units.iter().filter(|(_, active)| **active).map(|(unit, _)| unit.clone()).collect();
        drop(state);
        if let Some(session) = machine.filter(|_| !for_good) {
            active.iter().for_each(|unit| session.agent.machine().start_unit(unit));
        }
    }

    /// The connection ends, and with it the agent and its lock.
    fn cut(&mut self) {
        let Some(session) = self.session.take() else { return };
        let mut state = self.network.state(&self.name);
        if state.lock.is_some_and(|(holder, _)| holder == session.id) {
            state.lock = None;
        }
    }
}
