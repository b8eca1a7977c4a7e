//! How many workers a web server starts: WEB_CONCURRENCY, read before the server
//! stumbles over it. And how many processes a worker of Celery's, in a container
//! with a limit.

use super::notice::Note;
use crate::sys::cgroup::Limits;

/// Where WEB_CONCURRENCY says nothing.
pub(super) const DEFAULT: u64 = 3;

/// What a worker of an ordinary Django project is taken to need, in MiB.
pub(super) const WORKER: u64 = 160;

/// Whether WEB_CONCURRENCY leaves the number to us.
pub(super) fn is_auto(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.trim() == "auto")
}

/// The number of workers, and what is to be told about it. Without limits,
/// `auto` is the default.
pub(super) fn workers(value: Option<&str>, limits: Option<Limits>) -> (u64, Option<Note>) {
    let Some(value) = value else { return (DEFAULT, None) };
    if is_auto(Some(value)) {
        return limits.map_or((DEFAULT, None), fitting);
    }
    match value.trim().parse() {
        Ok(workers @ 1..) => (workers, None),
        _ => (DEFAULT, Some(Note::Workers { value: value.to_owned() })),
    }
}

/// As many as the CPUs can keep busy, and as the memory holds.
fn fitting(limits: Limits) -> (u64, Option<Note>) {
    let workers = held(limits).min(2 * limits.cpus + 1);
    (workers, Some(Note::Fitting { workers, cpus: limits.cpus, memory: limits.memory >> 20 }))
}

/// One for each CPU, as Celery has it, and no more than the memory holds.
pub(super) fn processes(limits: Limits) -> (u64, Note) {
    let processes = held(limits).min(limits.cpus);
    (processes, Note::Processes { processes, cpus: limits.cpus, memory: limits.memory >> 20 })
}

/// How many the memory holds; at least one.
fn held(limits: Limits) -> u64 {
    (limits.memory / (WORKER << 20)).max(1)
}

#[cfg(test)]
mod tests {
    use super::{processes, workers};
    use crate::sys::cgroup::Limits;

    const MIB: u64 = 1 << 20;

    #[test]
    fn auto_fits_the_limits() {
        let auto = |cpus, memory| workers(Some("auto"), Some(Limits { cpus, memory })).0;
        assert_eq!(auto(1, 4096 * MIB), 3);
        assert_eq!(auto(4, 4096 * MIB), 9);
        assert_eq!(auto(4, 512 * MIB), 3);
        assert_eq!(auto(2, 160 * MIB), 1);
        assert_eq!(auto(2, 1), 1);
    }

    #[test]
    fn a_worker_of_celery_s() {
        let (number, note) = processes(Limits { cpus: 2, memory: 4096 * MIB });
        let text = "-c 2 is the lesser of 2 (CPUs that this container may use) and 4096/160 (MiB of memory)";
        assert_eq!((number, note.to_string().as_str()), (2, text));
        assert_eq!(processes(Limits { cpus: 4, memory: 330 * MIB }).0, 2);
        assert_eq!(processes(Limits { cpus: 4, memory: 1 }).0, 1);
    }

    #[test]
    fn auto_shows_its_arithmetic() {
        let (_, note) = workers(Some("auto"), Some(Limits { cpus: 2, memory: 512 * MIB }));
        let text = "WEB_CONCURRENCY=auto is 3: the lesser of 2·2+1 (CPUs) and 512/160 (MiB of memory)";
        assert_eq!(note.unwrap().to_string(), text);
    }

    #[test]
    fn a_number_is_a_number() {
        assert_eq!(workers(Some(" 5\n"), None), (5, None));
        assert_eq!(workers(None, None), (3, None));
        for value in ["", "many", "-1", "0", "2.5", "Auto"] {
            let (number, note) = workers(Some(value), None);
            assert!(number == 3 && note.is_some(), "{value}");
        }
    }
}
