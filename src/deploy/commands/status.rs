//! How an app is on its hosts, on one screen; what it was, and what pushes said.

use crate::deploy::error::Error;
use crate::deploy::history::{self, Entry};
use crate::deploy::host::Connect;
use crate::deploy::host_state::{Health, HostState};
use crate::deploy::protocol::request::Request;
use crate::deploy::protocol::response::{Log, Response};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::rollout::inspect;
use crate::deploy::rollout::preflight;
use crate::deploy::settings::DeploySettings;
use crate::deploy::topology::{Role, RoleUnit, Topology, TopologyHost};
use crate::sys::threads;
use serde::Serialize;

/// A row of the status: a unit on a host, or a host that can't be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The app.
    pub app: String,
    /// The host.
    pub host: String,
    /// The role; empty where the host can't be asked.
    pub role: String,
    /// The tag that TAG says.
    pub tag: Option<String>,
    /// The tag that the unit's container runs.
    pub runs: Option<String>,
    /// The image's digest, or its id where it came from no registry.
    pub digest: Option<String>,
    /// The unit.
    pub unit: String,
    /// Whether it is well, and how it showed that.
    pub healthy: bool,
    /// The same in words.
    pub health: String,
    /// Since when its container runs.
    pub since: Option<String>,
    /// What is not as on the other hosts, or not whole.
    pub drift: Vec<String>,
}

/// Hosts that do not answer, and why.
pub type Silent = Vec<(String, StepError)>;

/// Asks all hosts of an app at the same time.
pub fn facts(
    settings: &DeploySettings,
    connect: &dyn Connect,
) -> (Topology, Vec<Result<HostState, StepError>>) {
    let topology = Topology::new(settings);
    let ask = |at: &usize| {
        let parts = topology.looked_at(*at, &settings.app);
        let look = Request::Look { parts, coming: None, health: true };
        match connect.connect(&topology.hosts[*at].name)?.perform(&look, &mut |_| {}, &|| false)? {
            Response::Facts(facts) => Ok(*facts),
            _ => Err(StepError::Lost { text: "it answers something else".into() }),
        }
    };
    let all: Vec<usize> = (0..topology.hosts.len()).collect();
    let facts = threads::gather(&all, &ask);
    (topology, facts)
}

/// The rows of an app.
pub fn rows(settings: &DeploySettings, connect: &dyn Connect) -> Vec<Row> {
    let (topology, facts) = facts(settings, connect);
    let mut known: Vec<HostState> = facts.iter().map(|facts| facts.clone().unwrap_or_default()).collect();
    inspect::resolve(&mut known);
    let topology = preflight::without_missing_units(&topology, &known);
    let tags: Vec<Option<String>> = facts.iter().flatten().map(|facts| facts.marks.tag()).collect();
    let usual = most(&tags);
    let mut rows = Vec::new();
    for ((host, asked), known) in topology.hosts.iter().zip(&facts).zip(&known) {
        match asked {
            Ok(_) => {
                rows.extend(of_host(settings, host, known, usual.as_deref()));
                rows.extend(stray(settings, &topology, host, known, usual.as_deref()));
            }
            Err(failure) => {
                rows.push(silent(settings.app.to_string(), host.name.clone(), failure.to_string()))
            }
        }
    }
    rows
}

/// The row of an app that can't be asked for at all.
pub fn refused(app: &str, error: &Error) -> Row {
    silent(app.to_owned(), String::new(), error.to_string())
}

fn silent(app: String, host: String, why: String) -> Row {
    Row {
        app,
        host,
        role: String::new(),
        tag: None,
        runs: None,
        digest: None,
        unit: String::new(),
        healthy: false,
        health: why,
        since: None,
        drift: Vec::new(),
    }
}

fn of_host(
    settings: &DeploySettings,
    host: &TopologyHost,
    facts: &HostState,
    usual: Option<&str>,
) -> Vec<Row> {
    host.parts.iter().map(|part| row(settings, host, part, facts, usual)).collect()
}

/// Beat where it should not run, beside the one that should.
fn stray(
    settings: &DeploySettings,
    topology: &Topology,
    host: &TopologyHost,
    facts: &HostState,
    usual: Option<&str>,
) -> Option<Row> {
    let beat = RoleUnit::new(Role::Beat, &settings.app);
    let (home, _) = topology.with(&Role::Beat).next()?;
    let runs = facts.unit(&beat.unit).is_some_and(|unit| unit.active);
    let mut row = (runs && !host.parts.contains(&beat)).then(|| row(settings, host, &beat, facts, usual))?;
    row.drift.push(format!("should run on {} alone", topology.hosts[home].name));
    Some(row)
}

