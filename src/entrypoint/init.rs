//! Whether we stay as the process's init, and how.

use super::env_var::{flag_var, text_var};
use super::error::Error;
use super::notice::Notice;
use super::python;
use crate::command::Command;
use crate::duration;
use crate::world::World;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

const INIT: &str = "ENTRYPOINT_INIT";
const GROUP: &str = "ENTRYPOINT_INIT_GROUP";
const DRAIN: &str = "ENTRYPOINT_DRAIN";

/// Servers and workers that handle their signals and look after their children
/// themselves, as PID 1, too.
const HANDLE_SIGNALS: [&str; 4] = ["gunicorn", "uvicorn", "celery", "uwsgi"];

/// Servers that SIGTERM ends at once, whatever they are answering, and SIGINT
/// after that. We stay above them whoever is PID 1.
const END_WELL_BY_SIGINT: [&str; 2] = ["waitress-serve", "waitress"];

/// How we are an init.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Init {
    /// Signals go to the main process's whole group, not to it alone.
    pub(super) whole_group: bool,
    /// How long it keeps serving after SIGTERM.
    pub(super) drain: Option<Duration>,
    /// SIGTERM is passed on as SIGINT.
    pub(super) interrupt: bool,
    /// ENTRYPOINT_INIT=always asks for it.
    pub(super) requested: bool,
}

/// Whether we stay as this command's init.
pub(super) fn plan(command: &Command, world: &World) -> Result<Option<Init>, Error> {
    let interrupt = runs_one_of(command, &END_WELL_BY_SIGINT);
    let init = Init {
        whole_group: flag_var(GROUP, false, world)?,
        drain: parse_drain(world)?,
        interrupt,
        ..Init::default()
    };
    let mode = text_var(INIT, world)?;
    let init = Init { requested: mode == Some("always"), ..init };
    let stays = match mode {
        None | Some("auto") => {
            init.drain.is_some() || interrupt || (world.pid == 1 && !runs_one_of(command, &HANDLE_SIGNALS))
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

/// Whether it is one of these servers, by its own name or as `python -m NAME`.
fn runs_one_of(command: &Command, names: &[&str]) -> bool {
    let is_one = |name: &OsStr| names.iter().any(|known| name == *known);
    let name = Path::new(&command.program).file_name().unwrap_or_default();
    let words = command.arguments.iter().map(|argument| argument.value.as_os_str());
    let module = || python::target(&mut words.clone()).filter(|started| started.is_module);
    is_one(name)
        || (python::is_python(name)
            && module().is_some_and(|module| words.clone().nth(module.index).is_some_and(is_one)))
}

fn parse_drain(world: &World) -> Result<Option<Duration>, Error> {
    let Some(value) = text_var(DRAIN, world)? else { return Ok(None) };
    let drain = duration::parse(value).ok_or_else(|| Error::Drain { value: value.to_owned() })?;
    Ok(Some(drain).filter(|drain| !drain.is_zero()))
}

impl std::fmt::Display for Init {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whom = if self.whole_group { "its process group" } else { "it alone" };
        write!(f, "signals go to {whom}, orphans are reaped")?;
        let by = if self.interrupt { " as SIGINT" } else { "" };
        match self.drain {
            Some(drain) => write!(f, ", SIGTERM is passed on{by} after {}", duration::show(drain)),
            None if self.interrupt => write!(f, ", SIGTERM is passed on{by}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Init, plan};
    use crate::command::{Argument, Command};
    use crate::entrypoint::error::Error;
    use crate::world::World;
    use std::time::Duration;

    fn planned(pid: u32, line: &[&str], variables: &[(&str, &str)]) -> Result<Option<Init>, Error> {
        let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let arguments = line[1..].iter().map(Argument::plain).collect();
        let command = Command { program: line[0].into(), arguments, environment: Vec::new(), folder: None };
        plan(&command, &World { pid, environment, ..World::default() })
    }

    fn stays(pid: u32, line: &[&str], mode: &str) -> bool {
        planned(pid, line, &[("ENTRYPOINT_INIT", mode)]).unwrap().is_some()
    }

    #[test]
    fn by_itself_for_pid_1_where_the_process_has_no_handlers() {
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
    fn waitress_is_ended_by_sigint() {
        for pid in [1, 7] {
            let init = planned(pid, &["/ve/bin/waitress-serve", "x"], &[]).unwrap().unwrap();
            let text = "signals go to it alone, orphans are reaped, SIGTERM is passed on as SIGINT";
            assert_eq!((init.interrupt, init.to_string().as_str()), (true, text));
        }
        let never = [("ENTRYPOINT_INIT", "never")];
        assert_eq!(planned(1, &["waitress-serve"], &never).unwrap(), None);
    }

    #[test]
    fn a_drain_needs_an_init() {
        let five = Init { drain: Some(Duration::from_secs(5)), ..Init::default() };
        assert_eq!(planned(7, &["gunicorn"], &[("ENTRYPOINT_DRAIN", "5s")]).unwrap(), Some(five));
        assert_eq!(planned(7, &["gunicorn"], &[("ENTRYPOINT_DRAIN", "0")]).unwrap(), None);
        let never = [("ENTRYPOINT_DRAIN", "5s"), ("ENTRYPOINT_INIT", "never")];
        assert!(matches!(planned(1, &["bash"], &never), Err(Error::DrainWithoutInit)));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let refused = |name, value| planned(1, &["sh"], &[(name, value)]).unwrap_err().to_string();
        let text = "ENTRYPOINT_INIT=yes must be auto, always or never";
        assert_eq!(refused("ENTRYPOINT_INIT", "yes"), text);
        let text = "ENTRYPOINT_INIT_GROUP=true must be 1 or 0";
        assert_eq!(refused("ENTRYPOINT_INIT_GROUP", "true"), text);
        let text = "ENTRYPOINT_DRAIN=soon is not a duration: give one like 5s or 500ms";
        assert_eq!(refused("ENTRYPOINT_DRAIN", "soon"), text);
    }
}
