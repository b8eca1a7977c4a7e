//! Two files, one read after the other, have the same result as one file with both texts:
//! no state that the second file depends on is lost in between.

use crate::compare::{Case, evaluate, evaluate_after};
use crate::random::Random;
use docker_runner::shell::{Error, Evaluation};

/// The part of a result that is compared: the variables or the error.
type Summary = Result<Vec<(String, Option<Vec<u8>>, bool, bool)>, String>;

fn summarize(result: &Result<Evaluation, Error>) -> Summary {
    match result {
        Err(error) => Err(format!("{:?}", error.kind)),
        Ok(evaluation) => Ok(evaluation
            .scope
            .variables
            .iter()
            .map(|(name, variable)| {
                let value = variable.string_value().map(|text| text.bytes.clone());
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
const STATE_CHANGES: [&str; 8] = [
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
fn two_files_have_the_result_of_one() {
    for number in 0..3000 {
        let mut random = Random::new(number);
        let mut first = with_final_newline(Case::from_number(3 * number).text);
        if first.ends_with(b"\\\n") {
            continue; // the second file would continue its last line
        }
        for _ in 0..random.below(4) {
            first.extend_from_slice(random.pick(&STATE_CHANGES).as_bytes());
        }
        let second = Case::from_number(3 * number + 3000).text;
        let both = [first.as_slice(), &second].concat();
        let separately = evaluate(&first).and_then(|first| evaluate_after(&second, &first.scope));
        assert_eq!(summarize(&separately), summarize(&evaluate(&both)), "{}", both.escape_ascii());
    }
}
