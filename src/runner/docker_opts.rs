//! The words of OPTS and EXTRA: each with where it was written, and what of them
//! docker must not be given, or nobody be shown.

use super::config::Configuration;
use super::docker_flags;
use super::error::Error;
use super::opts_parser::{self, DockerOption, Parsed};
use crate::command::Argument;
use crate::report;
use crate::shell::scope::{Place, Text, Value};
use crate::shell::{DEFAULT_IFS, split};
use crate::suggest::nearest;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// A word of OPTS or EXTRA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its bytes, and where they were written.
    pub text: Text,
    /// OPTS or EXTRA.
    pub from: &'static str,
    /// How many of its first bytes may be shown; `None`: all.
    pub shown: Option<usize>,
}

impl Word {
    /// As an argument, its secret known as one.
    pub fn argument(&self) -> Argument {
        let value = OsString::from_vec(self.text.bytes.clone());
        match self.shown {
            None => Argument::plain(value),
            Some(shown) => Argument::secret(value, shown),
        }
    }

    /// Where it begins.
    pub fn place(&self) -> Option<Place> {
        self.text.place_at(0).cloned()
    }
}

/// The words of OPTS and EXTRA: a string is split as sh does, an array is one
/// word an element.
pub fn of(configuration: &Configuration) -> Vec<Word> {
    let mut words = Vec::new();
    let ifs = ifs(configuration);
    for from in ["OPTS", "EXTRA"] {
        let texts = match configuration.variable(from).and_then(|variable| variable.value.as_ref()) {
            Some(Value::Text(text)) => split(text, ifs),
            Some(Value::Array(list)) => list.clone(),
            None => Vec::new(),
        };
        words.extend(texts.into_iter().map(|text| Word { text, from, shown: None }));
    }
    words
}

/// The characters at which a string is split. Shells ignore an IFS in the environment,
/// and only a file that a real shell sources can set it.
fn ifs(configuration: &Configuration) -> &[u8] {
    let set_by_file = configuration.variable("IFS").filter(|ifs| ifs.place.is_some());
    set_by_file.and_then(|ifs| ifs.string_value()).map_or(DEFAULT_IFS, |text| &text.bytes)
}

/// The bytes of the words.
pub fn bytes(words: &[Word]) -> Vec<&[u8]> {
    words.iter().map(|word| word.text.bytes.as_slice()).collect()
}

/// Reads the options, and refuses what must not start: also a misspelt `--env`,
/// whose value would stand on docker's command line.
pub fn parse_strict(words: &[Word]) -> Result<Parsed, Error> {
    let parsed = opts_parser::parse(&bytes(words));
    match parsed.given.iter().filter_map(|given| unknown(given, words)).find(is_env) {
        Some(error) => Err(error),
        None => check(words),
    }
}

/// Reads the options, and refuses what would make docker run another image.
pub fn check(words: &[Word]) -> Result<Parsed, Error> {
    let parsed = opts_parser::parse(&bytes(words));
    if let Some(word) = parsed.positional.and_then(|index| words.get(index)) {
        let (name, place) = (word.from, word.place());
        return Err(match word.text.bytes.as_slice() {
            b"\\" => Error::BackslashBlank { name, place },
            _ => Error::Positional { name, place },
        });
    }
    if let Some(word) = parsed.starved.and_then(|index| words.get(index)) {
        let option = report::name(OsString::from_vec(word.text.bytes.clone()));
        return Err(Error::Starved { name: word.from, option, place: word.place() });
    }
    Ok(parsed)
}

/// An option that docker does not have, or not yet.
pub fn unknown(given: &DockerOption, words: &[Word]) -> Option<Error> {
    if given.flag.is_some() {
        return None;
    }
    let word = &words[given.word];
    let written = String::from_utf8_lossy(word.text.bytes.get(given.span.clone())?);
    let option = written.split('=').next().unwrap_or_default();
    let sets_variable = holds_setting(given, words);
    let (option, meant) = match option.strip_prefix("--") {
        Some(name) => (option.to_owned(), meant_by(name, sets_variable)),
        None => {
            let letter = option.chars().next().unwrap_or('-');
            (format!("-{letter}"), Some("env").filter(|_| letter == 'E' && sets_variable))
        }
    };
    Some(Error::NoOption { option, meant, place: word.place() })
}

/// Whether the value of an option looks like `NAME=VALUE`.
fn holds_setting(given: &DockerOption, words: &[Word]) -> bool {
    let value = match given.value {
        Some(at) => words[at.word].text.bytes.get(at.start..),
        None => words.get(given.word + 1).map(|next| next.text.bytes.as_slice()),
    };
    value.is_some_and(|value| value.contains(&b'='))
}

/// The option that was probably meant by a long name that docker does not have. `--ENV`,
/// `--e`, `--environment` and `--set-env` mean `--env` if a variable is set.
fn meant_by(name: &str, sets_variable: bool) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let like_env = name.contains("env") || (!name.is_empty() && "environment".starts_with(&name));
    if sets_variable && like_env {
        return Some("env");
    }
    nearest(&name, docker_flags::all().map(|flag| flag.long))
}

/// Whether it is a misspelt `--env`.
fn is_env(error: &Error) -> bool {
    matches!(error, Error::NoOption { meant: Some("env" | "env-file"), .. })
}

/// The values of `-e` are secrets: all after the `=` is masked. So may be those
/// of an option that nobody knows: without an `=`, or where that only ends it,
/// as base64 may, all of it.
pub fn mask(words: &mut [Word], parsed: &Parsed) {
    for given in parsed.given.iter().filter(|given| given.is("env") || given.flag.is_none()) {
        let Some(at) = given.value else { continue };
        let word = &mut words[at.word];
        let value = &word.text.bytes[at.start..];
        let name = value.iter().position(|byte| *byte == b'=').map(|equals| equals + 1);
        let is_name = |end: &usize| given.flag.is_some() || value[*end..].iter().any(|byte| *byte != b'=');
        let name = name.filter(is_name);
        let shown = name.or(given.flag.is_none().then_some(0));
        word.shown = shown.map(|shown| at.start + shown).or(word.shown);
    }
}
