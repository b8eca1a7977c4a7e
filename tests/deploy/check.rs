//! A deploy run to its end, and what must be true afterwards, whatever failed.

use crate::host::Connections;
use crate::network::{APP, IMAGE, Network, State};
use docker_runner::deploy::Error;
use docker_runner::deploy::history::Entry;
use docker_runner::deploy::host::Report;
use docker_runner::deploy::protocol::step_error::StepError;
use docker_runner::deploy::rollout::outcome::Outcome;
use docker_runner::deploy::rollout::{Caller, Rollout, Wanted};
use docker_runner::deploy::settings::{self, DeploySettings, Sources};
use docker_runner::deploy::state;
use docker_runner::deploy::tag_files;
use docker_runner::runner::app::Name;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The usual three hosts: two serve, the second has the worker as well, the
/// third beat.
pub(crate) fn three() -> Arc<Network> {
    Network::new(&[("a", &["site"]), ("b", &["site", "site-worker"]), ("c", &["site-beat"])])
}

pub(crate) const THREE: [(&str, &str); 3] = [("HOSTS", "a b"), ("CELERY_HOSTS", "b"), ("BEAT_HOSTS", "c")];

pub(crate) fn settings(environment: &[(&str, &str)]) -> DeploySettings {
    settings_of(APP, environment)
}

pub(crate) fn settings_of(app: &str, environment: &[(&str, &str)]) -> DeploySettings {
    let find =
        |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let sources = Sources { environment: &find, file: &|_| None };
    settings::read(Name::parse(app.as_ref()).unwrap(), true, &sources).unwrap()
}

/// Everything that is told, a line each.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) Mutex<Vec<String>>);

impl Lines {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl Report for Lines {
    fn stage(&self, name: &str) {
        self.add(format!("== {name}"));
    }
    fn begin(&self, host: &str, step: &str) {
        self.add(format!("{host}: {step}"));
    }
    fn on_line(&self, host: &str, line: &str) {
        self.add(format!("{host}| {line}"));
    }
    fn end(&self, host: &str, step: &str, result: Result<&str, &StepError>) {
        self.add(match result {
            Ok(told) => format!("{host}: {step}: ok {told}"),
            Err(failure) => format!("{host}: {step}: {failure}"),
        });
    }
    fn tell(&self, host: &str, text: &str) {
        self.add(format!("{host}: {text}"));
    }
    fn wrong(&self, host: &str, text: &str) {
        self.add(format!("{host}: {text}"));
    }
    fn note(&self, text: &str) {
        self.add(text.to_owned());
    }
}

/// Runs a push or rollback to its end.
pub(crate) fn run(
    network: &Arc<Network>,
    settings: &DeploySettings,
    wanted: &Wanted,
    pid: u32,
) -> (Result<Outcome, Error>, Lines) {
    let lines = Lines::default();
    let connections = Connections(network.clone());
    let job = Rollout {
        settings,
        connect: &connections,
        clock: &**network,
        report: &lines,
        stop: &network.stop,
        caller: Caller { who: "ann".into(), from: "desk".into(), pid },
        wait: false,
    };
    let ended = job.run(wanted);
    (ended, lines)
}

pub(crate) fn push(
    network: &Arc<Network>,
    settings: &DeploySettings,
    tag: &str,
) -> (Result<Outcome, Error>, Lines) {
    run(network, settings, &Wanted::Push(tag.into()), 7)
}

fn text(state: &State, app: &str, file: &str) -> Option<String> {
    let bytes = state.files.get(&Path::new("/var/www").join(app).join(file))?;
    Some(String::from_utf8(bytes.clone()).unwrap())
}

/// TAG and REVERT.
pub(crate) type Marks = (Option<String>, Option<String>);

pub(crate) fn marks(state: &State) -> Marks {
    marks_of(state, APP)
}

pub(crate) fn marks_of(state: &State, app: &str) -> Marks {
    let value =
        |file| text(state, app, file).map(|text| tag_files::value(&text).unwrap_or(format!("BAD {text}")));
    (value("TAG"), value("REVERT"))
}

pub(crate) fn history(state: &State) -> Vec<Entry> {
    let lines = text(state, APP, ".deploy/history").unwrap_or_default();
    let entries = state::read_lines(lines.as_bytes(), state::history::parse);
    entries.into_iter().map(Result::unwrap).collect()
}

/// Whether a host is whole on a tag: files, units, containers.
pub(crate) fn is_on(state: &State, tag: &str, revert: &str) -> Result<(), String> {
    let marks = marks(state);
    if marks != (Some(tag.to_owned()), Some(revert.to_owned())) {
        return Err(format!("{}: TAG and REVERT are {marks:?}, not {tag} and {revert}", state.name));
    }
    // Of a host that burnt down only the files can be asked.
    for (unit, active) in state.units.iter().filter(|_| state.away_until != u64::MAX) {
        let image = format!("{IMAGE}:{tag}");
        let id = state.images.get(&image);
        let right = state
            .containers
            .iter()
            .filter(|found| found.name == *unit && Some(&found.image_id) == id)
            .count();
        if !active || right != 1 {
            return Err(format!("{}: {unit} is {active}, containers {:?}", state.name, state.containers));
        }
    }
    Ok(())
}
