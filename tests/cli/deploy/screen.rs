//! The live lines, on a real pseudo-terminal that is narrow and says so.

use super::alone;
use crate::pty::Pty;
use std::io::Read;
use std::process::Command;

/// What a terminal of so many columns shows in the end of what was written:
/// lines wrap, CR and LF, up (CUU) and clear below (ED).
fn screen(written: &str, columns: usize) -> Vec<String> {
    let mut rows: Vec<String> = vec![String::new()];
    let mut row = 0;
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => {}
            '\n' => row += 1,
            '\x1b' => {
                assert_eq!(letters.next(), Some('['));
                let count: String = std::iter::from_fn(|| letters.next_if(char::is_ascii_digit)).collect();
                match letters.next() {
                    Some('A') => row -= count.parse::<usize>().unwrap(),
                    Some('J') => rows.truncate(row),
                    other => panic!("{other:?}"),
                }
            }
            letter => {
                if rows.get(row).is_some_and(|line| line.chars().count() == columns) {
                    row += 1;
                }
                rows.resize(rows.len().max(row + 1), String::new());
                rows[row].push(letter);
            }
        }
        rows.resize(rows.len().max(row + 1), String::new());
    }
    rows
}

fn pushed(columns: u16) -> Vec<String> {
    let pty = Pty::open();
    let size = ["rows", "24", "cols", &columns.to_string()];
    assert!(Command::new("stty").args(size).stdin(pty.end()).status().unwrap().success());
    let test = alone(&["site"])
        .env("TASKS", "migrate")
        .file("said", "Applying 0001_a_migration_with_a_long_name… OK\n");
    let test = test.args(["push", "site", "new"]);
    let mut command = test.command();
    command.stdout(pty.end());
    let mut child = command.spawn().unwrap();
    drop((command, pty.slave));
    let (mut master, mut bytes, mut buffer) = (pty.master, Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = master.read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..count]);
    }
    assert!(child.wait().unwrap().success());
    screen(&String::from_utf8(bytes).unwrap(), columns.into())
}

#[test]
fn one_line_a_host_however_narrow() {
    assert_eq!(
        pushed(50),
        [
            "localhost is the only web host: requests are lost ",
            "while it restarts",
            "  localhost  [done] remove images but the last 5",
            "site: push of new is done",
            ""
        ]
    );
    assert_eq!(
        pushed(30),
        [
            "localhost is the only web host",
            ": requests are lost while it r",
            "estarts",
            "  localhost  [done] remove im",
            "site: push of new is done",
            ""
        ]
    );
}
