//! A deploy run to its end, and what must be true afterwards, whatever failed.

use crate::host::Connections;
use crate::network::{APP, IMAGE, Network, SECRET, State};
use docker_runner::deploy::Error;
use docker_runner::deploy::ended::Ended;
use docker_runner::deploy::failure::Failure;
use docker_runner::deploy::history::{Entry, Outcome};
use docker_runner::deploy::host::Report;
use docker_runner::deploy::job::{Caller, Job, Wanted};
use docker_runner::deploy::settings::{self, Settings, Sources};
use docker_runner::deploy::{tag, wire};
use docker_runner::runner::app::{Name, Root};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The usual three hosts: two serve, the second has the worker as well, the
/// third beat.
pub(crate) fn three() -> Arc<Network> {
    Network::new(&[("a", &["site"]), ("b", &["site", "site-worker"]), ("c", &["site-beat"])])
}

pub(crate) const THREE: [(&str, &str); 3] = [("HOSTS", "a b"), ("CELERY_HOSTS", "b"), ("BEAT_HOSTS", "c")];

pub(crate) fn settings(environment: &[(&str, &str)]) -> Settings {
    let find =
        |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let sources = Sources { environment: &find, file: &|_| None };
    settings::read(Name { app: APP.into(), instance: None }, true, Root("/".into()), &sources).unwrap()
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
    fn heard(&self, host: &str, line: &str) {
        self.add(format!("{host}| {line}"));
    }
    fn end(&self, host: &str, step: &str, result: Result<&str, &Failure>) {
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
    settings: &Settings,
    wanted: &Wanted,
    pid: u32,
) -> (Result<Ended, Error>, Lines) {
    let lines = Lines::default();
    let connections = Connections(network.clone());
    let job = Job {
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

pub(crate) fn push(network: &Arc<Network>, settings: &Settings, tag: &str) -> (Result<Ended, Error>, Lines) {
    run(network, settings, &Wanted::Push(tag.into()), 7)
}

fn text(state: &State, file: &str) -> Option<String> {
    let bytes = state.files.get(&Path::new("/var/www/site").join(file))?;
    Some(String::from_utf8(bytes.clone()).unwrap())
}

pub(crate) fn marks(state: &State) -> (Option<String>, Option<String>) {
    let value = |file| text(state, file).map(|text| tag::value(&text).unwrap_or(format!("BAD {text}")));
    (value("TAG"), value("REVERT"))
}

pub(crate) fn history(state: &State) -> Vec<Entry> {
    let lines = text(state, ".deploy/history").unwrap_or_default();
    lines.lines().filter_map(|line| wire::read(line.as_bytes())).collect()
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

/// What must be true after any push of `new` over `old`, whatever failed.
pub(crate) fn truth(network: &Network, ended: &Result<Ended, Error>, lines: &Lines) -> Result<(), String> {
    let told = lines.text();
    if told.contains(SECRET) {
        return Err("a secret was shown".into());
    }
    if let Some(violation) = network.violations.lock().unwrap().first() {
        return Err(violation.clone());
    }
    for host in network.hosts.values() {
        let state = host.lock().unwrap();
        whole(&state)?;
        let broken = matches!(ended, Ok(Ended::Broken { hosts, .. }) if hosts.iter().any(|(name, _)| *name == state.name));
        match ended {
            Ok(Ended::Done) => is_on(&state, "new", "old")?,
            _ if !broken => is_on(&state, "old", "older")?,
            _ => {}
        }
    }
    match ended {
        Ok(Ended::Done) => {
            let recorded = network.hosts.values().any(|host| {
                let history = history(&host.lock().unwrap());
                history
                    .last()
                    .is_some_and(|entry| entry.outcome == Outcome::Done && entry.ticket.tag == "new")
            });
            if recorded { Ok(()) } else { Err("done, but in no history".into()) }
        }
        _ => Ok(()),
    }
}

/// TAG and REVERT are tags, REVERT never the new one; no secret is on the disk.
pub(crate) fn whole(state: &State) -> Result<(), String> {
    let (tag, revert) = marks(state);
    let (tag, revert) = (tag.unwrap_or_default(), revert.unwrap_or_default());
    if !["old", "new"].contains(&tag.as_str()) || !["older", "old"].contains(&revert.as_str()) {
        return Err(format!("{}: TAG is {tag}, REVERT is {revert}", state.name));
    }
    for (path, bytes) in state.files.iter().filter(|(path, _)| path.to_string_lossy().contains(".deploy")) {
        if String::from_utf8_lossy(bytes).contains(SECRET) {
            return Err(format!("{} holds a secret", path.display()));
        }
    }
    Ok(())
}
