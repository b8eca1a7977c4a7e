//! Whether an error is justified: the construct that its message names must be at its
//! place, and no shell may accept what the message calls invalid.

use crate::reference_shells::ShellResult;
use docker_runner::shell::{Error, ErrorKind};

/// What is wrong with an error, if anything is.
pub(crate) fn find_fault(
    text: &[u8],
    error: &Error,
    dash: &ShellResult,
    bash: &ShellResult,
) -> Option<String> {
    let at = error_offset(text, error);
    let rest: Vec<u8> = String::from_utf8_lossy(&text[at..]).replace("\\\n", "").into_bytes();
    if !starts_with_construct(&rest, &error.kind) {
        return Some(format!("the construct is not at the place of the error: {error}"));
    }
    let is_invalid = match error.kind {
        ErrorKind::BadName => is_certainly_no_name(&rest),
        ErrorKind::SpacedValue { .. } => is_certainly_a_command(&rest),
        ref kind => is_invalid_in_every_shell(kind),
    };
    if is_invalid && dash.is_some() && dash == bash {
        return Some(format!("both shells accept what is called invalid: {error}"));
    }
    None
}

/// The offset of the error's place.
fn error_offset(text: &[u8], error: &Error) -> usize {
    let mut lines = text.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.by_ref().take(error.place.line - 1).map(<[u8]>::len).sum();
    let mut left = error.place.column - 1;
    let mut at = before;
    for chunk in lines.next().unwrap_or_default().utf8_chunks() {
        for character in chunk.valid().chars().take(left) {
            at += character.len_utf8();
            left -= 1;
        }
        let bytes = left.min(chunk.invalid().len());
        at += bytes;
        left -= bytes;
    }
    at
}

/// Whether the message says that the file is invalid in every shell. Dash has no arrays,
/// so this includes the errors about arrays.
fn is_invalid_in_every_shell(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Unterminated(_)
            | ErrorKind::EmptyCommand(_)
            | ErrorKind::Readonly(_)
            | ErrorKind::RequiredVariable
            | ErrorKind::SpacedAssignment { .. }
            | ErrorKind::Array
            | ErrorKind::OperatorInArray
            | ErrorKind::TextAfterArray
            | ErrorKind::NameCharacter(_)
            | ErrorKind::NameStartsWithDigit
            | ErrorKind::ColonAssignment
            | ErrorKind::SectionHeader
            | ErrorKind::Parenthesis(_)
    )
}

/// Whether the word there is a command in every shell: it does not expand to nothing,
/// and it is not `:`, quoted or not.
fn is_certainly_a_command(rest: &[u8]) -> bool {
    let word = rest.split(|byte| b" \t\n;".contains(byte)).next().unwrap_or_default();
    word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(byte))
}

/// Whether the word there is a name in no shell. A word with an expansion may expand to
/// a name, a pattern may match a file, and `unset A=` is `unset A` in dash and does
/// nothing in bash.
fn is_certainly_no_name(rest: &[u8]) -> bool {
    let word = rest.split(|byte| b" \t\n;".contains(byte)).next().unwrap_or_default();
    let bare: Vec<u8> = word.iter().filter(|byte| !b"'\"\\".contains(byte)).copied().collect();
    let name = bare.split(|byte| *byte == b'=').next().unwrap_or_default();
    let is_name =
        starts_with_name(name) && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    !is_name && !bare.iter().any(|byte| b"$*?[".contains(byte))
}