fn row(
    settings: &DeploySettings,
    host: &TopologyHost,
    part: &RoleUnit,
    facts: &HostState,
    usual: Option<&str>,
) -> Row {
    let tag = facts.marks.tag();
    let unit = facts.unit(&part.unit);
    let runs = unit.and_then(|unit| unit.runs.clone());
    let (healthy, health) = match unit.map(|unit| (unit.exists, unit.health.as_ref())) {
        Some((true, Some(Health::Good(how)))) => (true, how.clone()),
        Some((true, Some(Health::Bad(why)))) => (false, why.clone()),
        Some((true, None)) => (false, "not known".to_owned()),
        Some((false, _)) | None => (false, "there is no such unit".to_owned()),
    };
    Row {
        app: settings.app.to_string(),
        host: host.name.clone(),
        role: part.role.name().to_owned(),
        tag: tag.clone(),
        digest: facts.current.as_ref().map(|image| image.identity().to_owned()),
        unit: part.unit.clone(),
        healthy,
        health,
        since: unit.and_then(|unit| unit.since.clone()),
        drift: drift(facts, tag.as_deref(), runs.as_deref(), usual),
        runs,
    }
}

fn drift(facts: &HostState, tag: Option<&str>, runs: Option<&str>, usual: Option<&str>) -> Vec<String> {
    let mut drift = Vec::new();
    if tag != usual {
        drift.push(format!("other hosts have {}", usual.unwrap_or("no tag")));
    }
    if let Some(runs) = runs.filter(|runs| Some(*runs) != tag) {
        drift.push(format!("runs {runs}"));
    }
    if let Some(holder) = &facts.holder {
        drift.push(holder.to_string());
    } else if let Some(open) = &facts.open {
        let (kind, tag, stage) = (open.ticket.kind.name(), &open.ticket.tag, &open.stage);
        let before = open.before.tag().unwrap_or_else(|| "no tag".into());
        drift.push(format!("a {kind} of {tag} over {before} was cut off at stage {stage}"));
    }
    drift.extend(facts.troubles.iter().map(ToString::to_string));
    drift.extend(facts.version_mismatch.clone());
    drift
}

/// What most hosts have.
fn most(tags: &[Option<String>]) -> Option<String> {
    let count = |tag: &Option<String>| tags.iter().filter(|other| *other == tag).count();
    // Of equals the first host's counts.
    tags.iter().rev().max_by_key(|tag| count(tag)).cloned().flatten()
}

/// The merged history of all hosts that answer, and who does not.
pub fn history(settings: &DeploySettings, connect: &dyn Connect) -> (Vec<Entry>, Silent) {
    let (topology, facts) = facts(settings, connect);
    let all = history::merged(facts.iter().flatten().map(|facts| facts.history.as_slice()));
    let errors = |facts: Result<HostState, StepError>| match facts {
        Ok(facts) => facts.state_errors().collect(),
        Err(error) => vec![error],
    };
    let hosts = topology.hosts.iter().zip(facts);
    let failed = hosts.flat_map(|(host, facts)| {
        errors(facts).into_iter().map(|error| (host.name.clone(), error)).collect::<Silent>()
    });
    (all, failed.collect())
}

/// The logs of a push, from every host that has one, and who does not answer.
pub fn logs(
    settings: &DeploySettings,
    connect: &dyn Connect,
    push: Option<&str>,
) -> (Vec<(String, Log)>, Silent) {
    let topology = Topology::new(settings);
    let (mut logs, mut silent): (Vec<(String, Log)>, Silent) = Default::default();
    for host in &topology.hosts {
        let log = Request::Log { id: push.map(str::to_owned) };
        let answer =
            connect.connect(&host.name).and_then(|mut host| host.perform(&log, &mut |_| {}, &|| false));
        match answer {
            Ok(Response::Log(Some(log))) => logs.push((host.name.clone(), log)),
            Ok(_) => {}
            Err(failure) => silent.push((host.name.clone(), failure)),
        }
    }
    // Without a name the newest counts: a host that was away has an older one.
    let newest = logs.iter().map(|(_, log)| log.ticket.began).max();
    logs.retain(|(_, log)| push.is_some() || Some(log.ticket.began) == newest);
    (logs, silent)
}
