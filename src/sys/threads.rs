//! Threads. Work is boxed, so that the code that starts a thread is in the binary once
//! and not once for each closure type.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// A closure to run on a thread.
pub type Work<'a> = Box<dyn FnOnce() + Send + 'a>;

/// The stack size of a spawned thread in bytes. No call goes deep, and a wait may start
/// a thread for each address.
const STACK_SIZE: usize = 256 << 10;

pub fn spawn(work: Work<'static>) -> io::Result<JoinHandle<()>> {
    Builder::new().stack_size(STACK_SIZE).spawn(work)
}

/// Calls a function for all items at the same time; one after the other for those for which
/// the system starts no thread. The results are in the order of the items.
pub fn parallel_map<T: Sync, R: Send>(items: &[T], function: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    run_all(items.len(), &|index| {
        *results[index].lock().unwrap_or_else(PoisonError::into_inner) = Some(function(&items[index]));
    });
    // Every result is set: a panic would have ended this process.
    results
        .into_iter()
        .filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

/// Calls a function with each number below `count`.
fn run_all(count: usize, function: &(dyn Fn(usize) + Sync)) {
    std::thread::scope(|scope| {
        let starts = |index: usize| {
            let work: Work<'_> = Box::new(move || function(index));
            Builder::new().spawn_scoped(scope, work).is_ok()
        };
        let left: Vec<usize> = (0..count).filter(|index| !starts(*index)).collect();
        left.into_iter().for_each(function);
    });
}

#[cfg(test)]
mod tests {
    use super::parallel_map;
    use std::sync::Barrier;

    #[test]
    fn runs_at_the_same_time_and_keeps_the_order() {
        let barrier = Barrier::new(3);
        let double = |item: &u8| {
            barrier.wait();
            item * 2
        };
        assert_eq!(parallel_map(&[3, 1, 2], &double), [6, 2, 4]);
    }
}
