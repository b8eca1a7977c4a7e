//! Reads files with dash and bash, many files in one process.
//!
//! A shell accepts a file if it writes nothing and continues after the last line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// A variable after a shell has read a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VariableState {
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) exported: bool,
    pub(crate) readonly: bool,
}

/// The variables that have a value or a mark; `None` if the shell does not accept the file.
pub(crate) type ShellResult = Option<BTreeMap<String, VariableState>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Dash,
    Bash,
}

/// The environment of the shells and of our evaluation. Without TERM, bash would set it.
pub(crate) const ENVIRONMENT: [(&str, &[u8]); 7] = [
    ("HOME", b"/h"),
    ("PATH", b"/nonexistent"),
    ("E", b"e  v"),
    ("EMPTY", b""),
    ("TERM", b"dumb"),
    ("SHELL", b"/bin/sh"),
    ("LC_ALL", b"C.UTF-8"),
];

/// Separates the output for one file from that for the next.
const FILE_MARKER: &str = "<a-file-starts>";

impl Shell {
    fn program(self) -> &'static str {
        match self {
            Self::Dash => "/bin/dash",
            Self::Bash => "/bin/bash",
        }
    }

    /// Reads the files `0`, `1` … of a folder and returns the variables `names` after each.
    pub(crate) fn read_files(self, folder: &Path, names: &[BTreeSet<String>]) -> Vec<ShellResult> {
        let mut script = self.print_function().to_owned();
        script.extend(names.iter().enumerate().map(|(file, names)| Self::script_for_file(file, names)));
        std::fs::write(folder.join(format!("{self:?}")), script).expect("the script can be written");
        let mut command = Command::new(self.program());
        command.arg(format!("./{self:?}")).current_dir(folder).env_clear().env("PWD", folder);
        for (name, value) in ENVIRONMENT {
            command.env(name, std::str::from_utf8(value).expect("plain text"));
        }
        let output = command.stdin(Stdio::null()).output().expect("dash and bash are installed");
        let (stdout, stderr) = (split_at_markers(&output.stdout), split_at_markers(&output.stderr));
        assert_eq!((stdout.len(), stderr.len()), (names.len(), names.len()), "{self:?} reads all files");
        stdout.iter().zip(&stderr).map(|(out, err)| self.parse_output(out, err)).collect()
    }

    /// A shell function that prints variables: the name, `s` if it is set, the value; in
    /// bash also its marks. Dash can only list all marked variables.
    fn print_function(self) -> &'static str {
        match self {
            Self::Dash => {
                "__print() { for __n; do eval \"printf '%s\\0%s\\0%s\\0' $__n \\\"\\${$__n+s}\\\" \\\"\\${$__n-}\\\"\"; done\n\
                 printf '@\\0'; export -p; printf '\\0'; readonly -p; printf '\\0.\\0'; }\n"
            }
            Self::Bash => {
                "__print() { for __n; do printf '%s\\0%s\\0%s\\0%s\\0' \"$__n\" \"${!__n+s}\" \"${!__n-}\" \"${!__n@a}\"; done\n\
                 printf '.\\0'; }\n"
            }
        }
    }

    /// Reads each file in a subshell, so that no file sees another.
    fn script_for_file(file: usize, names: &BTreeSet<String>) -> String {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let names = names.join(" ");
        format!(
            "printf '\\0{FILE_MARKER}\\0'; printf '\\0{FILE_MARKER}\\0' >&2\n( . ./{file}\nprintf '\\0'; __print {names} )\n"
        )
    }

    fn parse_output(self, out: &[u8], err: &[u8]) -> ShellResult {
        let rest = out.strip_prefix(b"\0")?.strip_suffix(b".\0")?;
        if !err.is_empty() {
            return None;
        }
        let mut fields = rest.split(|byte| *byte == 0);
        let mut variables: BTreeMap<String, VariableState> = BTreeMap::new();
        while let Some(name) = fields.next().filter(|field| !field.is_empty() && *field != b"@") {
            let state = variables.entry(lossy_string(name)).or_default();
            let (set, value) = (fields.next()?, fields.next()?);
            state.value = (set == b"s").then(|| value.to_vec());
            if self == Self::Bash {
                let marks = fields.next()?;
                state.exported = marks.contains(&b'x');
                state.readonly = marks.contains(&b'r');
            }
        }
        if self == Self::Dash {
            for name in listed_names("export", fields.next()?) {
                variables.entry(name).or_default().exported = true;
            }
            for name in listed_names("readonly", fields.next()?) {
                variables.entry(name).or_default().readonly = true;
            }
        }
        variables.retain(|_, state| *state != VariableState::default());
        Some(variables)
    }
}

fn lossy_string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The output for each file.
fn split_at_markers(output: &[u8]) -> Vec<&[u8]> {
    let mark = format!("\0{FILE_MARKER}\0").into_bytes();
    let zeros = output.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
    let starts: Vec<usize> = zeros.filter(|at| output[*at..].starts_with(&mark)).collect();
    let ends = starts.iter().skip(1).copied().chain([output.len()]);
    starts.iter().zip(ends).map(|(start, end)| &output[start + mark.len()..end]).collect()
}

/// The names in the output of `export -p` in dash: `export NAME='value'`. A value may
/// extend over several lines, and its single quotes are in double quotes.
fn listed_names(builtin: &str, listing: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut quote = None;
    let mut line = Vec::new();
    for byte in listing {
        match (quote, *byte) {
            (None, b'\n') => {
                let text = lossy_string(&line);
                let name =
                    text.strip_prefix(builtin).map(|rest| rest.trim_start().split('=').next().unwrap_or(""));
                names.extend(name.map(str::to_owned));
                line.clear();
                continue;
            }
            (None, b'\'' | b'"') => quote = Some(*byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        line.push(*byte);
    }
    names
}
