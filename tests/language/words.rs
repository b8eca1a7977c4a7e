//! Words of generated files: quotes, parameters, homes.

use crate::generate::{Generator, NAMES};

/// Text that means nothing between blanks; no brace, no tilde.
const PLAIN: [&str; 34] = [
    "\u{1}", "\u{7f}", "a", "b", "Z", "0", "7", "--rm", "=", ":", "/", "/srv", ".", ",", "..", "-", "+", "%",
    "@", "^", "[", "]", "*", "?", "!", "#", "é", "ÿ", "\u{2028}", "\r.", "==", "x:y", "A=1", "\u{b}",
];
/// Bytes that are no UTF-8: among them those that dash and bash use inside.
const BYTES: [u8; 10] = [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xA0, 0xC3, 0xFF];
/// What surrounds the piece of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Value,
    /// An argument of export: as Value, without braces.
    Argument,
    Quotes,
    Braces,
    QuotedBraces,
}

impl Generator<'_> {
    pub(crate) fn word(&mut self, within: Within, depth: usize) {
        if within == Within::Value || within == Within::Argument {
            self.tilde(1);
        }
        let most = if depth == 0 { 6 } else { 3 };
        for _ in 0..self.random.below(most) {
            self.piece(within, depth);
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

    fn piece(&mut self, within: Within, depth: usize) {
        let quoted = matches!(within, Within::Quotes | Within::QuotedBraces);
        match self.random.below(14) {
            0..4 => self.plain(false),
            4 => {
                let byte = BYTES[self.random.below(BYTES.len())];
                self.text.push(byte);
            }
            5 => self.escape(within),
            6 if !quoted => self.single(),
            7 if !quoted => {
                self.put("\"");
                self.word(Within::Quotes, depth + 1);
                self.put("\"");
            }
            8 | 9 if depth < 3 => self.parameter(within, depth),
            10 => self.put_one(&["\\\n", "$.", "$%", "$=", "$,", "$:"]),
            11 => self.inside(within),
            12 if !quoted && within != Within::Braces => {
                self.put(":");
                self.tilde(5);
            }
            _ => self.put("x"),
        }
    }

    /// What is plain in one surrounding alone.
    fn inside(&mut self, within: Within) {
        match within {
            Within::Value => self.put_one(&["{", "}", "{a,b}", "{1..3}"]),
            Within::Argument => self.put_one(&["{}", "{a}"]),
            Within::Quotes => {
                self.put_one(&[" ", "\n", "'", "~", ";", "(", ")", "{a,b}", "}", "# ", "<", "&", "$'x'"])
            }
            Within::Braces => {
                self.put_one(&[" ", "\n", ";", ")", " (x)", "{", "# ", " <x", ">", "&", "|", "{a,b"])
            }
            Within::QuotedBraces => {
                self.put_one(&[" ", "\n", "~", ";", "(", ")", "{", "# ", "< (x)", ">", "&", "|", "~/", ":~"]);
            }
        }
    }

    /// The first two of them belong into single quotes.
    fn plain(&mut self, single: bool) {
        let first = if single && self.braces == 0 { 0 } else { 2 };
        self.put_one(&PLAIN[first..]);
    }

    fn escape(&mut self, within: Within) {
        match within {
            Within::Value | Within::Argument | Within::Braces => self.put_one(&[
                "\\ ", "\\\\", "\\'", "\\\"", "\\$", "\\`", "\\~", "\\#", "\\a", "\\n", "\\{", "\\}", "\\;",
                "\\é", "\\\t", "\\*", "\\=", "\\:", "\\[",
            ]),
            Within::Quotes if self.braces > 0 => self.put_one(&["\\$", "\\\\", "\\a", "\\'"]),
            Within::Quotes => {
                self.put_one(&["\\$", "\\`", "\\\"", "\\\\", "\\a", "\\n", "\\'", "\\*", "\\}", "\\é"])
            }
            Within::QuotedBraces => self.put_one(&["\\$", "\\`", "\\\"", "\\\\", "\\}", "\\a", "\\*", "\\n"]),
        }
    }

    fn single(&mut self) {
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

    pub(crate) fn parameter(&mut self, within: Within, depth: usize) {
        let quoted = matches!(within, Within::Quotes | Within::QuotedBraces);
        let name = self.random.pick(&NAMES);
        match self.random.below(5) {
            0 => self.put(&format!("${name}")),
            1 => self.put(&format!("${{{name}}}")),
            2 => self.put(&format!("$\\\n{{{name}\\\n}}")),
            _ => {
                // EMPTY and UNSET stay what they are
                let constant = ["EMPTY", "UNSET"].contains(&name);
                let operators: &[&str] =
                    if constant { &["-", ":-", "+", ":+"] } else { &["-", ":-", "=", ":=", "+", ":+"] };
                let operator = self.random.pick(operators);
                self.put(&format!("${{{name}{operator}"));
                self.braces += 1;
                self.word(if quoted { Within::QuotedBraces } else { Within::Braces }, depth + 1);
                self.braces -= 1;
                self.put("}");
            }
        }
    }
}
