//! The words of OPTS and EXTRA read as `docker run` reads them: which are
//! options, which are values, and where the options end (the rules of pflag,
//! the flag library of docker's client, without interspersed arguments).

use super::docker_flags::{self, Flag};
use std::ops::Range;

/// One option as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerOption {
    /// Which it is; `None` where docker has no such option.
    pub flag: Option<Flag>,
    /// The word that names it.
    pub word: usize,
    /// The bytes of that word that belong to this option alone: the letter of
    /// several in one word, with its value where that is in the same word.
    pub span: Range<usize>,
    /// Where its value is.
    pub value: Option<At>,
}

/// A value: from `start` to the end of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// The word.
    pub word: usize,
    /// The offset in the word.
    pub start: usize,
}

/// What the words come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The options in their order.
    pub given: Vec<DockerOption>,
    /// A `--` that ends the options.
    pub terminator: Option<usize>,
    /// The first word that is neither option nor value: docker would take it
    /// for the image.
    pub positional: Option<usize>,
    /// An option at the end whose value is missing: it would take the image
    /// for its value.
    pub starved: Option<usize>,
}

impl DockerOption {
    /// Whether it is this option of docker's.
    pub fn is(&self, long: &str) -> bool {
        self.flag.is_some_and(|flag| flag.long == long)
    }

    /// Its value among these words; empty where it has none.
    pub fn value_in<'a>(&self, words: &[&'a [u8]]) -> &'a [u8] {
        self.value.map_or(b"", |at| &words[at.word][at.start..])
    }
}

/// The value of an `-e` as name and value; no value where it is a bare name.
pub fn setting(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == b'=') {
        Some(equals) => (&text[..equals], Some(&text[equals + 1..])),
        None => (text, None),
    }
}

/// Reads the words.
pub fn parse(words: &[&[u8]]) -> Parsed {
    let mut parsed = Parsed::default();
    let mut index = 0;
    while let Some(word) = words.get(index) {
        match *word {
            b"--" => {
                parsed.terminator = Some(index);
                parsed.positional = Some(index + 1).filter(|next| *next < words.len());
                return parsed;
            }
            [b'-', b'-', name @ ..] => index = parsed.long(words, index, name),
            [b'-', _, ..] => index = parsed.letters(words, index),
            _ => {
                parsed.positional = Some(index);
                return parsed;
            }
        }
    }
    parsed
}

impl Parsed {
    /// Whether an option was given.
    pub fn has(&self, long: &str) -> bool {
        self.given.iter().any(|given| given.is(long))
    }

    /// The one that decides: of several the last, as pflag has it.
    pub fn last(&self, long: &str) -> Option<&DockerOption> {
        self.given.iter().rev().find(|given| given.is(long))
    }

    /// The one that switches it on.
    pub fn on(&self, long: &str, words: &[&[u8]]) -> Option<&DockerOption> {
        let last = self.last(long)?;
        let off = ["false", "False", "FALSE", "f", "F", "0"].map(str::as_bytes); // strconv.ParseBool
        (!off.contains(&last.value_in(words))).then_some(last)
    }

    fn long(&mut self, words: &[&[u8]], index: usize, rest: &[u8]) -> usize {
        let equals = rest.iter().position(|byte| *byte == b'=');
        let flag = docker_flags::long(&rest[..equals.unwrap_or(rest.len())]);
        let span = 0..words[index].len();
        if let Some(equals) = equals {
            let value = Some(At { word: index, start: 2 + equals + 1 });
            self.given.push(DockerOption { flag, word: index, span, value });
            return index + 1;
        }
        let takes = match flag {
            Some(flag) => flag.takes_value,
            // Newer than our table, or misspelt: a word that is no option is its value.
            None => words.get(index + 1).is_some_and(|next| next.first() != Some(&b'-')),
        };
        self.push_with_next(words, DockerOption { flag, word: index, span, value: None }, takes)
    }

    fn letters(&mut self, words: &[&[u8]], index: usize) -> usize {
        let word = words[index];
        for at in 1..word.len() {
            let flag = docker_flags::letter(word[at]);
            let rest = &word[at + 1..];
            let joined = |start| Some(At { word: index, start });
            let whole = |value| DockerOption { flag, word: index, span: at..word.len(), value };
            if rest.len() > 1 && rest[0] == b'=' {
                self.given.push(whole(joined(at + 2)));
                return index + 1;
            }
            if flag.is_some_and(|flag| flag.takes_value) {
                if rest.is_empty() {
                    return self.push_with_next(words, whole(None), true);
                }
                self.given.push(whole(joined(at + 1)));
                return index + 1;
            }
            if flag.is_none() && !rest.is_empty() {
                // Misspelt: what follows may be a value, and so a secret.
                self.given.push(whole(joined(at + 1)));
                return index + 1;
            }
            self.given.push(DockerOption { flag, word: index, span: at..at + 1, value: None });
        }
        index + 1
    }

    fn push_with_next(&mut self, words: &[&[u8]], mut given: DockerOption, takes: bool) -> usize {
        let next = given.word + 1;
        if takes && next < words.len() {
            given.value = Some(At { word: next, start: 0 });
        } else if takes {
            self.starved = Some(given.word);
        }
        self.given.push(given);
        next + usize::from(takes)
    }
}

#[cfg(test)]
mod tests {
    use super::{Parsed, parse};

    fn read(line: &str) -> (Parsed, Vec<String>) {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let parsed = parse(&words);
        let told = parsed.given.iter().map(|given| {
            let name = given.flag.map_or("?", |flag| flag.long);
            format!("{name}={}", String::from_utf8_lossy(given.value_in(&words)))
        });
        let told = told.collect();
        (parsed, told)
    }

    #[test]
    fn the_ways_to_write_an_option() {
        assert_eq!(read("-e A=b -eA=b -e=A=b --env A=b --env=A=b").1, ["env=A=b"; 5]);
        assert_eq!(read("-ite A=b").1, ["interactive=", "tty=", "env=A=b"]);
        assert_eq!(read("-itdeA=b --rm").1, ["interactive=", "tty=", "detach=", "env=A=b", "rm="]);
        assert_eq!(read("-i=false --rm=false").1, ["interactive=false", "rm=false"]);
        assert_eq!(read("-e --rm").1, ["env=--rm"]);
    }

    #[test]
    fn where_the_options_end() {
        assert_eq!(read("--rm busybox -e A=b").0.positional, Some(1));
        assert_eq!(read("--rm --").0.terminator, Some(1));
        assert_eq!(read("-- x").0.positional, Some(1));
        assert_eq!(read("--rm -").0.positional, Some(1));
        assert_eq!(read("--rm -e").0.starved, Some(1));
        assert_eq!(read("--name").0.starved, Some(0));
        assert_eq!(read("-it").0, Parsed { given: read("-it").0.given, ..Parsed::default() });
    }

    #[test]
    fn an_option_that_docker_does_not_have() {
        assert_eq!(read("--memmory 2g --rm").1, ["?=2g", "rm="]);
        assert_eq!(read("--new --rm").1, ["?=", "rm="]);
        assert_eq!(read("-x --rm").1, ["?=", "rm="]);
        assert_eq!(read("-ixA=b --rm").1, ["interactive=", "?=A=b", "rm="]);
    }
}
