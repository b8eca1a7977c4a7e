//! What was asked for: validated, nothing looked up.

use super::error::Error;
use super::process::{self, Entry, PROCESSES, Process};
use crate::clap_error::ParseExit;
use clap::{Arg, ArgAction, Command};
use std::ffi::{OsStr, OsString};

/// What the arguments ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntrypointArgs {
    /// A text to print: the help, the version.
    Text(String),
    /// A process.
    Process(Request),
}

/// A process that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Show what would run, and run nothing.
    pub(super) dry_run: bool,
    /// Which one.
    pub(super) job: EntrypointJob,
    /// The caller's arguments for it, each one whole.
    pub(super) arguments: Vec<OsString>,
}

/// One of our processes, or a command from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntrypointJob {
    /// One of the table.
    Process(Process),
    /// A command to be looked up.
    Other(OsString),
}

/// The declaration of the command line.
pub fn command(name: &'static str) -> Command {
    Command::new(name)
        .about("Turns a process's name into the right process of a Django project")
        .version(env!("CARGO_PKG_VERSION"))
        .override_usage(format!("{name} [--dry-run] PROCESS [ARG…]"))
        .disable_help_subcommand(true)
        .arg(
            Arg::new("dry-run")
                .short('n')
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Print what would run, and run nothing"),
        )
        .after_help(after_help())
}

fn after_help() -> String {
    let line = |entry: &Entry| format!("  {:<14} {}\n", entry.name, entry.help);
    let lines: String = PROCESSES.iter().map(line).collect();
    format!(
        "Processes:\n{lines}  {:<14} that command, looked up on PATH\n\n\
         Every ARG goes to the process as it is. Settings come from the environment:\n\
         APP, SETTINGS, DJANGO_SETTINGS_MODULE, VIRTUAL_ENV, PORT, WEB_CONCURRENCY,\n\
         GUNICORN_CMD_ARGS, ENTRYPOINT_APP_DIR.",
        "anything else"
    )
}

/// Reads the arguments after our own name. Options of ours come before PROCESS;
/// everything from PROCESS on belongs to it, `--` and `--help` included.
pub(super) fn parse(name: &'static str, arguments: &[OsString]) -> Result<EntrypointArgs, Error> {
    let is_option = |argument: &OsString| argument != "--" && argument.as_encoded_bytes().starts_with(b"-");
    let ours = arguments.iter().take_while(|argument| is_option(argument)).count();
    let (options, rest) = arguments.split_at(ours);
    let options = std::iter::once(OsStr::new(name)).chain(options.iter().map(OsString::as_os_str));
    let matches = match command(name).try_get_matches_from(options) {
        Ok(matches) => matches,
        Err(error) => {
            return match ParseExit::from_clap(&error) {
                ParseExit::Show(text) => Ok(EntrypointArgs::Text(text)),
                ParseExit::Wrong(text) => Err(Error::Usage { name, text }),
            };
        }
    };
    let mut rest = rest.strip_prefix(&[OsString::from("--")]).unwrap_or(rest).iter().cloned();
    let process = rest.next().filter(|process| !process.is_empty()).ok_or(Error::NoProcess { name })?;
    let job = match process::lookup(&process) {
        Some(entry) => EntrypointJob::Process(entry.process),
        None => EntrypointJob::Other(process),
    };
    let arguments: Vec<OsString> = rest.collect();
    if job == EntrypointJob::Process(Process::Healthcheck) && !arguments.is_empty() {
        return Err(Error::Arguments);
    }
    Ok(EntrypointArgs::Process(Request { dry_run: matches.get_flag("dry-run"), job, arguments }))
}

#[cfg(test)]
mod tests {
    use super::{EntrypointArgs, EntrypointJob, Request, parse};
    use crate::entrypoint::error::Error;
    use crate::entrypoint::process::Process;
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;

    fn asked(arguments: &[&str]) -> Result<EntrypointArgs, Error> {
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        parse("docker-entrypoint", &arguments)
    }

    fn request(arguments: &[&str]) -> Request {
        match asked(arguments).unwrap() {
            EntrypointArgs::Process(request) => request,
            EntrypointArgs::Text(text) => panic!("{text}"),
        }
    }

    #[test]
    fn options_come_first_and_the_rest_is_the_process_s() {
        let request = request(&["--dry-run", "manage", "--dry-run", "--", "--help", "-n", ""]);
        assert!(request.dry_run);
        assert_eq!(request.job, EntrypointJob::Process(Process::Django(&[])));
        assert_eq!(request.arguments, ["--dry-run", "--", "--help", "-n", ""]);
    }

    #[test]
    fn a_name_of_no_process_is_a_command() {
        assert_eq!(request(&["bash", "-c", "x"]).job, EntrypointJob::Other("bash".into()));
        assert_eq!(request(&["--", "migrate", "--"]).arguments, ["--"]);
    }

    #[test]
    fn bytes_that_are_no_text_arrive() {
        let bytes = OsStr::from_bytes(b"\xff\xfe");
        let asked = parse("run.sh", &["manage".into(), bytes.to_owned()]).unwrap();
        assert!(matches!(asked, EntrypointArgs::Process(request) if request.arguments == [bytes]));
    }

    #[test]
    fn what_is_no_request_is_told() {
        assert!(matches!(asked(&[]), Err(Error::NoProcess { .. })));
        assert!(matches!(asked(&["-n"]), Err(Error::NoProcess { .. })));
        assert!(matches!(asked(&[""]), Err(Error::NoProcess { .. })));
        assert!(matches!(asked(&["--fast", "run"]), Err(Error::Usage { .. })));
        assert!(matches!(asked(&["healthcheck", "--help"]), Err(Error::Arguments)));
        assert!(matches!(asked(&["--version"]), Ok(EntrypointArgs::Text(_))));
    }
}
