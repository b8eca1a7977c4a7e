//! Words: quotes, backslashes, parameters (XCU 2.2 Quoting, 2.3 Token
//! Recognition, 2.6.2 Parameter Expansion).

use super::names;
use super::refusal::{Refusal, Refused};
use super::source::Span;
use super::syntax::{Operation, Operator, Parameter, Part, Word};

/// How deep `${A:-${B:-…}}` may go: far more than files have, far less than
/// the stack holds.
const DEPTH: usize = 100;

/// Reads words off a file.
pub(super) struct Lexer<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    /// What may be shown of the file in an error: blanks between words, names
    /// that are assigned, the builtins. In order.
    pub(super) shown: Vec<Span>,
    /// A backslash that is the file's last byte.
    pub(super) lone_backslash: Option<Span>,
}

/// What surrounds the part of a word that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Nothing: ends before a blank or an operator.
    Nothing,
    /// `"…"`
    Quotes,
    /// `${…}`
    Braces,
    /// `"${…}"`
    QuotedBraces,
}

impl Within {
    fn quoted(self) -> bool {
        matches!(self, Self::Quotes | Self::QuotedBraces)
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, depth: 0, shown: Vec::new(), lone_backslash: None }
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

    /// Reads parts up to what ends them, which is taken too unless it is a
    /// blank or an operator. `opening` is the quote or brace they stand in.
    fn parts(&mut self, within: Within, opening: Span, parts: &mut Vec<Part>) -> Result<(), Refused> {
        loop {
            let Some(byte) = self.peek() else { return end(within, opening) };
            match (byte, within) {
                (b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')', Within::Nothing) => {
                    return Ok(());
                }
                (b'}', Within::Braces | Within::QuotedBraces) | (b'"', Within::Quotes) => {
                    self.at += 1;
                    return Ok(());
                }
                (b'"' | b'\'', Within::QuotedBraces) => return self.refuse(Refusal::QuoteInQuotedBraces, 1),
                (b'~', Within::Braces) => return self.refuse(Refusal::TildeInBraces, 1),
                (b'<' | b'>', Within::Braces) => self.angle(parts)?,
                (b'\'', Within::Nothing | Within::Braces) => self.single_quotes(parts)?,
                (b'"', Within::Nothing | Within::Braces) => self.double_quotes(parts)?,
                (b'`', _) => return self.refuse(Refusal::Backtick, 1),
                (b'$', _) => self.dollar(within, parts)?,
                (b'\\', _) => self.backslash(within, parts),
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
    fn literal(&mut self, length: usize, quoted: bool, parts: &mut Vec<Part>) {
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
        self.at += 1;
        self.literal(length, true, parts);
        self.at += 1;
        Ok(())
    }

    fn double_quotes(&mut self, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let opening = self.at..self.at + 1;
        self.at += 1;
        self.literal(0, true, parts); // "" is a word, if an empty one
        self.parts(Within::Quotes, opening, parts)
    }

    /// A backslash quotes the next byte; inside double quotes only one that
    /// would mean something there (XCU 2.2.3).
    fn backslash(&mut self, within: Within, parts: &mut Vec<Part>) {
        let quotes_next = match (self.bytes.get(self.at + 1), within) {
            (None, _) => {
                self.lone_backslash = Some(self.at..self.at + 1);
                false
            }
            (Some(_), Within::Nothing | Within::Braces) => true,
            (Some(next), Within::Quotes) => b"$`\"\\".contains(next),
            (Some(next), Within::QuotedBraces) => b"$`\"\\}".contains(next),
        };
        if quotes_next {
            self.at += 1;
        }
        self.literal(1, true, parts);
    }

    /// Inside unquoted braces the angles are plain, but `<(` is a process to bash.
    fn angle(&mut self, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let start = self.at;
        self.literal(1, false, parts);
        if self.peek() == Some(b'(') {
            return Err(Refused::new(Refusal::ProcessSubstitution, start..self.at + 1));
        }
        Ok(())
    }

    fn dollar(&mut self, within: Within, parts: &mut Vec<Part>) -> Result<(), Refused> {
        let start = self.at;
        self.at += 1;
        let next = self.peek();
        let refused = match next {
            Some(b'(') => {
                self.at += 1;
                match self.peek() {
                    Some(b'(') => Refusal::Arithmetic,
                    _ => return Err(Refused::new(Refusal::CommandSubstitution, start..self.at)),
                }
            }
            Some(b'[') => Refusal::Arithmetic,
            Some(b'\'') if !within.quoted() => Refusal::AnsiQuote,
            Some(b'"') if !within.quoted() => Refusal::LocaleQuote,
            Some(byte) if is_special_parameter(byte) => special_parameter(byte),
            Some(b'{') => return self.braces(start, within.quoted(), parts),
            Some(byte) if names::starts_name(byte) => {
                let name = self.name();
                return self.parameter(name, start, within.quoted(), None, parts);
            }
            _ => {
                let after = std::mem::replace(&mut self.at, start);
                self.literal(1, within.quoted(), parts);
                self.at = after;
                return Ok(());
            }
        };
        self.at = (self.at + 1).min(self.bytes.len());
        Err(Refused::new(refused, start..self.at))
    }

    /// From the `{` of `${`.
    fn braces(&mut self, start: usize, quoted: bool, parts: &mut Vec<Part>) -> Result<(), Refused> {
        self.at += 1;
        let opening = start..self.at;
        let Some(first) = self.peek() else {
            return Err(Refused::new(Refusal::Unterminated("brace"), opening));
        };
        if !names::starts_name(first) {
            return Err(self.no_name(first, start));
        }
        let name = self.name();
        let mut operation = None;
        match self.peek() {
            None => return Err(Refused::new(Refusal::Unterminated("brace"), opening)),
            Some(b'}') => self.at += 1,
            Some(byte) => operation = Some(self.operation(byte, start, quoted)?),
        }
        self.parameter(name, start, quoted, operation, parts)
    }

    /// From the operator of `${NAME:-word}` to the closing brace.
    fn operation(&mut self, first: u8, start: usize, quoted: bool) -> Result<Operation, Refused> {
        let at = self.at;
        self.at += 1;
        let colon = first == b':';
        let byte = if colon { self.peek() } else { Some(first) };
        let Some(operator) = byte.and_then(operator) else {
            if colon && byte.is_none() {
                return Err(Refused::new(Refusal::Unterminated("brace"), start..start + 2));
            }
            return Err(Refused::new(no_operator(first), at..at + 1));
        };
        self.at += usize::from(colon);
        let opening = start..start + 2;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Refused::new(Refusal::TooDeep, opening));
        }
        let mut word = Vec::new();
        let within = if quoted { Within::QuotedBraces } else { Within::Braces };
        self.parts(within, opening, &mut word)?;
        self.depth -= 1;
        Ok(Operation { operator, colon, word })
    }

    /// What stands after `${` where no name does.
    fn no_name(&self, first: u8, start: usize) -> Refused {
        let span = start..self.at + 1;
        match (first, self.bytes.get(self.at + 1)) {
            (b'#', next) if next != Some(&b'}') => Refused::new(Refusal::Length, span),
            (b'!', next) if next != Some(&b'}') => Refused::new(Refusal::Indirect, span),
            (byte, _) if is_special_parameter(byte) => Refused::new(special_parameter(byte), span),
            _ => Refused::new(Refusal::BadSubstitution, start..start + 2),
        }
    }

    fn parameter(
        &mut self,
        name: String,
        start: usize,
        quoted: bool,
        operation: Option<Operation>,
        parts: &mut Vec<Part>,
    ) -> Result<(), Refused> {
        let span = start..self.at;
        if names::is_state(&name) {
            return Err(Refused::new(Refusal::State(name), span));
        }
        parts.push(Part::Parameter(Box::new(Parameter { name, span, quoted, operation })));
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(byte) = self.peek().filter(|byte| names::continues_name(*byte)) {
            name.push(char::from(byte));
            self.at += 1;
        }
        name
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
    }
}

/// What means something in at least one surrounding.
fn is_special(byte: u8) -> bool {
    b" \t\n;&|<>()\"'`$\\~}".contains(&byte)
}

fn is_special_parameter(byte: u8) -> bool {
    byte.is_ascii_digit() || b"@*#?$!-".contains(&byte)
}

fn special_parameter(byte: u8) -> Refusal {
    Refusal::SpecialParameter(format!("${}", char::from(byte)))
}

fn operator(byte: u8) -> Option<Operator> {
    Some(match byte {
        b'-' => Operator::Default,
        b'=' => Operator::Assign,
        b'?' => Operator::Demand,
        b'+' => Operator::Alternative,
        _ => return None,
    })
}

/// Why what follows the name in `${NAME…}` is no operator.
fn no_operator(first: u8) -> Refusal {
    match first {
        b'%' => Refusal::PatternOperator("%"),
        b'#' => Refusal::PatternOperator("#"),
        b'/' => Refusal::PatternOperator("/"),
        b'^' => Refusal::PatternOperator("^"),
        b',' => Refusal::PatternOperator(","),
        b'@' => Refusal::PatternOperator("@"),
        b':' => Refusal::PatternOperator(":"),
        b'[' => Refusal::Element,
        _ => Refusal::BadSubstitution,
    }
}
