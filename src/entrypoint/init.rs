//! Whether we stay as the process's init, and how.

use super::env_var::{flag_var, text_var};
use super::error::Error;
use super::notice::Notice;
use super::python;
use crate::command::Command;
use crate::duration;
use crate::world::World;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

const INIT: &str = "ENTRYPOINT_INIT";
const GROUP: &str = "ENTRYPOINT_INIT_GROUP";
const DRAIN: &str = "ENTRYPOINT_DRAIN";

/// What asks us to be the init of the command that follows. We say it to
/// ourselves: started anew, we hold nothing but what an init needs.
pub(super) const AS_INIT: &str = "--as-init";

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
}

/// A command, and that we are to be its init.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InitArgs {
    /// How.
    pub(super) init: Init,
    /// The file to execute.
    pub(super) file: PathBuf,
    /// Its `argv`.
    pub(super) arguments: Vec<OsString>,
}

/// Whether we stay as this command's init.
pub(super) fn plan(command: &Command, world: &World) -> Result<Option<Init>, Error> {
    let interrupt = is_one_of(command, &END_WELL_BY_SIGINT);
    let init = Init { whole_group: flag_var(GROUP, false, world)?, drain: drain(world)?, interrupt };
    let stays = match text_var(INIT, world)? {
        None | Some("auto") => {
            init.drain.is_some() || interrupt || (world.pid == 1 && !is_one_of(command, &HANDLE_SIGNALS))
        }
        Some("always") => true,
        Some("never") if init.drain.is_some() => return Err(Error::DrainWithoutInit),
        Some("never") => false,
        Some(value) => return Err(Error::Init { value: value.to_owned() }),
    };
    Ok(stays.then_some(init))
}

/// Who gets the signals, and then how SIGTERM is passed on.
const WHOM: [[&str; 2]; 2] = [["main", "main-by-int"], ["group", "group-by-int"]];

impl Init {
    /// What there is to tell of it.
    pub(super) fn note(self, command: &Command) -> Notice {
        let program = Path::new(&command.program).file_name().unwrap_or(&command.program);
        Notice::Init { program: program.to_owned(), init: self }
    }

    /// The arguments that make us the init of a file with these arguments.
    pub(super) fn arguments(self, file: &Path, arguments: &[&OsStr]) -> Vec<OsString> {
        let whom = WHOM[usize::from(self.whole_group)][usize::from(self.interrupt)];
        let drain = self.drain.unwrap_or_default().as_millis().to_string();
        let ours = [AS_INIT.into(), whom.into(), drain.into(), file.into()];
        ours.into_iter().chain(arguments.iter().map(|argument| (*argument).to_owned())).collect()
    }
}

impl InitArgs {
    /// Reads what [`Init::arguments`] wrote.
    pub(super) fn of(arguments: &[OsString]) -> Option<Self> {
        let [first, whom, drain, file, arguments @ ..] = arguments else { return None };
        let drain = Duration::from_millis(drain.to_str()?.parse().ok()?);
        let whole_group = WHOM[1].iter().any(|known| whom == known);
        let interrupt = WHOM.iter().any(|known| whom == known[1]);
        let is_known = whole_group || interrupt || whom == WHOM[0][0];
        let is_ours = first == AS_INIT && is_known && !arguments.is_empty();
        let init = Init { whole_group, drain: Some(drain).filter(|drain| !drain.is_zero()), interrupt };
        is_ours.then(|| Self { init, file: file.into(), arguments: arguments.to_vec() })
    }
}

/// Whether it is one of these servers, by its own name or as `python -m NAME`.
fn is_one_of(command: &Command, names: &[&str]) -> bool {
    let is_one = |name: &OsStr| names.iter().any(|known| name == *known);
    let name = Path::new(&command.program).file_name().unwrap_or_default();
    let words = command.arguments.iter().map(|argument| argument.value.as_os_str());
    let module = || python::target(&mut words.clone()).filter(|started| started.is_module);
    is_one(name)
        || (python::is_python(name)
            && module().is_some_and(|module| words.clone().nth(module.index).is_some_and(is_one)))
}

fn drain(world: &World) -> Result<Option<Duration>, Error> {
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
    use super::{Init, InitArgs, plan};
    use crate::command::{Argument, Command};
    use crate::entrypoint::error::Error;
    use crate::world::World;
    use std::ffi::OsStr;
    use std::path::Path;
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

    #[test]
    fn tells_itself_what_it_needs() {
        for init in [
            Init::default(),
            Init { whole_group: true, drain: Some(Duration::from_millis(1500)), interrupt: false },
            Init { interrupt: true, ..Init::default() },
            Init { whole_group: true, interrupt: true, drain: None },
        ] {
            let words = init.arguments(Path::new("/bin/sh"), &[OsStr::new("sh"), OsStr::new("--as-init")]);
            let arguments = vec!["sh".into(), "--as-init".into()];
            assert_eq!(InitArgs::of(&words), Some(InitArgs { init, file: "/bin/sh".into(), arguments }));
            assert_eq!(InitArgs::of(&words[..4]), None);
            assert_eq!(InitArgs::of(&words[1..]), None);
        }
    }
}
