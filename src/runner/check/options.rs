//! What is wrong with OPTS and EXTRA.

use super::finding::{Finding, Severity};
use crate::nearest::nearest;
use crate::report;
use crate::runner::config::Configuration;
use crate::runner::environment;
use crate::runner::flags::FLAGS;
use crate::runner::options::{self, Given, Parsed};
use crate::runner::plan::{self, Word, bytes};
use crate::shell::scope::Value;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Everything wrong with OPTS and EXTRA. `inherited` is docker's environment.
pub fn findings(configuration: &Configuration, inherited: &[(OsString, OsString)]) -> Vec<Finding> {
    let words = plan::words(configuration);
    let parsed = options::parse(&bytes(&words));
    let mut findings = Vec::new();
    match plan::check(&words) {
        Err(error) => findings.push(Finding::of_error(&error)),
        Ok(_) => match environment::hand_over(&words, &parsed, inherited) {
            Ok(handover) => findings.extend(handover.warnings.iter().map(Finding::of_warning)),
            Err(error) => findings.push(Finding::of_error(&error)),
        },
    }
    findings.extend(parsed.given.iter().filter_map(|given| unknown(given, &words)));
    findings.extend(words.iter().filter_map(|word| quoted(configuration, word)));
    findings.extend(name_without_rm(&parsed, &words));
    findings
}

fn unknown(given: &Given, words: &[Word]) -> Option<Finding> {
    if given.flag.is_some() {
        return None;
    }
    let word = &words[given.word];
    let written = OsStr::from_bytes(word.text.bytes.get(given.span.clone())?).to_string_lossy().into_owned();
    let option = written.split('=').next().unwrap_or_default().to_owned();
    let (option, meant) = match option.strip_prefix("--") {
        Some(name) => (option.clone(), nearest(name, FLAGS.iter().map(|flag| flag.long))),
        None => (format!("-{}", option.chars().next().unwrap_or('-')), None),
    };
    let mend = meant.map_or_else(
        || "take it out, or look it up in docker run --help".to_owned(),
        |name| format!("did you mean --{name}?"),
    );
    let message = format!("docker run has no option {}", report::name(&option));
    Some(Finding::at(Severity::Error, word.place().as_ref(), message, &mend))
}

/// Quotes in a string are characters like any other: sh splits it at blanks
/// and takes no quotes away.
fn quoted(configuration: &Configuration, word: &Word) -> Option<Finding> {
    let is_string = matches!(
        configuration.variable(word.from).and_then(|variable| variable.value.as_ref()),
        Some(Value::Text(_))
    );
    if !is_string || !word.text.bytes.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
        return None;
    }
    let message =
        format!("a quote in {} stays in the value: sh splits the string at blanks alone", word.from);
    let mend = format!("take the quotes out, or write an array, {}=(-e \"A=b c\")", word.from);
    Some(Finding::at(Severity::Warning, word.place().as_ref(), message, &mend))
}

fn name_without_rm(parsed: &Parsed, words: &[Word]) -> Option<Finding> {
    let named = parsed.given.iter().find(|given| given.is("name"))?;
    if parsed.has("rm") {
        return None;
    }
    let message = "--name without --rm: the second start fails, since the name is taken".to_owned();
    Some(Finding::at(Severity::Warning, words[named.word].place().as_ref(), message, "add --rm"))
}

/// Where `-d` was given.
pub fn detached(configuration: &Configuration) -> Option<Word> {
    let words = plan::words(configuration);
    let parsed = options::parse(&bytes(&words));
    let given = parsed.given.iter().find(|given| given.is("detach"))?;
    Some(words[given.word].clone())
}
