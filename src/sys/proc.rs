//! Processes of this container, and the sockets that they listen on (proc(5)).

use super::net::{Address, reachable};
use super::sock_diag;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    /// The process id of the parent; 0 if the parent is in another PID namespace.
    pub parent: u32,
    /// `R`, `S` or `D` for a live process, `Z` or `X` for a dead one, `T` or `t` for a stopped one.
    pub state: char,
    /// The start time in clock ticks since the machine booted.
    pub start_ticks: u64,
    /// The id of the process group; 0 if it is in another PID namespace.
    pub group: u32,
    /// The id of the session; 0 if it is in another PID namespace.
    pub session: u32,
    /// The arguments, with the name of the program first. A dead process has its name alone.
    pub arguments: Vec<OsString>,
}

/// All visible processes of this container, sorted by id.
pub fn processes() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut processes: Vec<Process> =
        pids.filter(|pid| is_in_our_container(*pid)).filter_map(read_process).collect();
    processes.sort_unstable_by_key(|process| process.pid);
    processes
}

/// Whether a process is in this container. Containers that share a PID namespace see
/// each other's processes and those of the host. Compares the mount namespaces, or the
/// control groups if this user may not read the namespace. A dead process counts as one
/// of this container.
fn is_in_our_container(pid: u32) -> bool {
    let mount_namespace = |process: &str| std::fs::read_link(format!("/proc/{process}/ns/mnt"));
    let cgroups = |process: &str| std::fs::read(format!("/proc/{process}/cgroup")).ok();
    let process = pid.to_string();
    match (mount_namespace(&process), mount_namespace("self")) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        (Err(error), _) if error.kind() == ErrorKind::PermissionDenied => {
            cgroups(&process) == cgroups("self")
        }
        (Err(_), _) | (Ok(_), Err(_)) => true,
    }
}

fn read_process(pid: u32) -> Option<Process> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let Stat { state, parent, group, session, ticks } = parse_stat(&stat)?;
    let mut arguments = parse_arguments(&command);
    if arguments.is_empty() {
        arguments.extend(parse_name(&stat));
    }
    Some(Process { pid, parent, state, start_ticks: ticks, group, session, arguments })
}

/// Fields of `/proc/PID/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    parent: u32,
    group: u32,
    session: u32,
    ticks: u64,
}

/// Parses the fields after the name, which is in brackets and may contain any bytes.
fn parse_stat(stat: &[u8]) -> Option<Stat> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let mut fields = std::str::from_utf8(stat.get(end + 1..)?).ok()?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let mut number = || fields.next()?.parse().ok();
    let (parent, group, session) = (number()?, number()?, number()?);
    Some(Stat { state, parent, group, session, ticks: fields.nth(15)?.parse().ok()? })
}

/// The name in brackets, which the kernel truncates to 15 bytes.
fn parse_name(stat: &[u8]) -> Option<OsString> {
    let start = stat.iter().position(|byte| *byte == b'(')? + 1;
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    stat.get(start..end).map(|name| OsStr::from_bytes(name).to_owned())
}

fn parse_arguments(command: &[u8]) -> Vec<OsString> {
    let command = command.strip_suffix(b"\0").unwrap_or(command);
    if command.is_empty() {
        return Vec::new();
    }
    command.split(|byte| *byte == 0).map(|word| OsStr::from_bytes(word).to_owned()).collect()
}

impl Process {
    /// The working folder.
    pub fn folder(&self) -> Option<PathBuf> {
        std::fs::read_link(format!("/proc/{}/cwd", self.pid)).ok()
    }

    /// The user id and group id.
    pub fn owner(&self) -> Option<(u32, u32)> {
        let metadata = std::fs::metadata(format!("/proc/{}", self.pid)).ok()?;
        Some((metadata.uid(), metadata.gid()))
    }

    /// The start time, by the wall clock.
    pub fn start_time(&self) -> Option<SystemTime> {
        let stat = std::fs::read_to_string("/proc/stat").ok()?;
        let boot: u64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        let ticks = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK).ok()??;
        let since_boot = self.start_ticks / u64::try_from(ticks).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(boot + since_boot))
    }

    /// The inodes of its sockets, in the order of the descriptors. `None` if this user may
    /// not read them. Root can always list the descriptors, but not always read the links.
    pub fn socket_inodes(&self) -> Option<Vec<u64>> {
        let folder = PathBuf::from(format!("/proc/{}/fd", self.pid));
        let entries = std::fs::read_dir(&folder).ok()?.flatten();
        let mut descriptors: Vec<u32> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        descriptors.sort_unstable();
        let link = |descriptor: &u32| std::fs::read_link(folder.join(descriptor.to_string())).ok();
        let links: Vec<PathBuf> = descriptors.iter().filter_map(link).collect();
        let socket =
            |link: &PathBuf| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok();
        let is_hidden = links.is_empty() && !descriptors.is_empty();
        (!is_hidden).then(|| links.iter().filter_map(socket).collect())
    }

    /// The listening sockets of the network namespace with their inodes, from the kernel's
    /// socket diagnostics, or from `/proc` if those are not available. The process must be
    /// in our network namespace.
    pub fn listeners(&self) -> Vec<(u64, Address)> {
        sock_diag::listeners().unwrap_or_else(|_| self.listeners_from_proc())
    }

    fn listeners_from_proc(&self) -> Vec<(u64, Address)> {
        let table = |name: &str| std::fs::read(format!("/proc/{}/net/{name}", self.pid)).unwrap_or_default();
        let mut listeners = Vec::new();
        for name in ["tcp", "tcp6"] {
            listeners.extend(table_rows(&table(name)).filter_map(parse_internet));
        }
        listeners.extend(table_rows(&table("unix")).filter_map(parse_unix));
        listeners
    }
}

