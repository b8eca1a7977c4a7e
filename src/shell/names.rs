//! The names that mean something: one table for each question.

/// Names that the shell owns: not to be assigned, unset or read, for their
/// values come and go with a running shell (bash(1), Shell Variables; for dash
/// PPID, IFS, OPTIND and LINENO). RANDOM and those after it read back something
/// else than what was assigned; OLDPWD and SHLVL are exported by bash alone.
const OWNED: [&str; 21] = [
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
];

/// Owned ones that can be read all the same, where the caller says what they are.
const GIVEN: [&str; 3] = ["UID", "EUID", "PWD"];

/// Names that at least one shell sets itself, so that they can't be read
/// before somebody has said what they are. Bash takes the prompts from no
/// environment, so for those it must have been the file.
const PRESET: [&str; 7] = ["HOSTNAME", "HOSTTYPE", "MACHTYPE", "OSTYPE", "SHELL", "TERM", "PATH"];
const PRESET_BY_SHELL: [&str; 5] = ["PS1", "PS2", "PS4", "OPTERR", "COMP_WORDBREAKS"];

/// XCU 2.4 and bash(1), Reserved Words.
const RESERVED: [&str; 22] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in",
    "select", "function", "time", "coproc", "{", "}", "!", "[[", "]]",
];

/// Commands that files in /etc/default have been seen to use. Others are not
/// named in messages: a word in their place may be half of an unquoted secret.
const COMMANDS: [&str; 50] = [
    "alias", "bind", "break", "builtin", "caller", "cat", "cd", "chmod", "chown", "command", "continue",
    "cp", "curl", "cut", "date", "dirname", "docker", "echo", "enable", "env", "eval", "exec", "exit",
    "false", "getopts", "grep", "hash", "hostname", "id", "let", "mkdir", "mv", "printf", "pwd", "read",
    "return", "rm", "sed", "shift", "shopt", "sleep", "sudo", "test", "trap", "true", "type", "ulimit",
    "umask", "wait", "[",
];

/// Whether the shell owns the name (`BASH`, `BASH_ENV`, `BASHPID` … too).
pub(super) fn is_owned(name: &str) -> bool {
    OWNED.contains(&name) || name.starts_with("BASH")
}

/// Whether the name has no value but what a running shell gives it.
pub(super) fn is_state(name: &str) -> bool {
    is_owned(name) && !GIVEN.contains(&name)
}

/// Whether a shell sets the name by itself where the environment doesn't.
pub(super) fn is_preset(name: &str) -> bool {
    PRESET.contains(&name) || GIVEN.contains(&name)
}

/// Whether a shell sets the name by itself, whatever the environment says.
pub(super) fn is_preset_by_shell(name: &str) -> bool {
    PRESET_BY_SHELL.contains(&name)
}

/// The reserved word that `word` is.
pub(super) fn reserved(word: &[u8]) -> Option<&'static str> {
    find(&RESERVED, word)
}

/// The well-known command that `word` is.
pub(super) fn command(word: &[u8]) -> Option<&'static str> {
    find(&COMMANDS, word)
}

fn find(table: &'static [&'static str], word: &[u8]) -> Option<&'static str> {
    table.iter().find(|known| known.as_bytes() == word).copied()
}

/// Whether a name can start with this byte (XBD 3.216, Name).
pub(super) fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a name can go on with this byte.
pub(super) fn continues_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the bytes are a name.
pub(super) fn is_name(bytes: &[u8]) -> bool {
    bytes.first().copied().is_some_and(starts_name) && bytes.iter().copied().all(continues_name)
}

/// The bytes as a name, where they are one.
pub(super) fn name(bytes: &[u8]) -> Option<String> {
    is_name(bytes).then(|| bytes.iter().copied().map(char::from).collect())
}

/// The first character that looks like a blank or like nothing, and its offset: what
/// comes along when text is copied from a web page or a word processor.
pub(super) fn invisible(bytes: &[u8]) -> Option<(char, usize)> {
    let mut offset = 0;
    for chunk in bytes.utf8_chunks() {
        let found = chunk.valid().char_indices().find(|(_, character)| is_invisible(*character));
        if let Some((at, character)) = found {
            return Some((character, offset + at));
        }
        offset += chunk.valid().len() + chunk.invalid().len();
    }
    None
}

/// White space, and the format characters of Unicode (category Cf) that are in use.
fn is_invisible(character: char) -> bool {
    let format = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    format || character.is_whitespace() || character.is_control()
}
