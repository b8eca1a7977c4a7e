//! For a terminal: a line a host that changes as things go on, and above it
//! what is worth keeping.

use crate::deploy::failure::{Failure, at};
use crate::deploy::host::Report;
use crate::report;
use crate::sys::threads;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// Between two drawings.
const TICK: Duration = Duration::from_millis(120);

/// Live lines on standard output, until it is dropped.
pub struct Live {
    screen: Arc<Mutex<Screen>>,
    over: Arc<AtomicBool>,
    ticker: Option<std::thread::JoinHandle<()>>,
}

struct Screen {
    stage: String,
    hosts: Vec<Host>,
    /// How many lines are drawn below the kept ones.
    drawn: usize,
    width: usize,
    turn: usize,
}

struct Host {
    name: String,
    text: String,
    busy: Option<Instant>,
    /// What its command said; shown whole where it fails.
    said: Vec<String>,
}

impl Live {
    /// Lines of at most `width` characters.
    pub fn new(width: usize) -> Self {
        let screen = Screen { stage: String::new(), hosts: Vec::new(), drawn: 0, width, turn: 0 };
        let (screen, over) = (Arc::new(Mutex::new(screen)), Arc::new(AtomicBool::new(false)));
        let (drawn, ended) = (screen.clone(), over.clone());
        let ticker = threads::start(Box::new(move || {
            while !ended.load(Ordering::SeqCst) {
                let mut screen = drawn.lock().unwrap_or_else(PoisonError::into_inner);
                screen.turn += 1;
                screen.draw("");
                drop(screen);
                std::thread::sleep(TICK);
            }
        }));
        // Without a ticker the lines are drawn when something happens.
        Self { screen, over, ticker: ticker.ok() }
    }

    fn change(&self, change: impl FnOnce(&mut Screen) -> String) {
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = change(&mut screen);
        screen.draw(&kept);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
        self.change(|_| String::new());
    }
}

impl Screen {
    fn host(&mut self, name: &str) -> &mut Host {
        let at = self.hosts.iter().position(|host| host.name == name).unwrap_or_else(|| {
            let (name, text) = (name.to_owned(), String::new());
            self.hosts.push(Host { name, text, busy: None, said: Vec::new() });
            self.hosts.len() - 1
        });
        &mut self.hosts[at]
    }

    /// Draws all lines anew, what is to be kept above them.
    fn draw(&mut self, kept: &str) {
        let mut text = String::new();
        if self.drawn > 0 {
            // Up, and clear from there (ECMA-48: CUU, ED).
            text.push_str(&format!("\x1b[{}A\x1b[J", self.drawn));
        }
        text.push_str(kept);
        let spinner = SPINNER[self.turn % SPINNER.len()];
        let longest = self.hosts.iter().map(|host| host.name.len()).max().unwrap_or(0);
        for host in &self.hosts {
            let (mark, time) = match host.busy {
                Some(since) => (spinner, format!(" {} s", since.elapsed().as_secs())),
                None => (" ", String::new()),
            };
            let line = format!("{mark} {:longest$}  [{}] {}", host.name, self.stage, host.text);
            let room = self.width.saturating_sub(time.len() + 1);
            let line: String = line.chars().take(room).collect();
            text.push_str(&format!("{line}{time}\n"));
        }
        self.drawn = self.hosts.len();
        let _ = report::print(&text);
    }
}

impl Report for Live {
    fn stage(&self, name: &str) {
        self.change(|screen| {
            screen.stage = name.to_owned();
            String::new()
        });
    }

    fn begin(&self, host: &str, step: &str) {
        self.change(|screen| {
            let host = screen.host(host);
            host.text = step.to_owned();
            host.busy = Some(Instant::now());
            host.said.clear();
            String::new()
        });
    }

    fn heard(&self, host: &str, line: &str) {
        self.change(|screen| {
            let host = screen.host(host);
            let step = host.text.split(": ").next().unwrap_or_default();
            host.text = format!("{step}: {}", report::name(line));
            host.said.push(line.to_owned());
            String::new()
        });
    }

    fn end(&self, host: &str, step: &str, result: Result<&str, &Failure>) {
        self.change(|screen| {
            let found = screen.host(host);
            found.busy = None;
            let said: String = found.said.drain(..).map(|line| format!("{host}:   {line}\n")).collect();
            match result {
                Ok(told) => {
                    found.text = if told.is_empty() { step.to_owned() } else { format!("{step}: {told}") };
                    String::new()
                }
                Err(failure) => {
                    found.text = format!("{step}: failed");
                    format!("{said}{host}: {}\n", at(step, failure))
                }
            }
        });
    }

    fn tell(&self, host: &str, text: &str) {
        self.change(|_| format!("{host}: {text}\n"));
    }

    fn wrong(&self, host: &str, text: &str) {
        self.change(|_| format!("docker-deploy: {host}: {text}\n"));
    }

    fn note(&self, text: &str) {
        self.change(|_| format!("{text}\n"));
    }
}
