//! Whether a refusal is one of the constructs that the language leaves out:
//! what the message names has to stand where the caret points.

use crate::shells::Outcome;
use docker_runner::shell::{Error, Refusal};

/// What is wrong with a refusal, if anything is.
pub(crate) fn judge(text: &[u8], error: &Error, dash: &Outcome, bash: &Outcome) -> Option<String> {
    let at = offset(text, error);
    let rest: Vec<u8> = String::from_utf8_lossy(&text[at..]).replace("\\\n", "").into_bytes();
    if !stands(&rest, &error.refusal) {
        return Some(format!("refused for what isn't there: {error}"));
    }
    let judged = match error.refusal {
        Refusal::BadName => is_no_name(&rest),
        Refusal::SpacedValue { .. } => is_no_command(&rest),
        ref refusal => is_no_shell(refusal),
    };
    if judged && dash.is_some() && dash == bash {
        return Some(format!("refused as what no shell reads, but both do: {error}"));
    }
    None
}

/// The byte at the error's place.
fn offset(text: &[u8], error: &Error) -> usize {
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

/// Refusals that say that nobody reads this; dash has no lists at all.
fn is_no_shell(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Unterminated(_)
            | Refusal::EmptyCommand(_)
            | Refusal::Readonly(_)
            | Refusal::Demanded(_)
            | Refusal::SpacedAssignment { .. }
            | Refusal::List
            | Refusal::InList
            | Refusal::AfterList
            | Refusal::NameCharacter(_)
            | Refusal::NameStartsWithDigit
            | Refusal::ColonAssignment
            | Refusal::Section
            | Refusal::Parenthesis(_)
    )
}

/// Whether the word that stands there is a command to no shell: not one that may
/// come to nothing when it is expanded, nor `:`, however it is written.
fn is_no_command(rest: &[u8]) -> bool {
    let word = rest.split(|byte| b" \t\n;".contains(byte)).next().unwrap_or_default();
    word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(byte))
}

/// Whether the word that stands there is a name to no shell: not one that is known
/// when it is expanded, a pattern may be a file's name, and `unset A=` is `unset A`
/// to dash and nothing to bash.
fn is_no_name(rest: &[u8]) -> bool {
    let word = rest.split(|byte| b" \t\n;".contains(byte)).next().unwrap_or_default();
    let bare: Vec<u8> = word.iter().filter(|byte| !b"'\"\\".contains(byte)).copied().collect();
    let name = bare.split(|byte| *byte == b'=').next().unwrap_or_default();
    let is_name = names(name) && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    !is_name && !bare.iter().any(|byte| b"$*?[".contains(byte))
}

fn stands(rest: &[u8], refusal: &Refusal) -> bool {
    let starts = |with: &str| rest.starts_with(with.as_bytes());
    let any = |with: &[&str]| with.iter().any(|with| starts(with));
    match refusal {
        Refusal::Nul => starts("\0"),
        Refusal::Unterminated(_) => any(&["'", "\"", "${", "(", "["]),
        Refusal::EmptyCommand(_) => starts(";"),
        Refusal::BadSubstitution => starts("${") || !rest.first().is_some_and(u8::is_ascii_alphanumeric),
        Refusal::CommandSubstitution => starts("$("),
        Refusal::Backtick => starts("`"),
        Refusal::ProcessSubstitution => any(&["<(", ">("]),
        Refusal::Arithmetic => any(&["$((", "$["]),
        Refusal::Source(word) | Refusal::Control(word) | Refusal::Declaration(word) => starts(word),
        Refusal::AssignmentBefore(word) | Refusal::Bare(word) => starts(word),
        Refusal::Function => any(&["(", "function"]),
        Refusal::List => starts("("),
        Refusal::NameCharacter(character) | Refusal::Parenthesis(character) => starts(&character.to_string()),
        Refusal::NameStartsWithDigit => rest.first().is_some_and(u8::is_ascii_digit),
        Refusal::ColonAssignment => starts(":"),
        Refusal::Section => starts("["),
        Refusal::BackslashBlank => any(&["\\ ", "\\\t"]),
        // In an argument of export it may come from an expansion.
        Refusal::Invisible(character) => {
            starts(&character.to_string()) || rest.first().is_some_and(|byte| !b" \t\n;".contains(byte))
        }
        Refusal::InList => any(&[";", "&", "|", "<", ">", "("]),
        Refusal::AfterList => !rest.is_empty(),
        Refusal::Subshell => any(&["(", ")"]),
        Refusal::Combined(operator) => starts(operator),
        Refusal::Redirection(_) => any(&["<", ">"]),
        Refusal::SpacedAssignment { .. } => starts("="),
        Refusal::SetOption => starts("set"),
        Refusal::SpecialParameter(_) => starts("$"),
        Refusal::State(_) => names(rest) || any(&["$", "\"", "'", "\\"]),
        Refusal::Length => starts("${#"),
        Refusal::Indirect => starts("${!"),
        Refusal::PatternOperator(operator) => starts(operator),
        Refusal::Element => starts("["),
        Refusal::AnsiQuote => starts("$'"),
        Refusal::LocaleQuote => starts("$\""),
        Refusal::QuoteInQuotedBraces => any(&["'", "\""]),
        Refusal::TildeInBraces | Refusal::TildeFolder => starts("~"),
        Refusal::BraceExpansion => starts("{"),
        Refusal::Append | Refusal::Subscript => names(rest) || any(&["[", "\"", "'", "$", "\\"]),
        Refusal::Owned(name) | Refusal::UnsetUnderAllexport(name) | Refusal::Readonly(name) => {
            spells(rest, name)
        }
        Refusal::LoneBackslash => rest == b"\\",
        Refusal::LoneDollar => starts("$"),
        Refusal::EscapedBrace => starts("\\}"),
        Refusal::Demanded(name) => starts(&format!("${{{name}")),
        Refusal::Command(Some(name)) => starts(name),
        // Their place is a word: what it says is not for the caret to show.
        Refusal::Command(None) | Refusal::SpacedValue { .. } | Refusal::BadName => {
            rest.first().is_some_and(|byte| !b" \t\n;".contains(byte))
        }
        // An option, quoted or from a variable.
        Refusal::DeclareOption(_) | Refusal::UnsetOption => any(&["-", "\"", "'", "\\", "$"]),
        Refusal::ControlByte => any(&["\u{1}", "\u{7f}"]),
        Refusal::TooDeep | Refusal::VariableTooLarge | Refusal::FileTooLarge | Refusal::NotPlain => false,
    }
}

/// Whether a name stands there, however it is quoted (`I'FS'`), or an expansion.
fn spells(rest: &[u8], name: &str) -> bool {
    let bare: Vec<u8> = rest.iter().filter(|byte| !b"'\"\\".contains(byte)).copied().collect();
    bare.starts_with(name.as_bytes()) || bare.starts_with(b"$")
}

fn names(rest: &[u8]) -> bool {
    rest.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}
