//! Generates words: quotes, parameters, tildes.

use crate::generate::{Generator, NAMES};

/// Text without a meaning inside a word: no brace, no tilde.
const PLAIN: [&str; 34] = [
    "\u{1}", "\u{7f}", "a", "b", "Z", "0", "7", "--rm", "=", ":", "/", "/srv", ".", ",", "..", "-", "+", "%",
    "@", "^", "[", "]", "*", "?", "!", "#", "é", "ÿ", "\u{2028}", "\r.", "==", "x:y", "A=1", "\u{b}",
];
/// Bytes that are not UTF-8, among them those that dash and bash use internally.
const BYTES: [u8; 10] = [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xA0, 0xC3, 0xFF];
/// What encloses a piece of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Context {
    Value,
    /// An argument of export: like Value, without braces.
    Argument,
    Quotes,
    Braces,
    QuotedBraces,
}

impl Generator<'_> {
    pub(crate) fn word(&mut self, context: Context, depth: usize) {
        if context == Context::Value || context == Context::Argument {
            self.tilde(1);
        }
        let most = if depth == 0 { 6 } else { 3 };
        for _ in 0..self.random.below(most) {
            self.piece(context, depth);
        }
    }

    fn tilde(&mut self, often: usize) {
        if self.random.chance(often, 6) {
            self.put_one(&[
                "~/",
                "~:",
                "~root",
                "~nosuch/",
                "~x",
                "~/x:",
                "~:~/",
                "~root:~nosuch:",
                "~\\\n/",
                "~é",
            ]);
        }
    }

    fn piece(&mut self, context: Context, depth: usize) {
        let quoted = matches!(context, Context::Quotes | Context::QuotedBraces);
        match self.random.below(14) {
            0..4 => self.plain(false),
            4 => {
                let byte = BYTES[self.random.below(BYTES.len())];
                self.text.push(byte);
            }
            5 => self.escape(context),
            6 if !quoted => self.single_quotes(),
            7 if !quoted => {
                self.put("\"");
                self.word(Context::Quotes, depth + 1);
                self.put("\"");
            }
            8 | 9 if depth < 3 => self.parameter(context, depth),
            10 => self.put_one(&["\\\n", "$.", "$%", "$=", "$,", "$:"]),
            11 => self.plain_in_context(context),
            12 if !quoted && context != Context::Braces => {
                self.put(":");
                self.tilde(5);
            }
            _ => self.put("x"),
        }
    }

    /// Text that is plain in this context only.
    fn plain_in_context(&mut self, context: Context) {
        match context {
            Context::Value => self.put_one(&["{", "}", "{a,b}", "{1..3}"]),
            Context::Argument => self.put_one(&["{}", "{a}"]),
            Context::Quotes => {
                self.put_one(&[" ", "\n", "'", "~", ";", "(", ")", "{a,b}", "}", "# ", "<", "&", "$'x'"])
            }
            Context::Braces => {
                self.put_one(&[" ", "\n", ";", ")", " (x)", "{", "# ", " <x", ">", "&", "|", "{a,b"])
            }
            Context::QuotedBraces => {
                self.put_one(&[" ", "\n", "~", ";", "(", ")", "{", "# ", "< (x)", ">", "&", "|", "~/", ":~"]);
            }
        }
    }

    /// The first two choices are plain in single quotes only.
    fn plain(&mut self, single: bool) {
        let first = if single && self.open_braces == 0 { 0 } else { 2 };
        self.put_one(&PLAIN[first..]);
    }

    fn escape(&mut self, context: Context) {
        match context {
            Context::Value | Context::Argument | Context::Braces => self.put_one(&[
                "\\ ", "\\\\", "\\'", "\\\"", "\\$", "\\`", "\\~", "\\#", "\\a", "\\n", "\\{", "\\}", "\\;",
                "\\é", "\\\t", "\\*", "\\=", "\\:", "\\[",
            ]),
            Context::Quotes if self.open_braces > 0 => self.put_one(&["\\$", "\\\\", "\\a", "\\'"]),
            Context::Quotes => {
                self.put_one(&["\\$", "\\`", "\\\"", "\\\\", "\\a", "\\n", "\\'", "\\*", "\\}", "\\é"])
            }
            Context::QuotedBraces => {
                self.put_one(&["\\$", "\\`", "\\\"", "\\\\", "\\}", "\\a", "\\*", "\\n"])
            }
        }
    }

    fn single_quotes(&mut self) {
        self.put("'");
        for _ in 0..self.random.below(4) {
            match self.random.below(4) {
                0 => self.plain(true),
                1 => {
                    let byte = BYTES[self.random.below(BYTES.len())];
                    self.text.push(byte);
                }
                _ => self.put_one(&[
                    " ", "\n", "$(", "`", "\"", "\\", "#", "!", "~", "{a,b}", "\\\n", "$A", "${", "\\\\",
                    ";", "&",
                ]),
            }
        }
        self.put("'");
    }

    pub(crate) fn parameter(&mut self, context: Context, depth: usize) {
        let quoted = matches!(context, Context::Quotes | Context::QuotedBraces);
        let name = self.random.pick(&NAMES);
        match self.random.below(5) {
            0 => self.put(&format!("${name}")),
            1 => self.put(&format!("${{{name}}}")),
            2 => self.put(&format!("$\\\n{{{name}\\\n}}")),
            _ => {
                // EMPTY and UNSET are never assigned.
                let constant = ["EMPTY", "UNSET"].contains(&name);
                let operators: &[&str] =
                    if constant { &["-", ":-", "+", ":+"] } else { &["-", ":-", "=", ":=", "+", ":+"] };
                let operator = self.random.pick(operators);
                self.put(&format!("${{{name}{operator}"));
                self.open_braces += 1;
                self.word(if quoted { Context::QuotedBraces } else { Context::Braces }, depth + 1);
                self.open_braces -= 1;
                self.put("}");
            }
        }
    }
}
