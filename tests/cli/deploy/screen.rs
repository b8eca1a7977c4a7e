//! The live lines, on narrow pseudo-terminals.

use super::local_host;
use crate::pty::Pty;
use std::io::Read;
use std::process::Command;

/// The final screen of a terminal with so many columns, which wraps lines and
/// understands CR, LF, cursor up (CUU) and erase below (ED).
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

fn screen_after_push(columns: u16) -> Vec<String> {
    let pty = Pty::open();
    let size = ["rows", "24", "cols", &columns.to_string()];
    assert!(Command::new("stty").args(size).stdin(pty.end()).status().unwrap().success());
    let test = local_host(&["site"])
        .env("TASKS", "migrate")
        .file("task-output", "Applying 0001_a_migration_with_a_long_name… OK\n");
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
fn a_host_has_one_line_on_a_narrow_terminal() {
    assert_eq!(
        screen_after_push(50),
        [
            "localhost is the only web host: requests fail whil",
            "e it restarts",
            "  localhost  [done] remove old images, keep 5",
            "site: push of new completed",
            ""
        ]
    );
    assert_eq!(
        screen_after_push(30),
        [
            "localhost is the only web host",
            ": requests fail while it resta",
            "rts",
            "  localhost  [done] remove ol",
            "site: push of new completed",
            ""
        ]
    );
}
