//! Findings about OPTS and EXTRA.

use super::finding::{Finding, Severity};
use crate::runner::config::Configuration;
use crate::runner::docker_opts::{DockerOpts, OptsWord};
use crate::runner::env_transfer;
use crate::runner::system::System;
use crate::shell::scope::Value;
use std::ffi::OsString;

/// All findings about OPTS and EXTRA. `environment` is docker's.
pub fn findings(
    host: &dyn System,
    configuration: &Configuration,
    environment: &[(OsString, OsString)],
) -> Vec<Finding> {
    let opts = &configuration.opts;
    let mut findings = Vec::new();
    match opts.check_words().and_then(|()| env_transfer::transfer(opts, environment)) {
        Ok(transfer) => {
            let warnings = transfer.warnings.iter().filter(|warning| warning.applies(host));
            findings.extend(warnings.map(Finding::from_warning));
        }
        Err(error) => findings.push(Finding::from_error(&error)),
    }
    findings.extend(opts.unknown_options().map(|error| Finding::from_error(&error)));
    findings.extend(opts.words().iter().filter_map(|word| quote_in_string(configuration, word)));
    findings.extend(name_without_rm(opts));
    findings
}

/// Quotes in a string are characters like any other: sh splits the string at blanks and
/// removes no quotes.
fn quote_in_string(configuration: &Configuration, word: &OptsWord) -> Option<Finding> {
    let is_string = matches!(
        configuration.variable(word.from).and_then(|variable| variable.value.as_ref()),
        Some(Value::Text(_))
    );
    if !is_string || !word.text.bytes.iter().any(|byte| matches!(byte, b'"' | b'\'')) {
        return None;
    }
    let message =
        format!("a quote in {} is part of the value: sh splits the string at blanks only", word.from);
    let help = format!("remove the quotes, or write an array, {}=(-e \"A=b c\")", word.from);
    Some(Finding::at_place(Severity::Warning, word.place().as_ref(), message, &help))
}

fn name_without_rm(opts: &DockerOpts) -> Option<Finding> {
    let name = opts.options().iter().find(|option| option.has_name("name"))?;
    if opts.enabled("rm").is_some() {
        return None;
    }
    let message = "--name without --rm: the second start fails, because the name is in use".to_owned();
    Some(Finding::at_place(Severity::Warning, opts.word(name).place().as_ref(), message, "add --rm"))
}

/// The word with `-d`.
pub fn detach_word(configuration: &Configuration) -> Option<&OptsWord> {
    let opts = &configuration.opts;
    opts.enabled("detach").map(|option| opts.word(option))
}
