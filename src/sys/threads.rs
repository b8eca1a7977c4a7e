//! Threads. Work is boxed before it goes to one, so that the machinery of a
//! thread is in the binary once and not once for each kind of work.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Something to do on a thread.
pub type Work<'a> = Box<dyn FnOnce() + Send + 'a>;

/// The stack of a thread that is started alone, in bytes: nothing here goes
/// deep, and there may be one for each address that is waited for.
const STACK: usize = 256 << 10;

/// Starts a thread.
pub fn spawn(work: Work<'static>) -> io::Result<JoinHandle<()>> {
    Builder::new().stack_size(STACK).spawn(work)
}

/// Does all of it at the same time; back when the last is done.
pub fn run_all(all: Vec<Work<'_>>) {
    std::thread::scope(|scope| {
        for work in all {
            scope.spawn(work);
        }
    });
}

/// What `ask` gives for each item, in their order; all asked at the same time.
pub fn parallel_map<T: Sync, R: Send>(items: &[T], ask: &(dyn Fn(&T) -> R + Sync)) -> Vec<R> {
    let places: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let fill = |(item, place): (&'_ T, &'_ Mutex<Option<R>>)| {
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(ask(item));
    };
    let fill = &fill;
    let work = items.iter().zip(&places).map(|pair| -> Work<'_> { Box::new(move || fill(pair)) });
    run_all(work.collect());
    // Every place is filled: a panic would have ended us.
    places
        .into_iter()
        .filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parallel_map;
    use std::sync::Barrier;

    #[test]
    fn all_at_once_and_in_order() {
        let all = Barrier::new(3);
        let ask = |item: &u8| {
            all.wait();
            item * 2
        };
        assert_eq!(parallel_map(&[3, 1, 2], &ask), [6, 2, 4]);
    }
}
