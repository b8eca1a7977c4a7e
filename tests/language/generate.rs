//! Generates files that must be accepted.

use crate::generate_words::Context;
use crate::random::Random;

/// The variables that files read. E and EMPTY are in the environment, UNSET is never set,
/// and `if` is not a reserved word where it is used.
pub(crate) const NAMES: [&str; 12] =
    ["A", "B", "C", "D", "OPTS", "EXTRA", "E", "EMPTY", "UNSET", "x_1", "if", "_Z9"];
const WRITABLE: [&str; 10] = ["A", "B", "C", "D", "OPTS", "EXTRA", "E", "x_1", "if", "_Z9"];

const BLANKS: [&str; 4] = [" ", "  ", "\t", " \\\n "];

pub(crate) struct Generator<'a> {
    pub(crate) random: &'a mut Random,
    pub(crate) text: Vec<u8>,
    /// How many readonly variables there are; each is assigned once.
    readonly: usize,
    /// How many `${` are open.
    pub(crate) open_braces: usize,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(random: &'a mut Random) -> Self {
        Self { random, text: Vec::new(), readonly: 0, open_braces: 0 }
    }

    /// A whole file.
    pub(crate) fn file(mut self) -> Vec<u8> {
        for _ in 0..1 + self.random.below(5) {
            self.blank_lines();
            self.command();
            self.command_end();
        }
        if self.random.chance(1, 3) {
            while self.text.last() == Some(&b'\n') && !self.text.ends_with(b"\\\n") {
                self.text.pop();
            }
        }
        self.text
    }

    /// An array, `OPTS=(…)`.
    pub(crate) fn array(mut self) -> Vec<u8> {
        self.put_one(&["OPTS=(", "export OPTS=( ", "A='x  y'\nOPTS=(", "OPTS=(\n# (\n"]);
        for _ in 0..self.random.below(5) {
            match self.random.below(6) {
                0 => self.bracket_element(),
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

    /// An array element that does not begin with an unquoted `[`.
    fn element(&mut self) {
        let start = self.text.len();
        self.word(Context::Argument, 0);
        let mut first = start;
        while self.text[first..].starts_with(b"\\\n") {
            first += 2;
        }
        match self.text.get(first) {
            // A # at the start of a word begins a comment.
            Some(b'#' | b'[') => self.text.insert(first, b'x'),
            // Bash expands ~:$E to the home directory and a literal $E.
            Some(b'~') => self.text.insert(first, b'/'),
            _ => {}
        }
    }

    /// An array element that begins with `[` and extends to the matching `]`.
    fn bracket_element(&mut self) {
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

    pub(crate) fn put_one(&mut self, choices: &[&str]) {
        let text = self.random.pick(choices);
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

    fn command_end(&mut self) {
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
            4..7 => self.declaration("export"),
            7 => self.declaration("readonly"),
            8 => self.unset(),
            9 => self.put_one(&["set -a", "set +a", "set -o allexport", "set +o allexport", "set -a -a"]),
            10 => self.null_command(),
            _ => self.expanded_arguments(),
        }
    }

    fn assignments(&mut self) {
        for index in 0..1 + self.random.below(3) {
            if index > 0 {
                self.put_one(&BLANKS);
            }
            let name = self.random.pick(&WRITABLE);
            self.assignment(name, Context::Value);
        }
    }

    fn assignment(&mut self, name: &str, context: Context) {
        self.put(name);
        if self.random.chance(1, 40) {
            self.put("\\\n");
        }
        self.put("=");
        if self.random.chance(1, 30) {
            self.random.chance(1, 2).then(|| self.put("$HOME"));
        }
        self.word(context, 0);
    }

    fn declaration(&mut self, builtin: &str) {
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
                    self.word(Context::Quotes, 0);
                    self.put("\"");
                }
                3 => self.put(&format!("'{name}'=~ ")),
                _ => self.assignment(&name, Context::Argument),
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

    fn null_command(&mut self) {
        self.put(":");
        for _ in 0..self.random.below(4) {
            self.put_one(&BLANKS);
            match self.random.below(4) {
                0 => self.put_one(&["x", "'a b'", "~", "*", "\"\"", "$UNSET", "-x", "A=1"]),
                _ => self.parameter(Context::Argument, 0),
            }
        }
    }

    /// Arguments that are the result of an expansion.
    fn expanded_arguments(&mut self) {
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
