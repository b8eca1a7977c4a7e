//! The user, host name and addresses of this process, and how it changes its user.

use nix::errno::Errno;
use nix::libc;
use nix::unistd::{self, Gid, Uid};
use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;

/// The real user id (`getuid(2)`).
pub fn uid() -> u32 {
    nix::unistd::getuid().as_raw()
}

/// The effective user id (`geteuid(2)`).
pub fn euid() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// The effective group id (`getegid(2)`).
pub fn gid() -> u32 {
    nix::unistd::getegid().as_raw()
}

/// The set-user-ID and set-group-ID bits of a file. Displayed as the argument of
/// `chmod(1)` that removes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetIdBits {
    setuid: bool,
    setgid: bool,
}

impl std::fmt::Display for SetIdBits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [user, group] =
            [(self.setuid, "u"), (self.setgid, "g")].map(|(set, who)| if set { who } else { "" });
        write!(f, "{user}{group}-s")
    }
}

/// The set-ID bits of this binary (inode(7)). `None` if it has none, or if there is no
/// `/proc` to read them from.
pub fn set_id_bits() -> Option<SetIdBits> {
    let mode = std::fs::metadata("/proc/self/exe").ok()?.mode();
    let bits = SetIdBits { setuid: mode & libc::S_ISUID != 0, setgid: mode & libc::S_ISGID != 0 };
    (bits.setuid || bits.setgid).then_some(bits)
}

/// The user and groups that a process runs as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub uid: u32,
    /// The id of the main group.
    pub gid: u32,
    /// The ids of the supplementary groups.
    pub groups: Vec<u32>,
}

/// Why the user could not be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A system call failed.
    #[error("{step} failed: {}: the container needs the capabilities CAP_SETUID and CAP_SETGID", errno.desc())]
    Refused {
        /// The name of the system call.
        step: &'static str,
        errno: Errno,
    },
    /// Every call succeeded, but the ids are not as expected, or root can be regained.
    #[error("{step} had no effect")]
    NoEffect {
        /// The name of the system call.
        step: &'static str,
    },
}

impl Identity {
    /// Changes to this user permanently: supplementary groups, group, user, in that order,
    /// because each change takes away the right to make the one before. Call it before
    /// any thread is started.
    pub fn assume(&self) -> Result<(), Error> {
        let groups: Vec<Gid> = self.groups.iter().copied().map(Gid::from_raw).collect();
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        let failed = |step| move |errno| Error::Refused { step, errno };
        unistd::setgroups(&groups).map_err(failed("setgroups"))?;
        unistd::setresgid(gid, gid, gid).map_err(failed("setresgid"))?;
        unistd::setresuid(uid, uid, uid).map_err(failed("setresuid"))?;
        self.verify(&groups)
    }

    /// Checks the current ids, and that root cannot be regained.
    fn verify(&self, groups: &[Gid]) -> Result<(), Error> {
        let unknown = |step| move |_| Error::NoEffect { step };
        let sorted = |groups: &[Gid]| {
            let mut groups: Vec<u32> = groups.iter().map(|group| group.as_raw()).collect();
            groups.sort_unstable();
            groups
        };
        let actual_groups = unistd::getgroups().map_err(unknown("setgroups"))?;
        let (users, group) = (unistd::getresuid(), unistd::getresgid());
        let users = users.map_err(unknown("setresuid"))?;
        let group = group.map_err(unknown("setresgid"))?;
        if sorted(&actual_groups) != sorted(groups) {
            Err(Error::NoEffect { step: "setgroups" })
        } else if [group.real, group.effective, group.saved].iter().any(|id| id.as_raw() != self.gid) {
            Err(Error::NoEffect { step: "setresgid" })
        } else if [users.real, users.effective, users.saved].iter().any(|id| id.as_raw() != self.uid)
            || (self.uid != 0 && unistd::setuid(Uid::from_raw(0)).is_ok())
        {
            Err(Error::NoEffect { step: "setresuid" })
        } else {
            Ok(())
        }
    }
}

/// The host name (`gethostname(2)`). Empty if it cannot be read.
pub fn hostname() -> OsString {
    nix::unistd::gethostname().unwrap_or_default()
}

/// The path of this binary. `/proc/self/exe` if it is unknown.
pub fn binary() -> std::path::PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into())
}

/// The addresses of this machine without the loopback addresses (`getifaddrs(3)`).
pub fn addresses() -> Vec<String> {
    let all = nix::ifaddrs::getifaddrs().into_iter().flatten();
    let address = |interface: nix::ifaddrs::InterfaceAddress| {
        let address = interface.address?;
        let ipv4 = address.as_sockaddr_in().map(|address| address.ip().to_string());
        let ipv6 = || address.as_sockaddr_in6().map(|address| address.ip().to_string());
        ipv4.or_else(ipv6).filter(|ip| ip != "127.0.0.1" && ip != "::1")
    };
    all.filter_map(address).collect()
}
