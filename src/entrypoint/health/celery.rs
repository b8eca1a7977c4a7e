//! Celery's processes: a worker's broker and its name, and beat's schedule file.

use super::Sick;
use crate::entrypoint::facts::beat::SCHEDULE_FILE;
use crate::entrypoint::wait::{self, Target};
use crate::sys::files;
use crate::sys::proc::Process;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// beat writes its schedule every three minutes; whoever has not for this long is stuck.
const OLD: Duration = Duration::from_secs(10 * 60);

/// What the several formats of a schedule file append to its name.
const PARTS: [&str; 7] = ["", ".db", ".dat", ".dir", ".bak", ".pag", "-wal"];

/// Asks the brokers.
pub(super) fn ask(brokers: &[Target], patience: Duration) -> Result<(), Sick> {
    for broker in brokers {
        wait::ask(broker, patience).map_err(|reason| Sick::Broker { place: broker.to_string(), reason })?;
    }
    Ok(())
}

/// Whether beat keeps this schedule file, and has written to it lately: one
/// that is older than the process is not this one's.
pub(super) fn keeps(process: &Process, file: &Path) -> Result<bool, Sick> {
    let started = process.started().unwrap_or(SystemTime::UNIX_EPOCH);
    let newest = parts(file).iter().filter_map(|part| files::changed(part)).max();
    match age(newest, started, SystemTime::now()) {
        Some(age) if age > OLD => Err(Sick::Schedule { file: file.to_owned(), minutes: age.as_secs() / 60 }),
        age => Ok(age.is_some()),
    }
}

/// How old a schedule is that this process has written.
fn age(newest: Option<SystemTime>, started: SystemTime, now: SystemTime) -> Option<Duration> {
    let changed = newest.filter(|changed| *changed >= started)?;
    Some(now.duration_since(changed).unwrap_or_default())
}

fn parts(file: &Path) -> Vec<PathBuf> {
    let part = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    };
    PARTS.into_iter().map(part).collect()
}

/// Where it is kept, if it is.
pub(super) fn schedule(process: &Process) -> PathBuf {
    let folder = process.folder().unwrap_or_else(|| PathBuf::from("/"));
    folder.join(option(process, "-s", "--schedule").unwrap_or_else(|| SCHEDULE_FILE.to_owned()))
}

/// The value of an option as it was given last: `-s V`, `-sV`, `--long V`, `--long=V`.
fn option(process: &Process, short: &str, long: &str) -> Option<String> {
    let words = process.arguments.iter().map(|word| word.to_string_lossy());
    let mut words = words.peekable();
    let mut found = None;
    while let Some(word) = words.next() {
        if word == short || word == long {
            found = words.peek().map(|value| value.to_string()).or(found);
        } else if let Some(value) = word.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')) {
            found = Some(value.to_owned());
        } else if let Some(value) = word.strip_prefix(short).filter(|_| !word.starts_with("--")) {
            found = Some(value.to_owned());
        }
    }
    found
}

/// The worker's name among its kind: `-n NAME`, with Celery's `%h`, `%n` and
/// `%d`; `celery@HOST` by default.
pub(super) fn node(process: &Process, hostname: &OsStr) -> String {
    let host = hostname.to_string_lossy();
    let (name, domain) = host.split_once('.').unwrap_or((&host, ""));
    let given = option(process, "-n", "--hostname").unwrap_or_else(|| "celery@%h".to_owned());
    let given = given.replace("%h", &host).replace("%n", name).replace("%d", domain);
    if given.contains('@') { given } else { format!("celery@{given}") }
}

#[cfg(test)]
mod tests {
    use super::{age, node, schedule};
    use crate::sys::proc::Process;
    use std::ffi::OsStr;
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    fn process(line: &str) -> Process {
        let arguments = line.split(' ').map(Into::into).collect();
        Process { pid: 1, parent: 0, state: 'S', ticks: 0, arguments }
    }

    #[test]
    fn the_schedule_that_was_given_last() {
        let of = |line: &str| schedule(&process(line));
        assert_eq!(of("celery -A a beat -l info -s /tmp/x"), PathBuf::from("/tmp/x"));
        assert_eq!(of("celery -A a beat -s /tmp/x --schedule=/data/y"), PathBuf::from("/data/y"));
        assert_eq!(of("celery -A a beat -s/tmp/x"), PathBuf::from("/tmp/x"));
        assert!(of("celery -A a beat --scheduler x").ends_with("celerybeat-schedule"));
    }

    #[test]
    fn a_schedule_of_an_earlier_life_does_not_count() {
        let minute = |minute: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minute);
        assert_eq!(age(None, minute(5), minute(60)), None);
        assert_eq!(age(Some(minute(4)), minute(5), minute(60)), None);
        assert_eq!(age(Some(minute(5)), minute(5), minute(60)), Some(Duration::from_secs(55 * 60)));
        assert_eq!(age(Some(minute(61)), minute(5), minute(60)), Some(Duration::ZERO), "a clock set back");
    }

    #[test]
    fn the_worker_s_name() {
        let of = |line: &str| node(&process(line), OsStr::new("web1.example.org"));
        assert_eq!(of("celery -A a worker"), "celery@web1.example.org");
        assert_eq!(of("celery -A a worker -n mail@%n"), "mail@web1");
        assert_eq!(of("celery -A a worker --hostname=x"), "celery@x");
    }
}
