//! Words: quotes and backslashes (XCU 2.2 Quoting, 2.3 Token Recognition).

use super::ast::{Part, Word};
use super::error_kind::{ErrorKind, SpannedError};
use super::source::Span;

/// The bytes with which bash marks quoted characters and empty words internally. It
/// loses them where they come from a file: `${A-\^A}` is an error, and `"\^?$"` is `\$`.
const CTLESC: u8 = 0x01;
const CTLNUL: u8 = 0x7f;

pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    /// The offset of the next byte.
    pub(super) at: usize,
    /// How many `${` are open.
    pub(super) open_braces: usize,
    /// What an error may show of the file, in order: blanks between words, the name of
    /// a command's first assignment, builtins.
    visible: Vec<Span>,
    /// A backslash that is the last byte of the file.
    pub(super) trailing_backslash: Option<Span>,
    /// The offset of the quote that closes the last single-quoted string with a newline.
    newline_in_single_quotes: Option<usize>,
    /// The first quoted string of the command that contains a newline.
    multiline_quote: Option<MultilineQuote>,
}

/// A quoted string that contains a newline other than a backslash-newline.
#[derive(Debug)]
pub(super) struct MultilineQuote {
    /// From the opening quote up to the closing one.
    pub(super) span: Span,
    /// "single quote" or "double quote".
    pub(super) name: &'static str,
}

/// What encloses the part of a word that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// Nothing: the word ends before a blank or an operator.
    Unquoted,
    /// `"…"`
    DoubleQuotes,
    /// `${…}`
    Braces,
    /// `"${…}"`
    QuotedBraces,
    /// `[…]` at the start of an array element
    Brackets,
}

