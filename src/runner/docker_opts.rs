//! OPTS and EXTRA: split into words and parsed once. Each word knows where it was
//! written and how much of it may be shown.

use super::docker_flags;
use super::error::Error;
use super::opts_parser::{self, DockerOption, ParsedOpts};
use crate::command::Argument;
use crate::report;
use crate::shell::scope::{Place, Scope, Text, Value};
use crate::shell::{DEFAULT_IFS, split};
use crate::suggest::nearest;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// A word of OPTS or EXTRA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptsWord {
    /// The bytes, and where they were written.
    pub text: Text,
    /// `OPTS` or `EXTRA`.
    pub from: &'static str,
    /// The number of leading bytes that may be shown; `None`: all.
    shown: Option<usize>,
}

impl OptsWord {
    /// The word as an argument, which knows its secret.
    pub fn argument(&self) -> Argument {
        let value = OsString::from_vec(self.text.bytes.clone());
        match self.shown {
            None => Argument::plain(value),
            Some(shown) => Argument::secret(value, shown),
        }
    }

    /// The place of its first byte.
    pub fn place(&self) -> Option<Place> {
        self.text.place_at(0).cloned()
    }
}

/// The words of OPTS and EXTRA, and the options of `docker run` in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DockerOpts {
    words: Vec<OptsWord>,
    parsed: ParsedOpts,
}

/// One `-e`: `NAME=VALUE`, or `NAME` without a value.
#[derive(Debug, Clone, Copy)]
pub struct EnvSetting<'a> {
    pub option: &'a DockerOption,
    pub name: &'a [u8],
    pub value: Option<&'a [u8]>,
}

impl DockerOpts {
    /// Splits a string as sh does, and takes each element of an array as one word.
    pub fn from_scope(scope: &Scope) -> Self {
        let ifs = ifs(scope);
        let mut words = Vec::new();
        for from in ["OPTS", "EXTRA"] {
            let texts = match scope.variables.get(from).and_then(|variable| variable.value.as_ref()) {
                Some(Value::Text(text)) => split(text, ifs),
                Some(Value::Array(list)) => list.clone(),
                None => Vec::new(),
            };
            words.extend(texts.into_iter().map(|text| (from, text)));
        }
        Self::from_words(words)
    }

    /// Parses words, each with the name of its variable.
    pub fn from_words(words: impl IntoIterator<Item = (&'static str, Text)>) -> Self {
        let mut words: Vec<OptsWord> =
            words.into_iter().map(|(from, text)| OptsWord { text, from, shown: None }).collect();
        let parsed = opts_parser::parse(&bytes(&words));
        mask(&mut words, &parsed);
        Self { words, parsed }
    }

    pub fn words(&self) -> &[OptsWord] {
        &self.words
    }

    /// The options in their order.
    pub fn options(&self) -> &[DockerOption] {
        &self.parsed.options
    }

    /// The index of the `--` that ends the options.
    pub fn terminator(&self) -> Option<usize> {
        self.parsed.terminator
    }

    /// The word that names an option.
    pub fn word(&self, option: &DockerOption) -> &OptsWord {
        &self.words[option.word]
    }

    /// The value of an option; empty if it has none.
    pub fn value(&self, option: &DockerOption) -> &[u8] {
        option.value.map_or(b"", |at| &self.words[at.word].text.bytes[at.start..])
    }

    pub fn contains(&self, long: &str) -> bool {
        self.last(long).is_some()
    }

    /// The option that takes effect: the last of several, as in pflag.
    pub fn last(&self, long: &str) -> Option<&DockerOption> {
        self.options().iter().rev().find(|option| option.has_name(long))
    }

    /// The switch, if its last occurrence turns it on.
    pub fn enabled(&self, long: &str) -> Option<&DockerOption> {
        let last = self.last(long)?;
        let off = ["false", "False", "FALSE", "f", "F", "0"].map(str::as_bytes); // strconv.ParseBool
        (!off.contains(&self.value(last))).then_some(last)
    }

    /// The `-e` options in their order.
    pub fn env_settings(&self) -> impl DoubleEndedIterator<Item = EnvSetting<'_>> {
        self.options().iter().filter(|option| option.has_name("env")).map(|option| {
            let (name, value) = opts_parser::split_setting(self.value(option));
            EnvSetting { option, name, value }
        })
    }

    /// Refuses what must not start: what [`Self::check_words`] refuses, and a misspelt `--env`,
    /// whose value would be on docker's command line.
    pub fn check(&self) -> Result<(), Error> {
        match self.unknown_options().find(is_misspelt_env) {
            Some(error) => Err(error),
            None => self.check_words(),
        }
    }

