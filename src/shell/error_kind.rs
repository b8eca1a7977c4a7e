//! What an error is about: one variant for each construct, with its message and help.

use super::interpreter::{FILE_LIMIT, VALUE_LIMIT};
use super::parameter::NESTING_LIMIT;
use super::source::Span;

/// An error before its place and its excerpt are known.
#[derive(Debug)]
pub(super) struct SpannedError {
    pub(super) kind: ErrorKind,
    /// The construct in the source. The excerpt shows it, so it holds no value.
    pub(super) span: Span,
}

impl SpannedError {
    pub(super) fn new(kind: ErrorKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// An error whose excerpt shows nothing but where the span starts.
    pub(super) fn at_start_of(kind: ErrorKind, span: &Span) -> Self {
        Self::new(kind, span.start..span.start)
    }
}

/// A construct that is not accepted. No field holds a value of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    // Invalid in every shell.
    #[error("a NUL byte is not allowed in a shell file")]
    Nul,
    /// A quote, brace, bracket or array; the field names what opens.
    #[error("the {0} that opens here is never closed")]
    Unterminated(&'static str),
    /// `;` without a command before it.
    #[error("there is no command before this \"{0}\"")]
    EmptyCommand(&'static str),
    /// `${}`, `${ A}`, `${A!}`.
    #[error(
        "bad substitution: ${{…}} needs a variable name, optionally followed by one of :- - := = :? ? :+ +"
    )]
    BadSubstitution,
    /// `${A` and the end of the line.
    #[error("the brace that opens here is not closed on this line")]
    UnclosedBrace,
    /// An argument of `export`, `readonly` or `unset` that is not a name.
    #[error("bad name: a name has letters, digits and underscores only, and does not start with a digit")]
    BadName,
    /// `1A=2`.
    #[error("a name cannot start with a digit")]
    NameStartsWithDigit,
    /// `my-key=1`, `foo.bar=1`.
    #[error("a name cannot contain \"{0}\"")]
    NameCharacter(char),
    /// `KEY: value`.
    #[error("NAME: VALUE is not an assignment")]
    ColonAssignment,
    /// `[section]`.
    #[error("a [section] header is not allowed in a shell file")]
    SectionHeader,
    /// A character outside quotes that looks like a blank or like nothing.
    #[error("{} is not a blank in a shell file, but part of a word", unicode_name(*.0))]
    InvisibleCharacter(char),
    /// `\` and a blank at the end of a line.
    #[error("a backslash before a blank does not continue the line")]
    BackslashBlank,
    /// `KEY=abc(def`.
    #[error("an unquoted \"{0}\" is not allowed here")]
    Parenthesis(char),
    #[error("${{…}} is nested more than {NESTING_LIMIT} levels deep")]
    TooDeep,
    #[error("the value is larger than {} MiB", VALUE_LIMIT >> 20)]
    ValueTooLarge,
    #[error("the values in this file are larger than {} MiB in total", FILE_LIMIT >> 20)]
    FileTooLarge,

