//! The terminal's window.

use nix::errno::Errno;
use nix::libc;
use std::mem::MaybeUninit;

/// How many columns the terminal on standard output has now, where it is one
/// that knows (`ioctl_tty(2)`).
pub fn columns() -> Option<usize> {
    let mut size = MaybeUninit::<libc::winsize>::zeroed();
    // SAFETY: TIOCGWINSZ writes one winsize, for which there is room, and reads nothing.
    Errno::result(unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, size.as_mut_ptr()) }).ok()?;
    // SAFETY: all its fields are integers, for which zero is a value.
    let columns = unsafe { size.assume_init() }.ws_col;
    (columns > 0).then_some(columns.into())
}
