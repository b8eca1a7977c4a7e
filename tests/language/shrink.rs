//! A difference, made small enough to be understood.

use crate::compare::{Case, alone};

/// The difference in the smallest file that still shows one. `None` where the
/// file on its own shows none: then another one's background process spoke up.
pub(crate) fn report(case: &Case, number: u64) -> Option<String> {
    alone(case)?;
    let mut small = Case { text: case.text.clone(), inside: case.inside };
    // What is left of a file inside the language may be outside of it.
    let mut piece =
        if case.inside && crate::compare::ours(&case.text).is_err() { 0 } else { small.text.len() / 2 };
    let mut tries = 400;
    while piece > 0 {
        let mut at = 0;
        while at < small.text.len() && tries > 0 {
            let mut text = small.text.clone();
            text.drain(at..(at + piece).min(text.len()));
            let smaller = Case { text, inside: case.inside };
            tries -= 1;
            let still =
                crate::compare::ours(&smaller.text).is_ok() == crate::compare::ours(&small.text).is_ok();
            if still && alone(&smaller).is_some() {
                small = smaller;
            } else {
                at += piece;
            }
        }
        piece /= 2;
    }
    let fault = alone(&small)?;
    Some(format!("case {number}: b\"{}\"\n {fault}", small.text.escape_ascii()))
}
