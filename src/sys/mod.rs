//! The ground floor: the only room that touches the kernel. It knows no room
//! above it.
#![allow(unsafe_code, reason = "block by block, where nix has no safe call")]
#![allow(clippy::disallowed_methods, reason = "this room is what the others call instead")]

pub mod atomic_file;
pub mod cancel;
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
pub mod spawn;
pub mod stream;
pub mod subprocess;
pub mod threads;
pub mod window;
