//! The process of a server with its own folder, killed at the end of a test.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder that the server's user can enter.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

/// A command that runs as `user` if the tests run as root, which PostgreSQL refuses.
pub(crate) fn as_user(user: &str, program: impl AsRef<Path>) -> Command {
    if !nix::unistd::geteuid().is_root() {
        return Command::new(program.as_ref());
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--init-groups"]).arg(program.as_ref());
    command
}

/// Makes `user` the owner of a file or folder if the tests run as root.
pub(crate) fn give_to(user: &str, path: &Path) {
    if nix::unistd::geteuid().is_root() {
        let user = nix::unistd::User::from_name(user).unwrap().unwrap();
        nix::unistd::chown(path, Some(user.uid), Some(user.gid)).unwrap();
    }
}

/// A running server, in its own process group.
pub(crate) struct Server {
    process: Child,
    log: PathBuf,
}

impl Server {
    /// Starts it with its output in the file `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).process_group(0);
        Self { process: command.spawn().unwrap(), log: log.to_owned() }
    }

    /// All of its output.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// Waits until its log contains this text.
    #[track_caller]
    pub(crate) fn await_log(&self, text: &str) {
        until(&format!("the log contains {text}: {}", self.log.display()), || self.log().contains(text));
    }

    /// Kills it, as a power failure would.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let group = Pid::from_raw(i32::try_from(self.process.id()).unwrap());
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
        self.end();
    }
}

/// Timeout of every step of a test.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(300);

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
