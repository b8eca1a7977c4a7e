//! Who and where we are, and how we become someone else.

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

/// The bits of a file's mode that make a process run as the file's owner or
/// group, as `chmod(1)` removes them.
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

/// The set-ID bits of our own binary (inode(7)); `None` where it has none, or
/// where there is no `/proc` to see it.
pub fn set_id_bits() -> Option<SetIdBits> {
    let mode = std::fs::metadata("/proc/self/exe").ok()?.mode();
    let bits = SetIdBits { setuid: mode & libc::S_ISUID != 0, setgid: mode & libc::S_ISGID != 0 };
    (bits.setuid || bits.setgid).then_some(bits)
}

/// Whom a process runs as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user id.
    pub uid: u32,
    /// The id of the main group.
    pub gid: u32,
    /// The supplementary groups.
    pub groups: Vec<u32>,
}

/// Why we are not who we should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A step that the kernel refused.
    #[error("the kernel refuses {step}: {}: the container has to keep CAP_SETUID and CAP_SETGID", errno.desc())]
    Refused {
        /// The system call.
        step: &'static str,
        /// What it says.
        errno: Errno,
    },
    /// Every step succeeded, and yet we are someone else, or could go back.
    #[error("{step} had no effect")]
    NoEffect {
        /// The system call.
        step: &'static str,
    },
}

impl Identity {
    /// Becomes this user, for good: supplementary groups, group, user, in that
    /// order, for each takes away the right to the one before. To be called
    /// before any thread is started.
    pub fn assume(&self) -> Result<(), Error> {
        let groups: Vec<Gid> = self.groups.iter().copied().map(Gid::from_raw).collect();
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        let refused = |step| move |errno| Error::Refused { step, errno };
        unistd::setgroups(&groups).map_err(refused("setgroups"))?;
        unistd::setresgid(gid, gid, gid).map_err(refused("setresgid"))?;
        unistd::setresuid(uid, uid, uid).map_err(refused("setresuid"))?;
        self.verify(&groups)
    }

    /// Asks the kernel who we are now, and whether there is a way back to root.
    fn verify(&self, groups: &[Gid]) -> Result<(), Error> {
        let unknown = |step| move |_| Error::NoEffect { step };
        let sorted = |groups: &[Gid]| {
            let mut groups: Vec<u32> = groups.iter().map(|group| group.as_raw()).collect();
            groups.sort_unstable();
            groups
        };
        let ours = unistd::getgroups().map_err(unknown("setgroups"))?;
        let (users, group) = (unistd::getresuid(), unistd::getresgid());
        let users = users.map_err(unknown("setresuid"))?;
        let group = group.map_err(unknown("setresgid"))?;
        if sorted(&ours) != sorted(groups) {
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

/// The host's name (`gethostname(2)`); empty where it can't be told.
pub fn hostname() -> OsString {
    nix::unistd::gethostname().unwrap_or_default()
}

/// The path of our own binary; `/proc/self/exe` where it can't be told.
pub fn binary() -> std::path::PathBuf {
    std::env::current_exe().unwrap_or_else(|_| "/proc/self/exe".into())
}

/// The addresses of this machine, the loopback's aside (`getifaddrs(3)`).
pub fn addresses() -> Vec<String> {
    let all = nix::ifaddrs::getifaddrs().into_iter().flatten();
    let address = |found: nix::ifaddrs::InterfaceAddress| {
        let address = found.address?;
        let four = address.as_sockaddr_in().map(|four| four.ip().to_string());
        let six = || address.as_sockaddr_in6().map(|six| six.ip().to_string());
        four.or_else(six).filter(|ip| ip != "127.0.0.1" && ip != "::1")
    };
    all.filter_map(address).collect()
}
