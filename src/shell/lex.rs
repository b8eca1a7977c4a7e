//! Words: quotes and backslashes (XCU 2.2 Quoting, 2.3 Token
//! Recognition).

use super::refusal::{Refusal, Refused};
use super::source::Span;
use super::syntax::{Part, Word};

/// Bash marks quoted bytes and empty words with these inside, and loses them
/// where they come from a file (`${A-\^A}` is an error to it, `"\^?$"` is `\$`).
const CTLESC: u8 = 0x01;
const CTLNUL: u8 = 0x7f;

/// Reads words off a file.
pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// How many `${` are open.
    pub(super) depth: usize,
    /// What may be shown of the file in an error: blanks between words, names
    /// that are assigned, the builtins. In order.
    pub(super) shown: Vec<Span>,
    /// A backslash that is the file's last byte.
    pub(super) lone_backslash: Option<Span>,
    /// Where the last single quotes that hold a newline end.
    quoted_newline: usize,
    /// The first quoted string of the command that goes over several lines.
    pub(super) multiline: Option<MultilineQuote>,
}

/// A quoted string that holds a newline, and not only lines that a backslash joins.
#[derive(Debug)]
pub(super) struct MultilineQuote {
    /// The opening quote and all up to the closing one.
    pub(super) span: Span,
    /// What kind of quote it is.
    pub(super) name: &'static str,
}

/// What surrounds the part of a word that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing: ends before a blank or an operator.
    Nothing,
    /// `"…"`
    Quotes,
    /// `${…}`
    Braces,
    /// `"${…}"`
    QuotedBraces,
    /// `[…]` at the start of a list's element
    Brackets,
}

impl Within {
    pub(super) fn quoted(self) -> bool {
        matches!(self, Self::Quotes | Self::QuotedBraces)
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (shown, lone_backslash, multiline) = (Vec::new(), None, None);
        Self { bytes, at: 0, depth: 0, shown, lone_backslash, quoted_newline: 0, multiline }
    }

