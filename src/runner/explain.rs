//! `--explain`: for each part of the line, which file and line it comes from.

use super::config::{Configuration, Looked};
use super::docker_opts::{Word, bytes};
use super::error::origin;
use super::opts_parser::{self, DockerOption};
use super::plan::{RunPlan, TagFrom};
use crate::report;
use crate::shell::quote;
use crate::shell::scope::{Place, Text};
use std::ffi::OsString;
use std::fmt::Write;

/// Where the second column starts, unless the parts are all shorter.
const WIDEST: usize = 48;

/// The explanation, secrets masked unless they are to be shown.
pub fn text(plan: &RunPlan, configuration: &Configuration, show_secrets: bool) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    if let Some(terminal) = plan.terminal {
        let why = if terminal == "-it" {
            "standard input and output are a terminal"
        } else {
            "standard input is not a terminal, and the process reads it"
        };
        rows.push((terminal.to_owned(), why.to_owned()));
    }
    rows.extend(options(plan, show_secrets));
    rows.extend(image(plan));
    let line =
        |argument: &OsString| (quote::word(argument).to_string_lossy().into_owned(), "argument".to_owned());
    rows.extend(plan.arguments.iter().map(line));
    format!("docker run\n{}\n{}", table(&rows), sources(plan, configuration))
}

/// Rows in two columns.
fn table(rows: &[(String, String)]) -> String {
    let length = |part: &str| part.chars().count();
    let width = rows.iter().map(|(part, _)| length(part)).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let mut text = String::new();
    for (part, from) in rows {
        let padding = " ".repeat(width.saturating_sub(length(part)));
        let _ = writeln!(text, "  {part}{padding}   {from}");
    }
    text
}

/// An option and its value are one part.
fn options(plan: &RunPlan, show_secrets: bool) -> Vec<(String, String)> {
    let parsed = opts_parser::parse(&bytes(&plan.options));
    let mut is_value = vec![false; plan.options.len()];
    parsed.given.iter().filter_map(apart).for_each(|word| is_value[word] = true);
    let mut rows: Vec<(String, String)> = Vec::new();
    for (index, word) in plan.options.iter().enumerate() {
        let shown = if show_secrets { word.argument().value } else { word.argument().masked() };
        let shown = quote::word(&shown).to_string_lossy().into_owned();
        match rows.last_mut().filter(|_| is_value[index]) {
            Some((part, from)) => {
                let _ = write!(part, " {shown}");
                *from = places(&plan.options[index - 1..=index]);
            }
            None => rows.push((shown, places(&plan.options[index..=index]))),
        }
    }
    rows
}

/// The word that is an option's value alone.
fn apart(given: &DockerOption) -> Option<usize> {
    given.value.map(|at| at.word).filter(|word| *word != given.word)
}

/// Every line that had a part in these words.
fn places(words: &[Word]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in words.iter().flat_map(|word| lines_of(&word.text)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let from = words.first().map_or("", |word| word.from);
    format!("{} ({from})", lines.join(", "))
}

fn lines_of(text: &Text) -> Vec<String> {
    let from_environment = text.runs.first().is_none_or(|run| run.start > 0) && !text.bytes.is_empty();
    let first: Option<Option<Place>> = from_environment.then_some(None);
    let runs = text.runs.iter().map(|run| run.place.clone());
    first.into_iter().chain(runs).map(|place| origin(&place)).collect()
}

fn image(plan: &RunPlan) -> Vec<(String, String)> {
    let image = &plan.image;
    let mut from = format!("{} (IMAGE)", origin(&image.image));
    match &image.tag {
        Some(TagFrom::Option) => from.push_str(", --tag"),
        Some(TagFrom::Place(place)) => {
            let _ = write!(from, ", {} (TAG)", origin(place));
        }
        None => {}
    }
    vec![(image.reference.clone(), from)]
}

/// What each file, TAG and EXTRA contributed.
fn sources(plan: &RunPlan, configuration: &Configuration) -> String {
    let mut rows: Vec<(String, String)> =
        configuration.files.iter().map(|file| row(configuration, file)).collect();
    rows.extend(configuration.tags.iter().map(|file| row(configuration, file)));
    if configuration.tag_option.is_some() {
        rows.push(("--tag".to_owned(), "says TAG".to_owned()));
    }
    let count = plan.options.iter().filter(|word| word.from == "EXTRA").count();
    let from = configuration.variable("EXTRA").map(|variable| origin(&variable.place));
    let told = match from {
        Some(from) if count > 0 => {
            format!("{count} {}, from {from}", if count == 1 { "word" } else { "words" })
        }
        _ => "nothing".to_owned(),
    };
    rows.push(("EXTRA".to_owned(), told));
    rows.iter().map(|(source, told)| format!("{source}: {told}\n")).collect()
}

fn row(configuration: &Configuration, file: &Looked) -> (String, String) {
    let told = if file.exists { sets(configuration, file) } else { "is not there".to_owned() };
    (report::name(&file.path), told)
}

fn sets(configuration: &Configuration, file: &Looked) -> String {
    let ours = configuration
        .scope
        .variables
        .iter()
        .filter(|(_, variable)| variable.place.as_ref().is_some_and(|place| *place.file == *file.path));
    let names: Vec<String> = ours
        .map(|(name, variable)| if variable.exported { format!("{name} (exported)") } else { name.clone() })
        .collect();
    if names.is_empty() {
        "sets nothing that counts".to_owned()
    } else {
        format!("sets {}", names.join(", "))
    }
}
