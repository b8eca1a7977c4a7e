//! Secrets off the command line. A value of `-e NAME=VALUE` would stand in
//! `ps` for as long as the client runs, so it goes through an env file in
//! memory, or, where such a file can't carry it, through docker's environment.
//!
//! What the container gets is what plain `docker run` gives it. Docker reads
//! every env file before every `-e`, and of several `-e` for one name the last
//! one decides: a value is set, a bare `-e NAME` passes on docker's own
//! variable or, where that is unset, undoes an earlier `-e`. So the last one
//! alone is handed over, and a value in a file comes after the user's own files.

use super::docker_opts::{Word, bytes};
use super::error::Error;
use super::opts_parser::{self, DockerOption, Parsed};
use super::warning::Warning;
use crate::command::Argument;
use crate::shell;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The options without their secrets, and the secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// The words of OPTS and EXTRA that are left.
    pub arguments: Vec<Argument>,
    /// The env file, and which argument it comes before.
    pub file: Option<EnvFile>,
    /// What docker's environment has in addition.
    pub variables: Vec<(OsString, OsString)>,
    /// What is worth telling.
    pub warnings: Vec<Warning>,
}

/// An env file in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvFile {
    /// Its text.
    pub text: Vec<u8>,
    /// The index of the argument it comes before.
    pub before: usize,
}

/// How one `-e` is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As it stands: a bare name.
    Keep,
    /// Not at all: a later one decides.
    Drop,
    /// By the env file.
    File,
    /// By docker's environment and a bare `-e NAME`.
    Variable,
}

/// An env file's line ends here: the client's reader holds 64 KiB, the newline
/// included (docker/cli, kvfile; bufio.MaxScanTokenSize).
const LINE_LIMIT: usize = 64 << 10;

/// Names that change what docker itself does, and ends and beginnings of such.
const DOCKERS_OWN: [&str; 12] = [
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
const DOCKERS_OWN_STARTS: [&str; 5] = ["DOCKER_", "LD_", "SSL_CERT_", "OTEL_", "BUILDKIT_"];

/// Takes the secrets out of the options. `environment` is what docker inherits.
pub fn hand_over(
    words: &[Word],
    parsed: &Parsed,
    environment: &[(OsString, OsString)],
) -> Result<Handover, Error> {
    let raw = bytes(words);
    let settings: Vec<&DockerOption> = parsed.given.iter().filter(|given| given.is("env")).collect();
    let names: Vec<&[u8]> =
        settings.iter().map(|given| opts_parser::setting(given.value_in(&raw)).0).collect();
    let last = last_of_each(&names);
    let mut taken = Taken::new(words.len(), environment);
    for (index, given) in settings.iter().enumerate() {
        let text = given.value_in(&raw);
        let (name, value) = opts_parser::setting(text);
        let setting = Setting { given, word: &words[given.word], text, name, value };
        taken.take(&setting, last[index])?;
    }
    Ok(taken.finish(words, parsed))
}

/// For each name whether no later one is the same. Sorted, since there may be
/// thousands.
fn last_of_each<N: Ord>(names: &[N]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|one, other| names[*one].cmp(&names[*other]));
    let mut last = vec![true; names.len()];
    for pair in order.windows(2) {
        last[pair[0]] = names[pair[0]] != names[pair[1]];
    }
    last
}

/// One `-e`.
struct Setting<'a> {
    given: &'a DockerOption,
    word: &'a Word,
    /// `NAME=VALUE` or `NAME`.
    text: &'a [u8],
    name: &'a [u8],
    value: Option<&'a [u8]>,
}

/// What was taken so far.
struct Taken<'a> {
    environment: &'a [(OsString, OsString)],
    /// The bytes that go from a word.
    cuts: Vec<Vec<Range<usize>>>,
    /// The bare names that come in a word's place.
    added: Vec<Option<OsString>>,
    file: Vec<u8>,
    variables: Vec<(OsString, OsString)>,
    warnings: Vec<Warning>,
}

impl<'a> Taken<'a> {
    fn new(words: usize, environment: &'a [(OsString, OsString)]) -> Self {
        let (cuts, added) = (vec![Vec::new(); words], vec![None; words]);
        Self { environment, cuts, added, file: Vec::new(), variables: Vec::new(), warnings: Vec::new() }
    }

