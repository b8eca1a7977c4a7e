//! The reference: dash and bash, many files to a process.
//!
//! "A shell accepts a file" means that it writes nothing, and that it goes on
//! after the file's last line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

/// What a shell has of a variable after a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) value: Option<Vec<u8>>,
    pub(crate) exported: bool,
    pub(crate) readonly: bool,
}

/// The variables that are set or marked; `None` where the file is not accepted.
pub(crate) type Outcome = Option<BTreeMap<String, Seen>>;

/// The two shells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Dash,
    Bash,
}

/// The environment that shells and evaluator start with. A TERM that bash
/// would otherwise set; PWD and OLDPWD it would fill in.
pub(crate) const ENVIRONMENT: [(&str, &[u8]); 7] = [
    ("HOME", b"/h"),
    ("PATH", b"/nonexistent"),
    ("E", b"e  v"),
    ("EMPTY", b""),
    ("TERM", b"dumb"),
    ("SHELL", b"/bin/sh"),
    ("LC_ALL", b"C.UTF-8"),
];

const MARK: &str = "<a-file-starts>";

impl Shell {
    fn program(self) -> &'static str {
        match self {
            Self::Dash => "/bin/dash",
            Self::Bash => "/bin/bash",
        }
    }

    /// Reads the files `0`, `1` … of a folder and tells of `names` after each.
    pub(crate) fn read(self, folder: &Path, names: &[BTreeSet<String>]) -> Vec<Outcome> {
        let mut script = self.teller().to_owned();
        script.extend(names.iter().enumerate().map(|(file, names)| Self::script(file, names)));
        std::fs::write(folder.join(format!("{self:?}")), script).expect("the script can be written");
        let mut command = Command::new(self.program());
        command.arg(format!("./{self:?}")).current_dir(folder).env_clear().env("PWD", folder);
        for (name, value) in ENVIRONMENT {
            command.env(name, std::str::from_utf8(value).expect("plain text"));
        }
        let output = command.stdin(Stdio::null()).output().expect("dash and bash are installed");
        let (stdout, stderr) = (sections(&output.stdout), sections(&output.stderr));
        assert_eq!((stdout.len(), stderr.len()), (names.len(), names.len()), "{self:?} read all files");
        stdout.iter().zip(&stderr).map(|(out, err)| self.outcome(out, err)).collect()
    }

    /// What tells of the variables: name, `s` where it is set, value; for bash
    /// the marks too, which dash can only list.
    fn teller(self) -> &'static str {
        match self {
            Self::Dash => {
                "__tell() { for __n; do eval \"printf '%s\\0%s\\0%s\\0' $__n \\\"\\${$__n+s}\\\" \\\"\\${$__n-}\\\"\"; done\n\
                 printf '@\\0'; export -p; printf '\\0'; readonly -p; printf '\\0.\\0'; }\n"
            }
            Self::Bash => {
                "__tell() { for __n; do printf '%s\\0%s\\0%s\\0%s\\0' \"$__n\" \"${!__n+s}\" \"${!__n-}\" \"${!__n@a}\"; done\n\
                 printf '.\\0'; }\n"
            }
        }
    }

    /// A subshell for each file, so that none sees another.
    fn script(file: usize, names: &BTreeSet<String>) -> String {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let names = names.join(" ");
        format!(
            "printf '\\0{MARK}\\0'; printf '\\0{MARK}\\0' >&2\n( . ./{file}\nprintf '\\0'; __tell {names} )\n"
        )
    }

    fn outcome(self, out: &[u8], err: &[u8]) -> Outcome {
        let rest = out.strip_prefix(b"\0")?.strip_suffix(b".\0")?;
        if !err.is_empty() {
            return None;
        }
        let mut fields = rest.split(|byte| *byte == 0);
        let mut variables: BTreeMap<String, Seen> = BTreeMap::new();
        while let Some(name) = fields.next().filter(|field| !field.is_empty() && *field != b"@") {
            let seen = variables.entry(text(name)).or_default();
            let (set, value) = (fields.next()?, fields.next()?);
            seen.value = (set == b"s").then(|| value.to_vec());
            if self == Self::Bash {
                let marks = fields.next()?;
                seen.exported = marks.contains(&b'x');
                seen.readonly = marks.contains(&b'r');
            }
        }
        if self == Self::Dash {
            for name in marked("export", fields.next()?) {
                variables.entry(name).or_default().exported = true;
            }
            for name in marked("readonly", fields.next()?) {
                variables.entry(name).or_default().readonly = true;
            }
        }
        variables.retain(|_, seen| *seen != Seen::default());
        Some(variables)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was written for each file.
fn sections(output: &[u8]) -> Vec<&[u8]> {
    let mark = format!("\0{MARK}\0").into_bytes();
    let zeros = output.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
    let starts: Vec<usize> = zeros.filter(|at| output[*at..].starts_with(&mark)).collect();
    let ends = starts.iter().skip(1).copied().chain([output.len()]);
    starts.iter().zip(ends).map(|(start, end)| &output[start + mark.len()..end]).collect()
}

/// The names in what `export -p` of dash prints: `export NAME='value'`, the
/// value over several lines, its single quotes in double ones.
fn marked(builtin: &str, listing: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut quote = None;
    let mut line = Vec::new();
    for byte in listing {
        match (quote, *byte) {
            (None, b'\n') => {
                let text = text(&line);
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
