//! Runs a rollout, and reads what it leaves on the hosts.

use crate::host::Connections;
use crate::network::{APP, IMAGE, Network, SimulatedHost};
use docker_runner::deploy::Error;
use docker_runner::deploy::history::HistoryEntry;
use docker_runner::deploy::host::Report;
use docker_runner::deploy::protocol::step_error::StepError;
use docker_runner::deploy::rollout::outcome::Outcome;
use docker_runner::deploy::rollout::target::Target;
use docker_runner::deploy::rollout::{Caller, Rollout};
use docker_runner::deploy::settings::{self, DeploySettings, Sources};
use docker_runner::deploy::state as state_files;
use docker_runner::deploy::tag_files;
use docker_runner::runner::app::AppName;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Three hosts: `a` and `b` are web hosts, `b` also runs the worker, and `c` runs beat.
pub(crate) fn three_hosts() -> Arc<Network> {
    Network::new(&[("a", &["site"]), ("b", &["site", "site-worker"]), ("c", &["site-beat"])])
}

pub(crate) const THREE_HOSTS: [(&str, &str); 3] =
    [("HOSTS", "a b"), ("CELERY_HOSTS", "b"), ("BEAT_HOSTS", "c")];

pub(crate) fn settings(environment: &[(&str, &str)]) -> DeploySettings {
    settings_of(APP, environment)
}

pub(crate) fn settings_of(app: &str, environment: &[(&str, &str)]) -> DeploySettings {
    let find =
        |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let sources = Sources { environment: &find, file: &|_| None };
    settings::resolve(AppName::parse(app.as_ref()).unwrap(), true, &sources).unwrap()
}

/// Everything that is reported, one line each.
#[derive(Default)]
pub(crate) struct RecordedReport(pub(crate) Mutex<Vec<String>>);

impl RecordedReport {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Report for RecordedReport {
    fn stage(&self, name: &str) {
        self.add(format!("== {name}"));
    }
    fn step_started(&self, host: &str, step: &str) {
        self.add(format!("{host}: {step}"));
    }
    fn on_line(&self, host: &str, line: &str) {
        self.add(format!("{host}| {line}"));
    }
    fn step_finished(&self, host: &str, step: &str, result: Result<&str, &StepError>) {
        self.add(match result {
            Ok(result) => format!("{host}: {step}: ok {result}"),
            Err(failure) => format!("{host}: {step}: {failure}"),
        });
    }
    fn host_message(&self, host: &str, text: &str) {
        self.add(format!("{host}: {text}"));
    }
    fn blocker(&self, host: &str, text: &str) {
        self.add(format!("{host}: {text}"));
    }
    fn message(&self, text: &str) {
        self.add(text.to_owned());
    }
}

/// Runs a push or rollback.
pub(crate) fn run(
    network: &Arc<Network>,
    settings: &DeploySettings,
    target: &Target,
    pid: u32,
) -> (Result<Outcome, Error>, RecordedReport) {
    let lines = RecordedReport::default();
    let connections = Connections(network.clone());
    let rollout = Rollout {
        settings,
        connect: &connections,
        clock: &**network,
        report: &lines,
        stop: &network.stop,
        caller: Caller { user: "ann".into(), machine: "desk".into(), pid },
        wait: false,
    };
    let outcome = rollout.run(target);
    (outcome, lines)
}

pub(crate) fn push(
    network: &Arc<Network>,
    settings: &DeploySettings,
    tag: &str,
) -> (Result<Outcome, Error>, RecordedReport) {
    run(network, settings, &Target::Push(tag.into()), 7)
}

fn read_file(state: &SimulatedHost, app: &str, file: &str) -> Option<String> {
    let bytes = state.files.get(&Path::new("/var/www").join(app).join(file))?;
    Some(String::from_utf8(bytes.clone()).unwrap())
}

/// TAG and REVERT.
pub(crate) type Tags = (Option<String>, Option<String>);

pub(crate) fn tags(state: &SimulatedHost) -> Tags {
    tags_of(state, APP)
}

pub(crate) fn tags_of(state: &SimulatedHost, app: &str) -> Tags {
    let value = |file| {
        read_file(state, app, file).map(|text| tag_files::parse(&text).unwrap_or(format!("BAD {text}")))
    };
    (value("TAG"), value("REVERT"))
}

pub(crate) fn history(state: &SimulatedHost) -> Vec<HistoryEntry> {
    let lines = read_file(state, APP, ".deploy/history").unwrap_or_default();
    let entries = state_files::read_lines(lines.as_bytes(), state_files::history::parse);
    entries.into_iter().map(Result::unwrap).collect()
}

/// Whether a host fully has a tag: files, units and containers.
pub(crate) fn check_tag(state: &SimulatedHost, tag: &str, revert: &str) -> Result<(), String> {
    let tags = tags(state);
    if tags != (Some(tag.to_owned()), Some(revert.to_owned())) {
        return Err(format!("{}: TAG and REVERT are {tags:?}, not {tag} and {revert}", state.name));
    }
    // A destroyed host has no units.
    for (unit, active) in state.units.iter().filter(|_| state.away_until != u64::MAX) {
        let image = format!("{IMAGE}:{tag}");
        let id = state.images.get(&image);
        let running = state
            .containers
            .iter()
            .filter(|found| found.name == *unit && Some(&found.image_id) == id)
            .count();
        if !active || running != 1 {
            return Err(format!("{}: {unit} is {active}, containers {:?}", state.name, state.containers));
        }
    }
    Ok(())
}
