//! What is refused, in words: one variant a construct, each with its mend.

use super::interpret::{FILE_LIMIT, VARIABLE_LIMIT};
use super::source::Span;

/// What is refused and where: the error before it has a place and a line to show.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    /// The construct in the source; it is shown, so it holds no value.
    pub(super) span: Span,
}

impl Refused {
    pub(super) fn new(refusal: Refusal, span: Span) -> Self {
        Self { refusal, span }
    }
}

/// A construct that is refused. None of its fields ever holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    // What no shell reads.
    /// A NUL byte.
    #[error("a NUL byte cannot stand in a shell file")]
    Nul,
    /// A quote or brace without its partner; the field is what opens.
    #[error("the {0} that opens here is never closed")]
    Unterminated(&'static str),
    /// `;` where no command stands before it.
    #[error("no command stands before this \"{0}\"")]
    EmptyCommand(&'static str),
    /// `${}`, `${ A}`, `${A!}`.
    #[error("bad substitution: ${{…}} wants the name of a variable, and one of :- - := = :? ? :+ + after it")]
    BadSubstitution,
    /// What is no name, where one belongs.
    #[error("bad name: a name is letters, digits and underscores, and starts with no digit")]
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
    #[error("a [section] has no meaning in a shell file")]
    Section,
    /// A character that looks like a blank or like nothing.
    #[error("{} is not a blank here, but part of a word", invisible(*.0))]
    Invisible(char),
    /// `\` and a blank, where the line was meant to go on.
    #[error("a backslash before a blank does not continue the line")]
    BackslashBlank,
    /// `KEY=abc(def`.
    #[error("an unquoted \"{0}\" cannot stand here")]
    Parenthesis(char),
    /// More nested `${…}` than anyone writes.
    #[error("${{…}} is nested too deep")]
    TooDeep,

    /// A value that no process could be given.
    #[error("the value is larger than {} MiB", VARIABLE_LIMIT >> 20)]
    VariableTooLarge,
    /// More values than a process could be given.
    #[error("the values of this file are larger than {} MiB together", FILE_LIMIT >> 20)]
    FileTooLarge,

    // What would execute or control.
    /// `$(…)`.
    #[error("command substitution $(…) is not executed here")]
    CommandSubstitution,
    /// `` `…` ``.
    #[error("command substitution with backticks is not executed here")]
    Backtick,
    /// `<(…)` and `>(…)`.
    #[error("process substitution is not executed here")]
    ProcessSubstitution,
    /// `$((…))` and `$[…]`.
    #[error("arithmetic is not computed here")]
    Arithmetic,
    /// `.` and `source`.
    #[error("\"{0}\" would read another file, which is not done here")]
    Source(&'static str),
    /// `if`, `for`, `{`, `!` and the other reserved words.
    #[error("\"{0}\" is control flow, and nothing is executed here")]
    Control(&'static str),
    /// `name()`.
    #[error("a function cannot be defined here")]
    Function,
    /// `( … )`.
    #[error("parentheses ( ) start a subshell, and nothing is executed here")]
    Subshell,
    /// `|`, `&&`, `||`, `&`.
    #[error("{0} combines commands, and nothing is executed here")]
    Combined(&'static str),
    /// `<`, `>`, `<<`.
    #[error("{0} is not done here")]
    Redirection(&'static str),
    /// A command; named where it is a well-known one, for else it may be part
    /// of a secret.
    #[error("{} is a command, and nothing is executed here", command(*.0))]
    Command(Option<&'static str>),
    /// `NAME = VALUE`.
    #[error("{name} = VALUE is no assignment, but the command {name} with arguments")]
    SpacedAssignment {
        /// The command that was meant as a variable.
        name: String,
    },
    /// `NAME= VALUE`.
    #[error("{name}= sets {name} to nothing, and what follows the blank is a command")]
    SpacedValue {
        /// The variable.
        name: String,
    },
    /// `declare`, `typeset`, `local`.
    #[error("\"{0}\" is not understood here")]
    Declaration(&'static str),
    /// `set` with anything but allexport.
    #[error("set is understood with -a, +a, -o allexport and +o allexport alone")]
    SetOption,

    // What needs a shell's state.
    /// `$1`, `$@`, `$$`.
    #[error("{0} needs a running shell")]
    SpecialParameter(String),
    /// `$RANDOM`, `$LINENO`, `$PPID`.
    #[error("${0} is the shell's own, and needs a running shell")]
    State(String),
    /// `${#A}`.
    #[error("the length of a variable ${{#…}} is not understood here")]
    Length,
    /// `${!A}`.
    #[error("an indirect variable ${{!…}} is not understood here")]
    Indirect,
    /// `${A%x}`.
    #[error("the pattern operator \"{0}\" in ${{…}} is not understood here")]
    PatternOperator(&'static str),
    /// `${A[0]}`.
    #[error("a single element of a list ${{…[…]}} is not understood here")]
    Element,
    /// `export` alone.
    #[error("{0} without a name prints variables, which is not done here")]
    Bare(&'static str),
    /// `export -p`.
    #[error("{0} is understood without options (but --)")]
    DeclareOption(&'static str),
    /// `unset -f`.
    #[error("unset is understood with no option but -v")]
    UnsetOption,

    // What dash and bash read differently.
    /// `$'…'`.
    #[error("$'…' is read differently by dash and bash")]
    AnsiQuote,
    /// `$"…"`.
    #[error("$\"…\" is read differently by dash and bash")]
    LocaleQuote,
    /// `"${A:-'…'}"`.
    #[error("a quote inside \"${{…}}\" is read differently by dash and bash")]
    QuoteInQuotedBraces,
    /// `${A:-~}`.
    #[error("an unquoted ~ inside ${{…}} is read differently by dash and bash")]
    TildeInBraces,
    /// `~+`, `~-`, `~0`.
    #[error("~+, ~- and ~ with a number are read differently by dash and bash")]
    TildeFolder,
    /// `export A={1,2}`.
    #[error("brace expansion is read differently by dash and bash")]
    BraceExpansion,
    /// `A=1 export B=2`.
    #[error("an assignment before \"{0}\" is read differently by dash and bash")]
    AssignmentBefore(&'static str),
    /// `A+=x`.
    #[error("+= is read differently by dash and bash")]
    Append,
    /// `A[0]=x`.
    #[error("an assignment to an element [ ] is read differently by dash and bash")]
    Subscript,
    /// `A=(…)` but for OPTS and EXTRA.
    #[error("a list ( ) is understood for OPTS and EXTRA alone")]
    List,
    /// `OPTS=(a;b)`.
    #[error("an operator cannot stand in a list ( )")]
    InList,
    /// `OPTS=(a)b`.
    #[error("a blank is missing after the list ( )")]
    AfterList,
    /// Assigning or unsetting a readonly variable.
    #[error("{0} is readonly")]
    Readonly(String),
    /// Assigning or unsetting UID, IFS and the like.
    #[error("{0} belongs to the shell and cannot be changed")]
    Owned(String),
    /// `export A=x\` at the end of the file.
    #[error("a lone backslash at the end is read differently by dash and bash")]
    LoneBackslash,
    /// `set -a; unset A; set +a; A=1`: dash exports it, bash doesn't.
    #[error("{0} was unset under set -a, and is exported by dash but not by bash")]
    UnsetUnderAllexport(String),
    /// `"\}"` inside `${…}`.
    #[error("\\}} in quotes inside ${{…}} is read differently by dash and bash")]
    EscapedBrace,
    /// `export $A=$`.
    #[error("a lone $ beside an expansion is read differently by dash and bash")]
    LoneDollar,
    /// A byte 0x01 or 0x7f outside single quotes.
    #[error("a byte 0x01 or 0x7f outside single quotes is read differently by dash and bash")]
    ControlByte,

    // What the file itself refuses.
    /// `${A:?}` of an unset A.
    #[error("{0} is not set, and the file demands it")]
    Demanded(String),
    /// Anything but assignments of plain values, in a file that is data.
    #[error("the file may hold nothing but assignments of plain values, NAME=VALUE")]
    NotPlain,
}

/// A character that nobody can see, by its number and its name in Unicode.
fn invisible(character: char) -> String {
    let name = match character {
        '\t' => " (tab)",
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

fn command(name: Option<&str>) -> String {
    name.map_or_else(
        || "what stands here".into(),
        |name| format!("\"{}\"", name.escape_debug()).replace("\\'", "'"),
    )
}

impl Refusal {
    /// What to do instead.
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Nul => "remove the byte",
            Self::Unterminated(_) => "close it, or take it away where it stands for itself: '\"' \"'\" \\$",
            Self::EmptyCommand(_) => "take it away",
            Self::BadSubstitution => "write ${NAME}; for a literal $ write \\$ or use single quotes",
            Self::BadName | Self::Subscript => "write NAME=VALUE; quote a value that holds blanks",
            Self::NameStartsWithDigit | Self::NameCharacter(_) => {
                "a name has letters, digits and underscores only, and does not start with a digit"
            }
            Self::ColonAssignment => "write NAME=VALUE, without a blank around the =",
            Self::Section => "remove the line",
            Self::Invisible(_) => "remove it, or write a plain blank in its place",
            Self::BackslashBlank => {
                "remove the blank: a line continues where the backslash is its last character"
            }
            Self::Parenthesis(_) => "quote the value that it is part of: NAME='a(b)'",
            Self::TooDeep => "use a variable for the inner part",
            Self::VariableTooLarge => {
                "shorten it: Linux passes at most 128 KiB as one argument or environment variable"
            }
            Self::FileTooLarge => "shorten them: Linux passes at most 6 MiB to a process",
            Self::CommandSubstitution | Self::Backtick | Self::Arithmetic => {
                "write the result; single quotes keep the characters themselves, as a SECRET_KEY needs them; \
                 for a file that needs a shell use --shell /bin/bash"
            }
            Self::SpecialParameter(_) => {
                "single quotes keep every character, as a SECRET_KEY needs them; a literal $, \\$ too, makes \
                 another value than the one a shell reads here today"
            }
            Self::State(_) | Self::Length | Self::Indirect | Self::PatternOperator(_) | Self::Element => {
                "write the value; for a file that needs a shell use --shell /bin/bash"
            }
            Self::ProcessSubstitution
            | Self::Function
            | Self::Subshell
            | Self::Combined(_)
            | Self::Redirection(_) => {
                "quote the characters where they are part of a value; \
                 for a file that needs a shell use --shell /bin/bash"
            }
            Self::Source(_) => "copy its assignments here, or use --shell /bin/bash",
            Self::Control(_) | Self::SetOption => "for a file that needs a shell use --shell /bin/bash",
            Self::Command(_) => {
                "quote a value that holds blanks: NAME=\"a b\"; \
                 for a file that needs a shell use --shell /bin/bash"
            }
            Self::SpacedAssignment { .. } | Self::SpacedValue { .. } => {
                "write NAME=VALUE, with no blank around the ="
            }
            Self::Declaration(_) => "write NAME=VALUE, export NAME=VALUE or readonly NAME=VALUE",
            Self::Bare(_) | Self::DeclareOption(_) | Self::UnsetOption => "name the variables",
            Self::AnsiQuote | Self::LocaleQuote => "write '…' or \"…\"; a newline may stand in both",
            Self::QuoteInQuotedBraces => "leave the inner quotes out: \"${NAME:-a b}\" keeps its blanks",
            Self::TildeInBraces => "write $HOME, or quote the ~",
            Self::TildeFolder => "write the folder, or quote the ~",
            Self::BraceExpansion => "write each one out, or quote the braces",
            Self::AssignmentBefore(_) => "put the assignment on a line of its own",
            Self::Append => "write NAME=\"$NAME more\"",
            Self::InList => "quote it",
            Self::AfterList => "put all of it inside the parentheses",
            Self::List => "write one string, NAME=\"a b\"",
            Self::Readonly(_) => "assign it once, before or in the readonly",
            Self::Owned(_) => "use another name",
            Self::UnsetUnderAllexport(_) => "write export NAME=VALUE, or unset it before the set -a",
            Self::LoneBackslash => "double it, or take it away",
            Self::Demanded(_) => "set it in the file, above, or in the environment",
            Self::EscapedBrace => "leave the backslash out",
            Self::LoneDollar => "write \\$",
            Self::ControlByte => "put it into single quotes, outside of ${…}",
            Self::NotPlain => return None,
        })
    }
}
