//! `--shell`: a real shell sources the files and reports the variables that they set,
//! change, export or unset.

use super::app::AppName;
use crate::shell::quote;
use crate::shell::scope::{Place, Scope, Text, TextRun, Value, Variable};
use crate::world::World;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// The part of the script before the first file.
const PRELUDE: &str = include_str!("prelude.sh");

/// The state of a shell, which changes by itself.
const SHELL_STATE: [&str; 14] = [
    "_",
    "RANDOM",
    "SRANDOM",
    "SECONDS",
    "LINENO",
    "EPOCHSECONDS",
    "EPOCHREALTIME",
    "PIPESTATUS",
    "FUNCNAME",
    "OPTIND",
    "PPID",
    "SHLVL",
    "HISTCMD",
    "DIRSTACK",
];

/// The arguments of the shell, beginning with `-c`.
pub fn shell_arguments(world: &World, name: &AppName, files: &[&Path]) -> Vec<OsString> {
    let mut script = OsString::from(PRELUDE);
    for file in files {
        let quoted = quote::word(file.as_os_str());
        script.push(". ");
        script.push(&quoted);
        script.push(" 9>&-\n{ __docker_runner_result=$?; set +eux; } 2>/dev/null\n");
        script.push("__docker_runner_status \"$__docker_runner_result\" ");
        script.push(&quoted);
        script.push("\n__docker_runner_report >&9\n");
    }
    let instance = name.instance.clone().unwrap_or_default();
    let (uid, euid) = (world.uid.to_string(), world.euid.to_string());
    let mut arguments: Vec<OsString> = vec!["-c".into(), script, "docker-runner".into()];
    arguments.extend([OsString::from(&name.app), instance.into(), world.hostname.clone()]);
    arguments.extend([OsString::from(uid), euid.into()]);
    arguments
}

/// What the shell reported.
#[derive(Debug)]
pub struct ShellOutput {
    /// The scope after the last file that was reported.
    pub scope: Scope,
    /// The number of files that were sourced to their end.
    pub sourced: usize,
}

/// Parses the output of the shell and changes the scope as the files did. `None` if the
/// shell reported nothing.
pub fn parse_output(output: &[u8], scope: &Scope, files: &[&Path]) -> Option<ShellOutput> {
    let mut fields = output.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let mut before = snapshot(&mut fields)?;
    let mut result = ShellOutput { scope: scope.clone(), sourced: 0 };
    for file in files {
        let Some(after) = snapshot(&mut fields) else { break };
        change(&mut result.scope, &before, &after, file);
        before = after;
        result.sourced += 1;
    }
    Some(result)
}

/// The variables at one time. Their places are added later.
struct Snapshot(BTreeMap<String, Variable>);

fn snapshot(fields: &mut impl Iterator<Item = Vec<u8>>) -> Option<Snapshot> {
    let mut variables = BTreeMap::new();
    let plain = |value| Variable { value: Some(value), exported: false, readonly: false, place: None };
    while let Some(name) = next_name(fields)? {
        variables.insert(name, plain(Value::Text(Text::from_environment(fields.next()?))));
    }
    while let Some(setting) = next_name(fields)? {
        let name = setting.split('=').next().unwrap_or_default();
        if let Some(variable) = variables.get_mut(name) {
            variable.exported = true;
        }
    }
    while let Some(name) = next_name(fields)? {
        let count: usize = String::from_utf8(fields.next()?).ok()?.parse().ok()?;
        let elements = fields.by_ref().take(count).map(Text::from_environment).collect();
        variables.insert(name, plain(Value::Array(elements)));
    }
    Some(Snapshot(variables))
}

/// The next name; `Some(None)` at the end of a list, `None` at the end of the output.
fn next_name(fields: &mut impl Iterator<Item = Vec<u8>>) -> Option<Option<String>> {
    let name = String::from_utf8_lossy(&fields.next()?).into_owned();
    Some(Some(name).filter(|name| !name.is_empty()))
}

impl Snapshot {
    /// Bash does not export its own variables. An exported one, such as BASH_ENV, was set
    /// by somebody.
    fn names(&self) -> impl Iterator<Item = &String> {
        let is_of_file = |(name, variable): &(&String, &Variable)| {
            !SHELL_STATE.contains(&name.as_str())
                && (variable.exported || !name.starts_with("BASH"))
                && !name.starts_with("__docker_runner")
        };
        self.0.iter().filter(is_of_file).map(|(name, _)| name)
    }
}

fn change(scope: &mut Scope, before: &Snapshot, after: &Snapshot, file: &Path) {
    for name in after.names().filter(|name| before.0.get(*name) != after.0.get(*name)) {
        // The shell does not report the line. Line 0 is the file as a whole.
        let place = Place { file: file.into(), line: 0, column: 0 };
        scope.variables.insert(name.clone(), placed(&after.0[name], &place));
    }
    for name in before.names().filter(|name| !after.0.contains_key(*name)) {
        scope.unset(name);
    }
}

/// The variable with one place for all of its parts.
fn placed(variable: &Variable, place: &Place) -> Variable {
    let mut variable = Variable { place: Some(place.clone()), ..variable.clone() };
    let texts = match &mut variable.value {
        Some(Value::Text(text)) => std::slice::from_mut(text),
        Some(Value::Array(texts)) => texts,
        None => &mut [],
    };
    for text in texts {
        text.runs = vec![TextRun { start: 0, place: Some(place.clone()) }];
    }
    variable
}

#[cfg(test)]
mod tests {
    use super::{Snapshot, Text, Value, Variable};

    #[test]
    fn variables_of_the_shell_itself_are_left_out() {
        let variable = |exported| {
            let value = Some(Value::Text(Text::from_environment("1")));
            Variable { value, exported, readonly: false, place: None }
        };
        let names = [
            ("A", false),
            ("BASH_ENV", true),
            ("BASH_VERSION", false),
            ("RANDOM", true),
            ("__docker_runner_file", true),
        ];
        let snapshot = Snapshot(names.map(|(name, exported)| (name.to_owned(), variable(exported))).into());
        assert_eq!(snapshot.names().collect::<Vec<_>>(), ["A", "BASH_ENV"]);
    }
}
