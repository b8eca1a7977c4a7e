//! A real Docker engine: containers, networks and volumes that are removed after the test.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The timeout of every wait: many times what it takes on an idle machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Seconds that a process may take to stop: less than the 30 s for which gunicorn and uvicorn
/// complete open requests. A process that takes longer is killed, and its exit code shows it.
const GRACE: &str = "25";

/// The label of everything that a test creates, so that a script can find what a killed run left.
pub(crate) const LABEL: &str = "docker-runner-test";

/// The output of a finished process.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    fn from_output(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Standard output, of a process that must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.stdout, self.stderr);
        self.stdout
    }
}

/// Runs `docker` with these arguments and waits for it.
#[track_caller]
pub(crate) fn docker<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Finished {
    Finished::from_output(&Command::new("docker").args(arguments).stdin(Stdio::null()).output().unwrap())
}

/// A name that is unique among all tests and runs.
pub(crate) fn unique(what: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{LABEL}-{what}-{}-{count}", std::process::id())
}

/// Polls until there is a value. After the timeout, panics with the text of `diagnostics`.
#[track_caller]
pub(crate) fn wait_for<T>(
    what: &str,
    mut poll: impl FnMut() -> Option<T>,
    diagnostics: impl FnOnce() -> String,
) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = poll() {
            return value;
        }
        assert!(Instant::now() < end, "timed out waiting for {what}\n{}", diagnostics());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The builder of a `docker run`.
#[derive(Clone)]
pub(crate) struct Run {
    options: Vec<OsString>,
    image: String,
    arguments: Vec<OsString>,
    stdin: Vec<u8>,
    uses: Vec<Arc<Thing>>,
}

impl Run {
    pub(crate) fn new(image: &str) -> Self {
        Self {
            options: Vec::new(),
            image: image.to_owned(),
            arguments: Vec::new(),
            stdin: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// Options of `docker run`.
    pub(crate) fn options<A: AsRef<OsStr>>(mut self, options: impl IntoIterator<Item = A>) -> Self {
        self.options.extend(options.into_iter().map(|option| option.as_ref().to_owned()));
        self
    }

    /// A variable of the container.
    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        self.options(["-e".to_owned(), format!("{name}={value}")])
    }

    /// Networks and volumes that must exist as long as it runs.
    pub(crate) fn uses(mut self, things: &[&Arc<Thing>]) -> Self {
        self.uses.extend(things.iter().map(|thing| Arc::clone(thing)));
        self
    }

    /// The arguments for the entrypoint.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// The standard input of the process.
    pub(crate) fn stdin(self, text: &str) -> Self {
        Self { stdin: text.as_bytes().to_vec(), ..self.options(["-i"]) }
    }

    fn command(&self, first: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.arg("run").args(first).args(["--label", LABEL]);
        command.args(&self.options).arg(&self.image).args(&self.arguments);
        command
    }

    /// Runs it to its end, in the foreground.
    #[track_caller]
    pub(crate) fn finish(&self) -> Finished {
        let mut command = self.command(&["--rm"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(&self.stdin);
        Finished::from_output(&child.wait_with_output().unwrap())
    }

    /// Starts it in the background.
    #[track_caller]
    pub(crate) fn start(&self) -> Container {
        let name = unique("container");
        let output = self.command(&["-d", "--name", &name]).output().unwrap();
        let container = Container { name, uses: self.uses.clone() };
        Finished::from_output(&output).ok();
        container
    }
}

/// A container in the background. It is removed with its volumes when it is dropped.
pub(crate) struct Container {
    pub(crate) name: String,
    /// Removes it when it is dropped.
    #[allow(dead_code, reason = "held, never read")]
    uses: Vec<Arc<Thing>>,
}

impl Container {
    /// A container that another program starts.
    pub(crate) fn named(name: String) -> Self {
        Self { name, uses: Vec::new() }
    }

    /// Its output so far, of both streams.
    pub(crate) fn logs(&self) -> String {
        let output = docker(["logs", &self.name]);
        output.stdout + &output.stderr
    }

    /// Waits until its log contains this text.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, text: &str) {
        wait_for(text, || self.logs().contains(text).then_some(()), || self.logs());
    }

    /// A field of `docker inspect`, by a Go template.
    #[track_caller]
    pub(crate) fn inspect(&self, template: &str) -> String {
        docker(["inspect", "--format", template, &self.name]).ok().trim_end().to_owned()
    }

    /// Its address on the engine's network.
    #[track_caller]
    pub(crate) fn address(&self) -> String {
        let template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}\n{{end}}";
        self.inspect(template).lines().next().unwrap_or_default().to_owned()
    }

    /// Runs a command in it.
    #[track_caller]
    pub(crate) fn exec<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        let mut all: Vec<OsString> = vec!["exec".into(), self.name.clone().into()];
        all.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        docker(all)
    }

    /// Stops it as a service manager does; the exit code, 137 if it had to be killed.
    #[track_caller]
    pub(crate) fn stop(&self) -> i32 {
        docker(["stop", "-t", GRACE, &self.name]).ok();
        self.inspect("{{.State.ExitCode}}").parse().unwrap()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut text = format!("--- log of {}\n", self.name);
            let _ = write!(text, "{}", self.logs());
            eprintln!("{text}");
        }
        docker(["rm", "-fv", &self.name]);
    }
}

/// A volume or a network. It is removed when it is dropped.
pub(crate) struct Thing {
    kind: &'static str,
    pub(crate) name: String,
}

impl Thing {
    #[track_caller]
    pub(crate) fn volume() -> Self {
        Self::create("volume")
    }

    #[track_caller]
    pub(crate) fn network() -> Self {
        Self::create("network")
    }

    #[track_caller]
    fn create(kind: &'static str) -> Self {
        let name = unique(kind);
        docker([kind, "create", "--label", LABEL, &name]).ok();
        Self { kind, name }
    }
}

impl Drop for Thing {
    fn drop(&mut self) {
        docker([self.kind, "rm", &self.name]);
    }
}
