//! The CPU and memory limits of a container, from control groups of both versions
//! (cgroups(7)).

use super::files;
use std::path::{Path, PathBuf};

/// The largest file to read, in bytes.
const MAX_FILE_SIZE: u64 = 1 << 20;

/// The limits of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// CPUs, rounded up, at least one.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory: u64,
}

/// The quotas of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Quotas {
    /// CPUs, rounded up.
    cpus: Option<u64>,
    /// Memory in bytes.
    memory: Option<u64>,
}

/// The limits of this process: the lowest of the quotas of its group and all groups
/// above it, the CPUs that it may run on (`sched_getaffinity(2)`), and the machine.
pub fn current_limits() -> Limits {
    apply_quotas(quotas(Path::new("/")), allowed_cpus(), machine_memory(Path::new("/")))
}

/// The limits, if they allow fewer CPUs than the machine has; else `None`.
pub fn limits_below_machine() -> Option<Limits> {
    let machine = read_text(Path::new("/sys/devices/system/cpu/online")).map(|ranges| count_cpus(&ranges));
    Some(current_limits()).filter(|limits| machine.is_some_and(|machine| limits.cpus < machine))
}

/// The number of CPUs in a list such as `0-3,6` (cpuset(7)).
fn count_cpus(list: &str) -> u64 {
    let count_range = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let bounds: Option<(u64, u64)> = first.parse().ok().zip(last.parse().ok());
        bounds.map_or(0, |(first, last)| last.saturating_sub(first) + 1)
    };
    list.trim().split(',').map(count_range).sum()
}

fn apply_quotas(quotas: Quotas, cpus: u64, memory: u64) -> Limits {
    let cpus = quotas.cpus.map_or(cpus, |quota| quota.min(cpus)).max(1);
    Limits { cpus, memory: quotas.memory.map_or(memory, |quota| quota.min(memory)) }
}

fn allowed_cpus() -> u64 {
    let set = nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0));
    let is_set = |cpu: &usize| set.as_ref().is_ok_and(|set| set.is_set(*cpu).unwrap_or(false));
    (0..nix::sched::CpuSet::count()).filter(is_set).count() as u64
}

/// `MemTotal` of `/proc/meminfo` in bytes; `u64::MAX` if it cannot be read.
fn machine_memory(root: &Path) -> u64 {
    let text = read_text(&root.join("proc/meminfo")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or(u64::MAX, |kibibytes| kibibytes.saturating_mul(1024))
}

/// The lowest quotas of all groups that this process is in.
fn quotas(root: &Path) -> Quotas {
    let memberships = read_text(&root.join("proc/self/cgroup")).unwrap_or_default();
    let mounts = read_text(&root.join("proc/self/mountinfo")).unwrap_or_default();
    let mounts: Vec<Mount<'_>> = mounts.lines().filter_map(Mount::parse).collect();
    let mut lowest = Quotas::default();
    for group in memberships.lines().flat_map(|line| visible_groups(line, &mounts)) {
        let quotas = Quotas::from_folder(&root.join(group.strip_prefix("/").unwrap_or(&group)));
        lowest = lowest.min(quotas);
    }
    lowest
}

/// A mounted cgroup hierarchy.
#[derive(Debug, Clone, Copy)]
struct Mount<'a> {
    /// The group that the mount point shows.
    root: &'a str,
    point: &'a str,
    /// The mount options of version 1, which include the controllers; `None` for version 2.
    controllers: Option<&'a str>,
}

impl<'a> Mount<'a> {
    /// Parses a line of mountinfo (proc_pid_mountinfo(5)).
    fn parse(line: &'a str) -> Option<Self> {
        let (mount, source) = line.split_once(" - ")?;
        let mut mount = mount.split(' ').skip(3);
        let (root, point) = (mount.next()?, mount.next()?);
        let mut source = source.split(' ');
        let controllers = match source.next()? {
            "cgroup2" => None,
            "cgroup" => Some(source.nth(1)?),
            _ => return None,
        };
        Some(Self { root, point, controllers })
    }

    fn has(&self, controller: &str) -> bool {
        match self.controllers {
            Some(controllers) => controllers.split(',').any(|mounted| mounted == controller),
            None => controller.is_empty(),
        }
    }
}

