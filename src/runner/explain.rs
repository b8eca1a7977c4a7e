//! `--explain`: the file and line from which each part of the command comes.

use super::config::{Configuration, SearchedFile};
use super::docker_opts::OptsWord;
use super::error::origin;
use super::opts_parser::DockerOption;
use super::plan::{RunPlan, TagOrigin};
use crate::report;
use crate::shell::quote;
use crate::shell::scope::{Place, Text};
use std::ffi::OsString;
use std::fmt::Write;

/// The widest first column, in characters. Longer parts do not move the second column.
const WIDEST: usize = 48;

/// The explanation, with secrets masked unless `show_secrets`.
pub fn render(plan: &RunPlan, configuration: &Configuration, show_secrets: bool) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    if let Some(terminal) = plan.terminal {
        let reason = if terminal == "-it" {
            "standard input and output are a terminal"
        } else {
            "standard input is not a terminal, and the process reads it"
        };
        rows.push((terminal.to_owned(), reason.to_owned()));
    }
    rows.extend(option_rows(plan, show_secrets));
    rows.push(image_row(plan));
    let argument_row =
        |argument: &OsString| (quote::word(argument).to_string_lossy().into_owned(), "argument".to_owned());
    rows.extend(plan.arguments.iter().map(argument_row));
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

/// One row for an option and its value.
fn option_rows(plan: &RunPlan, show_secrets: bool) -> Vec<(String, String)> {
    let words = plan.opts.words();
    let mut is_value = vec![false; words.len()];
    plan.opts.options().iter().filter_map(separate_value).for_each(|word| is_value[word] = true);
    let mut rows: Vec<(String, String)> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let shown = if show_secrets { word.argument().value } else { word.argument().masked() };
        let shown = quote::word(&shown).to_string_lossy().into_owned();
        match rows.last_mut().filter(|_| is_value[index]) {
            Some((part, from)) => {
                let _ = write!(part, " {shown}");
                *from = places(&words[index - 1..=index]);
            }
            None => rows.push((shown, places(&words[index..=index]))),
        }
    }
    rows
}

/// The index of a word that is only the value of the option.
fn separate_value(option: &DockerOption) -> Option<usize> {
    option.value.map(|at| at.word).filter(|word| *word != option.word)
}

/// Every line from which a part of these words comes.
fn places(words: &[OptsWord]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in words.iter().flat_map(|word| lines_of_text(&word.text)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    let from = words.first().map_or("", |word| word.from);
    format!("{} ({from})", lines.join(", "))
}

fn lines_of_text(text: &Text) -> Vec<String> {
    let from_environment = text.runs.first().is_none_or(|run| run.start > 0) && !text.bytes.is_empty();
    let first: Option<Option<Place>> = from_environment.then_some(None);
    let runs = text.runs.iter().map(|run| run.place.clone());
    first.into_iter().chain(runs).map(|place| origin(&place)).collect()
}

fn image_row(plan: &RunPlan) -> (String, String) {
    let image = &plan.image;
    let mut from = format!("{} (IMAGE)", origin(&image.image));
    match &image.tag {
        Some(TagOrigin::Option) => from.push_str(", --tag"),
        Some(TagOrigin::Place(place)) => {
            let _ = write!(from, ", {} (TAG)", origin(place));
        }
        None => {}
    }
    (image.reference.clone(), from)
}

/// What each file, `--tag` and EXTRA contribute.
fn sources(plan: &RunPlan, configuration: &Configuration) -> String {
    let files = configuration.files.iter().chain(&configuration.tag_files);
    let mut rows: Vec<(String, String)> = files.map(|file| file_row(configuration, file)).collect();
    if configuration.tag_option.is_some() {
        rows.push(("--tag".to_owned(), "sets TAG".to_owned()));
    }
    let count = plan.opts.words().iter().filter(|word| word.from == "EXTRA").count();
    let from = configuration.variable("EXTRA").map(|variable| origin(&variable.place));
    let extra = match from {
        Some(from) if count > 0 => {
            format!("{count} {}, from {from}", if count == 1 { "word" } else { "words" })
        }
        _ => "empty".to_owned(),
    };
    rows.push(("EXTRA".to_owned(), extra));
    rows.iter().map(|(source, contribution)| format!("{source}: {contribution}\n")).collect()
}

fn file_row(configuration: &Configuration, file: &SearchedFile) -> (String, String) {
    let contribution =
        if file.exists { variables_set(configuration, file) } else { "does not exist".to_owned() };
    (report::printable(&file.path), contribution)
}

fn variables_set(configuration: &Configuration, file: &SearchedFile) -> String {
    let is_from_file = |place: &Option<Place>| place.as_ref().is_some_and(|place| *place.file == *file.path);
    let variables = configuration.scope.variables.iter();
    let names: Vec<String> = variables
        .filter(|(_, variable)| is_from_file(&variable.place))
        .map(|(name, variable)| if variable.exported { format!("{name} (exported)") } else { name.clone() })
        .collect();
    if names.is_empty() {
        "sets no variable that is used".to_owned()
    } else {
        format!("sets {}", names.join(", "))
    }
}
