//! What a file says, before anything is looked up: the tree that the parser
//! makes and the interpreter walks. Text stays where it is, in the source.

use super::names;
use super::source::Span;

/// A word: what stands between blanks, its quotes resolved.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    pub(super) span: Span,
}

/// A piece of a word.
#[derive(Debug)]
pub(super) enum Part {
    /// Bytes of the source that stand for themselves.
    Literal {
        span: Span,
        /// By any quote or by a backslash.
        quoted: bool,
    },
    /// `~` or `~user`, where a home belongs.
    Tilde { span: Span, user: Vec<u8> },
    /// `$NAME` and its kind.
    Parameter(Box<Parameter>),
}

impl Part {
    /// What may be shown of it.
    pub(super) fn span(&self) -> &Span {
        match self {
            Self::Literal { span, .. } | Self::Tilde { span, .. } => span,
            Self::Parameter(parameter) => &parameter.span,
        }
    }
}

/// `$NAME`, `${NAME}`, `${NAME:-word}`.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// `$NAME` or `${NAME`: what may be shown of it.
    pub(super) span: Span,
    pub(super) quoted: bool,
    pub(super) operation: Option<Operation>,
}

/// The operator of `${NAME:-word}` and its word.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) operator: Operator,
    /// With a colon an empty value counts as none.
    pub(super) colon: bool,
    pub(super) word: Vec<Part>,
}

/// XCU 2.6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `-`: the word in place of a missing value.
    Default,
    /// `=`: as `-`, and the variable gets it.
    Assign,
    /// `?`: the file wants it set.
    Demand,
    /// `+`: the word in place of a value that is there.
    Alternative,
}

/// One command.
#[derive(Debug)]
pub(super) enum Command {
    /// `A=1 B=2`
    Assign(Vec<Assignment>),
    /// `export …` and `readonly …`
    Declare { builtin: Builtin, span: Span, arguments: Vec<Argument> },
    /// `unset …`
    Unset { arguments: Vec<Word> },
    /// `set …`
    Set { span: Span, arguments: Vec<Word> },
    /// `: …`
    Null { arguments: Vec<Word> },
}

/// The two that mark variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    Export,
    Readonly,
}

/// What `export` and `readonly` are given.
#[derive(Debug)]
pub(super) enum Argument {
    /// `NAME=VALUE` with the name and the `=` unquoted: expands as an assignment does.
    Assignment(Assignment),
    /// Anything else: expands to any number of names and `NAME=VALUE`.
    Word(Word),
}

/// `NAME=VALUE`.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) name: String,
    /// The name in the source.
    pub(super) span: Span,
    pub(super) value: Written,
}

/// A value as it is written.
#[derive(Debug)]
pub(super) enum Written {
    /// A string.
    Text(Vec<Part>),
    /// `(a b c)`
    List(Vec<Word>),
}

impl Builtin {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Readonly => "readonly",
        }
    }
}

impl Command {
    /// Whether it assigns a variable, as far as it is written there.
    pub(super) fn assigns(&self, name: &str, bytes: &[u8]) -> bool {
        match self {
            Self::Assign(assignments) => assignments.iter().any(|one| one.assigns(name)),
            Self::Declare { arguments, .. } => arguments.iter().any(|argument| match argument {
                Argument::Assignment(assignment) => assignment.assigns(name),
                Argument::Word(word) => word.spells(name, bytes) || assigned_in(&word.parts, name),
            }),
            Self::Null { arguments } => arguments.iter().any(|word| assigned_in(&word.parts, name)),
            Self::Unset { .. } | Self::Set { .. } => false,
        }
    }
}

impl Assignment {
    fn assigns(&self, name: &str) -> bool {
        let inside = |word: &Word| assigned_in(&word.parts, name);
        self.name == name
            || match &self.value {
                Written::Text(parts) => assigned_in(parts, name),
                Written::List(words) => words.iter().any(inside),
            }
    }
}

/// `${NAME:=word}`.
fn assigned_in(parts: &[Part], name: &str) -> bool {
    parts.iter().any(|part| match part {
        Part::Parameter(parameter) => parameter.operation.as_ref().is_some_and(|operation| {
            let assigns = operation.operator == Operator::Assign && parameter.name == name;
            assigns || assigned_in(&operation.word, name)
        }),
        Part::Literal { .. } | Part::Tilde { .. } => false,
    })
}

impl Word {
    /// Whether it begins with `NAME=`, however that is quoted.
    fn spells(&self, name: &str, bytes: &[u8]) -> bool {
        let mut text: Vec<u8> = Vec::new();
        for part in &self.parts {
            let Part::Literal { span, .. } = part else { break };
            text.extend_from_slice(&bytes[span.clone()]);
        }
        text.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
    }

    /// The bytes of a word that has neither quotes nor anything to expand.
    pub(super) fn bare<'a>(&self, bytes: &'a [u8]) -> Option<std::borrow::Cow<'a, [u8]>> {
        match self.parts.as_slice() {
            [Part::Literal { span, quoted: false }] => Some(bytes[span.clone()].into()),
            parts => {
                let mut text = Vec::new();
                for part in parts {
                    let Part::Literal { span, quoted: false } = part else { return None };
                    text.extend_from_slice(&bytes[span.clone()]);
                }
                Some(text.into())
            }
        }
    }

    /// The unquoted bytes that a word begins with, as far as they stand together.
    pub(super) fn unquoted_start<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        match self.parts.first() {
            Some(Part::Literal { span, quoted: false }) => &bytes[span.clone()],
            _ => b"",
        }
    }

    /// The first unquoted character of a word that looks like a blank or like nothing,
    /// and where it is.
    pub(super) fn invisible(&self, bytes: &[u8]) -> Option<(char, Span)> {
        self.parts.iter().find_map(|part| match part {
            Part::Literal { span, quoted: false } => {
                let (character, at) = names::invisible(&bytes[span.clone()])?;
                let start = span.start + at;
                Some((character, start..start + character.len_utf8()))
            }
            Part::Literal { .. } | Part::Tilde { .. } | Part::Parameter(_) => None,
        })
    }

    /// A `$` that stands for itself in a word that has something to expand as
    /// well: bash does not split such a word.
    pub(super) fn lone_dollar(&self, bytes: &[u8]) -> Option<Span> {
        let expands = self.parts.iter().any(|part| matches!(part, Part::Parameter(_)));
        if expands { lone_dollar(&self.parts, bytes) } else { None }
    }
}

fn lone_dollar(parts: &[Part], bytes: &[u8]) -> Option<Span> {
    parts.iter().find_map(|part| match part {
        Part::Literal { span, quoted: false } => {
            let at = span.start + bytes[span.clone()].iter().position(|byte| *byte == b'$')?;
            Some(at..at + 1)
        }
        Part::Parameter(parameter) => lone_dollar(&parameter.operation.as_ref()?.word, bytes),
        Part::Literal { .. } | Part::Tilde { .. } => None,
    })
}
