//! Brace expansion, which bash alone has: found where it would happen.

use crate::compare::{Case, alike, judge, names, ours, reference};
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

fn text(random: &mut Random) -> Vec<u8> {
    let mut text = b"export A=".to_vec();
    for _ in 0..1 + random.below(9) {
        text.extend_from_slice(random.pick(&PIECES).as_bytes());
    }
    text
}

#[test]
fn braces_are_refused_where_bash_expands_them() {
    let mut random = Random::new(3);
    let cases: Vec<Case> = (0..3000).map(|_| Case { text: text(&mut random), inside: false }).collect();
    let texts: Vec<&[u8]> = cases.iter().map(|case| case.text.as_slice()).collect();
    let results: Vec<_> = texts.iter().map(|text| ours(text)).collect();
    let looked_at: Vec<_> = texts.iter().zip(&results).map(|(text, ours)| names(text, ours)).collect();
    let shells = reference(&texts, &looked_at);
    let (mut refused, mut needless) = (0, Vec::new());
    for (((case, ours), names), (dash, bash)) in cases.iter().zip(&results).zip(&looked_at).zip(&shells) {
        assert_eq!(judge(case, ours, dash, bash), None, "{}", case.text.escape_ascii());
        refused += u32::from(ours.is_err());
        if ours.is_err() && alike(names, dash, bash) {
            needless.push(case.text.escape_ascii().to_string());
        }
    }
    // A sequence that bash gives up on hides what stands before it.
    assert!(refused > 50 && needless.len() < 40, "{refused} refused, needlessly {needless:#?}");
}
