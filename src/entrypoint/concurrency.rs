//! How many workers a web server starts (WEB_CONCURRENCY), and how many processes
//! a Celery worker starts in a container with a limit.

use super::notice::Notice;
use crate::sys::cgroup::Limits;

/// The number of workers if WEB_CONCURRENCY is not set.
pub(super) const DEFAULT_WORKERS: u64 = 3;

/// The memory that one worker is assumed to need, in MiB.
pub(super) const MIB_PER_WORKER: u64 = 160;

pub(super) fn is_auto(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.trim() == "auto")
}

/// The number of workers, and a notice about it. Without limits, `auto` gives the
/// default.
pub(super) fn workers(value: Option<&str>, limits: Option<Limits>) -> (u64, Option<Notice>) {
    let Some(value) = value else { return (DEFAULT_WORKERS, None) };
    if is_auto(Some(value)) {
        return limits.map_or((DEFAULT_WORKERS, None), fit_limits);
    }
    match value.trim().parse() {
        Ok(workers @ 1..) => (workers, None),
        _ => (DEFAULT_WORKERS, Some(Notice::Workers { value: value.to_owned() })),
    }
}

/// As many workers as the CPUs and the memory allow.
fn fit_limits(limits: Limits) -> (u64, Option<Notice>) {
    let workers = memory_limit(limits).min(2 * limits.cpus + 1);
    (workers, Some(Notice::Fitting { workers, cpus: limits.cpus, memory: limits.memory >> 20 }))
}

/// One process per CPU, as Celery does, and not more than the memory allows.
pub(super) fn processes(limits: Limits) -> (u64, Notice) {
    let processes = memory_limit(limits).min(limits.cpus);
    (processes, Notice::Processes { processes, cpus: limits.cpus, memory: limits.memory >> 20 })
}

/// How many workers the memory allows, at least one.
fn memory_limit(limits: Limits) -> u64 {
    (limits.memory / (MIB_PER_WORKER << 20)).max(1)
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
    fn a_celery_worker_fits_the_limits() {
        let (number, notice) = processes(Limits { cpus: 2, memory: 4096 * MIB });
        let text = "-c 2 is the smaller of 2 (CPUs that this container may use) and 4096/160 (MiB of memory)";
        assert_eq!((number, notice.to_string().as_str()), (2, text));
        assert_eq!(processes(Limits { cpus: 4, memory: 330 * MIB }).0, 2);
        assert_eq!(processes(Limits { cpus: 4, memory: 1 }).0, 1);
    }

    #[test]
    fn auto_shows_its_arithmetic() {
        let (_, notice) = workers(Some("auto"), Some(Limits { cpus: 2, memory: 512 * MIB }));
        let text = "WEB_CONCURRENCY=auto is 3: the smaller of 2·2+1 (CPUs) and 512/160 (MiB of memory)";
        assert_eq!(notice.unwrap().to_string(), text);
    }

    #[test]
    fn a_number_is_a_number() {
        assert_eq!(workers(Some(" 5\n"), None), (5, None));
        assert_eq!(workers(None, None), (3, None));
        for value in ["", "many", "-1", "0", "2.5", "Auto"] {
            let (number, notice) = workers(Some(value), None);
            assert!(number == 3 && notice.is_some(), "{value}");
        }
    }
}
