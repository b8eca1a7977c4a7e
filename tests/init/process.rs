//! Processes that run under the init, and their state in `/proc`.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The longest wait for a condition before a test fails.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A program that prints `ready`, then the number of every signal that it receives, and
/// exits at the end of its input. The C library reserves 32 and 33. Perl handles SIGILL,
/// SIGBUS and SIGSEGV at once, in the middle of a buffered `print`, which would print the
/// line twice (perlipc): so it writes unbuffered.
pub(crate) const REPORTER: &[&str] = &[
    "perl",
    "-e",
    "use Config; $| = 1; my @names = split ' ', $Config{sig_name};
     for my $number (grep { $_ != 9 && $_ != 19 && $_ != 32 && $_ != 33 } 1 .. 64) {
         $SIG{$names[$number]} = sub { syswrite STDOUT, \"$number\\n\" };
     }
     print \"ready\\n\";
     while (1) { my $read = sysread(STDIN, my $text, 1); last if defined $read && !$read }",
];

/// The binary as `docker-entrypoint`; `DOCKER_RUNNER_BINARY` overrides its path.
pub(crate) fn entrypoint() -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("docker-entrypoint");
        let built = env!("CARGO_BIN_EXE_docker-runner");
        let binary = std::env::var_os("DOCKER_RUNNER_BINARY").unwrap_or(built.into());
        std::os::unix::fs::symlink(binary, link).unwrap();
        folder
    });
    folder.path().join("docker-entrypoint")
}

/// A command with the minimal environment of all these tests.
pub(crate) fn clean_command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
    command.env("ENTRYPOINT_APP_DIR", "/nonexistent");
    command
}

/// A command under the entrypoint as its init.
pub(crate) fn under_init(command: &[&str]) -> Command {
    let mut entrypoint = clean_command(entrypoint());
    entrypoint.env("ENTRYPOINT_INIT", "always").args(command);
    entrypoint
}

/// A running process with pipes for input and output. Killed when dropped.
pub(crate) struct RunningProcess {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
}

impl RunningProcess {
    pub(crate) fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let (input, pipe) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(pipe).lines().map_while(Result::ok);
            lines.map(|line| sender.send(line)).take_while(Result::is_ok).for_each(drop);
        });
        Self { child, input, output }
    }

    /// Starts the command and waits for the line `ready`.
    pub(crate) fn spawn_ready(command: Command) -> Self {
        let mut running = Self::spawn(command);
        assert_eq!(running.read_line(), "ready");
        running
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// The next line of output; empty at the end of the output.
    #[track_caller]
    pub(crate) fn read_line(&mut self) -> String {
        match self.output.recv_timeout(TIMEOUT) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => String::new(),
            Err(RecvTimeoutError::Timeout) => panic!("timed out waiting for a line"),
        }
    }

    pub(crate) fn write_input(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn send_signal(&self, number: i32) {
        send_signal(self.pid(), number);
    }

    /// The main process: the only child of the init.
    pub(crate) fn main_process(&self) -> i32 {
        let children = children(self.pid());
        assert_eq!(children.len(), 1, "one child");
        children[0]
    }

    /// Closes the input and waits for the exit code.
    pub(crate) fn finish(mut self) -> Option<i32> {
        drop(self.input.take());
        self.wait().code()
    }

    /// Waits until the process ends.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("it ended", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for RunningProcess {
    fn drop(&mut self) {
        for child in children(self.pid()) {
            send_signal(child, 9);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a condition is true.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT, "timed out waiting until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends any of the 64 signals. A negative `pid` is a process group.
pub(crate) fn send_signal(pid: i32, number: i32) {
    let line = format!("kill -{number} -- {pid}");
    let _ = Command::new("bash").args(["-c", &line]).stderr(Stdio::null()).status().unwrap();
}

/// A field of `/proc/PID/status`; empty if the process does not exist.
pub(crate) fn status_field(pid: i32, field: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.filter(|(name, _)| *name == field).map(|(_, value)| value.trim().to_owned()).collect()
}

/// The state: `S` sleeping, `T` stopped, `Z` zombie.
pub(crate) fn state(pid: i32) -> char {
    status_field(pid, "State").chars().next().unwrap_or(' ')
}

/// A number of `/proc/PID/stat`, numbered as in proc(5).
pub(crate) fn stat_field(pid: i32, field: usize) -> i32 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    after_name.split(' ').nth(field - 3).and_then(|number| number.parse().ok()).unwrap_or(-1)
}

pub(crate) fn process_group(pid: i32) -> i32 {
    stat_field(pid, 5)
}

/// The children of a process, including zombies.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|child| stat_field(*child, 4) == pid).collect()
}
