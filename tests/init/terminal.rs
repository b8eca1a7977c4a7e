//! The init on a real terminal: keys, the foreground group, and job control of a shell.

use crate::process::{
    REPORTER, children, clean_command, entrypoint, process_group, send_signal, state, wait_until,
};
use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::unistd::tcgetpgrp;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command};

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_Z: &str = "\x1a";
const CTRL_BACKSLASH: &str = "\x1c";

/// A terminal, the leader of its session, and the output that was read.
struct Terminal {
    master: PtyMaster,
    leader: Child,
    text: String,
}

impl Terminal {
    /// Starts the leader of a new session on a new terminal.
    fn spawn(leader: &[&str]) -> Self {
        // O_CLOEXEC from the start: a process of another test would keep it open.
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
        let master = posix_openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname_r(&master).unwrap();
        let slave = || {
            let mut options = File::options();
            options.read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits()).open(&name).unwrap()
        };
        // A background job of a script ignores SIGINT, and so would these processes.
        let mut command: Command = clean_command("env");
        command
            .args(["--default-signal=INT,QUIT", "setsid", "--ctty"])
            .args(leader)
            .stdin(slave())
            .stdout(slave())
            .stderr(slave());
        command.env("ENTRYPOINT_INIT", "always").env("PS1", "$ ").env("ENTRYPOINT", entrypoint());
        Self { master, leader: command.spawn().unwrap(), text: String::new() }
    }

    /// Starts the init as the session leader. Returns the terminal, the pid of the init and
    /// the pid of the main process.
    fn with_init(main: &[&str]) -> (Self, i32, i32) {
        let entrypoint = entrypoint();
        let line: Vec<&str> =
            std::iter::once(entrypoint.to_str().unwrap()).chain(main.iter().copied()).collect();
        let mut terminal = Self::spawn(&line);
        terminal.expect("ready");
        let init = terminal.leader.id().cast_signed();
        let main = children(init)[0];
        (terminal, init, main)
    }

    fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    fn read_output(&mut self) {
        let mut bytes = [0; 4096];
        while let Ok(length @ 1..) = self.master.read(&mut bytes) {
            self.text.push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    }

    /// Reads until the expected text arrives, and discards it. Returns the text before it.
    #[track_caller]
    fn expect(&mut self, expected: &str) -> String {
        wait_until(&format!("{expected:?} arrives after {:?}", self.text), || {
            self.read_output();
            self.text.contains(expected)
        });
        let start = self.text.find(expected).unwrap();
        let before: String = self.text.drain(..start).collect();
        self.text.drain(..expected.len());
        before
    }

    /// Presses return until the text arrives: a shell reports its jobs before a prompt.
    fn press_return_until(&mut self, expected: &str) {
        wait_until(&format!("{expected:?} arrives"), || {
            self.press("\n");
            std::thread::sleep(std::time::Duration::from_millis(50));
            self.read_output();
            self.text.contains(expected)
        });
        self.expect(expected);
    }

    /// The process group that gets the signals of the keys.
    fn foreground(&self) -> i32 {
        tcgetpgrp(&self.master).unwrap().as_raw()
    }

    fn wait_for_exit(mut self) -> Option<i32> {
        let mut status = None;
        wait_until("it ended", || {
            status = self.leader.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for child in children(self.leader.id().cast_signed()) {
            send_signal(child, 9);
        }
        let _ = self.leader.kill();
        let _ = self.leader.wait();
    }
}

#[test]
fn the_main_process_has_the_terminal() {
    let (mut terminal, init, main) =
        Terminal::with_init(&["sh", "-c", "echo ready; read line; echo got $line"]);
    assert_eq!(process_group(main), main);
    assert_ne!(process_group(init), main);
    assert_eq!(terminal.foreground(), main);
    terminal.press("it\n");
    terminal.expect("got it");
    assert_eq!({ terminal }.wait_for_exit(), Some(0));
}

#[test]
fn ctrl_c_arrives_once() {
    let (mut terminal, _, _) = Terminal::with_init(REPORTER);
    terminal.press(CTRL_C);
    terminal.expect("2\r\n");
    send_signal(terminal.leader.id().cast_signed(), 10);
    let between = terminal.expect("10\r\n");
    assert!(!between.contains('2'), "{between}");
    terminal.press(CTRL_D);
    assert_eq!({ terminal }.wait_for_exit(), Some(0));
}

#[test]
fn ctrl_c_ends_a_process_without_a_handler() {
    let (mut terminal, _, _) = Terminal::with_init(&["sh", "-c", "echo ready; exec sleep 1000"]);
    terminal.press(CTRL_C);
    assert_eq!({ terminal }.wait_for_exit(), Some(130));
}

#[test]
fn ctrl_z_without_a_shell_is_undone_by_sigcont() {
    let (mut terminal, init, main) = Terminal::with_init(&["sh", "-c", "echo ready; read line; exit 4"]);
    terminal.press(CTRL_Z);
    wait_until("it is stopped", || state(main) == 'T' && terminal.foreground() == process_group(init));
    assert_ne!(state(init), 'T', "no process could continue the init");
    send_signal(init, 18);
    wait_until("it has the terminal again", || state(main) == 'S' && terminal.foreground() == main);
    terminal.press("\n");
    assert_eq!({ terminal }.wait_for_exit(), Some(4));
}

#[test]
fn ctrl_z_without_a_shell_is_undone_by_continuing_the_main_process() {
    let (mut terminal, init, main) =
        Terminal::with_init(&["sh", "-c", "echo ready; while read line; do exit 4; done"]);
    terminal.press(CTRL_Z);
    wait_until("it is stopped", || state(main) == 'T' && terminal.foreground() == process_group(init));
    send_signal(main, 18);
    wait_until("it has the terminal again", || state(main) == 'S' && terminal.foreground() == main);
    terminal.press("\n");
    assert_eq!({ terminal }.wait_for_exit(), Some(4));
}

#[test]
fn ctrl_c_reaches_a_process_that_ctrl_z_stopped() {
    let (mut terminal, init, main) = Terminal::with_init(&["sh", "-c", "echo ready; exec sleep 1000"]);
    terminal.press(CTRL_Z);
    wait_until("it is stopped", || state(main) == 'T' && terminal.foreground() == process_group(init));
    terminal.press(CTRL_C);
    assert_eq!({ terminal }.wait_for_exit(), Some(130));
}

#[test]
fn ctrl_c_and_ctrl_backslash_reach_the_whole_group_that_ctrl_z_stopped() {
    // It waits for its child, which the key ends, as a shell or a reloading server does.
    let program = "$SIG{INT} = $SIG{QUIT} = sub { }; my $other = fork;
         if (!$other) { $SIG{INT} = $SIG{QUIT} = 'DEFAULT'; $| = 1; print \"ready\\n\"; sleep 1000; exit }
         1 until waitpid($other, 0) == $other; exit 4";
    for key in [CTRL_C, CTRL_BACKSLASH] {
        let (mut terminal, init, main) = Terminal::with_init(&["perl", "-e", program]);
        terminal.press(CTRL_Z);
        wait_until("it is stopped", || state(main) == 'T' && terminal.foreground() == process_group(init));
        terminal.press(key);
        assert_eq!({ terminal }.wait_for_exit(), Some(4));
    }
}

fn start_shell() -> Terminal {
    let mut terminal = Terminal::spawn(&["bash", "--norc", "--noprofile", "-i"]);
    terminal.expect("$ ");
    terminal
}

#[test]
fn a_shell_stops_and_continues_the_job() {
    let mut terminal = start_shell();
    terminal.press("$ENTRYPOINT sed -u s/^/got:/\n");
    wait_until("sed has the terminal", || terminal.foreground() != terminal.leader.id().cast_signed());
    terminal.press("one\n");
    terminal.expect("got:one");
    terminal.press(CTRL_Z);
    terminal.expect("Stopped");
    terminal.press("fg\n");
    terminal.expect("sed -u");
    terminal.press("two\n");
    terminal.expect("got:two");
    terminal.press(CTRL_Z);
    terminal.expect("Stopped");
    terminal.press("bg\n"); // it reads from the terminal in the background
    terminal.expect("sed -u");
    terminal.press_return_until("Stopped");
    terminal.press("fg\n");
    terminal.expect("sed -u");
    terminal.press("three\n");
    terminal.expect("got:three");
    terminal.press(CTRL_D);
    terminal.expect("$ ");
    terminal.press("echo code=$?\n");
    terminal.expect("code=0");
}

#[test]
fn a_shell_gets_the_terminal_back() {
    let mut terminal = start_shell();
    terminal.press("$ENTRYPOINT sleep 1000\n");
    wait_until("sleep has the terminal", || terminal.foreground() != terminal.leader.id().cast_signed());
    wait_until("sleep runs", || {
        children(terminal.leader.id().cast_signed()).iter().any(|init| !children(*init).is_empty())
    });
    terminal.press(CTRL_C);
    terminal.expect("$ ");
    terminal.press("echo code=$?\n");
    terminal.expect("code=130");
    terminal.press("sh -c 'echo be\\gan; $ENTRYPOINT true; read line; echo read:$line'\n");
    terminal.expect("began");
    terminal.press("this\n");
    terminal.expect("read:this");
}

#[test]
fn a_job_in_the_background_does_not_take_the_terminal() {
    let mut terminal = start_shell();
    let shell = terminal.leader.id().cast_signed();
    terminal.press("$ENTRYPOINT sleep 1000 &\n");
    wait_until("sleep runs", || children(shell).iter().any(|init| !children(*init).is_empty()));
    assert_eq!(terminal.foreground(), shell);
    let init = children(shell)[0];
    terminal.press("fg\n"); // it runs, so the shell sends no SIGCONT, and the init gets the keys
    wait_until("it is in the foreground", || terminal.foreground() == process_group(init));
    terminal.press(CTRL_Z);
    terminal.expect("Stopped");
    terminal.press("fg\n");
    wait_until("sleep has the terminal", || terminal.foreground() == children(init)[0]);
    terminal.press(CTRL_C);
    wait_until("the shell has the terminal", || terminal.foreground() == shell);
}
