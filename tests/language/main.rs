//! The language of /etc/default files, proved: generated files are read by us,
//! by dash and by bash, and the three have to agree.
//!
//! `LANGUAGE_CASES` is how many files, `LANGUAGE_SEED` the number of the first.
#![allow(
    clippy::disallowed_methods,
    reason = "the reference shells are processes, and their files are files"
)]

mod braces;
mod compare;
mod generate;
mod justified;
mod lists;
mod mutate;
mod quoting;
mod random;
mod regressions;
mod shapes;
mod shells;
mod shrink;
mod two_files;
mod words;

use compare::{Case, alike, judge, names, ours, reference};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many files one shell process reads.
const BATCH: u64 = 250;

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |value| value.parse().expect("a number"))
}

#[test]
fn generated_files_are_read_as_dash_and_bash_read_them() {
    let count = setting("LANGUAGE_CASES", 3000);
    let first = setting("LANGUAGE_SEED", 1);
    let next = AtomicU64::new(0);
    let totals = [const { AtomicU64::new(0) }; 3];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut faults = Vec::new();
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                if start >= count || faults.len() > 5 {
                    return faults;
                }
                if start > 0 && start.is_multiple_of(50_000) {
                    println!("{start} files so far");
                }
                let numbers = first + start..first + (start + BATCH).min(count);
                faults.extend(batch(numbers, &totals));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    let [accepted, refused, both] = totals.map(AtomicU64::into_inner);
    println!(
        "{count} files: {accepted} accepted by us, dash and bash alike; {refused} refused, of which {both} both shells read alike"
    );
    assert!(faults.is_empty(), "{} differences\n\n{}", faults.len(), faults.join("\n\n"));
    assert!(accepted > count / 3 && refused > count / 10, "the generator makes both kinds");
}

fn batch(numbers: std::ops::Range<u64>, totals: &[AtomicU64; 3]) -> Vec<String> {
    let cases: Vec<Case> = numbers.clone().map(Case::numbered).collect();
    let texts: Vec<&[u8]> = cases.iter().map(|case| case.text.as_slice()).collect();
    let results: Vec<_> = texts.iter().map(|text| ours(text)).collect();
    let looked_at: Vec<_> = texts.iter().zip(&results).map(|(text, ours)| names(text, ours)).collect();
    let shells = reference(&texts, &looked_at);
    let mut faults = Vec::new();
    for ((((case, ours), names), (dash, bash)), number) in
        cases.iter().zip(&results).zip(&looked_at).zip(&shells).zip(numbers)
    {
        totals[usize::from(ours.is_err())].fetch_add(1, Ordering::Relaxed);
        if let Err(error) = ours
            && alike(names, dash, bash)
        {
            totals[2].fetch_add(1, Ordering::Relaxed);
            if std::env::var_os("LANGUAGE_SHOW").is_some() {
                println!("{:?} b\"{}\"", error.refusal, case.text.escape_ascii());
            }
        }
        if judge(case, ours, dash, bash).is_some() {
            faults.extend(shrink::report(case, number));
        }
    }
    faults
}