    /// The next byte. A backslash-newline is gone before anything else is
    /// recognised (XCU 2.2.1), so it is skipped in every place but single
    /// quotes and comments.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while self.bytes[self.at..].starts_with(b"\\\n") {
            self.at += 2;
        }
        self.bytes.get(self.at).copied()
    }

    /// Skips the blanks before a token, and a comment where one starts.
    pub(super) fn skip_blanks(&mut self) {
        let start = self.at;
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.show(start..self.at);
        if self.peek() == Some(b'#') {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        }
    }

    /// Notes that a span holds nothing secret.
    pub(super) fn show(&mut self, span: Span) {
        match self.shown.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ if span.is_empty() => {}
            _ => self.shown.push(span),
        }
    }

    /// A word, which may be empty where an operator stands.
    pub(super) fn word(&mut self) -> Result<Word, Refused> {
        self.peek();
        let start = self.at;
        let mut parts = Vec::new();
        self.parts(Within::Nothing, start..start, &mut parts)?;
        Ok(Word { parts, span: start..self.at })
    }

    /// An element of a list. One that begins with an unquoted `[` goes on to the
    /// `]` that closes it: blanks, newlines, comments and operators are part of it,
    /// as in bash (parse.y, read_token_word with PST_COMPASSIGN).
    pub(super) fn element(&mut self) -> Result<Word, Refused> {
        if self.peek() != Some(b'[') {
            return self.word();
        }
        let start = self.at;
        let opening = start..start + 1;
        let mut parts = Vec::new();
        self.literal(1, false, &mut parts);
        self.parts(Within::Brackets, opening.clone(), &mut parts)?;
        if self.at_assignment() {
            return Err(Refused::new(Refusal::Subscript, opening));
        }
        self.parts(Within::Nothing, opening, &mut parts)?;
        Ok(Word { parts, span: start..self.at })
    }

    /// Whether `=` or `+=` comes next.
    fn at_assignment(&mut self) -> bool {
        let next = self.peek();
        let start = self.at;
        self.at += usize::from(next == Some(b'+'));
        let assigns = self.peek() == Some(b'=');
        self.at = start;
        assigns
    }

    /// Reads parts up to what ends them, which is taken too unless it is a
    /// blank or an operator. `opening` is the quote or brace they stand in.
    pub(super) fn parts(
        &mut self,
        within: Within,
        opening: Span,
        parts: &mut Vec<Part>,
    ) -> Result<(), Refused> {
        let mut brackets = 1;
        loop {
            let Some(byte) = self.peek() else { return end(within, opening) };
            match (byte, within) {
                (byte, Within::Nothing) if ends_word(byte) => return Ok(()),
                (b'[', Within::Brackets) => {
                    brackets += 1;
                    self.literal(1, false, parts);
                }
                (b']', Within::Brackets) => {
                    brackets -= 1;
                    self.literal(1, false, parts);
                    if brackets == 0 {
                        return Ok(());
                    }
                }
                (b'}', Within::Braces | Within::QuotedBraces) | (b'"', Within::Quotes) => {
                    self.at += 1;
                    return Ok(());
                }
                (b'"' | b'\'', Within::QuotedBraces) => return self.refuse(Refusal::QuoteInQuotedBraces, 1),
                (b'~', Within::Braces) => return self.refuse(Refusal::TildeInBraces, 1),
                (b'<' | b'>', Within::Braces | Within::QuotedBraces | Within::Brackets) => {
                    self.angle(within.quoted(), parts)?;
                }
                (b'\'', Within::Nothing | Within::Braces | Within::Brackets) => self.single_quotes(parts)?,
                (b'"', Within::Nothing | Within::Braces | Within::Brackets) => self.double_quotes(parts)?,
                (b'`', _) => return self.refuse(Refusal::Backtick, 1),
                (b'$', _) => self.dollar(within, parts)?,
                (b'\\', Within::Quotes) if self.depth > 0 && self.bytes.get(self.at + 1) == Some(&b'}') => {
                    return self.refuse(Refusal::EscapedBrace, 2);
                }
                (b'\\', _) => self.backslash(within, parts)?,
                (CTLESC | CTLNUL, _) => return self.refuse(Refusal::ControlByte, 1),
                _ => self.plain(within.quoted(), parts),
            }
        }
    }

    /// A run of bytes that mean nothing, the first one whatever it is.
    fn plain(&mut self, quoted: bool, parts: &mut Vec<Part>) {
        let rest = &self.bytes[self.at + 1..];
        let more = rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len());
        self.literal(1 + more, quoted, parts);
    }

    /// Takes the next `length` bytes as they are.
    pub(super) fn literal(&mut self, length: usize, quoted: bool, parts: &mut Vec<Part>) {
        let span = self.at..self.at + length;
        self.at = span.end;
        match parts.last_mut() {
            Some(Part::Literal { span: last, quoted: same }) if last.end == span.start && *same == quoted => {
                last.end = span.end;
            }
            _ => parts.push(Part::Literal { span, quoted }),
        }
    }

    fn single_quotes(&mut self, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let opening = self.at;
        let rest = &self.bytes[opening + 1..];
        let Some(length) = rest.iter().position(|byte| *byte == b'\'') else {
            return self.refuse(Refusal::Unterminated("single quote"), 1);
        };
        let lost = rest[..length].iter().position(|byte| self.depth > 0 && matches!(*byte, CTLESC | CTLNUL));
        self.at += 1 + lost.unwrap_or_default();
        if lost.is_some() {
            return self.refuse(Refusal::ControlByte, 1);
        }
        if rest[..length].contains(&b'\n') {
            self.quoted_newline = opening + 1 + length;
        }
        self.literal(length, true, parts);
        self.note_multiline(opening..self.at, "single quote");
        self.at += 1;
        Ok(())
    }

    fn note_multiline(&mut self, span: Span, name: &'static str) {
        let text = &self.bytes[span.clone()];
        let joined = |at: usize| name == "double quote" && at > 0 && text[at - 1] == b'\\';
        let mut newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        if self.multiline.is_none() && newlines.any(|(at, _)| !joined(at)) {
            self.multiline = Some(MultilineQuote { span, name });
        }
    }

    /// Whether this line of the file begins inside single quotes.
    fn line_begins_quoted(&self) -> bool {
        self.quoted_newline > 0 && !self.bytes[self.quoted_newline..self.at].contains(&b'\n')
    }

    fn double_quotes(&mut self, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let opening = self.at..self.at + 1;
        self.at += 1;
        self.literal(0, true, parts); // "" is a word, if an empty one
        self.parts(Within::Quotes, opening.clone(), parts)?;
        self.note_multiline(opening.start..self.at - 1, "double quote");
        Ok(())
    }

    /// A backslash quotes the next byte; inside double quotes only one that
    /// would mean something there (XCU 2.2.3).
    fn backslash(&mut self, within: Within, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let quotes_next = match (self.bytes.get(self.at + 1), within) {
            // Bash loses it there.
            (None, _) if self.line_begins_quoted() => return self.refuse(Refusal::LoneBackslash, 1),
            (None, _) => {
                self.lone_backslash = Some(self.at..self.at + 1);
                false
            }
            (Some(_), Within::Nothing | Within::Braces | Within::Brackets) => true,
            (Some(next), Within::Quotes) => b"$`\"\\".contains(next),
            (Some(next), Within::QuotedBraces) => b"$`\"\\}".contains(next),
        };
        self.at += usize::from(quotes_next);
        if matches!(self.bytes[self.at], CTLESC | CTLNUL) {
            return self.refuse(Refusal::ControlByte, 1);
        }
        self.literal(1, true, parts);
        Ok(())
    }

    /// Inside braces the angles are plain, but `<(` is a process to bash; in
    /// quoted ones not even that, though bash looks for its end all the same.
    fn angle(&mut self, quoted: bool, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let start = self.at;
        self.literal(1, quoted, parts);
        if self.peek() == Some(b'(') {
            return Err(Refused::new(Refusal::ProcessSubstitution, start..self.at + 1));
        }
        Ok(())
    }

    /// Refuses the next `length` bytes.
    pub(super) fn refuse<T>(&self, refusal: Refusal, length: usize) -> Result<T, Refused> {
        Err(Refused::new(refusal, self.at..(self.at + length).min(self.bytes.len())))
    }
}

/// The file ends here; only a word that stands in nothing may end with it.
fn end(within: Within, opening: Span) -> Result<(), Refused> {
    match within {
        Within::Nothing => Ok(()),
        Within::Quotes => Err(Refused::new(Refusal::Unterminated("double quote"), opening)),
        Within::Braces | Within::QuotedBraces => Err(Refused::new(Refusal::Unterminated("brace"), opening)),
        Within::Brackets => Err(Refused::new(Refusal::Unterminated("bracket"), opening)),
    }
}

/// Whether an unquoted word ends before this byte: a blank or an operator
/// (XCU 2.3).
pub(super) fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')')
}

/// What means something in at least one surrounding.
fn is_special(byte: u8) -> bool {
    let quotes = matches!(byte, b'"' | b'\'' | b'`' | b'$' | b'\\' | b'~' | CTLESC | CTLNUL);
    quotes || ends_word(byte) || matches!(byte, b'}' | b'[' | b']')
}
