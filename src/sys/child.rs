//! A process that we wait for and listen to.

use super::exec::ExecImage;
use super::spawn::{self, ChildEnd, Stream};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// What becomes of a child's standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stderr {
    /// It reaches our user.
    Inherited,
    /// It goes nowhere.
    Dropped,
}

/// How a child ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// All that it wrote to standard output.
    pub stdout: Vec<u8>,
}

/// Runs a program to its end, with nothing to read, and hands over what it wrote.
pub fn listen(
    program: &Path,
    arguments: &[&OsStr],
    environment: &[(OsString, OsString)],
    stderr: Stderr,
) -> std::io::Result<Ended> {
    let stderr = match stderr {
        Stderr::Inherited => Stream::Ours,
        Stderr::Dropped => Stream::Nothing,
    };
    let arguments = std::iter::once(program.as_os_str()).chain(arguments.iter().copied()).collect();
    let image = ExecImage { file: program, arguments, environment, folder: None };
    let (end, stdout) = spawn::output(&image, stderr, None)?;
    let code = if let ChildEnd::Code(code) = end { Some(code.into()) } else { None };
    Ok(Ended { code, stdout })
}

#[cfg(test)]
mod tests {
    use super::{Ended, Stderr, listen};
    use std::ffi::OsStr;
    use std::path::Path;

    #[test]
    fn hands_over_output_and_exit_code() {
        let arguments = ["-c", "cat; echo \"$A\"; exit 3"].map(OsStr::new);
        let environment = [("A".into(), "b".into())];
        let ended = listen(Path::new("/bin/sh"), &arguments, &environment, Stderr::Dropped).unwrap();
        assert_eq!(ended, Ended { code: Some(3), stdout: b"b\n".to_vec() });
    }
}
