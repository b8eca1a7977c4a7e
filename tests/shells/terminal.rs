//! A shell on a pseudo-terminal, and a person who types and reads.

use crate::pty::Pty;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub(crate) struct Terminal {
    master: File,
    child: Child,
    screen: Arc<Mutex<Vec<u8>>>,
    /// The number of bytes up to the last text that was waited for.
    seen: usize,
}

impl Terminal {
    /// Starts a shell on a new terminal.
    pub(crate) fn start(command: &mut Command) -> Self {
        let pty = Pty::open();
        command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).process_group(0);
        let child = command.spawn().unwrap();
        drop(pty.slave);
        let master = pty.master;
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut reader, written) = (master.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                written.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Self { master, child, screen, seen: 0 }
    }

    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text appears on the screen, after the previous text that was waited for.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let screen = self.screen.lock().unwrap().clone();
            let new = &screen[self.seen..];
            if let Some(at) = new.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.seen += at + text.len();
                return;
            }
            assert!(Instant::now() < end, "no {text} on the screen\n{}", String::from_utf8_lossy(new));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
