//! Shrinks a file that shows a difference.

use crate::compare::{Case, evaluate, find_difference_alone};

/// Describes the difference in the smallest file that still shows one. `None` if the file
/// itself shows none: then a background process of another file wrote something.
pub(crate) fn describe_smallest(case: &Case, number: u64) -> Option<String> {
    find_difference_alone(case)?;
    let must_be_accepted = case.must_be_accepted;
    let mut small = Case { text: case.text.clone(), must_be_accepted };
    // A part of a file that must be accepted need not be acceptable itself.
    let can_shrink = !must_be_accepted || evaluate(&case.text).is_ok();
    let mut piece = if can_shrink { small.text.len() / 2 } else { 0 };
    let mut tries = 400;
    while piece > 0 {
        let mut at = 0;
        while at < small.text.len() && tries > 0 {
            let mut text = small.text.clone();
            text.drain(at..(at + piece).min(text.len()));
            let smaller = Case { text, must_be_accepted };
            tries -= 1;
            let same_verdict = evaluate(&smaller.text).is_ok() == evaluate(&small.text).is_ok();
            if same_verdict && find_difference_alone(&smaller).is_some() {
                small = smaller;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    let difference = find_difference_alone(&small)?;
    Some(format!("case {number}: b\"{}\"\n {difference}", small.text.escape_ascii()))
}
