//! `--shell`: a real shell sources the files, and hands over the variables
//! that they set, change, export or unset.

use super::app::Name;
use crate::shell::quote;
use crate::shell::scope::{Place, Run, Scope, Text, Value, Variable};
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

/// What comes before the files.
const BEFORE: &str = include_str!("before.sh");

/// A shell's own state, which changes by itself.
const SHELLS_OWN: [&str; 14] = [
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

/// The arguments of the shell, `-c` the first.
pub fn arguments(world: &World, name: &Name, files: &[&Path]) -> Vec<OsString> {
    let mut script = OsString::from(BEFORE);
    for file in files {
        script.push(". ");
        script.push(quote::word(file.as_os_str()));
        script.push(" 9>&- || exit\n{ set +eux; } 2>/dev/null\n__docker_runner_tell >&9\n");
    }
    let instance = name.instance.clone().unwrap_or_default();
    let (uid, euid) = (world.uid.to_string(), world.euid.to_string());
    let mut arguments: Vec<OsString> = vec!["-c".into(), script, "docker-runner".into()];
    arguments.extend([OsString::from(&name.app), instance.into(), world.hostname.clone()]);
    arguments.extend([OsString::from(uid), euid.into()]);
    arguments
}

/// What the shell told.
#[derive(Debug)]
pub struct Told {
    /// The scope after the last file that was told of.
    pub scope: Scope,
    /// How many files were sourced to their end.
    pub files: usize,
}

/// Reads what the shell told, and changes the scope as the files did. `None`
/// where it told nothing.
pub fn read(told: &[u8], scope: &Scope, files: &[&Path]) -> Option<Told> {
    let mut fields = told.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let mut before = snapshot(&mut fields)?;
    let mut told = Told { scope: scope.clone(), files: 0 };
    for file in files {
        let Some(after) = snapshot(&mut fields) else { break };
        change(&mut told.scope, &before, &after, file);
        before = after;
        told.files += 1;
    }
    Some(told)
}

/// The variables at one time.
struct Snapshot {
    values: BTreeMap<String, Vec<u8>>,
    exported: BTreeSet<String>,
    arrays: BTreeMap<String, Vec<Vec<u8>>>,
}

fn snapshot(fields: &mut impl Iterator<Item = Vec<u8>>) -> Option<Snapshot> {
    let mut values = BTreeMap::new();
    while let Some(name) = named(fields)? {
        values.insert(name, fields.next()?);
    }
    let mut exported = BTreeSet::new();
    while let Some(name) = named(fields)? {
        exported.insert(name.split('=').next().unwrap_or_default().to_owned());
    }
    let mut arrays = BTreeMap::new();
    while let Some(name) = named(fields)? {
        let count: usize = String::from_utf8(fields.next()?).ok()?.parse().ok()?;
        arrays.insert(name, fields.by_ref().take(count).collect());
    }
    Some(Snapshot { values, exported, arrays })
}

/// The next name; `Some(None)` at the end of a list, `None` at the end of all.
fn named(fields: &mut impl Iterator<Item = Vec<u8>>) -> Option<Option<String>> {
    let name = String::from_utf8_lossy(&fields.next()?).into_owned();
    Some(Some(name).filter(|name| !name.is_empty()))
}

impl Snapshot {
    fn names(&self) -> impl Iterator<Item = &String> {
        let ours = |name: &&String| {
            !SHELLS_OWN.contains(&name.as_str())
                && !name.starts_with("BASH")
                && !name.starts_with("__docker_runner")
        };
        self.values.keys().chain(self.arrays.keys()).filter(ours)
    }

    fn same(&self, other: &Self, name: &str) -> bool {
        self.values.get(name) == other.values.get(name)
            && self.arrays.get(name) == other.arrays.get(name)
            && self.exported.contains(name) == other.exported.contains(name)
    }
}

fn change(scope: &mut Scope, before: &Snapshot, after: &Snapshot, file: &Path) {
    for name in after.names().filter(|name| !before.same(after, name)) {
        // Which line it was, the shell does not tell: line 0 is the file alone.
        let place = Place { file: file.into(), line: 0, column: 0 };
        let text = |bytes: &Vec<u8>| Text {
            bytes: bytes.clone(),
            runs: vec![Run { start: 0, place: Some(place.clone()) }],
        };
        let value = match after.arrays.get(name) {
            Some(elements) => Some(Value::List(elements.iter().map(text).collect())),
            None => after.values.get(name).map(|value| Value::Text(text(value))),
        };
        let exported = after.exported.contains(name);
        let variable = Variable { value, exported, readonly: false, place: Some(place.clone()) };
        scope.variables.insert(name.clone(), variable);
    }
    let gone =
        before.names().filter(|name| !after.values.contains_key(*name) && !after.arrays.contains_key(*name));
    for name in gone {
        scope.variables.remove(name);
    }
}
