//! The processes around us and the sockets that they listen on (proc(5)).

use super::net::Address;
use super::sock_diag;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its parent's id; 0 where that is in another container.
    pub parent: u32,
    /// Its state: `R`, `S`, `D` as it lives, `Z` and `X` when dead, `T` and `t` when stopped.
    pub state: char,
    /// When it started, in clock ticks since the machine did.
    pub start_ticks: u64,
    /// Its process group and its session; 0 where those are of another PID namespace.
    pub group: u32,
    /// See `group`.
    pub session: u32,
    /// Its arguments, its program's name first; of a dead one its name alone.
    pub arguments: Vec<OsString>,
}

/// All processes that we can see and that share our root file system, sorted by id.
pub fn processes() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut found: Vec<Process> =
        pids.filter(|pid| is_in_our_container(*pid)).filter_map(read_process).collect();
    found.sort_by_key(|process| process.pid);
    found
}

/// Processes of other containers and of the host are seen where containers
/// share a pid namespace. Of those whose mounts we may not look at (another
/// user's), the control groups tell it; a dead one counts as near.
fn is_in_our_container(pid: u32) -> bool {
    let mounts = |who: &str| std::fs::read_link(format!("/proc/{who}/ns/mnt"));
    let groups = |who: &str| std::fs::read(format!("/proc/{who}/cgroup")).ok();
    let who = pid.to_string();
    match (mounts(&who), mounts("self")) {
        (Ok(theirs), Ok(ours)) => theirs == ours,
        (Err(error), _) if error.kind() == ErrorKind::PermissionDenied => groups(&who) == groups("self"),
        _ => true,
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

/// What we read of `/proc/PID/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    parent: u32,
    group: u32,
    session: u32,
    ticks: u64,
}

/// The name before these fields, in brackets, may hold anything.
fn parse_stat(stat: &[u8]) -> Option<Stat> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    let mut fields = std::str::from_utf8(stat.get(end + 1..)?).ok()?.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let mut number = || fields.next()?.parse().ok();
    let (parent, group, session) = (number()?, number()?, number()?);
    Some(Stat { state, parent, group, session, ticks: fields.nth(15)?.parse().ok()? })
}

/// The name in its brackets, cut off by the kernel after 15 bytes.
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
    /// The folder it is in.
    pub fn folder(&self) -> Option<PathBuf> {
        std::fs::read_link(format!("/proc/{}/cwd", self.pid)).ok()
    }

    /// Its user and group.
    pub fn owner(&self) -> Option<(u32, u32)> {
        let metadata = std::fs::metadata(format!("/proc/{}", self.pid)).ok()?;
        Some((metadata.uid(), metadata.gid()))
    }

    /// When it started.
    pub fn start_time(&self) -> Option<SystemTime> {
        let stat = std::fs::read_to_string("/proc/stat").ok()?;
        let boot: u64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        let ticks = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK).ok()??;
        let since_boot = self.start_ticks / u64::try_from(ticks).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(boot + since_boot))
    }

    /// The inodes of its sockets, in the order of its descriptors; `None`
    /// where we may not look: root may always list the descriptors, not what they are.
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

    /// The listening sockets of its network namespace, which is ours, by their
    /// inodes: from the kernel's socket diagnostics, else from `/proc`.
    pub fn listeners(&self) -> Vec<(u64, Address)> {
        sock_diag::listeners().unwrap_or_else(|_| self.listeners_from_proc())
    }

    fn listeners_from_proc(&self) -> Vec<(u64, Address)> {
        let table = |name: &str| std::fs::read(format!("/proc/{}/net/{name}", self.pid)).unwrap_or_default();
        let mut found = Vec::new();
        for name in ["tcp", "tcp6"] {
            found.extend(table_rows(&table(name)).filter_map(parse_internet));
        }
        found.extend(table_rows(&table("unix")).filter_map(parse_unix));
        found
    }
}

/// The lines of a table below its head.
fn table_rows(table: &[u8]) -> impl Iterator<Item = &[u8]> {
    table.split(|byte| *byte == b'\n').skip(1)
}

/// A line of `net/tcp` or `net/tcp6`; state 0A is LISTEN. An address that
/// stands for all is replaced by the one that leads to ourselves.
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

/// Words of 32 bits, each in the machine's own order.
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

/// The address itself, or the loopback address for one that stands for all.
pub(super) fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

/// A line of `net/unix`; flag 0x10000 is __SO_ACCEPTCON. Only a socket with a
/// path can be found again.
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
    fn a_name_may_hold_anything() {
        let stat = b"7 (a) Z 1 (b) S 3 7 8 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 99 1";
        let expected = Stat { state: 'S', parent: 3, group: 7, session: 8, ticks: 12345 };
        assert_eq!(parse_stat(stat), Some(expected));
        assert_eq!(parse_name(stat), Some("a) Z 1 (b".into()));
        assert_eq!(parse_arguments(b"a\0\0b c\0"), ["a", "", "b c"]);
        assert_eq!(parse_arguments(b""), [""; 0]);
    }

    #[test]
    fn who_listens() {
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
    fn we_find_ourselves() {
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
