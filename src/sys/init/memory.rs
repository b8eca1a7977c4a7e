//! What of ourselves need not stay in memory while we wait.
//!
//! Whatever ran before the wait loop has drawn most of the binary's file into
//! our memory. An init lives as long as its container does, so we hand those
//! pages back and keep the loop's own. Code that is needed after all the kernel
//! reads from the file again. Data it would read as it was before the program
//! started: the loop has its own on the stack, and never returns to anything
//! that has not.

use super::kernel;
use nix::libc;
use std::ffi::c_void;

/// The largest number of segments that we look at; our binary has four.
const SEGMENTS: usize = 8;

/// How far from its first instruction the loop may reach, in bytes.
const LOOP_SIZE: usize = 4096;

/// What the kernel maps around a page that is missed, where the mapping goes
/// that far (mm/memory.c, `fault_around_bytes`), is more than the loop needs.
const PAGE: usize = 4096;

/// The binary's segments: first address and length of each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pages {
    segments: [(usize, usize); SEGMENTS],
    /// The pages that stay: first address and the one behind the last.
    kept: (usize, usize),
}

impl Pages {
    /// All of the binary but for the code that starts at `kept`.
    pub(super) fn but(kept: *const ()) -> Self {
        let start = kept as usize & !(PAGE - 1);
        let end = (kept as usize + LOOP_SIZE + PAGE - 1) & !(PAGE - 1);
        let mut pages = Self { segments: Default::default(), kept: (start, end) };
        // SAFETY: the callback gets our `pages` back, which outlive the call.
        unsafe { libc::dl_iterate_phdr(Some(collect), (&raw mut pages).cast()) };
        pages
    }

    /// Hands the pages back. To be called by the code that is kept.
    ///
    /// # Safety
    /// Nothing that runs after this may use a static of the program or of libc.
    #[inline(always)]
    pub(super) unsafe fn release(&self) {
        let mut index = 0;
        while index < SEGMENTS {
            // SAFETY: `collect` and its caller fill and bound these, and a plain
            // index would bring a panic's pages in.
            let (start, length) = unsafe { *self.segments.as_ptr().add(index) };
            if length > 0 {
                self.release_segment(start, start + length);
            }
            index += 1;
        }
    }

    #[inline(always)]
    fn release_segment(&self, start: usize, end: usize) {
        // SAFETY: these are private mappings of a file: what nobody writes to
        // comes back as it was, and nobody uses what comes back otherwise. The
        // other advice only sets the kept pages apart from the rest, so that a
        // miss there maps nothing around them.
        unsafe {
            if start < self.kept.0 && self.kept.0 < end {
                kernel::advise(start, self.kept.0 - start, libc::MADV_RANDOM);
            }
            if start < self.kept.1 && self.kept.1 < end {
                kernel::advise(self.kept.1, end - self.kept.1, libc::MADV_RANDOM);
            }
            kernel::advise(start, end - start, libc::MADV_DONTNEED);
        }
    }
}

/// Takes the first object's segments: the binary itself (`dl_iterate_phdr(3)`).
extern "C" fn collect(object: *mut libc::dl_phdr_info, _size: usize, pages: *mut c_void) -> i32 {
    // SAFETY: libc passes a valid object, and `pages` back as we gave it.
    let (object, pages) = unsafe { (&*object, &mut *pages.cast::<Pages>()) };
    // SAFETY: the object's headers, as many as it says.
    let headers = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, object.dlpi_phnum.into()) };
    for (slot, header) in pages.segments.iter_mut().zip(headers.iter().filter(|header| is_spare(header))) {
        let start = (object.dlpi_addr + header.p_vaddr) as usize;
        let first = start & !(PAGE - 1);
        let end = (start + header.p_memsz as usize + PAGE - 1) & !(PAGE - 1);
        *slot = (first, end - first);
    }
    1 // and no further object
}

/// A debug build's loop is not one function, and calls libc through its data.
fn is_spare(header: &libc::Elf64_Phdr) -> bool {
    let is_data = header.p_flags & libc::PF_W != 0;
    header.p_type == libc::PT_LOAD && !(is_data && cfg!(debug_assertions))
}