/// Whether the construct that an error names is at the start of `rest`.
fn starts_with_construct(rest: &[u8], kind: &ErrorKind) -> bool {
    let starts = |with: &str| rest.starts_with(with.as_bytes());
    let any = |with: &[&str]| with.iter().any(|with| starts(with));
    match kind {
        ErrorKind::Nul => starts("\0"),
        ErrorKind::Unterminated(_) => any(&["'", "\"", "${", "(", "["]),
        ErrorKind::EmptyCommand(_) => starts(";"),
        ErrorKind::BadSubstitution => starts("${") || !rest.first().is_some_and(u8::is_ascii_alphanumeric),
        ErrorKind::UnclosedBrace => starts("${"),
        ErrorKind::CommandSubstitution => starts("$("),
        ErrorKind::Backtick => starts("`"),
        ErrorKind::ProcessSubstitution => any(&["<(", ">("]),
        ErrorKind::Arithmetic => any(&["$((", "$["]),
        ErrorKind::Source(word) | ErrorKind::Control(word) | ErrorKind::Declaration(word) => starts(word),
        ErrorKind::AssignmentBefore(word) | ErrorKind::DeclareWithoutName(word) => starts(word),
        ErrorKind::Function => any(&["(", "function"]),
        ErrorKind::Array => starts("("),
        ErrorKind::NameCharacter(character) | ErrorKind::Parenthesis(character) => {
            starts(&character.to_string())
        }
        ErrorKind::NameStartsWithDigit => rest.first().is_some_and(u8::is_ascii_digit),
        ErrorKind::ColonAssignment => starts(":"),
        ErrorKind::SectionHeader => starts("["),
        ErrorKind::BackslashBlank => any(&["\\ ", "\\\t"]),
        // In an argument of export it may be the result of an expansion.
        ErrorKind::InvisibleCharacter(character) => {
            starts(&character.to_string()) || rest.first().is_some_and(|byte| !b" \t\n;".contains(byte))
        }
        ErrorKind::OperatorInArray => any(&[";", "&", "|", "<", ">", "("]),
        ErrorKind::TextAfterArray => !rest.is_empty(),
        ErrorKind::Subshell => any(&["(", ")"]),
        ErrorKind::ControlOperator(operator) => starts(operator),
        ErrorKind::Redirection(_) => any(&["<", ">"]),
        ErrorKind::SpacedAssignment { .. } => starts("="),
        ErrorKind::SetOption => starts("set"),
        ErrorKind::SpecialParameter(_) => starts("$"),
        ErrorKind::ShellState(_) => starts_with_name(rest) || any(&["$", "\"", "'", "\\"]),
        ErrorKind::Length => starts("${#"),
        ErrorKind::Indirect => starts("${!"),
        ErrorKind::PatternOperator(operator) => starts(operator),
        ErrorKind::ArrayElement => starts("["),
        ErrorKind::AnsiQuote => starts("$'"),
        ErrorKind::LocaleQuote => starts("$\""),
        ErrorKind::QuoteInQuotedBraces => any(&["'", "\""]),
        ErrorKind::TildeInBraces | ErrorKind::TildeDirectory => starts("~"),
        ErrorKind::BraceExpansion => starts("{"),
        ErrorKind::Append | ErrorKind::Subscript => {
            starts_with_name(rest) || any(&["[", "\"", "'", "$", "\\"])
        }
        ErrorKind::ShellOwned(name) | ErrorKind::UnsetUnderAllexport(name) | ErrorKind::Readonly(name) => {
            starts_with_spelling_of(rest, name)
        }
        ErrorKind::TrailingBackslash => rest == b"\\",
        ErrorKind::LiteralDollar => starts("$"),
        ErrorKind::EscapedBrace => starts("\\}"),
        ErrorKind::RequiredVariable => starts("${"),
        ErrorKind::Command(Some(name)) => starts(name),
        // The place is a word, which the excerpt does not show.
        ErrorKind::Command(None) | ErrorKind::SpacedValue { .. } | ErrorKind::BadName => {
            rest.first().is_some_and(|byte| !b" \t\n;".contains(byte))
        }
        // An option, quoted or the result of an expansion.
        ErrorKind::DeclareOption(_) | ErrorKind::UnsetOption => any(&["-", "\"", "'", "\\", "$"]),
        ErrorKind::ControlByte => any(&["\u{1}", "\u{7f}"]),
        ErrorKind::TooDeep | ErrorKind::ValueTooLarge | ErrorKind::FileTooLarge | ErrorKind::NotLiteral => {
            false
        }
    }
}

/// Whether `rest` starts with a name, quoted or not (`I'FS'`), or with an expansion.
fn starts_with_spelling_of(rest: &[u8], name: &str) -> bool {
    let bare: Vec<u8> = rest.iter().filter(|byte| !b"'\"\\".contains(byte)).copied().collect();
    bare.starts_with(name.as_bytes()) || bare.starts_with(b"$")
}

fn starts_with_name(rest: &[u8]) -> bool {
    rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}
