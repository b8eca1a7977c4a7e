//! Commands: what a file may do (XCU 2.9), which is to assign.

use super::leading::{self, Leading};
use super::lex::{self, Lexer};
use super::refusal::{Refusal, Refused};
use super::source::Span;
use super::syntax::{Argument, Assignment, Builtin, Command, Word, Written};
use super::tilde::{self, Where};
use super::{brace, names};

/// The variables that may be lists.
const LISTS: [&str; 2] = ["OPTS", "EXTRA"];

/// Reads the commands of a file one after the other, so that of a large file
/// no more than one has to be held.
pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { lexer: Lexer::new(bytes) }
    }
}

impl Parser<'_> {
    /// The next command with its end; `None` at the end of the file.
    pub(super) fn command(&mut self) -> Result<Option<Command>, Refused> {
        self.skip_lines();
        self.lexer.multiline = None;
        if self.lexer.peek().is_none() {
            return Ok(None);
        }
        let assignments = self.assignments()?;
        self.lexer.skip_blanks();
        let command = if self.at_end() {
            if assignments.is_empty() {
                return Err(self.operator(true));
            }
            Command::Assign(assignments)
        } else {
            let word = self.lexer.word()?;
            self.simple(&word, &assignments)?
        };
        self.end()?;
        Ok(Some(command))
    }

    fn skip_lines(&mut self) {
        loop {
            self.lexer.skip_blanks();
            if self.lexer.peek() != Some(b'\n') {
                return;
            }
            self.lexer.at += 1;
        }
    }

    /// Whether no word can follow here, behind blanks.
    fn at_end(&mut self) -> bool {
        self.lexer.peek().is_none_or(lex::ends_word)
    }

    /// The newline or `;` after a command, which an operator must not be.
    fn end(&mut self) -> Result<(), Refused> {
        self.lexer.skip_blanks();
        match self.lexer.peek() {
            None | Some(b'\n') => Ok(()),
            Some(b';') if !self.doubled(b';') => {
                let at = self.lexer.at;
                self.lexer.show(at..at + 1);
                self.lexer.at += 1;
                Ok(())
            }
            _ => Err(self.operator(false)),
        }
    }

    /// Whether the operator byte here stands twice.
    fn doubled(&mut self, byte: u8) -> bool {
        let at = self.lexer.at;
        self.lexer.at += 1;
        let doubled = self.lexer.peek() == Some(byte);
        self.lexer.at = at;
        doubled
    }

    /// The operator here, refused.
    pub(super) fn operator(&mut self, first: bool) -> Refused {
        let byte = self.lexer.peek().unwrap_or_default();
        let at = self.lexer.at;
        let double = self.doubled(byte);
        let refusal = match (byte, double) {
            (b';', true) => Refusal::EmptyCommand(";;"),
            (b';', false) => Refusal::EmptyCommand(";"),
            (b'&', true) => Refusal::Combined("&&"),
            (b'&', false) => Refusal::Combined("&"),
            (b'|', true) => Refusal::Combined("||"),
            (b'|', false) => Refusal::Combined("|"),
            (b'<', true) => Refusal::Redirection("a here-document"),
            (b'<' | b'>', _) => self.angle(at),
            (b'(' | b')', _) if first => Refusal::Subshell,
            (byte, _) => Refusal::Parenthesis(char::from(byte)),
        };
        Refused::new(refusal, at..at + 1 + usize::from(double && byte != b'(' && byte != b')'))
    }

    fn angle(&self, at: usize) -> Refusal {
        match self.lexer.bytes.get(at + 1) {
            Some(b'(') => Refusal::ProcessSubstitution,
            _ => Refusal::Redirection("a redirection"),
        }
    }

    /// The assignments that a command starts with.
    fn assignments(&mut self) -> Result<Vec<Assignment>, Refused> {
        let mut assignments = Vec::new();
        loop {
            self.lexer.skip_blanks();
            let before = (self.lexer.at, self.lexer.shown.len());
            if self.at_end() {
                return Ok(assignments);
            }
            let first = assignments.is_empty();
            if first {
                self.show_name();
            }
            let word = self.lexer.word()?;
            match self.assignment(word, first)? {
                Ok(assignment) => assignments.push(assignment),
                Err(_) => {
                    self.lexer.at = before.0;
                    return Ok(assignments);
                }
            }
        }
    }

    /// The name of a command's first assignment may be shown, even where its value
    /// can't be read. What follows it may be the rest of an unquoted value: padded
    /// base64 looks like `NAME=`.
    fn show_name(&mut self) {
        let rest = &self.lexer.bytes[self.lexer.at..];
        let length = rest.iter().take_while(|byte| names::continues_name(**byte)).count();
        if names::name(&rest[..length]).is_some() && rest.get(length) == Some(&b'=') {
            self.lexer.show(self.lexer.at..self.lexer.at + length + 1);
        }
    }

    /// The word as an assignment, or back as it was. `first`: it is the command's
    /// first, so that its name may be shown.
    fn assignment(&mut self, word: Word, first: bool) -> Result<Result<Assignment, Word>, Refused> {
        let at = |span: Span| if first { span } else { span.start..span.start };
        let (length, name) = match leading::leading_name(&word, self.lexer.bytes) {
            Leading::Assigned { length, name } => (length, name),
            Leading::Appended(span) => return Err(Refused::new(Refusal::Append, at(span))),
            Leading::Subscripted(span) => return Err(Refused::new(Refusal::Subscript, at(span))),
            Leading::Other => return Ok(Err(word)),
        };
        let (head, parts) = leading::cut(word.parts, length);
        let span = word.span.start..head - 1;
        let value = if parts.is_empty() && self.lexer.bytes.get(self.lexer.at) == Some(&b'(') {
            self.list(&name)?
        } else {
            Written::Text(tilde::mark(parts, self.lexer.bytes, Where::Assignment)?)
        };
        Ok(Ok(Assignment { name, span, value }))
    }

    /// `(a b c)`, which dash does not have: blanks, newlines and comments may
    /// stand between the elements.
    fn list(&mut self, name: &str) -> Result<Written, Refused> {
        let opening = self.lexer.at..self.lexer.at + 1;
        if !LISTS.contains(&name) {
            return Err(Refused::new(Refusal::List, opening));
        }
        self.lexer.at += 1;
        let mut words = Vec::new();
        loop {
            self.skip_lines();
            match self.lexer.peek() {
                None => return Err(Refused::new(Refusal::Unterminated("list"), opening)),
                Some(b')') => break,
                Some(b';' | b'&' | b'|' | b'<' | b'>' | b'(') => {
                    return self.lexer.refuse(Refusal::InList, 1);
                }
                _ => {
                    let word = self.lexer.element()?;
                    self.without_backslash_blank(&word)?;
                    words.push(self.field_word(word)?);
                }
            }
        }
        self.lexer.at += 1;
        match self.lexer.peek() {
            Some(byte) if !lex::ends_word(byte) => self.lexer.refuse(Refusal::AfterList, 0),
            _ => Ok(Written::List(words)),
        }
    }

    /// A word that becomes fields, without what makes bash see others than dash.
    fn field_word(&self, word: Word) -> Result<Word, Refused> {
        self.without_braces(&word)?;
        if let Some(span) = word.lone_dollar(self.lexer.bytes) {
            return Err(Refused::new(Refusal::LoneDollar, span));
        }
        let parts = tilde::mark(word.parts, self.lexer.bytes, Where::Word)?;
        Ok(Word { parts, span: word.span })
    }

    /// A command after its name.
    fn simple(&mut self, word: &Word, assignments: &[Assignment]) -> Result<Command, Refused> {
        let name = word.bare(self.lexer.bytes).unwrap_or_default();
        let span = word.span.clone();
        let builtin = match &*name {
            b"export" => "export",
            b"readonly" => "readonly",
            b"unset" => "unset",
            b"set" => "set",
            b":" => ":",
            _ => return Err(self.not_ours(word, assignments)),
        };
        if !assignments.is_empty() {
            return Err(Refused::new(Refusal::AssignmentBefore(builtin), span));
        }
        self.lexer.show(span.clone());
        Ok(match builtin {
            "export" => self.declare(Builtin::Export, span)?,
            "readonly" => self.declare(Builtin::Readonly, span)?,
            "unset" => Command::Unset { arguments: self.arguments(Self::field_word)? },
            "set" => Command::Set { span, arguments: self.arguments(Self::field_word)? },
            _ => Command::Null { arguments: self.arguments(Self::thrown_away)? },
        })
    }

    fn declare(&mut self, builtin: Builtin, span: Span) -> Result<Command, Refused> {
        let mut arguments = Vec::new();
        loop {
            self.lexer.skip_blanks();
            if self.at_end() {
                return Ok(Command::Declare { builtin, span, arguments });
            }
            let first = arguments.is_empty();
            if first {
                self.show_name();
            }
            let word = self.lexer.word()?;
            if let Some(lone) = &self.lexer.lone_backslash {
                return Err(Refused::new(Refusal::LoneBackslash, lone.clone()));
            }
            self.without_braces(&word)?;
            arguments.push(match self.assignment(word, first)? {
                Ok(assignment) => Argument::Assignment(assignment),
                Err(word) => {
                    self.without_backslash_blank(&word)?;
                    Argument::Word(self.field_word(word)?)
                }
            });
        }
    }

    /// The words to the command's end, each as `checked` leaves it.
    fn arguments(&mut self, checked: fn(&Self, Word) -> Result<Word, Refused>) -> Result<Vec<Word>, Refused> {
        let mut arguments = Vec::new();
        loop {
            self.lexer.skip_blanks();
            if self.at_end() {
                return Ok(arguments);
            }
            let word = self.lexer.word()?;
            arguments.push(checked(self, word)?);
        }
    }

    /// What `:` is given is expanded and thrown away: only that a brace
    /// expansion would do it twice makes a difference.
    fn thrown_away(&self, word: Word) -> Result<Word, Refused> {
        self.without_braces(&word)?;
        Ok(word)
    }

    /// A `\` before a blank at a line's end, which was meant to continue the line.
    pub(super) fn without_backslash_blank(&self, word: &Word) -> Result<(), Refused> {
        let rest = &self.lexer.bytes[word.span.end..];
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let at_line_end = matches!(rest.get(blanks), None | Some(b'\n'));
        match &self.lexer.bytes[word.span.clone()] {
            [b'\\', b' ' | b'\t'] if at_line_end => {
                Err(Refused::new(Refusal::BackslashBlank, word.span.start..word.span.start + 1))
            }
            _ => Ok(()),
        }
    }

    fn without_braces(&self, word: &Word) -> Result<(), Refused> {
        let found = brace::find(word, self.lexer.bytes);
        found.map_or(Ok(()), |span| Err(Refused::new(Refusal::BraceExpansion, span)))
    }
}
