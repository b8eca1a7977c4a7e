//! A file in memory, for a process that takes our place.

use nix::sys::memfd::{MFdFlags, memfd_create};
use std::io::Write;
use std::os::fd::IntoRawFd;

/// Makes a file that lives in memory alone (`memfd_create(2)`) and gives its
/// descriptor, which stays open across `execve(2)`: whoever takes our place
/// opens it as `/dev/fd/N`, from its start.
pub fn create_inherited(content: &[u8]) -> std::io::Result<i32> {
    let descriptor = memfd_create("environment", MFdFlags::empty())?;
    let mut file = std::fs::File::from(descriptor);
    file.write_all(content)?;
    Ok(file.into_raw_fd())
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_from_its_start_by_its_path() {
        let descriptor = super::create_inherited(b"A=b\n").unwrap();
        assert_eq!(std::fs::read(format!("/dev/fd/{descriptor}")).unwrap(), b"A=b\n");
    }
}