    // Executes something, or controls what is executed.
    /// `$(…)`.
    #[error("command substitution $(…) is not supported")]
    CommandSubstitution,
    /// `` `…` ``.
    #[error("command substitution with backticks is not supported")]
    Backtick,
    /// `<(…)` and `>(…)`.
    #[error("process substitution is not supported")]
    ProcessSubstitution,
    /// `$((…))` and `$[…]`.
    #[error("arithmetic expansion is not supported")]
    Arithmetic,
    /// `.` and `source`.
    #[error("\"{0}\" reads another file, which is not supported")]
    Source(&'static str),
    /// `if`, `for`, `{`, `!` and the other reserved words.
    #[error("\"{0}\" is control flow, which is not supported")]
    Control(&'static str),
    /// `name()` and `function name`.
    #[error("functions are not supported")]
    Function,
    /// `( … )`.
    #[error("a subshell ( ) is not supported")]
    Subshell,
    /// `|`, `&&`, `||`, `&`.
    #[error("the operator {0} is not supported")]
    ControlOperator(&'static str),
    /// `<`, `>`, `<<`.
    #[error("{0} is not supported")]
    Redirection(&'static str),
    /// A command, named only where it is well known: any other word may be part of a
    /// secret.
    #[error("{} is a command, and commands are not executed", quoted_or(*.0, "this word"))]
    Command(Option<&'static str>),
    /// `NAME = VALUE`.
    #[error("the blank before = makes {name} a command, not a variable")]
    SpacedAssignment { name: String },
    /// `NAME= VALUE`.
    #[error("{name}= sets {name} to an empty value, and the word after the blank is a command")]
    SpacedValue { name: String },
    /// `declare`, `typeset`, `local`.
    #[error("\"{0}\" is not supported")]
    Declaration(&'static str),
    /// `set` with any other argument than allexport.
    #[error("set supports only -a, +a, -o allexport and +o allexport")]
    SetOption,

    // Depends on the state of a running shell.
    /// `$1`, `$@`, `$$`.
    #[error("{0} has a value only in a running shell")]
    SpecialParameter(String),
    /// `$RANDOM`, `$LINENO`, `$PPID`.
    #[error("${0} has a value only in a running shell")]
    ShellState(String),
    /// `${#A}`.
    #[error("the length of a variable ${{#…}} is not supported")]
    Length,
    /// `${!A}`.
    #[error("an indirect expansion ${{!…}} is not supported")]
    Indirect,
    /// `${A%x}`.
    #[error("the operator \"{0}\" in ${{…}} is not supported")]
    PatternOperator(&'static str),
    /// `${A[0]}`.
    #[error("an array element ${{…[…]}} is not supported")]
    ArrayElement,
    /// `export` without arguments.
    #[error("{0} without a name prints variables, which is not supported")]
    DeclareWithoutName(&'static str),
    /// `export -p`.
    #[error("{0} supports no option except --")]
    DeclareOption(&'static str),
    /// `unset -f`.
    #[error("unset supports no option except -v")]
    UnsetOption,

    // Has another meaning in dash than in bash.
    /// `$'…'`.
    #[error("dash and bash read $'…' differently")]
    AnsiQuote,
    /// `$"…"`.
    #[error("dash and bash read $\"…\" differently")]
    LocaleQuote,
    /// `"${A:-'…'}"`.
    #[error("dash and bash read a quote inside \"${{…}}\" differently")]
    QuoteInQuotedBraces,
    /// `${A:-~}`.
    #[error("dash and bash read an unquoted ~ inside ${{…}} differently")]
    TildeInBraces,
    /// `~+`, `~-`, `~0`.
    #[error("dash and bash read ~+, ~- and ~ with a number differently")]
    TildeDirectory,
    /// `export A={1,2}`.
    #[error("dash and bash read braces {{…}} differently")]
    BraceExpansion,
    /// `A=1 export B=2`.
    #[error("dash and bash read an assignment before \"{0}\" differently")]
    AssignmentBefore(&'static str),
    /// `A+=x`.
    #[error("dash and bash read += differently")]
    Append,
    /// `A[0]=x`, `OPTS=([0]=x)`.
    #[error("dash and bash read an assignment to an array element […]= differently")]
    Subscript,
    /// `A=(…)`.
    #[error("only OPTS and EXTRA can be arrays")]
    Array,
    /// `OPTS=(a;b)`.
    #[error("an unquoted operator is not allowed in an array")]
    OperatorInArray,
    /// `OPTS=(a)b`.
    #[error("a blank is missing after the array")]
    TextAfterArray,
    /// Assigning or unsetting a readonly variable.
    #[error("{0} is readonly")]
    Readonly(String),
    /// Assigning or unsetting UID, IFS and others.
    #[error("{0} belongs to the shell and cannot be changed")]
    ShellOwned(String),
    /// `export A=x\` at the end of the file.
    #[error("dash and bash read a backslash at the end of the file differently")]
    TrailingBackslash,
    /// `set -a; unset A; set +a; A=1`.
    #[error("{0} was unset under set -a, so dash exports it now and bash does not")]
    UnsetUnderAllexport(String),
    /// `"\}"` inside `${…}`.
    #[error("dash and bash read \\}} in quotes inside ${{…}} differently")]
    EscapedBrace,
    /// `export $A=$`.
    #[error("dash and bash read a literal $ next to an expansion differently")]
    LiteralDollar,
    #[error("dash and bash read a byte 0x01 or 0x7f outside single quotes differently")]
    ControlByte,

    // Required by the file, or by the kind of file.
    /// `${A:?}` of an unset A.
    #[error("the file requires a variable that is not set")]
    RequiredVariable,
    /// Anything but assignments of literal values, in a file that is data.
    #[error("only assignments of literal values, NAME=VALUE, are allowed in this file")]
    NotLiteral,
}

fn quoted_or(name: Option<&str>, otherwise: &str) -> String {
    name.map_or_else(|| otherwise.to_owned(), |name| format!("\"{name}\""))
}

/// The number of a character in Unicode, and the name of a frequent one.
fn unicode_name(character: char) -> String {
    let name = match character {
        '\u{b}' => " (vertical tab)",
        '\u{c}' => " (form feed)",
        '\r' => " (carriage return)",
        '\u{a0}' => " (no-break space)",
        '\u{ad}' => " (soft hyphen)",
        '\u{200b}' => " (zero width space)",
        '\u{202f}' => " (narrow no-break space)",
        '\u{3000}' => " (ideographic space)",
        '\u{feff}' => " (zero width no-break space)",
        _ => "",
    };
    format!("U+{:04X}{name}", u32::from(character))
}

impl ErrorKind {
    /// What to do instead.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Nul => "remove the byte",
            Self::Unterminated(_) => {
                "close it, or quote the character if it is part of a value: '\"' \"'\" \\$"
            }
            Self::EmptyCommand(_) => "remove it",
            Self::BadSubstitution | Self::UnclosedBrace => {
                "write ${NAME}; for a literal $ write \\$ or use single quotes"
            }
            Self::BadName | Self::Subscript => "write NAME=VALUE; quote a value that contains blanks",
            Self::NameStartsWithDigit | Self::NameCharacter(_) => {
                "a name has letters, digits and underscores only, and does not start with a digit"
            }
            Self::ColonAssignment | Self::SpacedAssignment { .. } | Self::SpacedValue { .. } => {
                "write NAME=VALUE, without a blank around the ="
            }
            Self::SectionHeader => "remove the line",
            Self::InvisibleCharacter(_) => "remove it, or replace it with a plain blank",
            Self::BackslashBlank => {
                "remove the blank, so that the backslash is the last character of the line"
            }
            Self::Parenthesis(_) => "quote the value that contains it: NAME='a(b)'",
            Self::TooDeep => "use a variable for the inner part",
            Self::ValueTooLarge => {
                "shorten it: Linux passes at most 128 KiB as one argument or environment variable"
            }
            Self::FileTooLarge => {
                "shorten them: Linux passes at most 6 MiB of arguments and environment to a process"
            }
            Self::CommandSubstitution | Self::Backtick | Self::Arithmetic => {
                "write the result; use single quotes if the characters are part of a value, such as a \
                 SECRET_KEY; for a file that needs a shell use --shell /bin/bash"
            }
            Self::SpecialParameter(_) => {
                "use single quotes if the $ is part of a value, such as a SECRET_KEY; a literal $, also \\$, \
                 changes the value that the app has today"
            }
            Self::ShellState(_)
            | Self::Length
            | Self::Indirect
            | Self::PatternOperator(_)
            | Self::ArrayElement => "write the value; for a file that needs a shell use --shell /bin/bash",
            Self::ProcessSubstitution
            | Self::Function
            | Self::Subshell
            | Self::ControlOperator(_)
            | Self::Redirection(_) => {
                "quote the characters if they are part of a value; for a file that needs a shell use --shell \
                 /bin/bash"
            }
            Self::Source(_) => "copy its assignments into this file, or use --shell /bin/bash",
            Self::Control(_) | Self::SetOption => "for a file that needs a shell use --shell /bin/bash",
            Self::Command(_) => {
                "quote a value that contains blanks: NAME=\"a b\"; for a file that needs a shell use --shell \
                 /bin/bash"
            }
            Self::Declaration(_) => "write NAME=VALUE, export NAME=VALUE or readonly NAME=VALUE",
            Self::DeclareWithoutName(_) | Self::DeclareOption(_) | Self::UnsetOption => "name the variables",
            Self::AnsiQuote | Self::LocaleQuote => "write '…' or \"…\"; both may contain a newline",
            Self::QuoteInQuotedBraces => "remove the inner quotes: \"${NAME:-a b}\" keeps its blanks",
            Self::TildeInBraces => "write $HOME, or quote the ~",
            Self::TildeDirectory => "write the directory, or quote the ~",
            Self::BraceExpansion => "write each word, or quote the braces",
            Self::AssignmentBefore(_) => "put the assignment on a separate line",
            Self::Append => "write NAME=\"$NAME more\"",
            Self::OperatorInArray => "quote it",
            Self::TextAfterArray => "put all of the value inside the parentheses",
            Self::Array => "write a string, NAME=\"a b\"",
            Self::Readonly(_) => "assign it once, before or in the readonly command",
            Self::ShellOwned(_) => "use another name",
            Self::UnsetUnderAllexport(_) => "write export NAME=VALUE, or unset it before set -a",
            Self::TrailingBackslash => "double it, or remove it",
            Self::RequiredVariable => "set it earlier in the file, or in the environment",
            Self::EscapedBrace => "remove the backslash",
            Self::LiteralDollar => "write \\$",
            Self::ControlByte => "put it into single quotes, outside ${…}",
            Self::NotLiteral => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::unicode_name;

    #[test]
    fn frequent_invisible_characters_have_a_name() {
        for (character, name) in [
            ('\u{b}', "U+000B (vertical tab)"),
            ('\u{c}', "U+000C (form feed)"),
            ('\r', "U+000D (carriage return)"),
            ('\u{a0}', "U+00A0 (no-break space)"),
            ('\u{ad}', "U+00AD (soft hyphen)"),
            ('\u{200b}', "U+200B (zero width space)"),
            ('\u{202f}', "U+202F (narrow no-break space)"),
            ('\u{3000}', "U+3000 (ideographic space)"),
            ('\u{feff}', "U+FEFF (zero width no-break space)"),
            ('\u{2007}', "U+2007"),
        ] {
            assert_eq!(unicode_name(character), name);
        }
    }
}
