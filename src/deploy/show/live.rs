//! For a terminal: a line a host that changes as things go on, and above it
//! what is worth keeping.

use crate::deploy::host::Report;
use crate::deploy::protocol::step_error::{StepError, at};
use crate::report;
use crate::sys::{threads, window};
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
    hosts: Vec<HostLine>,
    /// How many lines are drawn below the kept ones.
    drawn: usize,
    width: usize,
    turn: usize,
}

struct HostLine {
    name: String,
    text: String,
    busy: Option<Instant>,
    /// What its command said; shown whole where it fails.
    said: Vec<String>,
}

impl Live {
    /// Lines as wide as the terminal; `width` where it does not say.
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
    fn host(&mut self, name: &str) -> &mut HostLine {
        let at = self.hosts.iter().position(|host| host.name == name).unwrap_or_else(|| {
            let (name, text) = (name.to_owned(), String::new());
            self.hosts.push(HostLine { name, text, busy: None, said: Vec::new() });
            self.hosts.len() - 1
        });
        &mut self.hosts[at]
    }

    /// Draws all lines anew, what is to be kept above them.
    fn draw(&mut self, kept: &str) {
        // A window may change at any time, and a line that it wraps is two to go up.
        let width = window::columns().unwrap_or(self.width);
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
            let line = fitted(&line, width.saturating_sub(time.len() + 1));
            text.push_str(&format!("{line}{time}\n"));
        }
        self.drawn = self.hosts.len();
        let _ = report::print(&text);
    }
}

/// As much of a line as there is room for. Whether a terminal gives a
/// character two columns is its own affair: any beyond ASCII may take two.
fn fitted(line: &str, room: usize) -> &str {
    let mut left = room;
    let over = |letter: &(usize, char)| {
        let wide = if letter.1.is_ascii() { 1 } else { 2 };
        left.checked_sub(wide).map(|now| left = now).is_none()
    };
    line.char_indices().find(over).map_or(line, |(at, _)| &line[..at])
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

    fn on_line(&self, host: &str, line: &str) {
        self.change(|screen| {
            let host = screen.host(host);
            let step = host.text.split(": ").next().unwrap_or_default();
            host.text = format!("{step}: {}", report::name(line));
            host.said.push(line.to_owned());
            String::new()
        });
    }

    fn end(&self, host: &str, step: &str, result: Result<&str, &StepError>) {
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

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_is_no_wider_than_its_room() {
        let fitted = |room| super::fitted("ab\u{6587}c", room);
        assert_eq!(
            [0, 2, 3, 4, 5, 9].map(fitted),
            ["", "ab", "ab", "ab\u{6587}", "ab\u{6587}c", "ab\u{6587}c"]
        );
    }
}
