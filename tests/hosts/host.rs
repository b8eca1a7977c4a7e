//! A whole host: a container with systemd, sshd and a Docker engine.

use crate::docker::{Finished, LABEL, docker, unique, wait_for};
use crate::images::{Timed, images};
use crate::leftovers;
use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Units that fail in a container on some kernels; the tests do not need them.
const IGNORED_UNITS: [&str; 2] = ["dev-mqueue.mount", "systemd-remount-fs.service"];

/// The options that let systemd and Docker run in a container, where `--privileged` is not allowed.
const RUN_OPTIONS: [&str; 12] = [
    "--cap-add=ALL",
    "--cap-drop=SYS_RESOURCE",
    "--security-opt=seccomp=unconfined",
    "--security-opt=apparmor=unconfined",
    "--tmpfs=/run",
    "--tmpfs=/run/lock",
    "--volume=/sys/fs/cgroup:/sys/fs/cgroup",
    "--cgroupns=host",
    "--volume=/var/lib/docker",
    "--label",
    LABEL,
    "--detach",
];

/// A host that runs until it is dropped.
pub(crate) struct Host {
    /// The name of its container.
    pub(crate) name: String,
}

impl Host {
    /// A host with the tested binary under its three names, and the app's image in its engine.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let host = Self::bare(&["--hostname=host"]);
        host.install();
        host.load(&images().site, "site:base");
        host
    }

    /// The host that the tests share, each with a separate app; removed after the last one.
    #[track_caller]
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Host>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let host = Arc::new(Self::start());
            *shared = Arc::downgrade(&host);
            host
        })
    }

    /// A host without the binary, with more options for its container.
    #[track_caller]
    pub(crate) fn bare(options: &[&str]) -> Self {
        let image = &images().host;
        leftovers::remove();
        let name = unique("host");
        let _timed = Timed::start(&format!("{name} starts"));
        let (run_named, owner) = (["run", "--name", &name, "--label"], leftovers::label());
        let host = Self { name: name.clone() };
        docker(
            run_named
                .iter()
                .chain(&[owner.as_str()])
                .chain(&RUN_OPTIONS)
                .chain(options)
                .chain(&[image.as_str()]),
        )
        .ok();
        host.wait_until_running();
        host
    }

    /// Waits until systemd has started all units, and none that the tests need has failed.
    #[track_caller]
    pub(crate) fn wait_until_running(&self) {
        wait_for(
            "systemd to report running",
            || match self.exec(["systemctl", "is-system-running"]).stdout.trim() {
                "running" => Some(()),
                "degraded" => self.failed_units().is_empty().then_some(()),
                _ => None,
            },
            || format!("{:?} failed\n{}", self.failed_units(), self.journal()),
        );
    }

    fn failed_units(&self) -> Vec<String> {
        let listing = self.exec(["systemctl", "--failed", "--plain", "--no-legend"]).stdout;
        let names = listing.lines().filter_map(|line| line.split_whitespace().next());
        names.filter(|name| !IGNORED_UNITS.contains(name)).map(str::to_owned).collect()
    }

    /// The last log lines of systemd and its services, without those of the engine.
    pub(crate) fn journal(&self) -> String {
        let text = self.exec(["journalctl", "--no-pager", "-o", "short-precise", "-n", "1000"]).stdout;
        let engine_lines = ["dockerd[", "containerd[", ".mount: "];
        let mut lines: Vec<&str> =
            text.lines().filter(|line| !engine_lines.iter().any(|word| line.contains(word))).collect();
        lines.drain(..lines.len().saturating_sub(100));
        lines.join("\n")
    }

    /// Runs a command as root.
    #[track_caller]
    pub(crate) fn exec<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        let arguments: Vec<A> = arguments.into_iter().collect();
        let words = arguments.iter().map(AsRef::as_ref);
        docker([OsStr::new("exec"), OsStr::new(&self.name)].into_iter().chain(words))
    }

    /// Runs shell lines, which must succeed; returns their output.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> String {
        self.exec(["sh", "-euc", script]).ok()
    }

    /// Writes a file, and creates its folders.
    #[track_caller]
    pub(crate) fn write(&self, path: &str, content: &str) {
        let script = r#"mkdir -p "$(dirname "$1")" && cat >"$1""#;
        let mut command = Command::new("docker");
        command.args(["exec", "-i", &self.name, "sh", "-c", script, "sh", path]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "cannot write {path} on {}", self.name);
    }

    /// Copies a file from this machine.
    #[track_caller]
    pub(crate) fn copy(&self, from: &str, to: &str) {
        docker(["cp", from, &format!("{}:{to}", self.name)]).ok();
    }

    /// Installs the tested binary under its three names.
    #[track_caller]
    pub(crate) fn install(&self) {
        self.copy(&images().binary, "/usr/local/bin/docker-runner");
        self.sh("cd /usr/local/bin && ln -sf docker-runner docker-entrypoint && ln -sf docker-runner docker-deploy");
    }

    /// Copies an image from this machine's engine to the host's, under this name.
    #[track_caller]
    pub(crate) fn load(&self, image: &str, name: &str) {
        let mut save = Command::new("docker").args(["save", image]).stdout(Stdio::piped()).spawn().unwrap();
        let mut load = Command::new("docker");
        load.args(["exec", "-i", &self.name, "docker", "load", "-q"]);
        let output = load.stdin(save.stdout.take().unwrap()).output().unwrap();
        assert!(save.wait().unwrap().success() && output.status.success(), "cannot load {image}: {output:?}");
        self.exec(["docker", "tag", image, name]).ok();
    }

    /// Shuts it down, and starts it again.
    #[track_caller]
    pub(crate) fn reboot(&self) {
        docker(["restart", "-t", "120", &self.name]).ok();
        self.wait_until_running();
    }

    /// Kills it, as a power cut would.
    #[track_caller]
    pub(crate) fn power_off(&self) {
        // `docker kill` may return before the container has ended.
        docker(["kill", "-s", "KILL", &self.name]);
        docker(["wait", &self.name]).ok();
    }

    /// Starts it, without waiting until it has booted.
    #[track_caller]
    pub(crate) fn power_on(&self) {
        docker(["start", &self.name]).ok();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- journal of {}\n{}", self.name, self.journal());
        }
        docker(["rm", "-fv", &self.name]);
    }
}
