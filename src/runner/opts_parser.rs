//! Parses words as `docker run` does: which are options, which are values, and where
//! the options end. These are the rules of pflag, the flag library of docker's client,
//! without interspersed arguments.

use super::docker_flags::{self, Flag};
use std::ops::Range;

/// One option, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerOption {
    /// `None` if docker does not have the option.
    pub flag: Option<Flag>,
    /// The index of the word that names it.
    pub word: usize,
    /// The bytes of that word that belong to this option. A word can contain several options
    /// of one letter each, and the value of the last one.
    pub span: Range<usize>,
    pub value: Option<ValuePosition>,
}

/// The position of a value: from `start` to the end of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValuePosition {
    pub word: usize,
    pub start: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedOpts {
    /// In the order of the words.
    pub options: Vec<DockerOption>,
    /// The index of a `--` that ends the options.
    pub terminator: Option<usize>,
    /// The index of the first word that is neither an option nor a value. Docker would
    /// take it as the image.
    pub positional: Option<usize>,
    /// The index of an option at the end whose value is missing. It would take the image
    /// as its value.
    pub without_value: Option<usize>,
}

impl DockerOption {
    /// Whether it is the option of docker with that long name.
    pub fn has_name(&self, long: &str) -> bool {
        self.flag.is_some_and(|flag| flag.long == long)
    }

    /// Its value in `words`; empty if it has none.
    pub fn value_in<'a>(&self, words: &[&'a [u8]]) -> &'a [u8] {
        self.value.map_or(b"", |at| &words[at.word][at.start..])
    }
}

/// Splits the value of an `-e` into name and value. A bare name has no value.
pub fn split_setting(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == b'=') {
        Some(equals) => (&text[..equals], Some(&text[equals + 1..])),
        None => (text, None),
    }
}

/// Parses the words of OPTS and EXTRA.
pub fn parse(words: &[&[u8]]) -> ParsedOpts {
    let mut parsed = ParsedOpts::default();
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

impl ParsedOpts {
    fn long(&mut self, words: &[&[u8]], index: usize, rest: &[u8]) -> usize {
        let equals = rest.iter().position(|byte| *byte == b'=');
        let flag = docker_flags::long(&rest[..equals.unwrap_or(rest.len())]);
        let span = 0..words[index].len();
        if let Some(equals) = equals {
            let value = Some(ValuePosition { word: index, start: 2 + equals + 1 });
            self.options.push(DockerOption { flag, word: index, span, value });
            return index + 1;
        }
        let takes_value = match flag {
            Some(flag) => flag.takes_value,
            // Unknown or misspelled: if the next word is not an option, it is the value.
            None => words.get(index + 1).is_some_and(|next| next.first() != Some(&b'-')),
        };
        self.push_with_next(words, DockerOption { flag, word: index, span, value: None }, takes_value)
    }

    fn letters(&mut self, words: &[&[u8]], index: usize) -> usize {
        let word = words[index];
        for at in 1..word.len() {
            let flag = docker_flags::letter(word[at]);
            let rest = &word[at + 1..];
            let joined = |start| Some(ValuePosition { word: index, start });
            let whole = |value| DockerOption { flag, word: index, span: at..word.len(), value };
            if rest.len() > 1 && rest[0] == b'=' {
                self.options.push(whole(joined(at + 2)));
                return index + 1;
            }
            if flag.is_some_and(|flag| flag.takes_value) {
                if rest.is_empty() {
                    return self.push_with_next(words, whole(None), true);
                }
                self.options.push(whole(joined(at + 1)));
                return index + 1;
            }
            if flag.is_none() && !rest.is_empty() {
                // Unknown or misspelled: the rest may be a value, and so a secret.
                self.options.push(whole(joined(at + 1)));
                return index + 1;
            }
            self.options.push(DockerOption { flag, word: index, span: at..at + 1, value: None });
        }
        index + 1
    }

    fn push_with_next(&mut self, words: &[&[u8]], mut option: DockerOption, takes_value: bool) -> usize {
        let next = option.word + 1;
        if takes_value && next < words.len() {
            option.value = Some(ValuePosition { word: next, start: 0 });
        } else if takes_value {
            self.without_value = Some(option.word);
        }
        self.options.push(option);
        next + usize::from(takes_value)
    }
}

#[cfg(test)]
mod tests {
    use super::{ParsedOpts, parse};

    fn parse_line(line: &str) -> (ParsedOpts, Vec<String>) {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let parsed = parse(&words);
        let shown = parsed.options.iter().map(|option| {
            let name = option.flag.map_or("?", |flag| flag.long);
            format!("{name}={}", String::from_utf8_lossy(option.value_in(&words)))
        });
        let shown = shown.collect();
        (parsed, shown)
    }

    #[test]
    fn parses_every_way_to_write_an_option() {
        assert_eq!(parse_line("-e A=b -eA=b -e=A=b --env A=b --env=A=b").1, ["env=A=b"; 5]);
        assert_eq!(parse_line("-ite A=b").1, ["interactive=", "tty=", "env=A=b"]);
        assert_eq!(parse_line("-itdeA=b --rm").1, ["interactive=", "tty=", "detach=", "env=A=b", "rm="]);
        assert_eq!(parse_line("-i=false --rm=false").1, ["interactive=false", "rm=false"]);
        assert_eq!(parse_line("-e --rm").1, ["env=--rm"]);
        assert_eq!(parse_line("-e=").1, ["env=="], "as docker parses it");
    }

    #[test]
    fn finds_the_end_of_the_options() {
        assert_eq!(parse_line("--rm busybox -e A=b").0.positional, Some(1));
        let ended = parse_line("--rm --").0;
        assert_eq!((ended.terminator, ended.positional), (Some(1), None));
        assert_eq!(parse_line("-- x").0.positional, Some(1));
        assert_eq!(parse_line("--rm -").0.positional, Some(1));
        assert_eq!(parse_line("--rm -e").0.without_value, Some(1));
        assert_eq!(parse_line("--name").0.without_value, Some(0));
        assert_eq!(
            parse_line("-it").0,
            ParsedOpts { options: parse_line("-it").0.options, ..ParsedOpts::default() }
        );
    }

    #[test]
    fn parses_options_that_docker_does_not_have() {
        assert_eq!(parse_line("--memmory 2g --rm").1, ["?=2g", "rm="]);
        assert_eq!(parse_line("--new --rm").1, ["?=", "rm="]);
        assert_eq!(parse_line("-x --rm").1, ["?=", "rm="]);
        assert_eq!(parse_line("-ixA=b --rm").1, ["interactive=", "?=A=b", "rm="]);
    }
}
