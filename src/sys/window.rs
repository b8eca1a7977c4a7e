//! Whether a standard stream is a terminal, and the size of its window.

use nix::errno::Errno;
use nix::libc;
use std::mem::MaybeUninit;

/// Whether a descriptor is a terminal (`isatty(3)`). `std::io::stdin()` would allocate a buffer of 8 KiB
/// for the question.
pub fn is_terminal(descriptor: i32) -> bool {
    // SAFETY: no memory is involved; an invalid descriptor is an error.
    unsafe { libc::isatty(descriptor) == 1 }
}

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
