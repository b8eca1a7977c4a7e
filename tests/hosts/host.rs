//! A whole host: a container with systemd, sshd and an engine of its own.

use crate::docker::{LABEL, Said, docker, unique, wait_for};
use crate::images::{Timed, images};
use crate::leftovers;
use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Units that fail in a container on some kernels, and mean nothing to us.
const HARMLESS: [&str; 2] = ["dev-mqueue.mount", "systemd-remount-fs.service"];

/// What makes of a container a host, where `--privileged` is more than one may have.
const RUN: [&str; 12] = [
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
    /// Its container's name.
    pub(crate) name: String,
}

impl Host {
    /// A host with our binary under its three names and the app's image in its engine.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let host = Self::bare(&["--hostname=host"]);
        host.install();
        host.load(&images().site, "site:base");
        host
    }

    /// The host that tests use together, each with an app of its own; it goes with the last of them.
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

    /// A host as the image gives it, with more options for its container.
    #[track_caller]
    pub(crate) fn bare(options: &[&str]) -> Self {
        let image = &images().host;
        leftovers::remove();
        let name = unique("host");
        let _timed = Timed::start(&format!("{name} starts"));
        let (named, owner) = (["run", "--name", &name, "--label"], leftovers::label());
        let host = Self { name: name.clone() };
        docker(named.iter().chain(&[owner.as_str()]).chain(&RUN).chain(options).chain(&[image.as_str()]))
            .ok();
        host.wait_until_running();
        host
    }

    /// Waits until systemd has started all there is, and nothing that matters failed.
    #[track_caller]
    pub(crate) fn wait_until_running(&self) {
        wait_for(
            "systemd to say running",
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
        names.filter(|name| !HARMLESS.contains(name)).map(str::to_owned).collect()
    }

    /// The last of what systemd and its services logged, the engine's chatter aside.
    pub(crate) fn journal(&self) -> String {
        let text = self.exec(["journalctl", "--no-pager", "-o", "short-precise", "-n", "1000"]).stdout;
        let chatter = ["dockerd[", "containerd[", ".mount: "];
        let mut lines: Vec<&str> =
            text.lines().filter(|line| !chatter.iter().any(|word| line.contains(word))).collect();
        lines.drain(..lines.len().saturating_sub(100));
        lines.join("\n")
    }

    /// Runs a command on it, as root.
    #[track_caller]
    pub(crate) fn exec<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Said {
        let arguments: Vec<A> = arguments.into_iter().collect();
        let words = arguments.iter().map(AsRef::as_ref);
        docker([OsStr::new("exec"), OsStr::new(&self.name)].into_iter().chain(words))
    }

    /// Runs lines of shell on it that must succeed; what they write.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> String {
        self.exec(["sh", "-euc", script]).ok()
    }

    /// Writes a file on it, its folders made.
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

    /// Our binary under its three names.
    #[track_caller]
    pub(crate) fn install(&self) {
        self.copy(&images().binary, "/usr/local/bin/docker-runner");
        self.sh("cd /usr/local/bin && ln -sf docker-runner docker-entrypoint && ln -sf docker-runner docker-deploy");
    }

    /// Puts an image of this machine's engine into the host's, by this name.
    #[track_caller]
    pub(crate) fn load(&self, image: &str, name: &str) {
        let mut save = Command::new("docker").args(["save", image]).stdout(Stdio::piped()).spawn().unwrap();
        let mut load = Command::new("docker");
        load.args(["exec", "-i", &self.name, "docker", "load", "-q"]);
        let output = load.stdin(save.stdout.take().unwrap()).output().unwrap();
        assert!(save.wait().unwrap().success() && output.status.success(), "cannot load {image}: {output:?}");
        self.exec(["docker", "tag", image, name]).ok();
    }

    /// Switches it off and on.
    #[track_caller]
    pub(crate) fn reboot(&self) {
        docker(["restart", "-t", "120", &self.name]).ok();
        self.wait_until_running();
    }

    /// Cuts its power.
    #[track_caller]
    pub(crate) fn power_off(&self) {
        // Its end may take longer than the engine likes to wait for.
        docker(["kill", "-s", "KILL", &self.name]);
        docker(["wait", &self.name]).ok();
    }

    /// Switches it on; it is still starting then.
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
