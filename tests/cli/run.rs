//! One call of the binary: set up, run, compared.

use crate::executable;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The built binary.
///
/// `DOCKER_RUNNER_BINARY` selects another one: the static binary, as released.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("DOCKER_RUNNER_BINARY").unwrap_or(env!("CARGO_BIN_EXE_docker-runner").into()).into()
}

/// The placeholder for the folder of the test in expected output.
const FOLDER: &str = "[folder]";

/// A call of the binary: `argv[0]` and arguments, environment, folder, and the expected
/// result.
pub(crate) struct Test {
    name: &'static str,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: tempfile::TempDir,
    stdout: Vec<u8>,
    stderr: String,
    code: i32,
}

impl Test {
    /// A call by this name with an empty environment. It is expected to print nothing and to
    /// succeed.
    pub(crate) fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (arguments, environment) = (Vec::new(), Vec::new());
        Self { name, arguments, environment, folder, stdout: Vec::new(), stderr: String::new(), code: 0 }
    }

    /// The folder of the test, in which the binary runs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Adds a variable; `[folder]` in its value is the folder of the test.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = match value.as_ref().to_str() {
            Some(text) => self.with_folder(text).into(),
            None => value.as_ref().to_owned(),
        };
        self.environment.push((name.as_ref().to_owned(), value));
        self
    }

    /// Creates a file in the folder of the test, with its parent folders.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.file_with_mode(path, content, 0o644)
    }

    /// Creates an executable file in the folder of the test.
    pub(crate) fn program(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let file = self.path(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        executable::write(&file, content);
        self
    }

    /// Creates a file with these permission bits.
    pub(crate) fn file_with_mode(self, path: &str, content: impl AsRef<[u8]>, mode: u32) -> Self {
        let file = self.path(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        self
    }

    /// Creates a symbolic link in the folder of the test.
    pub(crate) fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        let link = self.path(path);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
        self
    }

    /// The expected standard output, byte for byte.
    pub(crate) fn stdout(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdout = match std::str::from_utf8(text.as_ref()) {
            Ok(text) => self.with_folder(text).into(),
            Err(_) => text.as_ref().to_vec(),
        };
        self
    }

    /// The expected standard error, byte for byte.
    pub(crate) fn stderr(mut self, text: &str) -> Self {
        self.stderr = self.with_folder(text);
        self
    }

    /// The expected exit code.
    pub(crate) fn code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// Runs the call and compares. Returns the folder with the files that the call left.
    #[track_caller]
    pub(crate) fn run(self) -> tempfile::TempDir {
        let output = self.output();
        let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let expected = (shown(&self.stdout), self.stderr.clone(), Some(self.code));
        let got = (shown(&output.stdout), shown(&output.stderr), output.status.code());
        pretty_compare(&expected, &got);
        assert_eq!(self.stdout, output.stdout, "the bytes of standard output");
        self.folder
    }

    /// Runs the call and returns the result without comparing it.
    pub(crate) fn output(&self) -> Output {
        self.command().output().unwrap()
    }

    /// The call as a command that has not started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.arg0(self.name).args(&self.arguments).env_clear().current_dir(self.folder());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn with_folder(&self, text: &str) -> String {
        text.replace(FOLDER, self.folder().to_str().unwrap())
    }
}

/// Waits until the condition holds.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(120), "timed out waiting until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

type Seen = (String, String, Option<i32>);

#[track_caller]
fn pretty_compare(expected: &Seen, got: &Seen) {
    let show =
        |(stdout, stderr, code): &Seen| format!("--- stdout\n{stdout}--- stderr\n{stderr}--- code {code:?}");
    assert!(expected == got, "expected\n{}\n\ngot\n{}\n", show(expected), show(got));
}
