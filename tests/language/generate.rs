//! Files inside the accepted language.

use crate::random::Random;

/// The variables that files read and write. E and EMPTY come from the
/// environment, UNSET is never set, `if` is no reserved word in its place.
pub(crate) const NAMES: [&str; 12] =
    ["A", "B", "C", "D", "OPTS", "EXTRA", "E", "EMPTY", "UNSET", "x_1", "if", "_Z9"];
const WRITABLE: [&str; 10] = ["A", "B", "C", "D", "OPTS", "EXTRA", "E", "x_1", "if", "_Z9"];

/// Text that means nothing between blanks; no brace, no tilde.
const PLAIN: [&str; 34] = [
    "\u{1}", "\u{7f}", "a", "b", "Z", "0", "7", "--rm", "=", ":", "/", "/srv", ".", ",", "..", "-", "+", "%",
    "@", "^", "[", "]", "*", "?", "!", "#", "é", "ÿ", "\u{2028}", "\r.", "==", "x:y", "A=1", "\u{b}",
];
/// Bytes that are no UTF-8: among them those that dash and bash use inside.
const BYTES: [u8; 10] = [0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xA0, 0xC3, 0xFF];
const BLANKS: [&str; 4] = [" ", "  ", "\t", " \\\n "];

/// What surrounds the piece of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Value,
    /// An argument of export: as Value, without braces.
    Argument,
    Quotes,
    Braces,
    QuotedBraces,
}

/// A file in the making.
pub(crate) struct Generator<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) text: Vec<u8>,
    /// How many readonly names there are; each is assigned once.
    readonly: usize,
    /// How many `${` are open.
    braces: usize,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(random: &'a mut Random) -> Self {
        Self { random, text: Vec::new(), readonly: 0, braces: 0 }
    }

    /// A whole file.
    pub(crate) fn file(mut self) -> Vec<u8> {
        for _ in 0..1 + self.random.below(5) {
            self.blank_lines();
            self.command();
            self.end();
        }
        if self.random.chance(1, 3) {
            while self.text.last() == Some(&b'\n') && !self.text.ends_with(b"\\\n") {
                self.text.pop();
            }
        }
        self.text
    }

    /// `OPTS=(…)`, its elements as an argument of export has them.
    pub(crate) fn list(mut self) -> Vec<u8> {
        self.put_one(&["OPTS=(", "export OPTS=( ", "A='x  y'\nOPTS=(", "OPTS=(\n# (\n"]);
        for _ in 0..self.random.below(5) {
            let start = self.text.len();
            match self.random.below(4) {
                0 => {
                    self.put_one(&["--rm", "-e", "~/x:/y", "A=~", "$E", "\"$E\"", "$UNSET", "''", "*", "a=b"])
                }
                _ => self.word(Within::Argument, 0),
            }
            // Of ~:$E bash makes the home and $E as it stands.
            if self.text[start..].starts_with(b"~") {
                self.text.insert(start, b'/');
            }
            // A # at a word's start is a comment, and a [ may be a subscript.
            if matches!(self.text.get(start), Some(b'#' | b'[')) {
                self.text.insert(start, b'x');
            }
            self.put_one(&[" ", "\t", "\n", " # it's )\n", " \\\n"]);
        }
        self.put(")");
        self.text
    }

    fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn put_one(&mut self, of: &[&str]) {
        let text = self.random.pick(of);
        self.put(text);
    }

    fn blank_lines(&mut self) {
        match self.random.below(8) {
            0 => self.put("\n"),
            1 => self.put("# it's a \"comment $( \\\n"),
            2 => self.put_one(&BLANKS),
            3 => self.put("\\\n"),
            _ => {}
        }
    }

    fn end(&mut self) {
        match self.random.below(8) {
            0 => self.put(";"),
            1 => self.put(" ; "),
            2 => self.put(" # `x\n"),
            3 => self.put(";# x\n"),
            4 => self.put(" \\\n\n"),
            _ => self.put("\n"),
        }
    }

    fn command(&mut self) {
        match self.random.below(12) {
            0..4 => self.assignments(),
            4..7 => self.declare("export"),
            7 => self.declare("readonly"),
            8 => self.unset(),
            9 => self.put_one(&["set -a", "set +a", "set -o allexport", "set +o allexport", "set -a -a"]),
            10 => self.null(),
            _ => self.split_arguments(),
        }
    }

    fn assignments(&mut self) {
        for index in 0..1 + self.random.below(3) {
            if index > 0 {
                self.put_one(&BLANKS);
            }
            let name = self.random.pick(&WRITABLE);
            self.assignment(name, Within::Value);
        }
    }

    fn assignment(&mut self, name: &str, within: Within) {
        self.put(name);
        if self.random.chance(1, 40) {
            self.put("\\\n");
        }
        self.put("=");
        if self.random.chance(1, 30) {
            self.random.chance(1, 2).then(|| self.put("$HOME"));
        }
        self.word(within, 0);
    }

    fn declare(&mut self, builtin: &str) {
        self.put(builtin);
        if self.random.chance(1, 6) {
            self.put(" --");
        }
        for _ in 0..1 + self.random.below(3) {
            self.put_one(&BLANKS);
            let name = if builtin == "readonly" {
                self.readonly += 1;
                format!("R{}", self.readonly)
            } else {
                self.random.pick(&WRITABLE).to_owned()
            };
            match self.random.below(8) {
                0 | 1 => self.put(&name),
                2 => {
                    self.put(&format!("\"{name}="));
                    self.word(Within::Quotes, 0);
                    self.put("\"");
                }
                3 => self.put(&format!("'{name}'=~ ")),
                _ => self.assignment(&name, Within::Argument),
            }
        }
    }

    fn unset(&mut self) {
        self.put("unset");
        self.put_one(&["", "", " -v", " --", " -v --"]);
        for _ in 0..self.random.below(3) {
            self.put_one(&BLANKS);
            let name = self.random.pick(&WRITABLE);
            self.put(name);
        }
    }

    fn null(&mut self) {
        self.put(":");
        for _ in 0..self.random.below(4) {
            self.put_one(&BLANKS);
            match self.random.below(4) {
                0 => self.put_one(&["x", "'a b'", "~", "*", "\"\"", "$UNSET", "-x", "A=1"]),
                _ => self.parameter(Within::Argument, 0),
            }
        }
    }

    /// Arguments that come out of an expansion.
    fn split_arguments(&mut self) {
        let before = self.random.pick(&[
            "W='A=1 B'",
            "W=' A  B=x\\y '",
            "W='A\tB=*'",
            "W='A=~\nB'",
            "W='A=a:~:b'",
            "W=B",
            "W='A=\\'",
            "W='A=\\*'",
        ]);
        self.put(before);
        self.put("\n");
        self.put_one(&[
            "export $W",
            "export ${W}",
            "export A $W",
            "export $W x_1=2",
            "export ${W-x}",
            "export ${UNSET:-$W}",
            "export ${W:+C D=2}",
            "export $UNSET$W$UNSET",
            "export ${UNSET:-\"C=a b\" D}",
            "export ${UNSET-A=1}${UNSET- B=2}",
            "export $W C=$W",
            "export ${UNSET:-C}=\"x y\"",
            "export \"D\"=$EMPTY$UNSET",
            "export D\\=$EMPTY",
            "export ${UNSET-C='a b'}",
        ]);
    }

    fn word(&mut self, within: Within, depth: usize) {
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
                self.put_one(&[" ", "\n", "~", ";", "(", ")", "{", "# ", "<(x)", "&", "|", "~/", ":~"]);
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

    fn parameter(&mut self, within: Within, depth: usize) {
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
