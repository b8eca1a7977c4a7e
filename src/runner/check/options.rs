//! What is wrong with OPTS and EXTRA.

use super::finding::{Finding, Severity};
use crate::runner::config::Configuration;
use crate::runner::docker_opts::{self, Word, bytes};
use crate::runner::environment;
use crate::runner::opts_parser::{self, Parsed};
use crate::runner::system::System;
use crate::shell::scope::Value;
use std::ffi::OsString;

/// Everything wrong with OPTS and EXTRA. `inherited` is docker's environment.
pub fn findings(
    host: &dyn System,
    configuration: &Configuration,
    inherited: &[(OsString, OsString)],
) -> Vec<Finding> {
    let words = docker_opts::of(configuration);
    let parsed = opts_parser::parse(&bytes(&words));
    let mut findings = Vec::new();
    match docker_opts::check(&words) {
        Err(error) => findings.push(Finding::of_error(&error)),
        Ok(_) => match environment::hand_over(&words, &parsed, inherited) {
            Ok(handover) => {
                let warnings = handover.warnings.iter().filter(|warning| warning.applies(host));
                findings.extend(warnings.map(Finding::of_warning));
            }
            Err(error) => findings.push(Finding::of_error(&error)),
        },
    }
    let unknown = parsed.given.iter().filter_map(|given| docker_opts::unknown(given, &words));
    findings.extend(unknown.map(|error| Finding::of_error(&error)));
    findings.extend(words.iter().filter_map(|word| quoted(configuration, word)));
    findings.extend(name_without_rm(&parsed, &words));
    findings
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
    if parsed.on("rm", &bytes(words)).is_some() {
        return None;
    }
    let message = "--name without --rm: the second start fails, since the name is taken".to_owned();
    Some(Finding::at(Severity::Warning, words[named.word].place().as_ref(), message, "add --rm"))
}

/// Where `-d` was given.
pub fn detached(configuration: &Configuration) -> Option<Word> {
    let words = docker_opts::of(configuration);
    let raw = bytes(&words);
    let parsed = opts_parser::parse(&raw);
    let given = parsed.on("detach", &raw)?;
    Some(words[given.word].clone())
}
