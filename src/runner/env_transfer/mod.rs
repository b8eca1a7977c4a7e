//! Keeps secrets off the command line of docker. The value of `-e NAME=VALUE` would be
//! visible in `ps` for as long as the client runs. So it goes through an env file in
//! memory, or through docker's environment if such a file cannot carry it.
//!
//! The container gets the same variables as from a plain `docker run`. Docker reads
//! every env file before every `-e`, and of several `-e` with one name the last takes
//! effect: a value is set, a bare `-e NAME` passes on docker's own variable or, if that
//! is unset, removes what an earlier `-e` has set. So only the last one is transferred,
//! and the env file with the values comes after the env files of the user.

use super::docker_opts::{DockerOpts, EnvSetting, OptsWord};
use super::error::Error;
use super::opts_parser::DockerOption;
use super::warning::Warning;
use crate::command::{Argument, Environment};
use crate::shell;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The options without their secrets, and the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvTransfer {
    /// The remaining words of OPTS and EXTRA.
    pub arguments: Vec<Argument>,
    pub file: Option<EnvFile>,
    /// Variables to add to docker's environment.
    pub variables: Environment,
    pub warnings: Vec<Warning>,
}

/// An env file in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvFile {
    pub text: Vec<u8>,
    /// The index of the argument before which its option is inserted.
    pub before: usize,
}

/// How one `-e` reaches the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// It stays as it is: a bare name.
    Keep,
    /// It is removed: a later one takes effect.
    Drop,
    /// Through the env file.
    File,
    /// Through docker's environment and a bare `-e NAME`.
    Variable,
}

/// The limit for a line of an env file, in bytes: the client reads it into a buffer of
/// 64 KiB, newline included (docker/cli, kvfile; bufio.MaxScanTokenSize).
const LINE_LIMIT: usize = 64 << 10;

/// Variables that docker itself reads.
const DOCKER_VARIABLES: [&str; 12] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "USER",
    "SSH_AUTH_SOCK",
    "GODEBUG",
    "GOMAXPROCS",
    "GOGC",
    "GOMEMLIMIT",
    "GOTRACEBACK",
    "REQUEST_METHOD",
    "XDG_RUNTIME_DIR",
];
/// Prefixes of further variables that docker itself reads.
const DOCKER_PREFIXES: [&str; 5] = ["DOCKER_", "LD_", "SSL_CERT_", "OTEL_", "BUILDKIT_"];

/// Removes the secrets from the options. `environment` is docker's.
pub fn transfer(opts: &DockerOpts, environment: &[(OsString, OsString)]) -> Result<EnvTransfer, Error> {
    let settings: Vec<EnvSetting<'_>> = opts.env_settings().collect();
    let names: Vec<&[u8]> = settings.iter().map(|setting| setting.name).collect();
    let is_last = last_of_each(&names);
    let mut collector = Collector::new(opts.words().len(), environment);
    for (setting, is_last) in settings.iter().zip(is_last) {
        collector.add(setting, opts.word(setting.option), is_last)?;
    }
    Ok(collector.finish(opts))
}

/// For each name, whether no later name is equal. Sorts, because there may be thousands.
fn last_of_each<N: Ord>(names: &[N]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|one, other| (&names[*one], one).cmp(&(&names[*other], other)));
    let mut last = vec![true; names.len()];
    for pair in order.windows(2) {
        last[pair[0]] = names[pair[0]] != names[pair[1]];
    }
    last
}

/// What the settings add up to.
struct Collector<'a> {
    environment: &'a [(OsString, OsString)],
    /// For each word, the bytes to remove.
    cuts: Vec<Vec<Range<usize>>>,
    /// For each word, the bare name to insert after it.
    added: Vec<Option<OsString>>,
    file: Vec<u8>,
    variables: Environment,
    warnings: Vec<Warning>,
}

impl<'a> Collector<'a> {
    fn new(words: usize, environment: &'a [(OsString, OsString)]) -> Self {
        let (cuts, added) = (vec![Vec::new(); words], vec![None; words]);
        Self { environment, cuts, added, file: Vec::new(), variables: Vec::new(), warnings: Vec::new() }
    }

    fn add(&mut self, setting: &EnvSetting<'_>, word: &OptsWord, is_last: bool) -> Result<(), Error> {
        if setting.name.is_empty() {
            return Err(Error::NoVariable { name: word.from, place: word.place() });
        }
        let route = if is_last { route(setting, word)? } else { Route::Drop };
        if is_last {
            self.warn(setting, word);
        }
        let value = setting.value.unwrap_or_default();
        match route {
            Route::Keep => return Ok(()),
            Route::Drop => {}
            Route::File => {
                self.file.extend(as_docker_carries(setting.name));
                self.file.push(b'=');
                self.file.extend(as_docker_carries(value));
                self.file.push(b'\n');
            }
            Route::Variable => {
                if !shell::is_name(setting.name) {
                    self.warnings
                        .push(Warning::DroppedByScript { name: lossy(setting.name), place: word.place() });
                }
                self.variables.push((os_string(setting.name), os_string(value)));
                self.added[setting.option.word] = Some(os_string(setting.name));
            }
        }
        self.cut(setting.option);
        Ok(())
    }

