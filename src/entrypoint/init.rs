//! Whether the entrypoint stays as the init of the process, and with which options.

use super::env_var::{Name, Variables};
use super::error::Error;
use super::notice::Notice;
use super::python;
use crate::command::Command;
use crate::duration;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

/// Servers and workers that handle signals and reap their children themselves, also as
/// PID 1.
const HANDLE_SIGNALS: [&str; 4] = ["gunicorn", "uvicorn", "celery", "uwsgi"];

/// Servers that drop open requests on SIGTERM and finish them on SIGINT. The entrypoint
/// stays as their init even if it is not PID 1.
const SHUT_DOWN_ON_SIGINT: [&str; 2] = ["waitress-serve", "waitress"];

/// The options of the init.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Init {
    /// Signals go to the process group of the main process, not to it alone.
    pub(super) whole_group: bool,
    /// How long the process goes on serving after SIGTERM.
    pub(super) drain: Option<Duration>,
    /// SIGTERM is forwarded as SIGINT.
    pub(super) interrupt: bool,
    /// ENTRYPOINT_INIT=always is set.
    pub(super) requested: bool,
}

/// The options of the init, or `None` if the process replaces the entrypoint.
pub(super) fn plan(command: &Command, variables: &Variables, pid: u32) -> Result<Option<Init>, Error> {
    let interrupt = runs_one_of(command, &SHUT_DOWN_ON_SIGINT);
    let init = Init {
        whole_group: variables.flag(Name::EntrypointInitGroup, false)?,
        drain: parse_drain(variables.text(Name::EntrypointDrain)?)?,
        interrupt,
        ..Init::default()
    };
    let mode = variables.text(Name::EntrypointInit)?;
    let init = Init { requested: mode == Some("always"), ..init };
    let stays = match mode {
        None | Some("auto") => {
            init.drain.is_some() || interrupt || (pid == 1 && !runs_one_of(command, &HANDLE_SIGNALS))
        }
        Some("always") => true,
        Some("never") if init.drain.is_some() => return Err(Error::DrainWithoutInit),
        Some("never") => false,
        Some(value) => return Err(Error::Init { value: value.to_owned() }),
    };
    Ok(stays.then_some(init))
}

impl Init {
    /// The notice that the entrypoint stays; `None` if the caller asked for it.
    pub(super) fn notice(self, command: &Command) -> Option<Notice> {
        let program = Path::new(&command.program).file_name().unwrap_or(&command.program);
        (!self.requested).then(|| Notice::Init { program: program.to_owned(), init: self })
    }
}

/// Whether a command runs one of these servers, by its name or as `python -m NAME`.
fn runs_one_of(command: &Command, names: &[&str]) -> bool {
    let is_known = |name: &OsStr| names.iter().any(|known| name == *known);
    let name = Path::new(&command.program).file_name().unwrap_or_default();
    let words = command.arguments.iter().map(|argument| argument.value.as_os_str());
    let module = || python::target(&mut words.clone()).filter(|started| started.is_module);
    is_known(name)
        || (python::is_python(name)
            && module().is_some_and(|module| words.clone().nth(module.index).is_some_and(is_known)))
}

fn parse_drain(value: Option<&str>) -> Result<Option<Duration>, Error> {
    let Some(value) = value else { return Ok(None) };
    let drain = duration::parse(value).ok_or_else(|| Error::Drain { value: value.to_owned() })?;
    Ok(Some(drain).filter(|drain| !drain.is_zero()))
}

impl std::fmt::Display for Init {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let target = if self.whole_group { "its process group" } else { "it alone" };
        write!(f, "signals go to {target}, orphans are reaped")?;
        let signal = if self.interrupt { " as SIGINT" } else { "" };
        match self.drain {
            Some(drain) => write!(f, ", SIGTERM is forwarded{signal} after {}", duration::show(drain)),
            None if self.interrupt => write!(f, ", SIGTERM is forwarded{signal}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Init, plan};
    use crate::command::{Argument, Command};
    use crate::entrypoint::env_var::Variables;
    use crate::entrypoint::error::Error;
    use std::time::Duration;

    fn plan_for(pid: u32, line: &[&str], variables: &[(&str, &str)]) -> Result<Option<Init>, Error> {
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let arguments = line[1..].iter().map(Argument::plain).collect();
        let command = Command { program: line[0].into(), arguments, environment: Vec::new(), folder: None };
        plan(&command, &Variables::from_env(&variables)?, pid)
    }

    fn stays(pid: u32, line: &[&str], mode: &str) -> bool {
        plan_for(pid, line, &[("ENTRYPOINT_INIT", mode)]).unwrap().is_some()
    }

    #[test]
    fn the_default_is_an_init_for_pid_1_without_signal_handlers() {
        for mode in ["", "auto"] {
            assert!(stays(1, &["/ve/bin/python", "manage.py", "migrate"], mode));
            assert!(!stays(7, &["/ve/bin/python", "manage.py", "migrate"], mode));
            for server in [
                &["/ve/bin/gunicorn"][..],
                &["celery", "-A"],
                &["python3.13", "-m", "uvicorn"],
                &["uwsgi"],
                &["python", "-W", "ignore", "-m", "gunicorn"],
            ] {
                assert!(!stays(1, server, mode), "{server:?}");
            }
            assert!(stays(1, &["python", "-m", "http.server"], mode));
            assert!(stays(1, &["python", "gunicorn"], mode));
        }
        assert!(stays(7, &["gunicorn"], "always") && !stays(1, &["bash"], "never"));
    }

    #[test]
    fn waitress_gets_sigint_for_sigterm() {
        for pid in [1, 7] {
            let init = plan_for(pid, &["/ve/bin/waitress-serve", "x"], &[]).unwrap().unwrap();
            let text = "signals go to it alone, orphans are reaped, SIGTERM is forwarded as SIGINT";
            assert_eq!((init.interrupt, init.to_string().as_str()), (true, text));
        }
        let never = [("ENTRYPOINT_INIT", "never")];
        assert_eq!(plan_for(1, &["waitress-serve"], &never).unwrap(), None);
    }

    #[test]
    fn a_drain_needs_an_init() {
        let five = Init { drain: Some(Duration::from_secs(5)), ..Init::default() };
        assert_eq!(plan_for(7, &["gunicorn"], &[("ENTRYPOINT_DRAIN", "5s")]).unwrap(), Some(five));
        assert_eq!(plan_for(7, &["gunicorn"], &[("ENTRYPOINT_DRAIN", "0")]).unwrap(), None);
        let never = [("ENTRYPOINT_DRAIN", "5s"), ("ENTRYPOINT_INIT", "never")];
        assert!(matches!(plan_for(1, &["bash"], &never), Err(Error::DrainWithoutInit)));
    }

    #[test]
    fn rejects_invalid_values() {
        let error_for = |name, value| plan_for(1, &["sh"], &[(name, value)]).unwrap_err().to_string();
        let text = "ENTRYPOINT_INIT=yes must be auto, always or never";
        assert_eq!(error_for("ENTRYPOINT_INIT", "yes"), text);
        let text = "ENTRYPOINT_INIT_GROUP=true must be 1 or 0";
        assert_eq!(error_for("ENTRYPOINT_INIT_GROUP", "true"), text);
        let text = "ENTRYPOINT_DRAIN=soon is not a duration: give one like 5s or 500ms";
        assert_eq!(error_for("ENTRYPOINT_DRAIN", "soon"), text);
    }
}
