//! Anonymous files in memory, inherited across `execve(2)`.

use nix::sys::memfd::{MFdFlags, memfd_create};
use std::io::Write;
use std::os::fd::IntoRawFd;

/// Creates an anonymous file in memory (`memfd_create(2)`) and returns its descriptor.
/// The descriptor stays open across `execve(2)`: the new program opens `/dev/fd/N` and
/// reads from the start of the file.
pub fn create_inherited(content: &[u8]) -> std::io::Result<i32> {
    let descriptor = memfd_create("environment", MFdFlags::empty())?;
    let mut file = std::fs::File::from(descriptor);
    file.write_all(content)?;
    Ok(file.into_raw_fd())
}

#[cfg(test)]
mod tests {
    #[test]
    fn can_be_read_from_the_start_by_its_path() {
        let descriptor = super::create_inherited(b"A=b\n").unwrap();
        assert_eq!(std::fs::read(format!("/dev/fd/{descriptor}")).unwrap(), b"A=b\n");
    }
}
