//! Live lines for a terminal: one line a host, which changes while the rollout
//! proceeds, and above these the messages that stay.

use crate::deploy::host::Report;
use crate::deploy::protocol::step_error::{StepError, with_step};
use crate::report;
use crate::sys::{threads, window};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

/// Between two redraws.
const TICK: Duration = Duration::from_millis(120);

/// Live lines on standard output, until it is dropped.
pub struct Live {
    screen: Arc<Mutex<Screen>>,
    ended: Arc<AtomicBool>,
    ticker: Option<std::thread::JoinHandle<()>>,
}

struct Screen {
    stage: String,
    hosts: Vec<HostLine>,
    /// The number of live lines on the terminal.
    drawn: usize,
    width: usize,
    frame: usize,
}

struct HostLine {
    name: String,
    text: String,
    /// When the current step started.
    step_started: Option<Instant>,
    /// The output of the current step; printed if the step fails.
    output: Vec<String>,
}

impl Live {
    /// Lines as wide as the terminal, or `width` if its size is unknown.
    pub fn new(width: usize) -> Self {
        let screen = Screen { stage: String::new(), hosts: Vec::new(), drawn: 0, width, frame: 0 };
        let (screen, ended) = (Arc::new(Mutex::new(screen)), Arc::new(AtomicBool::new(false)));
        let (shared_screen, shared_ended) = (screen.clone(), ended.clone());
        let ticker = threads::spawn(Box::new(move || {
            while !shared_ended.load(Ordering::SeqCst) {
                let mut screen = shared_screen.lock().unwrap_or_else(PoisonError::into_inner);
                screen.frame += 1;
                screen.draw("");
                drop(screen);
                std::thread::sleep(TICK);
            }
        }));
        // Without a ticker the lines are redrawn on every event.
        Self { screen, ended, ticker: ticker.ok() }
    }

    /// Changes the screen and redraws it; the returned text stays above.
    fn update(&self, change: impl FnOnce(&mut Screen) -> String) {
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let message = change(&mut screen);
        screen.draw(&message);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
        self.update(|_| String::new());
    }
}

impl Screen {
    fn host(&mut self, name: &str) -> &mut HostLine {
        let index = self.hosts.iter().position(|host| host.name == name).unwrap_or_else(|| {
            let (name, text) = (name.to_owned(), String::new());
            self.hosts.push(HostLine { name, text, step_started: None, output: Vec::new() });
            self.hosts.len() - 1
        });
        &mut self.hosts[index]
    }

    /// Redraws all live lines, with the message above them.
    fn draw(&mut self, message: &str) {
        // The window may be resized at any time, and a line that wraps counts as two.
        let width = window::columns().unwrap_or(self.width);
        // Cursor up, then erase below (ECMA-48: CUU, ED).
        let erase = if self.drawn > 0 { format!("\x1b[{}A\x1b[J", self.drawn) } else { String::new() };
        let mut text = message.to_owned();
        let spinner = SPINNER[self.frame % SPINNER.len()];
        let longest = self.hosts.iter().map(|host| host.name.len()).max().unwrap_or(0);
        for host in &self.hosts {
            let (mark, time) = match host.step_started {
                Some(since) => (spinner, format!(" {} s", since.elapsed().as_secs())),
                None => (" ", String::new()),
            };
            let line = format!("{mark} {:longest$}  [{}] {}", host.name, self.stage, host.text);
            let line = truncated(&line, width.saturating_sub(time.len() + 1));
            text.push_str(&format!("{line}{time}\n"));
        }
        self.drawn = self.hosts.len();
        let _ = report::print_bytes((erase + &report::without_controls(&text)).as_bytes());
    }
}

/// The start of a line that fits into so many columns. Terminals differ in the
/// width of characters beyond ASCII, so each counts as two columns.
fn truncated(line: &str, columns: usize) -> &str {
    let mut left = columns;
    let overflows = |(_, letter): &(usize, char)| {
        let width = if letter.is_ascii() { 1 } else { 2 };
        left.checked_sub(width).map(|rest| left = rest).is_none()
    };
    line.char_indices().find(overflows).map_or(line, |(end, _)| &line[..end])
}

impl Report for Live {
    fn stage(&self, name: &str) {
        self.update(|screen| {
            screen.stage = name.to_owned();
            String::new()
        });
    }

    fn step_started(&self, host: &str, step: &str) {
        self.update(|screen| {
            let host = screen.host(host);
            host.text = step.to_owned();
            host.step_started = Some(Instant::now());
            host.output.clear();
            String::new()
        });
    }

    fn on_line(&self, host: &str, line: &str) {
        self.update(|screen| {
            let host = screen.host(host);
            let step = host.text.split(": ").next().unwrap_or_default();
            host.text = format!("{step}: {}", report::printable(line));
            host.output.push(line.to_owned());
            String::new()
        });
    }

    fn step_finished(&self, host: &str, step: &str, result: Result<&str, &StepError>) {
        self.update(|screen| {
            let line = screen.host(host);
            line.step_started = None;
            let output: String = line.output.drain(..).map(|text| format!("{host}:   {text}\n")).collect();
            match result {
                Ok("") => {
                    line.text = step.to_owned();
                    String::new()
                }
                Ok(result) => {
                    line.text = format!("{step}: {result}");
                    String::new()
                }
                Err(failure) => {
                    line.text = format!("{step}: failed");
                    format!("{output}{host}: {}\n", with_step(step, failure))
                }
            }
        });
    }

    fn host_message(&self, host: &str, text: &str) {
        self.update(|_| format!("{host}: {text}\n"));
    }

    fn blocker(&self, host: &str, text: &str) {
        self.update(|_| format!("docker-deploy: {host}: {text}\n"));
    }

    fn message(&self, text: &str) {
        self.update(|_| format!("{text}\n"));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_is_truncated_to_the_columns() {
        let truncated = |columns| super::truncated("ab\u{6587}c", columns);
        assert_eq!(
            [0, 2, 3, 4, 5, 9].map(truncated),
            ["", "ab", "ab", "ab\u{6587}", "ab\u{6587}c", "ab\u{6587}c"]
        );
    }
}
