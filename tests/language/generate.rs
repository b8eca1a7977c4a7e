//! Files inside the accepted language.

use crate::random::Random;
use crate::words::Within;

/// The variables that files read and write. E and EMPTY come from the
/// environment, UNSET is never set, `if` is no reserved word in its place.
pub(crate) const NAMES: [&str; 12] =
    ["A", "B", "C", "D", "OPTS", "EXTRA", "E", "EMPTY", "UNSET", "x_1", "if", "_Z9"];
const WRITABLE: [&str; 10] = ["A", "B", "C", "D", "OPTS", "EXTRA", "E", "x_1", "if", "_Z9"];

const BLANKS: [&str; 4] = [" ", "  ", "\t", " \\\n "];

/// A file in the making.
pub(crate) struct Generator<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) text: Vec<u8>,
    /// How many readonly names there are; each is assigned once.
    readonly: usize,
    /// How many `${` are open.
    pub(crate) braces: usize,
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
            match self.random.below(6) {
                0 => self.brackets(),
                1 => {
                    self.put_one(&["--rm", "-e", "~/x:/y", "A=~", "$E", "\"$E\"", "$UNSET", "''", "*", "a=b"])
                }
                _ => self.element(),
            }
            self.put_one(&[" ", "\t", "\n", " # it's )\n", " \\\n"]);
        }
        self.put(")");
        self.text
    }

    /// An element as an argument of export is. One that begins with an unquoted `[` is
    /// made by [`Self::brackets`].
    fn element(&mut self) {
        let start = self.text.len();
        self.word(Within::Argument, 0);
        let mut first = start;
        while self.text[first..].starts_with(b"\\\n") {
            first += 2;
        }
        match self.text.get(first) {
            // A # at a word's start is a comment.
            Some(b'#' | b'[') => self.text.insert(first, b'x'),
            // Of ~:$E bash makes the home and $E as it stands.
            Some(b'~') => self.text.insert(first, b'/'),
            _ => {}
        }
    }

    /// An element that begins with `[`: what stands before the `]` is part of it.
    fn brackets(&mut self) {
        self.put("[");
        for _ in 0..self.random.below(5) {
            self.put_one(&[
                " ",
                "  ",
                "\t",
                "\n",
                "#",
                " # ",
                ";",
                "(x)",
                ")",
                "<x",
                "> ",
                "&",
                "|",
                "a",
                "--label",
                "[x]",
                "[ y]",
                "'] '",
                "\"[ \"",
                "\\]",
                "\\[",
                "\\ ",
                "$E",
                "\"$E\"",
                "${UNSET:-x ]}",
                "$UNSET",
                " ~",
                "=",
                "\\\n",
                "''",
                "{",
                "*",
            ]);
        }
        self.put("]");
        self.put_one(&["", "", "x", "\"c d\"", "[y", "+", ":~", "$E", "\\="]);
    }

    pub(crate) fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn put_one(&mut self, of: &[&str]) {
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
}
