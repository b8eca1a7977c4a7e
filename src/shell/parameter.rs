//! The syntax of parameter expansion: `$NAME`, `${NAME}` and `${NAME:-word}` (XCU 2.6.2).

use super::ast::{Operation, Operator, Parameter, Part};
use super::error_kind::{ErrorKind, SpannedError};
use super::lexer::{Context, Lexer};
use super::names;

/// How deep `${A:-${B:-…}}` may be nested: far deeper than in any real file, and far
/// less than the stack holds.
pub(super) const NESTING_LIMIT: usize = 100;

impl Lexer<'_> {
    /// Reads from a `$`, which is literal where no expansion follows.
    pub(super) fn read_dollar(
        &mut self,
        context: Context,
        parts: &mut Vec<Part>,
    ) -> Result<(), SpannedError> {
        let start = self.at;
        self.at += 1;
        let kind = match self.peek() {
            Some(b'(') => {
                self.at += 1;
                match self.peek() {
                    Some(b'(') => ErrorKind::Arithmetic,
                    _ => return Err(SpannedError::new(ErrorKind::CommandSubstitution, start..self.at)),
                }
            }
            Some(b'[') => ErrorKind::Arithmetic,
            Some(b'\'') if !context.is_quoted() => ErrorKind::AnsiQuote,
            Some(b'"') if !context.is_quoted() => ErrorKind::LocaleQuote,
            Some(byte) if is_special_parameter(byte) => special_parameter(byte),
            Some(b'{') => return self.read_braces(start, context.is_quoted(), parts),
            Some(byte) if names::is_name_start(byte) => {
                let name = self.read_name();
                let (span, quoted) = (start..self.at, context.is_quoted());
                return push_parameter(Parameter { name, span, quoted, operation: None }, parts);
            }
            _ => {
                let after = std::mem::replace(&mut self.at, start);
                self.push_literal(1, context.is_quoted(), parts);
                self.at = after;
                return Ok(());
            }
        };
        self.at = (self.at + 1).min(self.bytes.len());
        Err(SpannedError::new(kind, start..self.at))
    }

    /// Reads from the `{` of `${`.
    fn read_braces(&mut self, start: usize, quoted: bool, parts: &mut Vec<Part>) -> Result<(), SpannedError> {
        self.at += 1;
        let opening = start..self.at;
        let Some(first) = self.peek() else {
            return Err(SpannedError::new(ErrorKind::Unterminated("brace"), opening));
        };
        if !names::is_name_start(first) {
            return Err(self.missing_name_error(first, start));
        }
        let name = self.read_name();
        let span = start..self.at;
        let mut operation = None;
        match self.peek() {
            None => return Err(SpannedError::new(ErrorKind::Unterminated("brace"), opening)),
            Some(b'}') => self.at += 1,
            Some(byte) => operation = Some(self.read_operation(byte, start, quoted)?),
        }
        push_parameter(Parameter { name, span, quoted, operation }, parts)
    }

    /// Reads from the operator of `${NAME:-word}` to the closing brace.
    fn read_operation(&mut self, first: u8, start: usize, quoted: bool) -> Result<Operation, SpannedError> {
        let at = self.at;
        let opening = start..start + 2;
        let colon = first == b':';
        self.at += 1;
        let byte = if colon { self.peek() } else { Some(first) };
        let Some(operator) = byte.and_then(operator) else {
            let kind = unknown_operator(first);
            return Err(match kind {
                _ if colon && byte.is_none() => SpannedError::new(ErrorKind::Unterminated("brace"), opening),
                ErrorKind::BadSubstitution if !self.line_has_brace(at) => {
                    SpannedError::new(ErrorKind::UnclosedBrace, opening)
                }
                // The byte may be part of a value.
                ErrorKind::BadSubstitution => SpannedError::new(kind, at..at),
                _ => SpannedError::new(kind, at..at + 1),
            });
        };
        self.at += usize::from(colon);
        self.open_braces += 1;
        if self.open_braces > NESTING_LIMIT {
            return Err(SpannedError::new(ErrorKind::TooDeep, opening));
        }
        let mut word = Vec::new();
        let context = if quoted { Context::QuotedBraces } else { Context::Braces };
        self.read_parts(context, opening, &mut word)?;
        self.open_braces -= 1;
        Ok(Operation { operator, colon, word })
    }

    /// Whether a `}` follows on the line of the byte at `at`.
    fn line_has_brace(&self, at: usize) -> bool {
        let line = self.bytes[at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        line.contains(&b'}')
    }

    /// The error for a `${` that no name follows.
    fn missing_name_error(&self, first: u8, start: usize) -> SpannedError {
        let span = start..self.at + 1;
        match (first, self.bytes.get(self.at + 1)) {
            (b'#', next) if next != Some(&b'}') => SpannedError::new(ErrorKind::Length, span),
            (b'!', next) if next != Some(&b'}') => SpannedError::new(ErrorKind::Indirect, span),
            (byte, _) if is_special_parameter(byte) => SpannedError::new(special_parameter(byte), span),
            _ => SpannedError::new(ErrorKind::BadSubstitution, start..start + 2),
        }
    }

    fn read_name(&mut self) -> String {
        let mut name = String::new();
        while let Some(byte) = self.peek().filter(|byte| names::is_name_byte(*byte)) {
            name.push(char::from(byte));
            self.at += 1;
        }
        name
    }
}

fn push_parameter(parameter: Parameter, parts: &mut Vec<Part>) -> Result<(), SpannedError> {
    if names::is_unreadable(&parameter.name) {
        return Err(SpannedError::new(ErrorKind::ShellState(parameter.name), parameter.span));
    }
    parts.push(Part::Parameter(Box::new(parameter)));
    Ok(())
}

fn is_special_parameter(byte: u8) -> bool {
    byte.is_ascii_digit() || b"@*#?$!-".contains(&byte)
}

fn special_parameter(byte: u8) -> ErrorKind {
    ErrorKind::SpecialParameter(format!("${}", char::from(byte)))
}

fn operator(byte: u8) -> Option<Operator> {
    Some(match byte {
        b'-' => Operator::UseDefault,
        b'=' => Operator::AssignDefault,
        b'?' => Operator::ErrorIfUnset,
        b'+' => Operator::UseAlternative,
        _ => return None,
    })
}

/// The error for what follows the name in `${NAME…}`.
fn unknown_operator(first: u8) -> ErrorKind {
    match first {
        b'%' => ErrorKind::PatternOperator("%"),
        b'#' => ErrorKind::PatternOperator("#"),
        b'/' => ErrorKind::PatternOperator("/"),
        b'^' => ErrorKind::PatternOperator("^"),
        b',' => ErrorKind::PatternOperator(","),
        b'@' => ErrorKind::PatternOperator("@"),
        b':' => ErrorKind::PatternOperator(":"),
        b'[' => ErrorKind::ArrayElement,
        _ => ErrorKind::BadSubstitution,
    }
}
