//! Commands (XCU 2.9). The only commands that a file may contain are those that set
//! variables.

use super::ast::{AssignedValue, Assignment, Command, DeclarationArgument, DeclarationBuiltin, Word};
use super::error_kind::{ErrorKind, SpannedError};
use super::lexer::{self, Lexer, MultilineQuote};
use super::source::Span;
use super::tilde::{TildeContext, mark_tildes};
use super::word_prefix::{WordPrefix, without_prefix, word_prefix};
use super::{brace_expansion, names};

/// The variables that may be arrays.
const ARRAY_VARIABLES: [&str; 2] = ["OPTS", "EXTRA"];

/// The commands that a file may contain besides assignments.
#[derive(Debug, Clone, Copy)]
enum Builtin {
    Declare(DeclarationBuiltin),
    Unset,
    Set,
    Null,
}

impl Builtin {
    fn from_name(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"export" => Self::Declare(DeclarationBuiltin::Export),
            b"readonly" => Self::Declare(DeclarationBuiltin::Readonly),
            b"unset" => Self::Unset,
            b"set" => Self::Set,
            b":" => Self::Null,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Declare(builtin) => builtin.name(),
            Self::Unset => "unset",
            Self::Set => "set",
            Self::Null => ":",
        }
    }
}

/// Reads the commands of a file one by one, so that only one command of a large file is
/// in memory at a time.
pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { lexer: Lexer::new(bytes) }
    }
}

