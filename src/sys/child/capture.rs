//! Run a program to its end and capture its standard output.

use super::{ChildEnd, Stream, output};
use crate::sys::exec::ExecImage;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Where the standard error of a child goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stderr {
    /// To the standard error of this process.
    Inherited,
    /// To `/dev/null`.
    Dropped,
}

/// The result of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The exit code; `None` if a signal ended the child.
    pub code: Option<i32>,
    /// The whole standard output.
    pub stdout: Vec<u8>,
}

/// Runs a program to its end, with an empty standard input.
pub fn capture(
    program: &Path,
    arguments: &[&OsStr],
    environment: &[(OsString, OsString)],
    stderr: Stderr,
) -> std::io::Result<Captured> {
    let stderr = match stderr {
        Stderr::Inherited => Stream::Inherited,
        Stderr::Dropped => Stream::Null,
    };
    let arguments = std::iter::once(program.as_os_str()).chain(arguments.iter().copied()).collect();
    let image = ExecImage { file: program, arguments, environment, folder: None };
    let (end, stdout) = output(&image, stderr, None)?;
    let code = if let ChildEnd::Code(code) = end { Some(code.into()) } else { None };
    Ok(Captured { code, stdout })
}

#[cfg(test)]
mod tests {
    use super::{Captured, Stderr, capture};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn captures_output_and_exit_code() {
        let arguments = ["-c", "cat; echo \"$A\"; exit 3"].map(OsStr::new);
        let environment = [("A".into(), "b".into())];
        let captured = capture(Path::new("/bin/sh"), &arguments, &environment, Stderr::Dropped).unwrap();
        assert_eq!(captured, Captured { code: Some(3), stdout: b"b\n".to_vec() });
    }
}