    fn warn(&mut self, setting: &EnvSetting<'_>, word: &OptsWord) {
        let (name, place) = (lossy(setting.name), word.place());
        let is_utf8 = |bytes| std::str::from_utf8(bytes).is_ok();
        let is_set = || self.environment.iter().any(|(key, _)| key.as_bytes() == setting.name);
        if setting.value.is_none() && !is_set() {
            self.warnings.push(Warning::UnsetVariable { name, place });
        } else if !is_utf8(setting.name) || !setting.value.is_none_or(is_utf8) {
            self.warnings.push(Warning::NotUtf8 { name, place });
        }
    }

    fn cut(&mut self, option: &DockerOption) {
        self.cuts[option.word].push(option.span.clone());
        if let Some(at) = option.value.filter(|at| at.word != option.word) {
            self.cuts[at.word].push(0..usize::MAX);
        }
    }

    fn finish(self, opts: &DockerOpts) -> EnvTransfer {
        let mut arguments = Vec::new();
        let mut before = None;
        for (index, word) in opts.words().iter().enumerate() {
            if opts.terminator() == Some(index) {
                before = Some(arguments.len());
            }
            match self.cuts[index].as_slice() {
                [] => arguments.push(word.argument()),
                cuts => arguments.extend(rest(&word.text.bytes, cuts).map(Argument::plain)),
            }
            if let Some(name) = &self.added[index] {
                arguments.extend([Argument::plain("-e"), Argument::plain(name)]);
            }
        }
        let before = before.unwrap_or(arguments.len());
        let file = (!self.file.is_empty()).then_some(EnvFile { text: self.file, before });
        EnvTransfer { arguments, file, variables: self.variables, warnings: self.warnings }
    }
}

fn route(setting: &EnvSetting<'_>, word: &OptsWord) -> Result<Route, Error> {
    let Some(value) = setting.value else { return Ok(Route::Keep) };
    if fits_in_a_file(setting.name, value) {
        return Ok(Route::File);
    }
    if affects_docker(setting.name) {
        return Err(Error::DockersOwn { name: lossy(setting.name), place: word.place() });
    }
    Ok(Route::Variable)
}

/// The rest of a word without the cuts: nothing of `-e`, `-it` of `-ite`.
fn rest(word: &[u8], cuts: &[Range<usize>]) -> Option<OsString> {
    let is_cut = |at: &usize| cuts.iter().any(|cut| cut.contains(at));
    let left: Vec<u8> = (0..word.len()).filter(|at| !is_cut(at)).map(|at| word[at]).collect();
    (!left.is_empty() && left != b"-").then(|| OsString::from_vec(left))
}

/// Whether a line of an env file can carry the variable. A line has no newline, no CR at
/// its end and a limited length. One that starts with `#` is a comment, and the client
/// removes blanks around a name, also those of Unicode.
fn fits_in_a_file(name: &[u8], value: &[u8]) -> bool {
    let line = name.len() + 1 + value.len();
    let has_blank = String::from_utf8_lossy(name).chars().any(char::is_whitespace);
    let is_plain_name = !has_blank && !name.starts_with(b"#") && !name.starts_with(b"\xef\xbb\xbf");
    is_plain_name && line < LINE_LIMIT && !value.contains(&b'\n') && !value.ends_with(b"\r")
}

/// Whether docker itself, or a library in it, reads that variable.
pub fn affects_docker(name: &[u8]) -> bool {
    let upper = name.to_ascii_uppercase();
    DOCKER_VARIABLES.iter().any(|own| own.as_bytes() == name)
        || DOCKER_PREFIXES.iter().any(|start| name.starts_with(start.as_bytes()))
        || upper.ends_with(b"_PROXY")
}

/// The text as docker would pass it on. The client writes JSON, in which each byte that is
/// not part of a UTF-8 character becomes U+FFFD. It refuses an env file with such a byte.
fn as_docker_carries(text: &[u8]) -> Vec<u8> {
    let mut carried = Vec::new();
    for chunk in text.utf8_chunks() {
        carried.extend_from_slice(chunk.valid().as_bytes());
        carried.extend("\u{fffd}".repeat(chunk.invalid().len()).into_bytes());
    }
    carried
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn os_string(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

impl std::fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnvFile({} bytes before {})", self.text.len(), self.before)
    }
}

#[cfg(test)]
mod tests;