impl Parser<'_> {
    /// What an error may show of the part that was read.
    pub(super) fn visible(&self) -> &[Span] {
        self.lexer.visible()
    }

    /// The first quoted string of the current command that contains a newline.
    pub(super) fn multiline_quote(&self) -> Option<&MultilineQuote> {
        self.lexer.multiline_quote()
    }

    /// Reads the next command; `None` at the end of the file.
    pub(super) fn next_command(&mut self) -> Result<Option<Command>, SpannedError> {
        self.skip_blank_lines();
        self.lexer.start_command();
        if self.lexer.peek().is_none() {
            return Ok(None);
        }
        let assignments = self.read_assignments()?;
        self.lexer.skip_blanks();
        let command = if self.is_at_command_end() {
            if assignments.is_empty() {
                return Err(self.operator_error(true));
            }
            Command::Assign(assignments)
        } else {
            let word = self.lexer.read_word()?;
            self.read_builtin(&word, &assignments)?
        };
        self.expect_command_end()?;
        Ok(Some(command))
    }

    fn skip_blank_lines(&mut self) {
        loop {
            self.lexer.skip_blanks();
            if self.lexer.peek() != Some(b'\n') {
                return;
            }
            self.lexer.at += 1;
        }
    }

    /// Whether no word can follow here; blanks are skipped before.
    fn is_at_command_end(&mut self) -> bool {
        self.lexer.peek().is_none_or(lexer::ends_word)
    }

    /// Reads the newline or `;` after a command. Any other operator is an error.
    fn expect_command_end(&mut self) -> Result<(), SpannedError> {
        self.lexer.skip_blanks();
        match self.lexer.peek() {
            None | Some(b'\n') => Ok(()),
            Some(b';') if !self.is_doubled(b';') => {
                let at = self.lexer.at;
                self.lexer.mark_visible(at..at + 1);
                self.lexer.at += 1;
                Ok(())
            }
            Some(_) => Err(self.operator_error(false)),
        }
    }

    /// Whether the operator byte here occurs twice.
    fn is_doubled(&mut self, byte: u8) -> bool {
        let at = self.lexer.at;
        self.lexer.at += 1;
        let doubled = self.lexer.peek() == Some(byte);
        self.lexer.at = at;
        doubled
    }

    /// The error for the operator here. `first`: no word of the command is before it.
    pub(super) fn operator_error(&mut self, first: bool) -> SpannedError {
        let byte = self.lexer.peek().unwrap_or_default();
        let at = self.lexer.at;
        let doubled = self.is_doubled(byte);
        let kind = match (byte, doubled) {
            (b';', true) => ErrorKind::EmptyCommand(";;"),
            (b';', false) => ErrorKind::EmptyCommand(";"),
            (b'&', true) => ErrorKind::ControlOperator("&&"),
            (b'&', false) => ErrorKind::ControlOperator("&"),
            (b'|', true) => ErrorKind::ControlOperator("||"),
            (b'|', false) => ErrorKind::ControlOperator("|"),
            (b'<', true) => ErrorKind::Redirection("a here-document"),
            (b'<' | b'>', _) => match self.lexer.bytes.get(at + 1) {
                Some(b'(') => ErrorKind::ProcessSubstitution,
                _ => ErrorKind::Redirection("a redirection"),
            },
            (b'(' | b')', _) if first => ErrorKind::Subshell,
            (byte, _) => ErrorKind::Parenthesis(char::from(byte)),
        };
        let is_parenthesis = matches!(byte, b'(' | b')');
        SpannedError::new(kind, at..at + 1 + usize::from(doubled && !is_parenthesis))
    }

    /// Reads the assignments that a command starts with.
    fn read_assignments(&mut self) -> Result<Vec<Assignment>, SpannedError> {
        let mut assignments = Vec::new();
        loop {
            self.lexer.skip_blanks();
            if self.is_at_command_end() {
                return Ok(assignments);
            }
            let start = self.lexer.at;
            let first = assignments.is_empty();
            if first {
                self.mark_name_visible();
            }
            let word = self.lexer.read_word()?;
            match self.parse_assignment(word, first)? {
                Ok(assignment) => assignments.push(assignment),
                Err(_) => {
                    self.lexer.at = start;
                    return Ok(assignments);
                }
            }
        }
    }

    /// Lets errors show the name of a command's first assignment, even if its value is
    /// an error. What follows that assignment may be the rest of an unquoted value:
    /// padded base64 looks like `NAME=`.
    fn mark_name_visible(&mut self) {
        let rest = &self.lexer.bytes[self.lexer.at..];
        let length = rest.iter().take_while(|byte| names::is_name_byte(**byte)).count();
        if names::is_name(&rest[..length]) && rest.get(length) == Some(&b'=') {
            self.lexer.mark_visible(self.lexer.at..self.lexer.at + length + 1);
        }
    }

    /// The word as an assignment, or the word itself if it is not one. `first`: it is the
    /// first word, so that errors may show its name.
    fn parse_assignment(
        &mut self,
        word: Word,
        first: bool,
    ) -> Result<Result<Assignment, Word>, SpannedError> {
        let error = |kind, span: Span| {
            Err(if first { SpannedError::new(kind, span) } else { SpannedError::at_start_of(kind, &span) })
        };
        let (length, name) = match word_prefix(&word, self.lexer.bytes) {
            WordPrefix::Assignment { length, name } => (length, name),
            WordPrefix::Append(span) => return error(ErrorKind::Append, span),
            WordPrefix::Subscript(span) => return error(ErrorKind::Subscript, span),
            WordPrefix::Other => return Ok(Err(word)),
        };
        let parts = without_prefix(word.parts, length);
        let value = if parts.is_empty() && self.lexer.bytes.get(self.lexer.at) == Some(&b'(') {
            self.read_array(&name)?
        } else {
            AssignedValue::Text(mark_tildes(parts, self.lexer.bytes, TildeContext::Assignment)?)
        };
        Ok(Ok(Assignment { name, span: word.span, value }))
    }

    /// Reads `(a b c)`, which dash does not have. Blanks, newlines and comments separate
    /// the elements.
    fn read_array(&mut self, name: &str) -> Result<AssignedValue, SpannedError> {
        let opening = self.lexer.at..self.lexer.at + 1;
        if !ARRAY_VARIABLES.contains(&name) {
            return Err(SpannedError::new(ErrorKind::Array, opening));
        }
        self.lexer.at += 1;
        let mut words = Vec::new();
        loop {
            self.skip_blank_lines();
            match self.lexer.peek() {
                None => return Err(SpannedError::new(ErrorKind::Unterminated("array"), opening)),
                Some(b')') => break,
                Some(b';' | b'&' | b'|' | b'<' | b'>' | b'(') => {
                    return self.lexer.error_here(ErrorKind::OperatorInArray, 1);
                }
                Some(_) => {
                    let word = self.lexer.read_array_element()?;
                    self.reject_backslash_blank(&word)?;
                    words.push(self.check_argument(word)?);
                }
            }
        }
        self.lexer.at += 1;
        match self.lexer.peek() {
            Some(byte) if !lexer::ends_word(byte) => self.lexer.error_here(ErrorKind::TextAfterArray, 0),
            _ => Ok(AssignedValue::Array(words)),
        }
    }

    /// Checks a word that becomes fields: dash and bash must agree on the fields.
    fn check_argument(&self, word: Word) -> Result<Word, SpannedError> {
        self.reject_brace_expansion(&word)?;
        if let Some(span) = word.literal_dollar(self.lexer.bytes) {
            return Err(SpannedError::new(ErrorKind::LiteralDollar, span));
        }
        let parts = mark_tildes(word.parts, self.lexer.bytes, TildeContext::Argument)?;
        Ok(Word { parts, span: word.span })
    }

    /// Checks an argument of `:`, whose fields do not matter. Only a brace expansion
    /// makes a difference: it would expand the word several times.
    fn check_null_argument(&self, word: Word) -> Result<Word, SpannedError> {
        self.reject_brace_expansion(&word)?;
        Ok(word)
    }

    /// Reads the command whose name is `word`.
    fn read_builtin(&mut self, word: &Word, assignments: &[Assignment]) -> Result<Command, SpannedError> {
        let name = word.unquoted_text(self.lexer.bytes).unwrap_or_default();
        let span = word.span.clone();
        let Some(builtin) = Builtin::from_name(&name) else {
            return Err(self.unknown_command_error(word, assignments));
        };
        if !assignments.is_empty() {
            return Err(SpannedError::new(ErrorKind::AssignmentBefore(builtin.name()), span));
        }
        self.lexer.mark_visible(span.clone());
        Ok(match builtin {
            Builtin::Declare(builtin) => self.read_declaration(builtin, span)?,
            Builtin::Unset => Command::Unset { arguments: self.read_arguments(Self::check_argument)? },
            Builtin::Set => Command::Set { span, arguments: self.read_arguments(Self::check_argument)? },
            Builtin::Null => Command::Null { arguments: self.read_arguments(Self::check_null_argument)? },
        })
    }

    fn read_declaration(&mut self, builtin: DeclarationBuiltin, span: Span) -> Result<Command, SpannedError> {
        let mut arguments = Vec::new();
        loop {
            self.lexer.skip_blanks();
            if self.is_at_command_end() {
                return Ok(Command::Declare { builtin, span, arguments });
            }
            let first = arguments.is_empty();
            if first {
                self.mark_name_visible();
            }
            let word = self.lexer.read_word()?;
            if let Some(backslash) = &self.lexer.trailing_backslash {
                return Err(SpannedError::new(ErrorKind::TrailingBackslash, backslash.clone()));
            }
            self.reject_brace_expansion(&word)?;
            arguments.push(match self.parse_assignment(word, first)? {
                Ok(assignment) => DeclarationArgument::Assignment(assignment),
                Err(word) => {
                    self.reject_backslash_blank(&word)?;
                    DeclarationArgument::Word(self.check_argument(word)?)
                }
            });
        }
    }

    /// Reads the words up to the end of the command and applies `check` to each.
    fn read_arguments(
        &mut self,
        check: fn(&Self, Word) -> Result<Word, SpannedError>,
    ) -> Result<Vec<Word>, SpannedError> {
        let mut arguments = Vec::new();
        loop {
            self.lexer.skip_blanks();
            if self.is_at_command_end() {
                return Ok(arguments);
            }
            let word = self.lexer.read_word()?;
            arguments.push(check(self, word)?);
        }
    }

    /// Rejects a `\` before a blank at the end of a line, which was meant to continue
    /// the line.
    pub(super) fn reject_backslash_blank(&self, word: &Word) -> Result<(), SpannedError> {
        let rest = &self.lexer.bytes[word.span.end..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let at_line_end = matches!(rest.get(blanks), None | Some(b'\n'));
        match &self.lexer.bytes[word.span.clone()] {
            [b'\\', b' ' | b'\t'] if at_line_end => {
                Err(SpannedError::new(ErrorKind::BackslashBlank, word.span.start..word.span.start + 1))
            }
            _ => Ok(()),
        }
    }

    fn reject_brace_expansion(&self, word: &Word) -> Result<(), SpannedError> {
        let found = brace_expansion::find(word, self.lexer.bytes);
        found.map_or(Ok(()), |span| Err(SpannedError::new(ErrorKind::BraceExpansion, span)))
    }
}