/// The folders of a group and of all visible groups above it, from a line
/// `ID:CONTROLLERS:GROUP` of `/proc/self/cgroup`.
fn visible_groups(line: &str, mounts: &[Mount<'_>]) -> Vec<PathBuf> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else { return Vec::new() };
    let has_controller = |mount: &&Mount<'_>| controllers.split(',').any(|controller| mount.has(controller));
    let Some(mount) = mounts.iter().find(has_controller) else { return Vec::new() };
    // In a container the mount point shows the container's own group, whatever its path on the host.
    let below = Path::new(group).strip_prefix(mount.root).unwrap_or(Path::new(""));
    let point = Path::new(mount.point);
    point.join(below).ancestors().take_while(|folder| folder.starts_with(point)).map(Path::to_owned).collect()
}

impl Quotas {
    /// The quotas of the group in this folder, of either version.
    fn from_folder(folder: &Path) -> Self {
        let value = |name: &str| read_text(&folder.join(name));
        let number = |name: &str| value(name)?.trim().parse::<u64>().ok(); // "max" and -1 mean no limit
        let version2 = value("cpu.max").and_then(|text| {
            let (quota, period) = text.trim().split_once(' ')?;
            Some((quota.parse().ok()?, period.parse().ok()?))
        });
        let version1 = || number("cpu.cfs_quota_us").zip(number("cpu.cfs_period_us"));
        let cpus = version2.or_else(version1).filter(|(_, period)| *period > 0);
        let memory = number("memory.max").or_else(|| number("memory.limit_in_bytes"));
        Self { cpus: cpus.map(|(quota, period): (u64, u64)| quota.div_ceil(period)), memory }
    }

    fn min(self, other: Self) -> Self {
        let lower = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        Self { cpus: lower(self.cpus, other.cpus), memory: lower(self.memory, other.memory) }
    }
}

fn read_text(path: &Path) -> Option<String> {
    let content = files::read_regular(path, MAX_FILE_SIZE).ok()??;
    String::from_utf8(content.bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{Limits, Quotas, apply_quotas, count_cpus, current_limits, machine_memory, quotas};

    const MIB: u64 = 1 << 20;

    /// A temporary root folder with these files.
    fn root_with(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        root
    }

    const VERSION_2: &str = "30 24 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n\
        31 24 0:27 / /proc rw - proc proc rw\n";

    #[test]
    fn the_lowest_quota_of_all_groups_applies() {
        let root = root_with(&[
            ("proc/self/cgroup", "0::/a/b\n"),
            ("proc/self/mountinfo", VERSION_2),
            ("sys/fs/cgroup/a/b/cpu.max", "250000 100000\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/cpu.max", "150000 100000\n"),
            ("sys/fs/cgroup/a/memory.max", "536870912\n"),
            ("sys/fs/cgroup/cpu.max", "max 100000\n"),
        ]);
        assert_eq!(quotas(root.path()), Quotas { cpus: Some(2), memory: Some(512 * MIB) });
    }

    #[test]
    fn a_container_reads_its_own_group_of_version_1() {
        let root = root_with(&[
            (
                "proc/self/cgroup",
                "4:cpu,cpuacct:/docker/abc\n7:memory:/docker/abc\n1:name=systemd:/docker/abc\n",
            ),
            (
                "proc/self/mountinfo",
                "40 30 0:30 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n\
                 41 30 0:31 / /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            ),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000\n"),
            ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
            ("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n"),
            ("sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "167772160\n"),
        ]);
        assert_eq!(quotas(root.path()), Quotas { cpus: Some(1), memory: Some(160 * MIB) });
    }

    #[test]
    fn without_a_quota_the_machine_is_the_limit() {
        let root = root_with(&[
            ("proc/self/cgroup", "0::/../../other\n"),
            ("proc/self/mountinfo", VERSION_2),
            ("proc/meminfo", "MemTotal:        2048 kB\nMemFree:  1 kB\n"),
            ("sys/fs/cgroup/cpu.cfs_quota_us", "-1\n"),
            ("sys/fs/cgroup/cpu.cfs_period_us", "100000\n"),
        ]);
        assert_eq!(quotas(root.path()), Quotas::default());
        assert_eq!(machine_memory(root.path()), 2 * MIB);
        assert_eq!(apply_quotas(Quotas::default(), 4, 2 * MIB), Limits { cpus: 4, memory: 2 * MIB });
        let tight = Quotas { cpus: Some(9), memory: Some(u64::MAX) };
        assert_eq!(apply_quotas(tight, 4, MIB), Limits { cpus: 4, memory: MIB });
    }

    #[test]
    fn counts_cpu_lists() {
        for (list, number) in [("0\n", 1), ("0-3\n", 4), ("0-1,4,6-7", 5), ("", 0)] {
            assert_eq!(count_cpus(list), number, "{list}");
        }
    }

    #[test]
    fn this_machine_has_limits() {
        let limits = current_limits();
        assert!(limits.cpus >= 1 && limits.memory > MIB && limits.memory < u64::MAX, "{limits:?}");
    }
}
