//! How long a file of /etc/default takes to read, by its size, beside dash.
//!
//! `cargo bench --bench language`; `make bench` calls it. Dash's time is that
//! of `dash -c '. FILE'` less that of `dash -c :`, so that neither counts the
//! start of a process. Linear means: the time for each kB stays what it is.
#![allow(clippy::disallowed_methods, reason = "dash is a process, and reads a file")]

use docker_runner::shell::evaluate;
use docker_runner::shell::scope::Scope;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const KILOBYTES: [usize; 6] = [1, 4, 16, 64, 256, 1024];

/// As files are: comments, exports, quotes, a variable here and there.
fn settings(size: usize) -> Vec<u8> {
    let mut text = String::from("export IMAGE=\"thraxil/antisocial\"\n");
    for line in 0.. {
        let more = match line % 4 {
            0 => format!("# what NAME_{} is for\n", line % 50),
            1 => format!("export NAME_{}=\"some value, and $IMAGE\"\n", line % 50),
            2 => format!("NAME_{}='it is quoted' OTHER=a\\ b\n", line % 50),
            _ => format!("export NAME_{}=${{MISSING:-a default}}/~\n", line % 50),
        };
        if text.len() + more.len() > size {
            return text.into_bytes();
        }
        text.push_str(&more);
    }
    unreachable!("the lines fill any size")
}

/// One value over all the lines.
fn options(size: usize) -> Vec<u8> {
    let mut text = String::from("export OPTS=\"--rm \\\n");
    while text.len() + 40 < size {
        text.push_str("  -e NAME=value -v /srv/x:/x \\\n");
    }
    text.push_str("  --init\"\n");
    text.into_bytes()
}

/// The best of some runs: what else the machine does is not counted.
fn best(runs: usize, mut run: impl FnMut()) -> Duration {
    let times = (0..runs).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

fn ours(text: &[u8]) -> Duration {
    let runs = (1 << 20) / text.len().max(1) + 19;
    best(runs, || {
        let read = evaluate(Path::new("file"), text, &Scope::default(), &|_| None);
        assert!(std::hint::black_box(read).is_ok(), "the file is read");
    })
}

fn dash(script: &str, folder: &Path) -> Duration {
    best(41, || {
        let mut dash = Command::new("dash");
        let status = dash.arg("-c").arg(script).current_dir(folder).stdin(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "dash reads the file");
    })
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let start = dash(":", folder.path());
    println!("reading a file: ours in the process, dash less its start of {:.2} ms\n", millis(start));
    println!(
        "{:<10}{:>8}{:>12}{:>12}{:>10}{:>12}",
        "shape", "kB", "ours ms", "dash ms", "ours/dash", "ours us/kB"
    );
    for (shape, make) in [("settings", settings as fn(usize) -> Vec<u8>), ("one value", options)] {
        for kilobytes in KILOBYTES {
            let text = make(kilobytes * 1024);
            std::fs::write(folder.path().join("file"), &text).expect("the file can be written");
            let ours = millis(ours(&text));
            let dash = millis(dash(". ./file", folder.path()).saturating_sub(start));
            let ratio = if dash > 0.0 { format!("{:.2}", ours / dash) } else { "-".into() };
            let each = ours * 1000.0 / kilobytes as f64;
            println!("{shape:<10}{kilobytes:>8}{ours:>12.3}{dash:>12.3}{ratio:>10}{each:>12.2}");
        }
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
