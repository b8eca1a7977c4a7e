//! One call of the binary: arranged, made, compared.

use crate::executable;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The built binary.
///
/// `DOCKER_RUNNER_BINARY` names another one to be tested: the static one, as it is shipped.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("DOCKER_RUNNER_BINARY").unwrap_or(env!("CARGO_BIN_EXE_docker-runner").into()).into()
}

/// What stands for the test's own folder in everything that is expected.
const FOLDER: &str = "[folder]";

/// A call to be: `argv[0]` and arguments, an environment of its own, a folder
/// of its own, and what is expected of it.
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
    /// Called by this name; with an empty environment; quiet and successful
    /// until told otherwise.
    pub(crate) fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (arguments, environment) = (Vec::new(), Vec::new());
        Self { name, arguments, environment, folder, stdout: Vec::new(), stderr: String::new(), code: 0 }
    }

    /// The test's own folder, where it runs.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// More arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// A variable; `[folder]` in its value is the test's folder.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = match value.as_ref().to_str() {
            Some(text) => self.at_home(text).into(),
            None => value.as_ref().to_owned(),
        };
        self.environment.push((name.as_ref().to_owned(), value));
        self
    }

    /// A file in the test's folder, its folders made.
    pub(crate) fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.file_with_mode(path, content, 0o644)
    }

    /// An executable file in the test's folder.
    pub(crate) fn program(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let file = self.path(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        executable::write(&file, content);
        self
    }

    /// A file with these permission bits.
    pub(crate) fn file_with_mode(self, path: &str, content: impl AsRef<[u8]>, mode: u32) -> Self {
        let file = self.path(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        self
    }

    /// A symbolic link in the test's folder.
    pub(crate) fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        let link = self.path(path);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, link).unwrap();
        self
    }

    /// The standard output that is expected, to the byte.
    pub(crate) fn stdout(mut self, text: impl AsRef<[u8]>) -> Self {
        self.stdout = match std::str::from_utf8(text.as_ref()) {
            Ok(text) => self.at_home(text).into(),
            Err(_) => text.as_ref().to_vec(),
        };
        self
    }

    /// The standard error that is expected, to the byte.
    pub(crate) fn stderr(mut self, text: &str) -> Self {
        self.stderr = self.at_home(text);
        self
    }

    /// The exit code that is expected.
    pub(crate) fn code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// Makes the call and compares; the folder is handed back with what the
    /// call left in it.
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

    /// Makes the call and gives what came of it, uncompared.
    pub(crate) fn output(&self) -> Output {
        self.command().output().unwrap()
    }

    /// The call, not made yet.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command.arg0(self.name).args(&self.arguments).env_clear().current_dir(self.folder());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn at_home(&self, text: &str) -> String {
        text.replace(FOLDER, self.folder().to_str().unwrap())
    }
}

/// Waits until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(120), "gave up waiting until {what}");
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
