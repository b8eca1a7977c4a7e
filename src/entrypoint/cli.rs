//! The command line: validated, nothing is looked up.

use super::error::Error;
use super::process::{self, Entry, PROCESSES, Process};
use crate::clap_error::ParseExit;
use clap::{Arg, ArgAction, Command};
use std::ffi::{OsStr, OsString};

/// The parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntrypointArgs {
    /// The help or the version, to be printed.
    Text(String),
    Process(Request),
}

/// A process to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) dry_run: bool,
    pub(super) job: EntrypointJob,
    /// The caller's arguments for the process, each one whole.
    pub(super) arguments: Vec<OsString>,
}

/// One of our processes, or any other command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EntrypointJob {
    /// One of [`PROCESSES`].
    Process(Process),
    /// A command to be looked up on PATH.
    Other(OsString),
}

/// The declaration of the command line.
pub fn command(name: &'static str) -> Command {
    Command::new(name)
        .about("Run a process of a Django project by its name")
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
         Every ARG goes to the process unchanged. Settings come from the environment:\n\
         APP, SETTINGS, DJANGO_SETTINGS_MODULE, VIRTUAL_ENV, PORT, WEB_CONCURRENCY,\n\
         GUNICORN_CMD_ARGS, ENTRYPOINT_APP_DIR.",
        "anything else"
    )
}

/// Parses the arguments after our own name. Our options come before PROCESS.
/// Everything after PROCESS belongs to it, `--` and `--help` included.
pub(super) fn parse(name: &'static str, arguments: &[OsString]) -> Result<EntrypointArgs, Error> {
    let is_option = |argument: &OsString| argument != "--" && argument.as_encoded_bytes().starts_with(b"-");
    let ours = arguments.iter().take_while(|argument| is_option(argument)).count();
    let (options, rest) = arguments.split_at(ours);
    // Without an option there is nothing to parse, and building the parser takes
    // longer than everything else here.
    let mut dry_run = false;
    if !options.is_empty() {
        let options = std::iter::once(OsStr::new(name)).chain(options.iter().map(OsString::as_os_str));
        match command(name).try_get_matches_from(options) {
            Ok(matches) => dry_run = matches.get_flag("dry-run"),
            Err(error) => {
                return match ParseExit::from_clap(&error) {
                    ParseExit::Show(text) => Ok(EntrypointArgs::Text(text)),
                    ParseExit::Wrong(text) => Err(Error::Usage { name, text }),
                };
            }
        }
    }
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
    Ok(EntrypointArgs::Process(Request { dry_run, job, arguments }))
}

#[cfg(test)]
mod tests {
    use super::{EntrypointArgs, EntrypointJob, Request, parse};
    use crate::entrypoint::error::Error;
    use crate::entrypoint::process::Process;
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;

    fn parse_args(arguments: &[&str]) -> Result<EntrypointArgs, Error> {
        let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
        parse("docker-entrypoint", &arguments)
    }

    fn request(arguments: &[&str]) -> Request {
        match parse_args(arguments).unwrap() {
            EntrypointArgs::Process(request) => request,
            EntrypointArgs::Text(text) => panic!("{text}"),
        }
    }

    #[test]
    fn options_come_first_and_the_rest_goes_to_the_process() {
        let request = request(&["--dry-run", "manage", "--dry-run", "--", "--help", "-n", ""]);
        assert!(request.dry_run);
        assert_eq!(request.job, EntrypointJob::Process(Process::Django(&[])));
        assert_eq!(request.arguments, ["--dry-run", "--", "--help", "-n", ""]);
    }

    #[test]
    fn an_unknown_process_is_a_command() {
        assert_eq!(request(&["bash", "-c", "x"]).job, EntrypointJob::Other("bash".into()));
        assert_eq!(request(&["--", "migrate", "--"]).arguments, ["--"]);
    }

    #[test]
    fn arguments_that_are_not_utf8_are_kept() {
        let bytes = OsStr::from_bytes(b"\xff\xfe");
        let parsed = parse("run.sh", &["manage".into(), bytes.to_owned()]).unwrap();
        assert!(matches!(parsed, EntrypointArgs::Process(request) if request.arguments == [bytes]));
    }

    #[test]
    fn invalid_command_lines_are_errors() {
        assert!(matches!(parse_args(&[]), Err(Error::NoProcess { .. })));
        assert!(matches!(parse_args(&["-n"]), Err(Error::NoProcess { .. })));
        assert!(matches!(parse_args(&[""]), Err(Error::NoProcess { .. })));
        assert!(matches!(parse_args(&["--fast", "run"]), Err(Error::Usage { .. })));
        assert!(matches!(parse_args(&["healthcheck", "--help"]), Err(Error::Arguments)));
        assert!(matches!(parse_args(&["--version"]), Ok(EntrypointArgs::Text(_))));
    }
}
