//! Whether the container gets a terminal: `-it`, `-i` or nothing.

use super::opts_parser::Parsed;
use crate::world::World;
use std::ffi::OsString;

/// The processes that read what is piped into them.
const READERS: [&str; 2] = ["shell", "manage"];

/// `-it` where somebody sits at a terminal, `-i` where something is piped into
/// a process that reads it, nothing where OPTS or EXTRA decide or a service
/// manager starts us. `-i` without need would eat the input of a caller's loop.
pub fn option(world: &World, parsed: &Parsed, arguments: &[OsString]) -> Option<&'static str> {
    let decided = ["interactive", "tty", "detach", "attach"].iter().any(|flag| parsed.has(flag));
    if decided || supervised(world) {
        return None;
    }
    if world.terminal.stdin {
        return world.terminal.stdout.then_some("-it");
    }
    let reads = arguments.first().is_some_and(|process| READERS.iter().any(|reader| process == reader));
    reads.then_some("-i")
}

/// Whether a service manager started us itself: systemd says so by our process
/// id (SYSTEMD_EXEC_PID, systemd.exec(5), from 248 on) or is our parent, as
/// upstart is. Their variables alone prove nothing: a desktop's terminals
/// inherit them.
fn supervised(world: &World) -> bool {
    let ours = |name| world.variable(name).is_some_and(|pid| pid == world.pid.to_string().as_str());
    let marked = ["INVOCATION_ID", "UPSTART_JOB"].iter().any(|name| world.variable(name).is_some());
    ours("SYSTEMD_EXEC_PID") || (marked && world.parent == 1)
}

#[cfg(test)]
mod tests {
    use super::option;
    use crate::runner::opts_parser::parse;
    use crate::world::{Terminal, World};

    fn world(stdin: bool, stdout: bool) -> World {
        World { terminal: Terminal { stdin, stdout }, pid: 42, ..World::default() }
    }

    fn given(world: &World, options: &str, process: &str) -> Option<&'static str> {
        let words: Vec<&[u8]> = options.split_whitespace().map(str::as_bytes).collect();
        option(world, &parse(&words), &[process.into()])
    }

    #[test]
    fn a_terminal_gets_a_terminal() {
        assert_eq!(given(&world(true, true), "--rm", "migrate"), Some("-it"));
        assert_eq!(given(&world(true, false), "--rm", "shell"), None);
    }

    #[test]
    fn a_pipe_is_read_by_those_who_read() {
        assert_eq!(given(&world(false, false), "", "shell"), Some("-i"));
        assert_eq!(given(&world(false, true), "", "manage"), Some("-i"));
        assert_eq!(given(&world(false, true), "", "migrate"), None);
    }

    #[test]
    fn options_decide() {
        for options in ["-i", "-t", "-d", "--tty=false", "--interactive", "-e A=b -it", "-a stdin"] {
            assert_eq!(given(&world(true, true), options, "shell"), None, "{options}");
        }
        assert_eq!(given(&world(true, true), "-e -it", "shell"), Some("-it"));
    }

    #[test]
    fn a_service_manager_has_no_terminal() {
        let mut world = world(true, true);
        world.environment = vec![("SYSTEMD_EXEC_PID".into(), "42".into())];
        assert_eq!(given(&world, "", "run"), None);
        world.environment =
            vec![("SYSTEMD_EXEC_PID".into(), "41".into()), ("INVOCATION_ID".into(), "x".into())];
        world.parent = 7;
        assert_eq!(given(&world, "", "run"), Some("-it"), "a terminal of a desktop session");
        world.parent = 1;
        assert_eq!(given(&world, "", "run"), None);
    }
}
