//! Who and where we are.

use std::ffi::{CString, OsString};

/// The real user id (`getuid(2)`).
pub fn uid() -> u32 {
    nix::unistd::getuid().as_raw()
}

/// The effective user id (`geteuid(2)`).
pub fn euid() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// The host's name (`gethostname(2)`); empty where it can't be told.
pub fn hostname() -> OsString {
    nix::unistd::gethostname().unwrap_or_default()
}

/// Gives the process its name in `ps` and `/proc/PID/comm` (`prctl(2)`,
/// PR_SET_NAME: the first 15 bytes count).
pub fn set_name(name: &str) {
    if let Ok(name) = CString::new(name) {
        let _ = nix::sys::prctl::set_name(&name);
    }
}
