//! The hosts of a rollout, as its execution and its undo use them.

use crate::deploy::host::{Clock, Connection, Report, lock_connection};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::Response;
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::topology::Topology;
use crate::sys::threads;
use std::time::Duration;

/// The hosts, connected and locked.
#[derive(Clone, Copy)]
pub(super) struct Fleet<'a> {
    pub(super) topology: &'a Topology,
    /// One for each host of the topology.
    pub(super) connections: &'a [Connection],
    pub(super) clock: &'a dyn Clock,
    pub(super) report: &'a dyn Report,
}

impl<'a> Fleet<'a> {
    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn name(&self, host: usize) -> &'a str {
        &self.topology.hosts[host].name
    }

    /// Sends a request, and reports its progress.
    pub(super) fn perform(
        &self,
        host: usize,
        request: &Request,
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError> {
        let (name, step) = (self.name(host), request.to_string());
        let shown = is_shown(request);
        if shown {
            self.report.step_started(name, &step);
        }
        let mut on_line = |line: &str| self.report.on_line(name, line);
        let result = lock_connection(&self.connections[host]).perform(request, &mut on_line, stop);
        match &result {
            Ok(response) if shown => self.report.step_finished(name, &step, Ok(&summary(response))),
            Ok(_) => {}
            Err(failure) => self.report.step_finished(name, &step, Err(failure)),
        }
        result
    }

    /// Sends requests to hosts in parallel; returns those that failed.
    pub(super) fn perform_all(&self, requests: &[(usize, Request)]) -> Vec<(usize, StepError)> {
        let failure = |(host, request): &(usize, Request)| {
            self.perform(*host, request, &|| false).err().map(|failure| (*host, failure))
        };
        threads::parallel_map(requests, &failure).into_iter().flatten().collect()
    }

    /// Sends a request without reporting it.
    pub(super) fn query(
        &self,
        host: usize,
        request: &Request,
        stop: &dyn Fn() -> bool,
    ) -> Result<Response, StepError> {
        lock_connection(&self.connections[host]).query(request, stop)
    }

    /// Waits; `false` if `stop` ended it early.
    pub(super) fn wait(&self, seconds: u64, stop: &dyn Fn() -> bool) -> bool {
        let deadline = self.clock.instant() + Duration::from_secs(seconds);
        while self.clock.instant() < deadline && !stop() {
            self.clock.sleep(Duration::from_millis(250));
        }
        !stop()
    }
}

/// Whether the request is shown to the user even if it succeeds.
fn is_shown(request: &Request) -> bool {
    match request {
        Request::Stage { .. } | Request::Begin { .. } | Request::Lock { .. } => false,
        Request::Inspect { .. }
        | Request::Apps
        | Request::Pull { .. }
        | Request::Retag { .. }
        | Request::Digest { .. }
        | Request::Task { .. }
        | Request::WriteTagFiles { .. }
        | Request::Stop { .. }
        | Request::Start { .. }
        | Request::Restart { .. }
        | Request::Ensure { .. }
        | Request::Gate { .. }
        | Request::NginxServers
        | Request::End { .. }
        | Request::Prune { .. }
        | Request::Log { .. } => true,
    }
}

/// What a response shows to the user; empty for a plain success.
fn summary(response: &Response) -> String {
    match response {
        Response::Healthy(evidence) => evidence.clone(),
        Response::Image(image) => image.identity().to_owned(),
        Response::Pruned(tags) => tags.join(" "),
        Response::Done
        | Response::HostState(_)
        | Response::Apps(_)
        | Response::LockHeld(_)
        | Response::TaskDone { .. }
        | Response::Servers(_)
        | Response::Log(_) => String::new(),
    }
}
