//! The operating system: the only module that makes system calls. It depends on no
//! other module of this crate.
#![allow(unsafe_code, reason = "only in blocks for which nix has no safe call")]
#![allow(clippy::disallowed_methods, reason = "the other modules call this one instead")]

pub mod atomic_file;
pub mod cgroup;
pub mod child;
pub mod clock;
pub mod digest;
pub mod dir;
pub mod exec;
pub mod files;
pub mod group;
pub mod identity;
pub mod init;
pub mod interrupt;
pub mod lock;
pub mod lookup;
pub mod memfd;
pub mod net;
pub mod passwd;
pub mod proc;
mod signals;
pub mod sock_diag;
pub mod threads;
pub mod window;
