//! The syntax tree of a file: the parser makes it, the interpreter walks over it.
//! Text stays in the source, and the tree holds its spans.

use super::names;
use super::source::Span;
use std::borrow::Cow;

/// A word, its quotes resolved.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Part {
    /// Bytes of the source without an expansion. `quoted`: by any quote or by a backslash.
    Literal {
        span: Span,
        quoted: bool,
    },
    /// `~` or `~user` where tilde expansion applies.
    Tilde {
        span: Span,
        user: Vec<u8>,
    },
    Parameter(Box<Parameter>),
}

/// A parameter expansion: `$NAME`, `${NAME}`, `${NAME:-word}`.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// `$NAME` or `${NAME`: the part that an error may show.
    pub(super) span: Span,
    pub(super) quoted: bool,
    pub(super) operation: Option<Operation>,
}

/// The operator of `${NAME:-word}` and its word.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) operator: Operator,
    /// With a colon an empty value counts as unset.
    pub(super) colon: bool,
    pub(super) word: Vec<Part>,
}

/// XCU 2.6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `-`
    UseDefault,
    /// `=`
    AssignDefault,
    /// `?`
    ErrorIfUnset,
    /// `+`
    UseAlternative,
}

#[derive(Debug)]
pub(super) enum Command {
    /// `A=1 B=2`
    Assign(Vec<Assignment>),
    /// `export …` and `readonly …`
    Declare { builtin: DeclarationBuiltin, span: Span, arguments: Vec<DeclarationArgument> },
    /// `unset …`
    Unset { arguments: Vec<Word> },
    /// `set …`
    Set { span: Span, arguments: Vec<Word> },
    /// `: …`
    Null { arguments: Vec<Word> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeclarationBuiltin {
    Export,
    Readonly,
}

#[derive(Debug)]
pub(super) enum DeclarationArgument {
    /// `NAME=VALUE` with the name and the `=` unquoted: expands as an assignment does.
    Assignment(Assignment),
    /// Any other word: expands to any number of `NAME` and `NAME=VALUE`.
    Word(Word),
}

/// `NAME=VALUE`.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) name: String,
    /// The span of the word; of an array the part before its elements.
    pub(super) span: Span,
    pub(super) value: AssignedValue,
}

#[derive(Debug)]
pub(super) enum AssignedValue {
    Text(Vec<Part>),
    /// `(a b c)`
    Array(Vec<Word>),
}

impl DeclarationBuiltin {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Readonly => "readonly",
        }
    }
}

impl Command {
    /// Whether the command assigns a variable, as far as is known before expansion.
    pub(super) fn assigns(&self, name: &str, bytes: &[u8]) -> bool {
        match self {
            Self::Assign(assignments) => assignments.iter().any(|assignment| assignment.assigns(name)),
            Self::Declare { arguments, .. } => arguments.iter().any(|argument| match argument {
                DeclarationArgument::Assignment(assignment) => assignment.assigns(name),
                DeclarationArgument::Word(word) => {
                    word.reads_as_assignment_of(name, bytes) || parts_assign(&word.parts, name)
                }
            }),
            Self::Null { arguments } => arguments.iter().any(|word| parts_assign(&word.parts, name)),
            Self::Unset { .. } | Self::Set { .. } => false,
        }
    }
}

impl Assignment {
    fn assigns(&self, name: &str) -> bool {
        self.name == name
            || match &self.value {
                AssignedValue::Text(parts) => parts_assign(parts, name),
                AssignedValue::Array(words) => words.iter().any(|word| parts_assign(&word.parts, name)),
            }
    }
}

/// Whether one of the parts is `${NAME:=word}`.
fn parts_assign(parts: &[Part], name: &str) -> bool {
    parts.iter().any(|part| match part {
        Part::Parameter(parameter) => parameter.operation.as_ref().is_some_and(|operation| {
            let assigns = operation.operator == Operator::AssignDefault && parameter.name == name;
            assigns || parts_assign(&operation.word, name)
        }),
        Part::Literal { .. } | Part::Tilde { .. } => false,
    })
}

impl Part {
    /// The part of the source that an error may show.
    pub(super) fn span(&self) -> &Span {
        match self {
            Self::Literal { span, .. } | Self::Tilde { span, .. } => span,
            Self::Parameter(parameter) => &parameter.span,
        }
    }

    /// The span of an unquoted literal.
    pub(super) fn unquoted_literal(&self) -> Option<&Span> {
        match self {
            Self::Literal { span, quoted: false } => Some(span),
            Self::Literal { quoted: true, .. } | Self::Tilde { .. } | Self::Parameter(_) => None,
        }
    }

    /// The span of a literal, quoted or not.
    fn literal(&self) -> Option<&Span> {
        match self {
            Self::Literal { span, .. } => Some(span),
            Self::Tilde { .. } | Self::Parameter(_) => None,
        }
    }
}

impl Word {
    /// Whether the word begins with `NAME=`, quoted or not.
    fn reads_as_assignment_of(&self, name: &str, bytes: &[u8]) -> bool {
        let mut text: Vec<u8> = Vec::new();
        for span in self.parts.iter().map_while(Part::literal) {
            text.extend_from_slice(&bytes[span.clone()]);
        }
        text.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
    }

    /// The text of a word that has neither quotes nor expansions.
    pub(super) fn unquoted_text<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if let [part] = self.parts.as_slice() {
            return part.unquoted_literal().map(|span| bytes[span.clone()].into());
        }
        let mut text = Vec::new();
        for part in &self.parts {
            text.extend_from_slice(&bytes[part.unquoted_literal()?.clone()]);
        }
        Some(text.into())
    }

    /// The unquoted bytes that the word begins with, up to a backslash-newline.
    pub(super) fn unquoted_start<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let first = self.parts.first().and_then(Part::unquoted_literal);
        first.map_or(b"", |span| &bytes[span.clone()])
    }

    /// The first unquoted character of the word that looks like a blank or like
    /// nothing, and its span.
    pub(super) fn invisible_character(&self, bytes: &[u8]) -> Option<(char, Span)> {
        self.parts.iter().filter_map(Part::unquoted_literal).find_map(|span| {
            let (character, offset) = names::invisible_character(&bytes[span.clone()])?;
            let start = span.start + offset;
            Some((character, start..start + character.len_utf8()))
        })
    }

    /// A literal `$` in a word that also has an expansion: bash does not split such a word.
    pub(super) fn literal_dollar(&self, bytes: &[u8]) -> Option<Span> {
        let expands = self.parts.iter().any(|part| matches!(part, Part::Parameter(_)));
        if expands { literal_dollar_in(&self.parts, bytes) } else { None }
    }
}

fn literal_dollar_in(parts: &[Part], bytes: &[u8]) -> Option<Span> {
    parts.iter().find_map(|part| match part {
        Part::Literal { span, quoted: false } => {
            let at = span.start + bytes[span.clone()].iter().position(|byte| *byte == b'$')?;
            Some(at..at + 1)
        }
        Part::Parameter(parameter) => literal_dollar_in(&parameter.operation.as_ref()?.word, bytes),
        Part::Literal { quoted: true, .. } | Part::Tilde { .. } => None,
    })
}
