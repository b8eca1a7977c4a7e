//! Names with a meaning to a shell.

/// Variables that a file must not assign, unset or read: their values belong to a
/// running shell (bash(1), Shell Variables; in dash PPID, IFS, OPTIND and LINENO). From
/// RANDOM on, a shell reads back another value than the one assigned; only bash exports
/// OLDPWD and SHLVL.
const SHELL_OWNED: [&str; 21] = [
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

/// Shell-owned variables that a file can read, because the caller sets them.
const SET_BY_CALLER: [&str; 3] = ["UID", "EUID", "PWD"];

/// Variables that at least one shell sets if the environment does not. A file can read
/// them only if the environment or the file has set them.
const SET_BY_SHELL: [&str; 7] = ["HOSTNAME", "HOSTTYPE", "MACHTYPE", "OSTYPE", "SHELL", "TERM", "PATH"];

/// Variables that bash sets even if the environment has them. A file can read them only if
/// the file has set them.
const ALWAYS_SET_BY_SHELL: [&str; 5] = ["PS1", "PS2", "PS4", "OPTERR", "COMP_WORDBREAKS"];

/// XCU 2.4 and bash(1), Reserved Words.
const RESERVED_WORDS: [&str; 22] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in",
    "select", "function", "time", "coproc", "{", "}", "!", "[[", "]]",
];

/// Commands that are found in files of /etc/default. Messages name no others: another
/// word in their place may be part of an unquoted secret.
const KNOWN_COMMANDS: [&str; 50] = [
    "alias", "bind", "break", "builtin", "caller", "cat", "cd", "chmod", "chown", "command", "continue",
    "cp", "curl", "cut", "date", "dirname", "docker", "echo", "enable", "env", "eval", "exec", "exit",
    "false", "getopts", "grep", "hash", "hostname", "id", "let", "mkdir", "mv", "printf", "pwd", "read",
    "return", "rm", "sed", "shift", "shopt", "sleep", "sudo", "test", "trap", "true", "type", "ulimit",
    "umask", "wait", "[",
];

/// Whether a file must not assign or unset the variable. `BASH`, `BASH_ENV`, `BASHPID`
/// and similar names are shell-owned too.
pub(super) fn is_shell_owned(name: &str) -> bool {
    SHELL_OWNED.contains(&name) || name.starts_with("BASH")
}

/// Whether the variable has a value only in a running shell.
pub(super) fn is_unreadable(name: &str) -> bool {
    is_shell_owned(name) && !SET_BY_CALLER.contains(&name)
}

/// Whether a shell sets the variable if the environment does not.
pub(super) fn is_set_by_shell(name: &str) -> bool {
    SET_BY_SHELL.contains(&name) || SET_BY_CALLER.contains(&name)
}

/// Whether a shell sets the variable even if the environment has it.
pub(super) fn is_always_set_by_shell(name: &str) -> bool {
    ALWAYS_SET_BY_SHELL.contains(&name)
}

/// `word` from the table of reserved words, if it is one.
pub(super) fn reserved_word(word: &[u8]) -> Option<&'static str> {
    find_in(&RESERVED_WORDS, word)
}

/// `word` from the table of known commands, if it is one.
pub(super) fn known_command(word: &[u8]) -> Option<&'static str> {
    find_in(&KNOWN_COMMANDS, word)
}

fn find_in(table: &'static [&'static str], word: &[u8]) -> Option<&'static str> {
    table.iter().find(|known| known.as_bytes() == word).copied()
}

/// Whether a name can start with this byte (XBD 3.216, Name).
pub(super) fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Whether a name can contain this byte after the first one.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether the bytes are a name of a variable.
pub(super) fn is_name(bytes: &[u8]) -> bool {
    bytes.first().copied().is_some_and(is_name_start) && bytes.iter().copied().all(is_name_byte)
}

/// The bytes as a string, if they are a name.
pub(super) fn to_name(bytes: &[u8]) -> Option<String> {
    is_name(bytes).then(|| bytes.iter().copied().map(char::from).collect())
}

/// The first character that looks like a blank or like nothing, and its offset. Text that
/// is copied from a web page or a word processor often contains one.
pub(super) fn invisible_character(bytes: &[u8]) -> Option<(char, usize)> {
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

/// White space, control characters, and common format characters (Unicode category Cf),
/// without the blanks of a shell.
fn is_invisible(character: char) -> bool {
    if matches!(character, ' ' | '\t' | '\n') {
        return false;
    }
    let format = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    format || character.is_whitespace() || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::invisible_character;

    #[test]
    fn an_invisible_character_is_found_after_invalid_bytes() {
        assert_eq!(invisible_character(b"a\xffb\xc2\xa0"), Some(('\u{a0}', 3)));
        assert_eq!(invisible_character(b"a\xff\xffb\xc2\xa0"), Some(('\u{a0}', 4)));
        assert_eq!(invisible_character(b"a\xffb"), None);
    }
}