/// The lines of a table without its header.
fn table_rows(table: &[u8]) -> impl Iterator<Item = &[u8]> {
    table.split(|byte| *byte == b'\n').skip(1)
}

/// Parses a line of `net/tcp` or `net/tcp6`; state 0A is LISTEN. The unspecified address
/// is replaced by the loopback address.
fn parse_internet(line: &[u8]) -> Option<(u64, Address)> {
    let fields: Vec<&str> = std::str::from_utf8(line).ok()?.split_whitespace().collect();
    if fields.get(3) != Some(&"0A") {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let inode = fields.get(9)?.parse().ok()?;
    Some((inode, Address::Internet(SocketAddr::new(reachable(parse_address(address)?), port))))
}

/// Parses an address of 32-bit words, each in the byte order of the machine.
fn parse_address(text: &str) -> Option<IpAddr> {
    let words = text.as_bytes().chunks(8).map(|word| {
        let word = std::str::from_utf8(word).ok()?;
        u32::from_str_radix(word, 16).ok().map(u32::to_ne_bytes)
    });
    let bytes = words.collect::<Option<Vec<_>>>()?.concat();
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    <[u8; 16]>::try_from(bytes.as_slice()).ok().map(|bytes| Ipv6Addr::from(bytes).into())
}

/// Parses a line of `net/unix`; flag 0x10000 is __SO_ACCEPTCON. Only sockets with an
/// absolute path are returned.
fn parse_unix(line: &[u8]) -> Option<(u64, Address)> {
    let mut fields = line.splitn(8, |byte| *byte == b' ').filter(|field| !field.is_empty());
    let flags = fields.nth(3)?;
    let flags = u32::from_str_radix(std::str::from_utf8(flags).ok()?, 16).ok()?;
    let rest: Vec<&[u8]> = fields.skip(2).collect();
    let rest = rest.join(&b' ');
    let rest = rest.trim_ascii_start();
    let (inode, path) = rest.split_at(rest.iter().position(|byte| *byte == b' ')?);
    let inode = std::str::from_utf8(inode).ok()?.parse().ok()?;
    let path = Path::new(OsStr::from_bytes(path.get(1..)?));
    let listens = flags & 0x1_0000 != 0 && path.is_absolute();
    listens.then(|| (inode, Address::Unix(OsString::from_vec(path.as_os_str().as_bytes().to_vec()).into())))
}

#[cfg(test)]
mod tests {
    use super::{Stat, parse_arguments, parse_internet, parse_name, parse_stat, parse_unix, processes};
    use crate::sys::net::Address;
    use std::net::TcpListener;

    #[test]
    fn a_process_name_may_contain_brackets() {
        let stat = b"7 (a) Z 1 (b) S 3 7 8 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 1";
        let expected = Stat { state: 'S', parent: 3, group: 7, session: 8, ticks: 12345 };
        assert_eq!(parse_stat(stat), Some(expected));
        assert_eq!(parse_name(stat), Some("a) Z 1 (b".into()));
        assert_eq!(parse_arguments(b"a\0\0b c\0"), ["a", "", "b c"]);
        assert_eq!(parse_arguments(b""), [""; 0]);
    }

    #[test]
    fn parses_listening_sockets() {
        let line = |text: &str| parse_internet(text.as_bytes());
        let all = "  0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 77 1 0";
        assert_eq!(line(all), Some((77, Address::Internet("127.0.0.1:8000".parse().unwrap()))));
        let all = "  0: 00000000000000000000000000000000:1F40 0:0 0A 0:0 0:0 0 0 0 78 1 0";
        assert_eq!(line(all), Some((78, Address::Internet("[::1]:8000".parse().unwrap()))));
        let connected = "  0: 0100007F:1F40 0100007F:9999 01 0:0 0:0 0 0 0 79 1 0";
        assert_eq!(line(connected), None);
        let unix = |text: &str| parse_unix(text.as_bytes());
        let line = "0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/app 1.sock";
        assert_eq!(unix(line), Some((4711, Address::Unix("/run/app 1.sock".into()))));
        assert_eq!(unix("0000000000000000: 00000003 00000000 00000000 0001 03 4712 /run/app.sock"), None);
        assert_eq!(unix("0000000000000000: 00000002 00000000 00010000 0001 01 4713 @abstract"), None);
        assert_eq!(unix("0000000000000000: 00000003 00000000 00000000 0001 03 4712"), None);
    }

    #[test]
    fn finds_this_process_and_its_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = processes().into_iter().find(|process| process.pid == std::process::id()).unwrap();
        assert!(ours.folder().is_some() && ours.start_time().is_some() && !ours.arguments.is_empty());
        let sockets = ours.socket_inodes().unwrap();
        let address = Address::Internet(listener.local_addr().unwrap());
        let listens = |(inode, at): &(u64, Address)| sockets.contains(inode) && *at == address;
        assert!(ours.listeners().iter().any(listens));
        assert!(ours.listeners_from_proc().iter().any(listens));
    }
}
