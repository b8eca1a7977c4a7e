//! Two files, one read after the other, mean what they mean as one file: nothing
//! that the second one depends on is lost in between.

use crate::compare::{Case, ours, ours_after};
use crate::random::Random;
use docker_runner::shell::Error;

/// What is compared of a file: its variables, or why it is refused.
type Verdict = Result<Vec<(String, Option<Vec<u8>>, bool, bool)>, String>;

fn verdict(result: &Result<docker_runner::shell::Evaluated, Error>) -> Verdict {
    match result {
        Err(error) => Err(format!("{:?}", error.refusal)),
        Ok(evaluated) => Ok(evaluated
            .scope
            .variables
            .iter()
            .map(|(name, variable)| {
                let value = variable.text().map(|text| text.bytes.clone());
                (name.clone(), value, variable.exported, variable.readonly)
            })
            .collect()),
    }
}

fn with_final_newline(mut text: Vec<u8>) -> Vec<u8> {
    if text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    text
}

/// Commands that change what a later assignment does.
const STATE: [&str; 8] = [
    "set -a\n",
    "set +a\n",
    "unset A B C D\n",
    "set -a; unset A B C; set +a\n",
    "export A\n",
    "readonly A=1\n",
    "A=1 B=2\n",
    "export C=3\n",
];

#[test]
fn two_files_are_read_as_one_is() {
    for number in 0..3000 {
        let mut random = Random::new(number);
        let mut first = with_final_newline(Case::numbered(3 * number).text);
        if first.ends_with(b"\\\n") {
            continue; // its last line would go on with the second file
        }
        for _ in 0..random.below(4) {
            first.extend_from_slice(random.pick(&STATE).as_bytes());
        }
        let second = Case::numbered(3 * number + 3000).text;
        let both = [first.as_slice(), &second].concat();
        let apart = ours(&first).and_then(|read| ours_after(&second, &read.scope));
        assert_eq!(verdict(&apart), verdict(&ours(&both)), "{}", both.escape_ascii());
    }
}
