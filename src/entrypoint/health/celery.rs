//! Celery's processes: a worker's broker and node name, and beat's schedule file.

use super::Unhealthy;
use crate::entrypoint::facts::beat::SCHEDULE_FILE;
use crate::entrypoint::wait::{self, Target};
use crate::sys::files;
use crate::sys::proc::Process;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// beat writes its schedule every three minutes. It is stuck when the file is older than this.
const OLDEST: Duration = Duration::from_secs(10 * 60);

/// The suffixes that the formats of a schedule file append to its name.
const SUFFIXES: [&str; 7] = ["", ".db", ".dat", ".dir", ".bak", ".pag", "-wal"];

/// Probes the brokers.
pub(super) fn probe(brokers: &[Target], timeout: Duration) -> Result<(), Unhealthy> {
    for broker in brokers {
        wait::probe_target(broker, timeout)
            .map_err(|reason| Unhealthy::Broker { place: broker.to_string(), reason })?;
    }
    Ok(())
}

/// Whether beat writes to this schedule file; an error if the last time is too
/// long ago. A file that is older than the process is of an earlier one.
pub(super) fn writes(process: &Process, file: &Path) -> Result<bool, Unhealthy> {
    let started = process.start_time().unwrap_or(SystemTime::UNIX_EPOCH);
    let newest = files_of(file).iter().filter_map(|part| files::modified_time(part)).max();
    judge(file, age(newest, started, SystemTime::now()))
}

fn judge(file: &Path, age: Option<Duration>) -> Result<bool, Unhealthy> {
    match age {
        Some(age) if age > OLDEST => {
            Err(Unhealthy::Schedule { file: file.to_owned(), minutes: age.as_secs() / 60 })
        }
        age => Ok(age.is_some()),
    }
}

/// The age of a schedule that this process has written.
fn age(newest: Option<SystemTime>, started: SystemTime, now: SystemTime) -> Option<Duration> {
    let changed = newest.filter(|changed| *changed >= started)?;
    Some(now.duration_since(changed).unwrap_or_default())
}

fn files_of(file: &Path) -> Vec<PathBuf> {
    let with_suffix = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    };
    SUFFIXES.into_iter().map(with_suffix).collect()
}

/// The schedule file of its options, or the default one.
pub(super) fn schedule_file(process: &Process) -> PathBuf {
    let folder = process.folder().unwrap_or_else(|| PathBuf::from("/"));
    folder.join(option(process, "-s", "--schedule").unwrap_or_else(|| SCHEDULE_FILE.to_owned()))
}

/// The value of the last option of this name: `-s V`, `-sV`, `--long V`, `--long=V`.
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

/// The worker's node name: `-n NAME` with Celery's `%h`, `%n` and `%d`, or
/// `celery@HOST`.
pub(super) fn node_name(process: &Process, hostname: &OsStr) -> String {
    let host = hostname.to_string_lossy();
    let (name, domain) = host.split_once('.').unwrap_or((&host, ""));
    let given = option(process, "-n", "--hostname").unwrap_or_else(|| "celery@%h".to_owned());
    let given = given.replace("%h", &host).replace("%n", name).replace("%d", domain);
    if given.contains('@') { given } else { format!("celery@{given}") }
}

#[cfg(test)]
mod tests {
    use super::{age, judge, node_name, schedule_file};
    use crate::sys::proc::Process;
    use std::ffi::OsStr;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, SystemTime};

    fn process(line: &str) -> Process {
        let arguments = line.split(' ').map(Into::into).collect();
        Process { pid: 1, parent: 0, state: 'S', start_ticks: 0, group: 1, session: 1, arguments }
    }

    #[test]
    fn the_last_schedule_option_counts() {
        let file = |line: &str| schedule_file(&process(line));
        assert_eq!(file("celery -A a beat -l info -s /tmp/x"), PathBuf::from("/tmp/x"));
        assert_eq!(file("celery -A a beat -s /tmp/x --schedule=/data/y"), PathBuf::from("/data/y"));
        assert_eq!(file("celery -A a beat -s/tmp/x"), PathBuf::from("/tmp/x"));
        assert!(file("celery -A a beat --scheduler x").ends_with("celerybeat-schedule"));
    }

    #[test]
    fn a_schedule_of_an_earlier_process_does_not_count() {
        let minute = |minute: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(60 * minute);
        assert_eq!(age(None, minute(5), minute(60)), None);
        assert_eq!(age(Some(minute(4)), minute(5), minute(60)), None);
        assert_eq!(age(Some(minute(5)), minute(5), minute(60)), Some(Duration::from_secs(55 * 60)));
        assert_eq!(
            age(Some(minute(61)), minute(5), minute(60)),
            Some(Duration::ZERO),
            "the clock was set back"
        );
    }

    #[test]
    fn a_schedule_older_than_ten_minutes_is_unhealthy() {
        let result = |seconds: u64| {
            judge(Path::new("/tmp/x"), Some(Duration::from_secs(seconds))).map_err(|error| error.to_string())
        };
        assert_eq!(result(600), Ok(true));
        assert_eq!(result(719), Err("beat has not written to /tmp/x for 11 minutes".to_owned()));
        assert_eq!(judge(Path::new("/tmp/x"), None), Ok(false), "beat does not write to this file");
    }

    #[test]
    fn the_worker_s_name() {
        let name = |line: &str| node_name(&process(line), OsStr::new("web1.example.org"));
        assert_eq!(name("celery -A a worker"), "celery@web1.example.org");
        assert_eq!(name("celery -A a worker -n mail@%n"), "mail@web1");
        assert_eq!(name("celery -A a worker --hostname=x"), "celery@x");
    }
}
