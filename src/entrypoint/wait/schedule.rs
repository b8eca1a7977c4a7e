//! When to look again: pauses that grow, and attempts that may take longer
//! the more of them were in vain.

use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(25);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(1);
/// How long the first attempt may take from the connection to the whole answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// And the longest one: a MySQL server that looks our name up before it
/// greets us takes its time.
const MOST_PATIENCE: Duration = Duration::from_secs(30);

/// How long a connection may take to come about, whichever attempt it is: a
/// request that was lost (the server's container was just being replaced) is
/// repeated by the kernel after 1, 3 and 7 s, by us sooner.
pub(crate) const CONNECT: Duration = Duration::from_secs(2);

/// The pace of one endpoint's attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    pause: Duration,
    patience: Duration,
}

impl Schedule {
    /// The pace at the start.
    pub(crate) fn new() -> Self {
        Self { pause: FIRST, patience: PATIENCE }
    }

    /// How long the next attempt may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The pause after an attempt in vain; the next one is a tenth longer, so
    /// that whoever has waited for 5 s waits about half a second too long at most.
    /// An attempt that ran out of time makes the next one more patient.
    pub(crate) fn pause(&mut self, ran_out: bool) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 11 / 10).min(LONGEST);
        if ran_out {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
        }
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use std::time::Duration;

    #[test]
    fn pauses_grow_to_a_second() {
        let mut schedule = Schedule::new();
        let pauses: Vec<Duration> = (0..42).map(|_| schedule.pause(false)).collect();
        assert_eq!(pauses[0], Duration::from_millis(25));
        assert!(pauses.is_sorted());
        assert_eq!(pauses[39..], [Duration::from_secs(1); 3]);
        let waited: Duration = pauses[..22].iter().sum();
        assert!(pauses[22] < waited / 10 + super::FIRST * 2, "{:?} after {waited:?}", pauses[22]);
        assert_eq!(schedule.patience(), Duration::from_secs(3));
    }

    #[test]
    fn patience_grows_with_every_attempt_that_ran_out() {
        let mut schedule = Schedule::new();
        for seconds in [3, 6, 12, 24, 30, 30] {
            assert_eq!(schedule.patience(), Duration::from_secs(seconds));
            schedule.pause(true);
        }
    }
}