    /// Refuses what would make docker run another image.
    pub fn check_words(&self) -> Result<(), Error> {
        let word = |index: Option<usize>| index.and_then(|index| self.words.get(index));
        if let Some(word) = word(self.parsed.positional) {
            let (name, place) = (word.from, word.place());
            return Err(match word.text.bytes.as_slice() {
                b"\\" => Error::BackslashBlank { name, place },
                _ => Error::Positional { name, place },
            });
        }
        if let Some(word) = word(self.parsed.without_value) {
            let option = report::printable(OsString::from_vec(word.text.bytes.clone()));
            return Err(Error::WithoutValue { name: word.from, option, place: word.place() });
        }
        Ok(())
    }

    /// An error for each option that docker does not have, or does not have yet.
    pub fn unknown_options(&self) -> impl Iterator<Item = Error> {
        self.options().iter().filter_map(|option| self.unknown(option))
    }

    fn unknown(&self, option: &DockerOption) -> Option<Error> {
        if option.flag.is_some() {
            return None;
        }
        let word = self.word(option);
        let written = String::from_utf8_lossy(word.text.bytes.get(option.span.clone())?);
        let written = written.split('=').next().unwrap_or_default();
        let sets_variable = self.is_followed_by_setting(option);
        let (option, nearest) = match written.strip_prefix("--") {
            Some(name) if is_joined_env(name) => (written.to_owned(), Some("env")),
            Some(name) => (written.to_owned(), nearest_option(name, sets_variable)),
            None => {
                let letter = written.chars().next().unwrap_or('-');
                (format!("-{letter}"), Some("env").filter(|_| letter == 'E' && sets_variable))
            }
        };
        Some(Error::NoOption { option, nearest, place: word.place() })
    }

    /// Whether what follows an option looks like `NAME=VALUE`.
    fn is_followed_by_setting(&self, option: &DockerOption) -> bool {
        let value = match option.value {
            Some(at) => self.words[at.word].text.bytes.get(at.start..),
            None => self.words.get(option.word + 1).map(|next| next.text.bytes.as_slice()),
        };
        value.is_some_and(|value| value.contains(&b'='))
    }
}

/// The characters at which a string is split. A shell takes no IFS from the environment,
/// and only a file that a real shell sources can set it.
fn ifs(scope: &Scope) -> &[u8] {
    let set_by_file = scope.variables.get("IFS").filter(|ifs| ifs.place.is_some());
    set_by_file.and_then(|ifs| ifs.string_value()).map_or(DEFAULT_IFS, |text| &text.bytes)
}

fn bytes(words: &[OptsWord]) -> Vec<&[u8]> {
    words.iter().map(|word| word.text.bytes.as_slice()).collect()
}

/// Hides the secrets of the words: what follows the `=` in the value of `-e`, and the
/// value of an option that docker does not have, which may be a secret too. The latter
/// is hidden as a whole if it has no `=`, or only at its end, as base64 may have.
fn mask(words: &mut [OptsWord], parsed: &ParsedOpts) {
    for option in parsed.options.iter().filter(|option| option.has_name("env") || option.flag.is_none()) {
        let Some(at) = option.value else { continue };
        let word = &mut words[at.word];
        let value = &word.text.bytes[at.start..];
        let is_known = option.flag.is_some();
        let name = value.iter().position(|byte| *byte == b'=').map(|equals| equals + 1);
        let name = name.filter(|end| is_known || value[*end..].iter().any(|byte| *byte != b'='));
        let shown = name.or((!is_known).then_some(0));
        word.shown = shown.map(|shown| at.start + shown).or(word.shown);
    }
}

/// The option nearest to a long name that docker does not have. With a `NAME=VALUE` behind
/// it, `--ENV`, `--e`, `--environment` and `--set-env` are taken for `--env`.
fn nearest_option(name: &str, sets_variable: bool) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let is_like_env = name.contains("env") || (!name.is_empty() && "environment".starts_with(&name));
    if sets_variable && is_like_env {
        return Some("env");
    }
    nearest(&name, docker_flags::all().map(|flag| flag.long))
}

/// Whether `--eNAME` or `--envNAME` was written: no option of docker has a capital letter or an
/// underscore.
fn is_joined_env(name: &str) -> bool {
    name.starts_with('e') && name.contains(|letter: char| letter.is_ascii_uppercase() || letter == '_')
}

fn is_misspelt_env(error: &Error) -> bool {
    matches!(error, Error::NoOption { nearest: Some("env" | "env-file"), .. })
}
