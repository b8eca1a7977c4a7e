//! Removes an app's secrets from everything that leaves the agent.

use super::app_host::AppHost;
use super::machine::Machine;
use crate::command::MASK;
use crate::deploy::blocker::Blocker;
use crate::deploy::history::HistoryEntry;
use crate::deploy::host_state::{Health, HostState};
use crate::deploy::protocol::response::{DeployLog, Response};
use crate::deploy::protocol::step_error::StepError;
use crate::deploy::state::journal::JournalLine;
use crate::runner::opts_parser;
use crate::url::credentials;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The shortest value that counts as a secret, in bytes. Shorter ones (`1`,
/// `true`, `/app`) occur in ordinary text.
const MIN_SECRET_LEN: usize = 6;

/// The shortest password in a URL that counts as a secret, in bytes.
const MIN_PASSWORD_LEN: usize = 4;

/// Exported variables of the settings file that are not secrets, besides those
/// whose name ends in `HOSTS`.
const PUBLIC_VARS: [&str; 13] = [
    "IMAGE",
    "TAG",
    "APP",
    "INSTANCE",
    "OPTS",
    "EXTRA",
    "REPOSITORY",
    "SSH_USER",
    "ROLES",
    "TASKS",
    "CHECK_URL",
    "CHECK_HOST",
    "SETTLE",
];

/// A line without secrets. Only [`Redactor::redact`] makes one, so a function
/// that takes it cannot be given raw text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedLine(String);

impl RedactedLine {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Knows an app's secrets, and masks them in text.
pub struct Redactor {
    /// The longest first, because one may be part of another.
    secrets: Vec<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("secrets", &self.secrets.len()).finish()
    }
}

impl Redactor {
    /// Masks the values that `-e` and `--env-file` give to the app's
    /// containers and that its file exports, and the passwords in URLs among them.
    pub fn for_app(host: &AppHost<impl Machine>) -> Self {
        Self::new(app_secrets(host))
    }

    fn new(mut secrets: Vec<String>) -> Self {
        secrets.sort_unstable_by(|one, other| (other.len(), other).cmp(&(one.len(), one)));
        secrets.dedup();
        Self { secrets }
    }

    /// A line with every secret masked.
    pub fn redact(&self, text: &str) -> RedactedLine {
        RedactedLine(self.mask(text))
    }

    fn mask(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }

    /// A journal line with every secret masked.
    pub fn journal_line(&self, line: JournalLine) -> JournalLine {
        match line {
            JournalLine::Begin { .. } | JournalLine::Stage { .. } => line,
            JournalLine::StepStart { step, at } => JournalLine::StepStart { step: self.mask(&step), at },
            JournalLine::StepEnd { error, migrated, at } => {
                JournalLine::StepEnd { error: error.map(|text| self.mask(&text)), migrated, at }
            }
            JournalLine::Output(text) => JournalLine::Output(self.mask(&text)),
        }
    }

    /// An entry of the history with every secret masked. Its reason names a step, as the deployer
    /// knows it.
    pub fn history_entry(&self, entry: HistoryEntry) -> HistoryEntry {
        HistoryEntry { reason: entry.reason.map(|text| self.mask(&text)), ..entry }
    }

    /// A result with every secret masked in the texts that come from commands
    /// and servers. Names, paths and tags stay: the deployer compares them.
    pub fn result(&self, result: Result<Response, StepError>) -> Result<Response, StepError> {
        result.map(|response| self.response(response)).map_err(|error| self.error(error))
    }

    fn response(&self, response: Response) -> Response {
        match response {
            Response::HostState(state) => Response::HostState(Box::new(self.host_state(*state))),
            Response::Healthy(evidence) => Response::Healthy(self.mask(&evidence)),
            // Release 0.1.0 wrote the steps into its logs unredacted.
            Response::Log(log) => Response::Log(log.map(|log| self.deploy_log(log))),
            Response::Done
            | Response::Apps(_)
            | Response::LockHeld(_)
            | Response::Image(_)
            | Response::TaskDone { .. }
            | Response::Servers(_)
            | Response::Pruned(_) => response,
        }
    }

    fn deploy_log(&self, log: DeployLog) -> DeployLog {
        DeployLog { lines: log.lines.iter().map(|line| self.mask(line)).collect(), ..log }
    }

    fn host_state(&self, mut state: HostState) -> HostState {
        for unit in &mut state.units {
            unit.health = unit.health.take().map(|health| match health {
                Health::Healthy(evidence) => Health::Healthy(self.mask(&evidence)),
                Health::Unhealthy(reason) => Health::Unhealthy(self.mask(&reason)),
            });
        }
        state.blockers = state.blockers.into_iter().map(|blocker| self.blocker(blocker)).collect();
        state.history = state.history.into_iter().map(|entry| self.history_entry(entry)).collect();
        if let Some((step, _)) = state.open_deploy.as_mut().and_then(|open| open.step.as_mut()) {
            *step = self.mask(step);
        }
        state
    }

    fn blocker(&self, blocker: Blocker) -> Blocker {
        match blocker {
            Blocker::Docker(text) => Blocker::Docker(self.mask(&text)),
            Blocker::Manager(text) => Blocker::Manager(self.mask(&text)),
            // Configuration errors mask their excerpts themselves.
            Blocker::Config(_)
            | Blocker::TagFile { .. }
            | Blocker::NoManager
            | Blocker::Folder { .. }
            | Blocker::State { .. }
            | Blocker::Connection(_)
            | Blocker::NoUnit { .. }
            | Blocker::OtherImage { .. }
            | Blocker::Full { .. }
            | Blocker::Unknown(_) => blocker,
        }
    }

    fn error(&self, error: StepError) -> StepError {
        match error {
            StepError::Command { line, code, last_line } => {
                StepError::Command { line: self.mask(&line), code, last_line: self.mask(&last_line) }
            }
            StepError::Timeout { line, seconds } => StepError::Timeout { line: self.mask(&line), seconds },
            StepError::Unhealthy { unit, reason } => {
                StepError::Unhealthy { unit, reason: self.mask(&reason) }
            }
            StepError::Proxy { text } => StepError::Proxy { text: self.mask(&text) },
            // Configuration errors mask their excerpts themselves.
            StepError::Config { .. }
            | StepError::Missing { .. }
            | StepError::Write { .. }
            | StepError::Read { .. }
            | StepError::StillRunning { .. }
            | StepError::NotLocked
            | StepError::Cancelled
            | StepError::ConnectionLost { .. } => error,
        }
    }
}

pub(super) fn app_secrets(host: &AppHost<impl Machine>) -> Vec<String> {
    let configuration = host.configuration();
    let opts = &configuration.opts;
    let mut secrets = Vec::new();
    for option in opts.options() {
        let value = opts.value(option);
        if option.has_name("env") {
            add_setting(&mut secrets, value);
        } else if option.has_name("env-file") {
            let file = host.machine.read(Path::new(OsStr::from_bytes(value))).ok().flatten();
            let text = file.map(|content| content.bytes).unwrap_or_default();
            text.split(|byte| *byte == b'\n').for_each(|line| add_setting(&mut secrets, line));
        }
    }
    for (name, variable) in &configuration.scope.variables {
        let public = PUBLIC_VARS.contains(&name.as_str()) || name.ends_with("HOSTS");
        if let Some(text) =
            variable.string_value().filter(|_| variable.exported && variable.place.is_some() && !public)
        {
            add_value(&mut secrets, &text.bytes);
        }
    }
    secrets
}

/// Adds the value of `NAME=VALUE`.
fn add_setting(secrets: &mut Vec<String>, text: &[u8]) {
    if let (_, Some(value)) = opts_parser::split_setting(text) {
        add_value(secrets, value);
    }
}

/// Adds the secrets of a value: each of its lines, since output comes line by
/// line, and the passwords of its URLs, both encoded and decoded.
fn add_value(secrets: &mut Vec<String>, value: &[u8]) {
    let value = String::from_utf8_lossy(value);
    for line in value.split('\n').map(str::trim).filter(|line| line.len() >= MIN_SECRET_LEN) {
        secrets.push(line.to_owned());
    }
    for password in credentials::addresses(&value).flat_map(credentials::passwords) {
        let forms = [password.to_owned(), credentials::decoded(password)];
        // Decoding never makes a password longer.
        secrets.extend(forms.into_iter().take_while(|form| form.len() >= MIN_PASSWORD_LEN));
    }
}

#[cfg(test)]
mod tests {
    use super::{Redactor, add_value};

    fn redactor(value: &str) -> Redactor {
        let mut secrets = Vec::new();
        add_value(&mut secrets, value.as_bytes());
        Redactor::new(secrets)
    }

    fn redacted(value: &str, text: &str) -> String {
        redactor(value).redact(text).as_str().to_owned()
    }

    #[test]
    fn debug_output_shows_no_secret() {
        assert_eq!(format!("{:?}", redactor("redis://:a@r/0")), "Redactor { secrets: 1 }");
    }

    #[test]
    fn masks_the_password_of_a_url_on_its_own() {
        assert_eq!(
            redacted("amqp://user:word@rabbit:5672//a", "cannot log in with word"),
            "cannot log in with ***"
        );
        assert_eq!(redactor("true").secrets, Vec::<String>::new());
    }

    #[test]
    fn a_single_letter_is_not_masked_as_a_password() {
        assert_eq!(redactor("redis://:a@r/0").secrets, ["redis://:a@r/0"]);
        assert_eq!(redacted("redis://:%61b@r/0", "about %61b"), "about ***");
    }

    #[test]
    fn masks_a_password_encoded_and_decoded() {
        let value = "postgres://u:pass%20w%C3%B6rd%@h/db;postgres://u:word/2@h/db";
        let text = redacted(value, "'pass%20w%C3%B6rd%' is 'pass w\u{f6}rd%', not word/2");
        assert_eq!(text, "'***' is '***', not ***");
        assert_eq!(redacted("mysql://u:p@ssw@h/db?a=b@c", "'p@ssw'"), "'***'");
    }

    #[test]
    fn masks_each_line_of_a_key() {
        let key = "-----BEGIN KEY-----\n  MIIEowIBAAKCAQEA\n-----END KEY-----\n";
        assert_eq!(redacted(key, "  MIIEowIBAAKCAQEA"), "  ***");
        assert_eq!(redacted(key, "'-----BEGIN KEY-----\\nMIIEowIBAAKCAQEA\\n'"), "'***\\n***\\n'");
    }
}
