//! One case: what we make of a file beside what the shells make of it.

use crate::random::Random;
use crate::shells::{ENVIRONMENT, Outcome, Seen, Shell};
use crate::{generate, mutate};
use docker_runner::shell::scope::{Scope, Text, Value, Variable};
use docker_runner::shell::{self, Error, Evaluated, Refusal};
use std::collections::BTreeSet;
use std::path::Path;

/// Names that mean something to a shell whatever a file says: looked at only
/// where a file that we accept sets them.
const SHELLS_OWN: [&str; 30] = [
    "UID",
    "EUID",
    "PPID",
    "IFS",
    "OPTIND",
    "SECONDS",
    "LINENO",
    "GROUPS",
    "FUNCNAME",
    "HISTCMD",
    "SHELLOPTS",
    "_",
    "RANDOM",
    "SRANDOM",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "DIRSTACK",
    "PIPESTATUS",
    "OLDPWD",
    "SHLVL",
    "PWD",
    "PS1",
    "PS2",
    "PS4",
    "OPTERR",
    "HOSTNAME",
    "HOSTTYPE",
    "MACHTYPE",
    "OSTYPE",
    "COMP_WORDBREAKS",
];

/// A file and what is known of it.
pub(crate) struct Case {
    pub(crate) text: Vec<u8>,
    /// Made inside the language: it must be accepted.
    pub(crate) inside: bool,
}

impl Case {
    /// The case of a number: every third is inside the language.
    pub(crate) fn numbered(number: u64) -> Self {
        let mut random = Random::new(number);
        let mut text = generate::Generator::new(&mut random).file();
        let inside = number.is_multiple_of(3);
        if !inside {
            mutate::mutate(&mut text, &mut random);
        }
        Self { text, inside }
    }
}

/// What we make of a file.
pub(crate) fn ours(text: &[u8]) -> Result<Evaluated, Error> {
    let mut scope = Scope::default();
    for (name, value) in ENVIRONMENT {
        let value = Some(Value::Text(Text::from_environment(value)));
        scope.variables.insert(name.into(), Variable { value, exported: true, ..Variable::default() });
    }
    ours_after(text, &scope)
}

/// What we make of a file that is read after others.
pub(crate) fn ours_after(text: &[u8], scope: &Scope) -> Result<Evaluated, Error> {
    shell::evaluate(Path::new("f"), text, scope, &|user| (user == Some(b"root")).then(|| b"/root".to_vec()))
}

/// The names that a shell may have set: all that stand in the file, its quotes
/// taken away too, and all that we know of.
pub(crate) fn names(text: &[u8], ours: &Result<Evaluated, Error>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = identifiers(text).collect();
    let lossy = String::from_utf8_lossy(text).replace("\\\n", "").replace(['"', '\'', '\\'], "");
    names.extend(identifiers(lossy.as_bytes()));
    names.extend(ENVIRONMENT.iter().map(|(name, _)| (*name).to_owned()));
    names.retain(|name| !SHELLS_OWN.contains(&name.as_str()) && !name.starts_with("BASH"));
    if let Ok(evaluated) = ours {
        names.extend(evaluated.scope.variables.keys().cloned());
    }
    names
}

fn identifiers(text: &[u8]) -> impl Iterator<Item = String> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let names = words.filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()));
    names.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// Ours in the shells' terms.
fn seen(evaluated: &Evaluated) -> Outcome {
    let seen = evaluated.scope.variables.iter().map(|(name, variable)| {
        let value = variable.text().map(|text| text.bytes.clone());
        (name.clone(), Seen { value, exported: variable.exported, readonly: variable.readonly })
    });
    Some(seen.collect())
}

/// What is wrong with the verdict on a file, if anything is.
pub(crate) fn judge(
    case: &Case,
    ours: &Result<Evaluated, Error>,
    dash: &Outcome,
    bash: &Outcome,
) -> Option<String> {
    let names = names(&case.text, ours);
    let (dash, bash) = (&settled(dash, &names), &settled(bash, &names));
    match ours {
        _ if case.text.windows(2).any(|pair| pair == b"\r\n") || case.text.ends_with(b"\r") => None,
        // A name unset under set -a is in the language until it is assigned again.
        Err(Error { refusal: Refusal::UnsetUnderAllexport(_), .. }) => None,
        Err(error) if case.inside => Some(format!("refused, though inside the language: {error}")),
        Err(error) => crate::justified::judge(&case.text, error, dash, bash),
        Ok(evaluated) => {
            let ours = &settled(&seen(evaluated), &names);
            (ours != dash || ours != bash).then(|| difference(ours, dash, bash))
        }
    }
}

/// The variables of a file that have a value. The marks of others are seen by
/// no process, and each shell has some of its own.
fn settled(outcome: &Outcome, names: &BTreeSet<String>) -> Outcome {
    let mut variables = outcome.clone()?;
    variables.retain(|name, seen| names.contains(name) && seen.value.is_some());
    Some(variables)
}

/// Whether both shells read a file, and alike.
pub(crate) fn alike(names: &BTreeSet<String>, dash: &Outcome, bash: &Outcome) -> bool {
    dash.is_some() && settled(dash, names) == settled(bash, names)
}

/// What differs, variable by variable.
fn difference(ours: &Outcome, dash: &Outcome, bash: &Outcome) -> String {
    let (Some(ours), Some(dash), Some(bash)) = (ours, dash, bash) else {
        return format!("accepted by us, dash {}, bash {}", dash.is_some(), bash.is_some());
    };
    let all: BTreeSet<_> = ours.keys().chain(dash.keys()).chain(bash.keys()).collect();
    let differing = all.into_iter().map(|name| (name, [ours.get(name), dash.get(name), bash.get(name)]));
    let differing = differing.filter(|(_, [ours, dash, bash])| ours != dash || ours != bash);
    differing
        .map(|(name, [ours, dash, bash])| {
            format!("{name}: ours {ours:?}\n  dash {dash:?}\n  bash {bash:?}\n")
        })
        .collect()
}

/// Files in a folder, read by both shells.
pub(crate) fn reference(texts: &[&[u8]], names: &[BTreeSet<String>]) -> Vec<(Outcome, Outcome)> {
    let folder = folder();
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(folder.path().join(index.to_string()), text).expect("a file can be written");
    }
    let path = folder.path();
    let [dash, bash] = std::thread::scope(|scope| {
        [Shell::Dash, Shell::Bash]
            .map(|shell| scope.spawn(move || shell.read(path, names)))
            .map(|thread| thread.join().expect("the shell could be run"))
    });
    dash.into_iter().zip(bash).collect()
}

/// In memory where that can be, for there are many files.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder can be made")
}

/// Judges one file on its own.
pub(crate) fn alone(case: &Case) -> Option<String> {
    let ours = ours(&case.text);
    let names = [names(&case.text, &ours)];
    let (dash, bash) = reference(&[&case.text], &names).remove(0);
    judge(case, &ours, &dash, &bash)
}
