//! Whether the container gets a terminal: `-it`, `-i` or neither.

use super::docker_opts::DockerOpts;
use crate::process::{self, Stdin};
use crate::world::World;
use std::ffi::OsString;

/// `-it` on a terminal, and `-i` if input is piped into a process that reads it. `None` if
/// OPTS or EXTRA decide, or under a service manager. `-i` is not added for
/// other processes, because it would consume the input of a loop around docker-runner.
pub fn terminal_option(world: &World, opts: &DockerOpts, arguments: &[OsString]) -> Option<&'static str> {
    let is_decided = ["interactive", "tty", "detach", "attach"].iter().any(|flag| opts.contains(flag));
    if is_decided || is_supervised(world) {
        return None;
    }
    if world.terminal.stdin {
        return world.terminal.stdout.then_some("-it");
    }
    let process = arguments.first().and_then(|process| process::entry(process.to_str()?));
    process.filter(|process| process.stdin == Stdin::Reads).map(|_| "-i")
}

/// Whether a service manager started this process. systemd sets SYSTEMD_EXEC_PID to the
/// process id (systemd.exec(5), from 248 on) or is the parent, and so is upstart. Their
/// other variables are not sufficient, because the terminals of a desktop inherit them.
fn is_supervised(world: &World) -> bool {
    let is_pid = |name| world.variable(name).is_some_and(|pid| pid == world.pid.to_string().as_str());
    let is_marked = ["INVOCATION_ID", "UPSTART_JOB"].iter().any(|name| world.variable(name).is_some());
    is_pid("SYSTEMD_EXEC_PID") || (is_marked && world.parent == 1)
}

#[cfg(test)]
mod tests {
    use super::terminal_option;
    use crate::runner::docker_opts::DockerOpts;
    use crate::shell::scope::Text;
    use crate::world::{Terminal, World};

    fn world(stdin: bool, stdout: bool) -> World {
        World { terminal: Terminal { stdin, stdout }, pid: 42, ..World::default() }
    }

    fn added(world: &World, options: &str, process: &str) -> Option<&'static str> {
        let words = options.split_whitespace().map(|word| ("OPTS", Text::from_environment(word)));
        terminal_option(world, &DockerOpts::from_words(words), &[process.into()])
    }

    #[test]
    fn adds_it_on_a_terminal() {
        assert_eq!(added(&world(true, true), "--rm", "migrate"), Some("-it"));
        assert_eq!(added(&world(true, false), "--rm", "shell"), None);
    }

    #[test]
    fn adds_i_for_processes_that_read_a_pipe() {
        assert_eq!(added(&world(false, false), "", "shell"), Some("-i"));
        assert_eq!(added(&world(false, true), "", "manage"), Some("-i"));
        assert_eq!(added(&world(false, true), "", "migrate"), None);
    }

    #[test]
    fn adds_nothing_if_options_decide() {
        for options in ["-i", "-t", "-d", "--tty=false", "--interactive", "-e A=b -it", "-a stdin"] {
            assert_eq!(added(&world(true, true), options, "shell"), None, "{options}");
        }
        assert_eq!(added(&world(true, true), "-e -it", "shell"), Some("-it"));
    }

    #[test]
    fn adds_nothing_under_a_service_manager() {
        let mut world = world(true, true);
        world.environment = vec![("SYSTEMD_EXEC_PID".into(), "42".into())];
        assert_eq!(added(&world, "", "run"), None);
        world.environment =
            vec![("SYSTEMD_EXEC_PID".into(), "41".into()), ("INVOCATION_ID".into(), "x".into())];
        world.parent = 7;
        assert_eq!(added(&world, "", "run"), Some("-it"), "a terminal of a desktop session");
        world.parent = 1;
        assert_eq!(added(&world, "", "run"), None);
    }
}
