//! Compares the language of the config files with real shells: this program, dash and bash
//! read generated files, and the results must be the same.
//!
//! `LANGUAGE_CASES` is the number of files, `LANGUAGE_SEED` the number of the first one.
//! `LANGUAGE_SHOW` prints the files that only this program rejects.
#![allow(
    clippy::disallowed_methods,
    reason = "the reference shells are processes, and their files are files"
)]

mod arrays;
mod brace_expansion;
mod compare;
mod error_check;
mod generate;
mod generate_words;
mod mutate;
mod quoting;
mod random;
mod real_files;
mod reference_shells;
mod regressions;
mod shrink;
mod two_files;

use compare::{Case, Comparison};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many files one shell process reads.
const BATCH: u64 = 250;

fn number_from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("a number"))
}

/// How many files have each result.
#[derive(Default)]
struct Totals {
    accepted: AtomicU64,
    rejected: AtomicU64,
    /// Of the rejected ones those that dash and bash accept with the same result.
    rejected_needlessly: AtomicU64,
}

#[test]
fn generated_files_are_read_as_dash_and_bash_read_them() {
    let count = number_from_env("LANGUAGE_CASES", 3000);
    let first = number_from_env("LANGUAGE_SEED", 1);
    let next = AtomicU64::new(0);
    let totals = Totals::default();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let differences: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut differences = Vec::new();
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                if start >= count || differences.len() > 5 {
                    return differences;
                }
                if start > 0 && start.is_multiple_of(50_000) {
                    println!("{start} files so far");
                }
                let numbers = first + start..first + (start + BATCH).min(count);
                differences.extend(compare_batch(numbers, &totals));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    let Totals { accepted, rejected, rejected_needlessly } = totals;
    let [accepted, rejected] = [accepted, rejected].map(AtomicU64::into_inner);
    println!(
        "{count} files: {accepted} accepted with the same result as dash and bash; {rejected} rejected, \
         {} of them accepted by both shells with the same result",
        rejected_needlessly.into_inner()
    );
    assert!(differences.is_empty(), "{} differences\n\n{}", differences.len(), differences.join("\n\n"));
    assert!(accepted > count / 3 && rejected > count / 10, "the generator makes both kinds of files");
}

fn compare_batch(numbers: std::ops::Range<u64>, totals: &Totals) -> Vec<String> {
    let cases: Vec<Case> = numbers.clone().map(Case::from_number).collect();
    let mut differences = Vec::new();
    for ((case, comparison), number) in cases.iter().zip(Comparison::run(&cases)).zip(numbers) {
        match &comparison.ours {
            Ok(_) => totals.accepted.fetch_add(1, Ordering::Relaxed),
            Err(error) => {
                if comparison.shells_agree() {
                    totals.rejected_needlessly.fetch_add(1, Ordering::Relaxed);
                    if std::env::var_os("LANGUAGE_SHOW").is_some() {
                        println!("{:?} b\"{}\"", error.kind, case.text.escape_ascii());
                    }
                }
                totals.rejected.fetch_add(1, Ordering::Relaxed)
            }
        };
        if comparison.find_difference(case).is_some() {
            differences.extend(shrink::describe_smallest(case, number));
        }
    }
    differences
}
