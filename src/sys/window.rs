//! The window size of the terminal.

use nix::errno::Errno;
use nix::libc;
use std::mem::MaybeUninit;

/// The current number of columns of the terminal on standard output (`ioctl_tty(2)`).
/// `None` if standard output is not a terminal, or the width is unknown.
pub fn columns() -> Option<usize> {
    let mut size = MaybeUninit::<libc::winsize>::zeroed();
    // SAFETY: TIOCGWINSZ writes one winsize to `size`, and reads nothing.
    Errno::result(unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, size.as_mut_ptr()) }).ok()?;
    // SAFETY: all fields are integers, for which zero is a valid value.
    let columns = unsafe { size.assume_init() }.ws_col;
    (columns > 0).then_some(columns.into())
}
