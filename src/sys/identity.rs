//! Who and where we are.

use std::ffi::OsString;

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
