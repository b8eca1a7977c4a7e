//! Compares the result of this program for one file with the results of the shells.

use crate::random::Random;
use crate::reference_shells::{ENVIRONMENT, Shell, ShellResult, VariableState};
use crate::{error_check, generate, mutate};
use docker_runner::shell::scope::{Scope, Text, Value, Variable};
use docker_runner::shell::{self, Error, ErrorKind, Evaluation};
use std::collections::BTreeSet;
use std::path::Path;

/// Variables that shells set by themselves. They are compared only if a file that this
/// program accepts sets them.
const SHELL_VARIABLES: [&str; 30] = [
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

pub(crate) struct Case {
    pub(crate) text: Vec<u8>,
    /// Whether the generator made it to be accepted.
    pub(crate) must_be_accepted: bool,
}

impl Case {
    /// The case with this number. Every third one must be accepted.
    pub(crate) fn from_number(number: u64) -> Self {
        let mut random = Random::new(number);
        let mut text = generate::Generator::new(&mut random).file();
        let must_be_accepted = number.is_multiple_of(3);
        if !must_be_accepted {
            mutate::mutate(&mut text, &mut random);
        }
        Self { text, must_be_accepted }
    }
}

/// Evaluates a file with this program.
pub(crate) fn evaluate(text: &[u8]) -> Result<Evaluation, Error> {
    let mut scope = Scope::default();
    for (name, value) in ENVIRONMENT {
        let value = Some(Value::Text(Text::from_environment(value)));
        scope.variables.insert(name.into(), Variable { value, exported: true, ..Variable::default() });
    }
    evaluate_after(text, &scope)
}

/// Evaluates a file that is read after others.
pub(crate) fn evaluate_after(text: &[u8], scope: &Scope) -> Result<Evaluation, Error> {
    let look_up_home = |user: Option<&[u8]>| (user == Some(b"root")).then(|| b"/root".to_vec());
    shell::evaluate(Path::new("f"), text, scope, &look_up_home)
}

/// The results of this program and of both shells for one file.
pub(crate) struct Comparison {
    pub(crate) ours: Result<Evaluation, Error>,
    dash: ShellResult,
    bash: ShellResult,
    /// The variables that are compared.
    names: BTreeSet<String>,
}

impl Comparison {
    pub(crate) fn run(cases: &[Case]) -> Vec<Self> {
        let ours: Vec<_> = cases.iter().map(|case| evaluate(&case.text)).collect();
        let names: Vec<_> =
            cases.iter().zip(&ours).map(|(case, ours)| variable_names(&case.text, ours)).collect();
        let [dash, bash] = run_shells(cases, &names);
        let results = ours.into_iter().zip(dash).zip(bash).zip(names);
        results.map(|(((ours, dash), bash), names)| Self { ours, dash, bash, names }).collect()
    }

    /// What is wrong with our result for a file, if anything is.
    pub(crate) fn find_difference(&self, case: &Case) -> Option<String> {
        let (dash, bash) = (&self.with_values(&self.dash), &self.with_values(&self.bash));
        match &self.ours {
            // The shells keep the CR of a line end.
            _ if case.text.windows(2).any(|pair| pair == b"\r\n") || case.text.ends_with(b"\r") => None,
            // The generator does not know when it assigns a name that was unset under set -a.
            Err(Error { kind: ErrorKind::UnsetUnderAllexport(_), .. }) => None,
            Err(error) if case.must_be_accepted => Some(format!("rejected: {error}")),
            Err(error) => error_check::find_fault(&case.text, error, dash, bash),
            Ok(evaluation) => {
                let ours = &self.with_values(&our_variables(evaluation));
                (ours != dash || ours != bash).then(|| describe_difference(ours, dash, bash))
            }
        }
    }

    /// Whether both shells accept the file with the same result.
    pub(crate) fn shells_agree(&self) -> bool {
        self.dash.is_some() && self.with_values(&self.dash) == self.with_values(&self.bash)
    }

    /// The compared variables that have a value. No process sees the marks of a variable
    /// without a value, and each shell sets some by itself.
    fn with_values(&self, result: &ShellResult) -> ShellResult {
        let mut variables = result.clone()?;
        variables.retain(|name, state| self.names.contains(name) && state.value.is_some());
        Some(variables)
    }
}

/// The names that a file may set: every identifier in its text, with and without quotes,
/// and the variables after our evaluation.
fn variable_names(text: &[u8], ours: &Result<Evaluation, Error>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = identifiers(text).collect();
    let unquoted = String::from_utf8_lossy(text).replace("\\\n", "").replace(['"', '\'', '\\'], "");
    names.extend(identifiers(unquoted.as_bytes()));
    names.extend(ENVIRONMENT.iter().map(|(name, _)| (*name).to_owned()));
    names.retain(|name| !SHELL_VARIABLES.contains(&name.as_str()) && !name.starts_with("BASH"));
    if let Ok(evaluation) = ours {
        names.extend(evaluation.scope.variables.keys().cloned());
    }
    names
}

fn identifiers(text: &[u8]) -> impl Iterator<Item = String> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let names = words.filter(|word| word.first().is_some_and(|byte| !byte.is_ascii_digit()));
    names.map(|name| String::from_utf8_lossy(name).into_owned())
}

/// Our result in the form of a shell's.
fn our_variables(evaluation: &Evaluation) -> ShellResult {
    let variables = evaluation.scope.variables.iter().map(|(name, variable)| {
        let value = variable.string_value().map(|text| text.bytes.clone());
        let (exported, readonly) = (variable.exported, variable.readonly);
        (name.clone(), VariableState { value, exported, readonly })
    });
    Some(variables.collect())
}

/// The variables that differ.
fn describe_difference(ours: &ShellResult, dash: &ShellResult, bash: &ShellResult) -> String {
    let (Some(ours), Some(dash), Some(bash)) = (ours, dash, bash) else {
        return format!("accepted by us; by dash: {}, by bash: {}", dash.is_some(), bash.is_some());
    };
    let all: BTreeSet<_> = ours.keys().chain(dash.keys()).chain(bash.keys()).collect();
    let states = all.into_iter().map(|name| (name, [ours.get(name), dash.get(name), bash.get(name)]));
    let differing = states.filter(|(_, [ours, dash, bash])| ours != dash || ours != bash);
    differing
        .map(|(name, [ours, dash, bash])| {
            format!("{name}: ours {ours:?}\n  dash {dash:?}\n  bash {bash:?}\n")
        })
        .collect()
}

/// The results of dash and of bash for each case.
fn run_shells(cases: &[Case], names: &[BTreeSet<String>]) -> [Vec<ShellResult>; 2] {
    let folder = tempdir_in_memory();
    for (index, case) in cases.iter().enumerate() {
        std::fs::write(folder.path().join(index.to_string()), &case.text).expect("a file can be written");
    }
    let path = folder.path();
    std::thread::scope(|scope| {
        [Shell::Dash, Shell::Bash]
            .map(|shell| scope.spawn(move || shell.read_files(path, names)))
            .map(|thread| thread.join().expect("the shell can be run"))
    })
}

/// A folder in memory where possible, because there are many files.
fn tempdir_in_memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder can be made")
}

/// Compares a single file.
pub(crate) fn find_difference_alone(case: &Case) -> Option<String> {
    let cases = [Case { text: case.text.clone(), must_be_accepted: case.must_be_accepted }];
    Comparison::run(&cases)[0].find_difference(case)
}
