//! Brace expansion, which only bash performs, is rejected exactly where bash performs it.

use crate::compare::{Case, Comparison};
use crate::random::Random;

const PIECES: [&str; 17] = [
    "{",
    "}",
    "{",
    "}",
    ",",
    ",",
    "..",
    "1",
    "23",
    "-4",
    "a",
    "Z",
    "\"{\"",
    "\\}",
    "$E",
    "${EMPTY:-,}",
    "'a,b'",
];

fn generate_export(random: &mut Random) -> Vec<u8> {
    let mut text = b"export A=".to_vec();
    for _ in 0..1 + random.below(9) {
        text.extend_from_slice(random.pick(&PIECES).as_bytes());
    }
    text
}

#[test]
fn braces_are_rejected_where_bash_expands_them() {
    let mut random = Random::new(3);
    let cases: Vec<Case> =
        (0..3000).map(|_| Case { text: generate_export(&mut random), must_be_accepted: false }).collect();
    let (mut rejected, mut needlessly) = (0, Vec::new());
    for (case, comparison) in cases.iter().zip(Comparison::run(&cases)) {
        assert_eq!(comparison.find_difference(case), None, "{}", case.text.escape_ascii());
        rejected += u32::from(comparison.ours.is_err());
        if comparison.ours.is_err() && comparison.shells_agree() {
            needlessly.push(case.text.escape_ascii().to_string());
        }
    }
    // A sequence that bash does not expand hides a list before it.
    assert!(rejected > 50 && needlessly.len() < 40, "{rejected} rejected, needlessly {needlessly:#?}");
}
