//! Parameters: `$NAME`, `${NAME}` and `${NAME:-word}` (XCU 2.6.2).

use super::lex::{Lexer, Within};
use super::names;
use super::refusal::{Refusal, Refused};
use super::syntax::{Operation, Operator, Parameter, Part};

/// How deep `${A:-${B:-…}}` may go: far more than files have, far less than
/// the stack holds.
const DEPTH: usize = 100;

impl Lexer<'_> {
    /// From a `$`, which stands for itself where nothing is expanded.
    pub(super) fn dollar(&mut self, within: Within, parts: &mut Vec<Part>) -> Result<(), Refused> {
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
                let span = start..self.at;
                return parameter(Parameter { name, span, quoted: within.quoted(), operation: None }, parts);
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
        let span = start..self.at;
        let mut operation = None;
        match self.peek() {
            None => return Err(Refused::new(Refusal::Unterminated("brace"), opening)),
            Some(b'}') => self.at += 1,
            Some(byte) => operation = Some(self.operation(byte, start, quoted)?),
        }
        parameter(Parameter { name, span, quoted, operation }, parts)
    }

    /// From the operator of `${NAME:-word}` to the closing brace.
    fn operation(&mut self, first: u8, start: usize, quoted: bool) -> Result<Operation, Refused> {
        let at = self.at;
        let colon = first == b':';
        self.at += 1;
        let byte = if colon { self.peek() } else { Some(first) };
        let Some(operator) = byte.and_then(operator) else {
            if colon && byte.is_none() {
                return Err(Refused::new(Refusal::Unterminated("brace"), start..start + 2));
            }
            let refusal = no_operator(first);
            if refusal == Refusal::BadSubstitution && !self.closes_on_this_line() {
                return Err(Refused::new(Refusal::Unterminated("brace"), start..start + 2));
            }
            let length = usize::from(refusal != Refusal::BadSubstitution); // it may be of a value
            return Err(Refused::new(refusal, at..at + length));
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

    fn closes_on_this_line(&self) -> bool {
        let line = self.bytes[self.at..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        line.contains(&b'}')
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

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(byte) = self.peek().filter(|byte| names::continues_name(*byte)) {
            name.push(char::from(byte));
            self.at += 1;
        }
        name
    }
}

fn parameter(parameter: Parameter, parts: &mut Vec<Part>) -> Result<(), Refused> {
    if names::is_state(&parameter.name) {
        return Err(Refused::new(Refusal::State(parameter.name), parameter.span));
    }
    parts.push(Part::Parameter(Box::new(parameter)));
    Ok(())
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
