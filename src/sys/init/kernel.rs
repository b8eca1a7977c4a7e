//! The system calls that the wait loop makes, straight to the kernel.
//!
//! Through libc each would bring its own pages of the binary into memory; these
//! end up inside the loop (see `memory`). An error is a negative errno.

use nix::libc;
use std::arch::asm;
use std::mem::MaybeUninit;

/// A signal that came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signal {
    /// Its number.
    pub(super) number: i32,
    /// Whether the kernel sent it by itself, as it does for a terminal's keys.
    pub(super) from_kernel: bool,
}

/// What a child did (`wait4(2)`).
#[derive(Debug, Clone, Copy)]
pub(super) struct ChildChange {
    /// The child.
    pub(super) child: i32,
    /// Its wait status.
    pub(super) status: i32,
}

/// `SI_KERNEL` of sigaction(2); libc's constant is not there for musl.
const SI_KERNEL: i32 = 0x80;

/// Waits for any signal, for at most that long (in nanoseconds) where a limit is
/// given. `None`: the time is over, or something else ended the wait.
#[inline(always)]
pub(super) fn wait_for_signal(limit: Option<u64>) -> Option<Signal> {
    let every_signal = u64::MAX;
    let mut information = MaybeUninit::<[i32; 32]>::uninit(); // siginfo_t: si_signo, si_errno, si_code, …
    let information_at = information.as_mut_ptr() as usize;
    let time = [limit.unwrap_or(0) / 1_000_000_000, limit.unwrap_or(0) % 1_000_000_000];
    let time_at = if limit.is_some() { time.as_ptr() as usize } else { 0 };
    let mask_at = &raw const every_signal as usize;
    // SAFETY: the mask has the size that is given last, a siginfo_t is 128 bytes
    // long, a timespec two words, and all of them live through the call.
    let number = unsafe { call(libc::SYS_rt_sigtimedwait, [mask_at, information_at, time_at, 8]) };
    if number <= 0 {
        return None;
    }
    // SAFETY: a signal came, so the kernel has filled in what it is.
    let code = unsafe { information.as_ptr().cast::<i32>().add(2).read() };
    Some(Signal { number: number as i32, from_kernel: code == SI_KERNEL })
}

/// The next child that ended, stopped or went on; `None` where there is none now.
#[inline(always)]
pub(super) fn next_change() -> Option<ChildChange> {
    let mut status = 0_i32;
    let any_child = -1_isize as usize;
    let options = (libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED) as usize;
    // SAFETY: the status lives through the call; no rusage is asked for.
    let child = unsafe { call(libc::SYS_wait4, [any_child, &raw mut status as usize, options, 0]) };
    (child > 0).then_some(ChildChange { child: child as i32, status })
}

/// `kill(2)`; whether there was anyone to get the signal.
#[inline(always)]
pub(super) fn kill(to: i32, signal: i32) -> bool {
    // SAFETY: no memory is involved.
    unsafe { call(libc::SYS_kill, [to as usize, signal as usize, 0, 0]) == 0 }
}

/// Our process id.
#[inline(always)]
pub(super) fn own_pid() -> i32 {
    // SAFETY: no memory is involved.
    unsafe { call(libc::SYS_getpid, [0; 4]) as i32 }
}

/// Blocks or unblocks one signal; `how` as `rt_sigprocmask(2)` has it.
#[inline(always)]
pub(super) fn change_mask(how: i32, signal: i32) {
    let mask = 1_u64 << (signal - 1);
    // SAFETY: the mask lives through the call, its size is given last.
    unsafe { call(libc::SYS_rt_sigprocmask, [how as usize, &raw const mask as usize, 0, 8]) };
}

/// Whether a signal that is held back waits for us (`rt_sigpending(2)`).
#[inline(always)]
pub(super) fn is_pending(signal: i32) -> bool {
    let mut pending = 0_u64;
    // SAFETY: the kernel writes a mask of the size that is given last.
    unsafe { call(libc::SYS_rt_sigpending, [&raw mut pending as usize, 8, 0, 0]) };
    pending & 1_u64 << (signal - 1) != 0
}

/// The terminal's foreground process group; `None` where it is not our
/// session's terminal any more (`tcgetpgrp(3)`).
#[inline(always)]
pub(super) fn foreground_group(terminal: i32) -> Option<i32> {
    let mut group = 0_i32;
    let request = libc::TIOCGPGRP as usize;
    // SAFETY: the kernel writes one pid_t.
    let result = unsafe { call(libc::SYS_ioctl, [terminal as usize, request, &raw mut group as usize, 0]) };
    (result == 0).then_some(group)
}

/// Makes a process group the terminal's foreground (`tcsetpgrp(3)`). SIGTTOU is
/// blocked, so a background group may do this, too.
#[inline(always)]
pub(super) fn set_foreground_group(terminal: i32, group: i32) {
    let request = libc::TIOCSPGRP as usize;
    // SAFETY: the kernel reads one pid_t.
    unsafe { call(libc::SYS_ioctl, [terminal as usize, request, &raw const group as usize, 0]) };
}

/// Nanoseconds of the monotonic clock.
#[inline(always)]
pub(super) fn monotonic_nanoseconds() -> u64 {
    let mut time = [0_u64; 2];
    let clock = libc::CLOCK_MONOTONIC as usize;
    // SAFETY: a timespec is two words, and lives through the call.
    unsafe { call(libc::SYS_clock_gettime, [clock, time.as_mut_ptr() as usize, 0, 0]) };
    time[0] * 1_000_000_000 + time[1]
}

/// Ends the process, without anything that a runtime would do first.
#[inline(always)]
pub(super) fn exit(code: u8) -> ! {
    loop {
        // SAFETY: no memory is involved, and nothing comes after it.
        unsafe { call(libc::SYS_exit_group, [code.into(), 0, 0, 0]) };
    }
}

/// A system call of at most four arguments.
///
/// # Safety
/// As for the call itself: pointers among the arguments must be valid for it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, arguments: [usize; 4]) -> isize {
    let result: isize;
    // SAFETY: the kernel's convention (syscall(2)): rcx and r11 are lost, memory
    // may be written to, the stack is not touched.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result,
            in("rdi") arguments[0], in("rsi") arguments[1], in("rdx") arguments[2], in("r10") arguments[3],
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

/// A system call of at most four arguments.
///
/// # Safety
/// As for the call itself: pointers among the arguments must be valid for it.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, arguments: [usize; 4]) -> isize {
    let result: isize;
    // SAFETY: the kernel's convention (syscall(2)): the number in x8, the result
    // in x0, memory may be written to, the stack is not touched.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") arguments[0] as isize => result,
            in("x1") arguments[1], in("x2") arguments[2], in("x3") arguments[3], options(nostack));
    }
    result
}