impl Context {
    pub(super) fn is_quoted(self) -> bool {
        match self {
            Self::DoubleQuotes | Self::QuotedBraces => true,
            Self::Unquoted | Self::Braces | Self::Brackets => false,
        }
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            open_braces: 0,
            visible: Vec::new(),
            trailing_backslash: None,
            newline_in_single_quotes: None,
            multiline_quote: None,
        }
    }

    /// What an error may show of the part that was read.
    pub(super) fn visible(&self) -> &[Span] {
        &self.visible
    }

    pub(super) fn multiline_quote(&self) -> Option<&MultilineQuote> {
        self.multiline_quote.as_ref()
    }

    pub(super) fn start_command(&mut self) {
        self.multiline_quote = None;
    }

    /// The next byte. A backslash-newline is removed before anything else is recognised
    /// (XCU 2.2.1), so it is skipped everywhere but in single quotes and comments.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while self.bytes[self.at..].starts_with(b"\\\n") {
            self.at += 2;
        }
        self.bytes.get(self.at).copied()
    }

    /// Skips the blanks before a token, and a comment if one starts there.
    pub(super) fn skip_blanks(&mut self) {
        let start = self.at;
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.mark_visible(start..self.at);
        if self.peek() == Some(b'#') {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        }
    }

    /// Lets errors show a span, which holds no value.
    pub(super) fn mark_visible(&mut self, span: Span) {
        match self.visible.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ if span.is_empty() => {}
            _ => self.visible.push(span),
        }
    }

    /// A state that [`Self::rewind`] goes back to.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.at, self.visible.len())
    }

    /// Goes back to an earlier position.
    pub(super) fn rewind(&mut self, (at, visible): (usize, usize)) {
        self.at = at;
        self.visible.truncate(visible);
    }

    /// Reads a word, which is empty before an operator.
    pub(super) fn read_word(&mut self) -> Result<Word, SpannedError> {
        self.peek();
        let start = self.at;
        let mut parts = Vec::new();
        self.read_parts(Context::Unquoted, start..start, &mut parts)?;
        Ok(Word { parts, span: start..self.at })
    }

    /// Reads an array element. One that begins with an unquoted `[` extends to the
    /// matching `]` and contains all blanks, newlines, comments and operators before it,
    /// as in bash (parse.y, read_token_word with PST_COMPASSIGN).
    pub(super) fn read_array_element(&mut self) -> Result<Word, SpannedError> {
        if self.peek() != Some(b'[') {
            return self.read_word();
        }
        let start = self.at;
        let opening = start..start + 1;
        let mut parts = Vec::new();
        self.push_literal(1, false, &mut parts);
        self.read_parts(Context::Brackets, opening.clone(), &mut parts)?;
        if self.is_at_assignment_operator() {
            return Err(SpannedError::new(ErrorKind::Subscript, opening));
        }
        self.read_parts(Context::Unquoted, opening, &mut parts)?;
        Ok(Word { parts, span: start..self.at })
    }

    /// Whether `=` or `+=` comes next.
    fn is_at_assignment_operator(&mut self) -> bool {
        let next = self.peek();
        let start = self.at;
        self.at += usize::from(next == Some(b'+'));
        let found = self.peek() == Some(b'=');
        self.at = start;
        found
    }

    /// Reads parts up to and including the byte that ends the context. A blank or an
    /// operator that ends an unquoted word is not read. `opening` is what an error names if that byte is missing.
    pub(super) fn read_parts(
        &mut self,
        context: Context,
        opening: Span,
        parts: &mut Vec<Part>,
    ) -> Result<(), SpannedError> {
        let mut open_brackets = 1;
        loop {
            let Some(byte) = self.peek() else { return end_of_file(context, opening) };
            match (byte, context) {
                (byte, Context::Unquoted) if ends_word(byte) => return Ok(()),
                (b'[', Context::Brackets) => {
                    open_brackets += 1;
                    self.push_literal(1, false, parts);
                }
                (b']', Context::Brackets) => {
                    open_brackets -= 1;
                    self.push_literal(1, false, parts);
                    if open_brackets == 0 {
                        return Ok(());
                    }
                }
                (b'}', Context::Braces | Context::QuotedBraces) | (b'"', Context::DoubleQuotes) => {
                    self.at += 1;
                    return Ok(());
                }
                (b'"' | b'\'', Context::QuotedBraces) => {
                    return self.error_here(ErrorKind::QuoteInQuotedBraces, 1);
                }
                (b'~', Context::Braces) => return self.error_here(ErrorKind::TildeInBraces, 1),
                (b'<' | b'>', Context::Braces | Context::QuotedBraces | Context::Brackets) => {
                    self.read_angle_bracket(context.is_quoted(), parts)?;
                }
                (b'\'', Context::Unquoted | Context::Braces | Context::Brackets) => {
                    self.read_single_quotes(parts)?;
                }
                (b'"', Context::Unquoted | Context::Braces | Context::Brackets) => {
                    self.read_double_quotes(parts)?;
                }
                (b'`', _) => return self.error_here(ErrorKind::Backtick, 1),
                (b'$', _) => self.read_dollar(context, parts)?,
                (b'\\', Context::DoubleQuotes)
                    if self.open_braces > 0 && self.bytes.get(self.at + 1) == Some(&b'}') =>
                {
                    return self.error_here(ErrorKind::EscapedBrace, 2);
                }
                (b'\\', _) => self.read_backslash(context, parts)?,
                (CTLESC | CTLNUL, _) => return self.error_here(ErrorKind::ControlByte, 1),
                _ => self.read_plain_bytes(context.is_quoted(), parts),
            }
        }
    }

    /// Reads bytes without a meaning; the first one has none here, whatever it is.
    fn read_plain_bytes(&mut self, quoted: bool, parts: &mut Vec<Part>) {
        let rest = &self.bytes[self.at + 1..];
        let more = rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len());
        self.push_literal(1 + more, quoted, parts);
    }

    /// Takes the next `length` bytes as a literal.
    pub(super) fn push_literal(&mut self, length: usize, quoted: bool, parts: &mut Vec<Part>) {
        let span = self.at..self.at + length;
        self.at = span.end;
        match parts.last_mut() {
            Some(Part::Literal { span: last, quoted: same }) if last.end == span.start && *same == quoted => {
                last.end = span.end;
            }
            _ => parts.push(Part::Literal { span, quoted }),
        }
    }

    fn read_single_quotes(&mut self, parts: &mut Vec<Part>) -> Result<(), SpannedError> {
        let opening = self.at;
        let rest = &self.bytes[opening + 1..];
        let Some(length) = rest.iter().position(|byte| *byte == b'\'') else {
            return self.error_here(ErrorKind::Unterminated("single quote"), 1);
        };
        let text = &rest[..length];
        let control = text.iter().position(|byte| self.open_braces > 0 && matches!(*byte, CTLESC | CTLNUL));
        self.at += 1 + control.unwrap_or_default();
        if control.is_some() {
            return self.error_here(ErrorKind::ControlByte, 1);
        }
        let closing = opening + 1 + length;
        if text.contains(&b'\n') {
            self.newline_in_single_quotes = Some(closing);
            self.multiline_quote
                .get_or_insert(MultilineQuote { span: opening..closing, name: "single quote" });
        }
        self.push_literal(length, true, parts);
        self.at += 1;
        Ok(())
    }

    /// Whether the current line of the file begins inside single quotes.
    fn line_begins_in_single_quotes(&self) -> bool {
        self.newline_in_single_quotes.is_some_and(|closing| !self.bytes[closing..self.at].contains(&b'\n'))
    }

    fn read_double_quotes(&mut self, parts: &mut Vec<Part>) -> Result<(), SpannedError> {
        let opening = self.at;
        self.at += 1;
        self.push_literal(0, true, parts); // "" makes a word, even if an empty one
        self.read_parts(Context::DoubleQuotes, opening..opening + 1, parts)?;
        let span = opening..self.at - 1;
        let text = &self.bytes[span.clone()];
        if text.windows(2).any(|pair| pair[0] != b'\\' && pair[1] == b'\n') {
            self.multiline_quote.get_or_insert(MultilineQuote { span, name: "double quote" });
        }
        Ok(())
    }

    /// A backslash quotes the next byte; inside double quotes only a byte that has a
    /// meaning there (XCU 2.2.3).
    fn read_backslash(&mut self, context: Context, parts: &mut Vec<Part>) -> Result<(), SpannedError> {
        let quotes_next = match (self.bytes.get(self.at + 1), context) {
            // Bash loses it.
            (None, _) if self.line_begins_in_single_quotes() => {
                return self.error_here(ErrorKind::TrailingBackslash, 1);
            }
            (None, _) => {
                self.trailing_backslash = Some(self.at..self.at + 1);
                false
            }
            (Some(_), Context::Unquoted | Context::Braces | Context::Brackets) => true,
            (Some(next), Context::DoubleQuotes) => b"$`\"\\".contains(next),
            (Some(next), Context::QuotedBraces) => b"$`\"\\}".contains(next),
        };
        self.at += usize::from(quotes_next);
        if matches!(self.bytes[self.at], CTLESC | CTLNUL) {
            return self.error_here(ErrorKind::ControlByte, 1);
        }
        self.push_literal(1, true, parts);
        Ok(())
    }

    /// `<` and `>` are plain inside braces and brackets, but `<(` starts a process
    /// substitution in bash. Bash looks for the end of one even in quoted braces, where
    /// it performs none.
    fn read_angle_bracket(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Result<(), SpannedError> {
        let start = self.at;
        self.push_literal(1, quoted, parts);
        if self.peek() == Some(b'(') {
            return Err(SpannedError::new(ErrorKind::ProcessSubstitution, start..self.at + 1));
        }
        Ok(())
    }

    /// An error about the next `length` bytes.
    pub(super) fn error_here<T>(&self, kind: ErrorKind, length: usize) -> Result<T, SpannedError> {
        Err(SpannedError::new(kind, self.at..(self.at + length).min(self.bytes.len())))
    }
}

/// The end of the file ends an unquoted word only.
fn end_of_file(context: Context, opening: Span) -> Result<(), SpannedError> {
    let unterminated = |what| Err(SpannedError::new(ErrorKind::Unterminated(what), opening));
    match context {
        Context::Unquoted => Ok(()),
        Context::DoubleQuotes => unterminated("double quote"),
        Context::Braces | Context::QuotedBraces => unterminated("brace"),
        Context::Brackets => unterminated("bracket"),
    }
}

/// Whether an unquoted word ends before this byte: a blank or an operator (XCU 2.3).
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

/// Whether the byte has a meaning in at least one context.
fn is_special(byte: u8) -> bool {
    let quotes = matches!(byte, b'"' | b'\'' | b'`' | b'$' | b'\\' | b'~' | CTLESC | CTLNUL);
    quotes || ends_word(byte) || matches!(byte, b'}' | b'[' | b']')
}