    fn take(&mut self, setting: &Setting<'_>, is_last: bool) -> Result<(), Error> {
        if setting.name.is_empty() {
            return Err(Error::NoVariable { name: setting.word.from, place: setting.word.place() });
        }
        let way = if is_last { setting.way()? } else { Way::Drop };
        if is_last {
            self.warn(setting);
        }
        match way {
            Way::Keep => return Ok(()),
            Way::Drop => {}
            Way::File => {
                self.file.extend(as_docker_carries(setting.text));
                self.file.push(b'\n');
            }
            Way::Variable => {
                if !shell::is_name(setting.name) {
                    let name = String::from_utf8_lossy(setting.name).into_owned();
                    self.warnings.push(Warning::DroppedByScript { name, place: setting.word.place() });
                }
                self.variables.push((os(setting.name), os(setting.value.unwrap_or_default())));
                self.added[setting.given.word] = Some(os(setting.name));
            }
        }
        self.cut(setting.given);
        Ok(())
    }

    fn warn(&mut self, setting: &Setting<'_>) {
        let name = setting.name;
        let place = setting.word.place();
        let shown = String::from_utf8_lossy(name).into_owned();
        if setting.value.is_none() && !self.environment.iter().any(|(key, _)| key.as_bytes() == name) {
            self.warnings.push(Warning::UnsetBare { name: shown, place });
        } else if std::str::from_utf8(setting.text).is_err() {
            self.warnings.push(Warning::NotUtf8 { name: shown, place });
        }
    }

    fn cut(&mut self, given: &DockerOption) {
        self.cuts[given.word].push(given.span.clone());
        if let Some(at) = given.value.filter(|at| at.word != given.word) {
            self.cuts[at.word].push(0..usize::MAX);
        }
    }

    fn finish(self, words: &[Word], parsed: &Parsed) -> Handover {
        let mut arguments = Vec::new();
        let mut before = None;
        for (index, word) in words.iter().enumerate() {
            if parsed.terminator == Some(index) {
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
        Handover { arguments, file, variables: self.variables, warnings: self.warnings }
    }
}

impl Setting<'_> {
    fn way(&self) -> Result<Way, Error> {
        let Some(value) = self.value else { return Ok(Way::Keep) };
        if fits_in_a_file(self.name, value) {
            return Ok(Way::File);
        }
        if changes_docker(self.name) {
            let shown = String::from_utf8_lossy(self.name).into_owned();
            return Err(Error::DockersOwn { name: shown, place: self.word.place() });
        }
        Ok(Way::Variable)
    }
}

/// What is left of a word: nothing of `-e`, `-it` of `-ite`.
fn rest(word: &[u8], cuts: &[Range<usize>]) -> Option<OsString> {
    let cut = |at: &usize| cuts.iter().any(|cut| cut.contains(at));
    let left: Vec<u8> = (0..word.len()).filter(|at| !cut(at)).map(|at| word[at]).collect();
    (!left.is_empty() && left != b"-").then(|| OsString::from_vec(left))
}

/// An env file is lines: no newline, no trailing CR, not too long; a line that
/// starts with `#` is a comment, and a name there has no blanks, of Unicode's
/// either: the reader takes them off.
fn fits_in_a_file(name: &[u8], value: &[u8]) -> bool {
    let line = name.len() + 1 + value.len();
    let blank = String::from_utf8_lossy(name).chars().any(char::is_whitespace);
    let plain_name = !blank && !name.starts_with(b"#") && !name.starts_with(b"\xef\xbb\xbf");
    plain_name && line < LINE_LIMIT && !value.contains(&b'\n') && !value.ends_with(b"\r")
}

/// Whether docker itself, or the libraries it is made of, read that variable.
pub fn changes_docker(name: &[u8]) -> bool {
    let upper = name.to_ascii_uppercase();
    DOCKERS_OWN.iter().any(|own| own.as_bytes() == name)
        || DOCKERS_OWN_STARTS.iter().any(|start| name.starts_with(start.as_bytes()))
        || upper.ends_with(b"_PROXY")
}

/// Docker's client writes JSON, in which each byte that is no part of a UTF-8
/// character becomes U+FFFD; an env file with such a byte is refused.
fn as_docker_carries(text: &[u8]) -> Vec<u8> {
    let mut carried = Vec::new();
    for chunk in text.utf8_chunks() {
        carried.extend_from_slice(chunk.valid().as_bytes());
        carried.extend("\u{fffd}".repeat(chunk.invalid().len()).into_bytes());
    }
    carried
}

fn os(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

impl std::fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnvFile({} bytes before {})", self.text.len(), self.before)
    }
}

#[cfg(test)]
mod tests;
