//! When an endpoint is probed again: short pauses that grow slowly with the
//! time spent waiting.

use super::reason::Reason;
use std::mem::{Discriminant, discriminant};
use std::time::Duration;

/// The first pause, and every pause after an attempt that timed out.
const FIRST: Duration = Duration::from_millis(25);
/// Pauses grow to this quickly.
const SHORT: Duration = Duration::from_millis(100);
/// Pauses grow beyond [`SHORT`] only to this part of the time waited.
const PART: u32 = 150;
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(1);

/// Timeout of one attempt: after this time without a response a new probe is
/// opened, so that a server that has started to respond is seen within a second.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(750);
/// How long a probe without a response stays open beside the newer ones: a
/// MySQL server resolves our name before it sends its greeting.
pub(super) const SLOW_PROBE_TIMEOUT: Duration = Duration::from_secs(30);

/// The pauses between the attempts at one endpoint.
#[derive(Debug, Clone, Default)]
pub(super) struct Schedule {
    pause: Duration,
    /// The sum of the pauses since the last change of the reason.
    waited: Duration,
    reason: Option<Discriminant<Reason>>,
}

impl Schedule {
    /// The pause after a failed attempt. A new reason (the port opens, the
    /// database is starting up) begins again with the first pause: the server
    /// is about to become ready.
    pub(super) fn pause(&mut self, reason: &Reason, timed_out: bool) -> Duration {
        if timed_out {
            return FIRST;
        }
        let reason = Some(discriminant(reason));
        if self.reason != reason {
            *self = Self { reason, ..Self::default() };
        }
        let limit = (self.waited / PART).clamp(SHORT, LONGEST);
        self.pause = (self.pause * 11 / 10).clamp(FIRST, limit);
        self.waited += self.pause;
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use super::{ATTEMPT_TIMEOUT, Schedule};
    use crate::entrypoint::wait::reason::Reason;
    use std::time::Duration;

    /// The pause that is running after this time with the same reason.
    fn pause_at(schedule: &mut Schedule, reason: &Reason, time: Duration) -> Duration {
        let mut waited = Duration::ZERO;
        loop {
            let pause = schedule.pause(reason, false);
            waited += pause;
            if waited >= time {
                return pause;
            }
        }
    }

    #[test]
    fn pauses_grow_from_25_ms_to_one_second() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.pause(&Reason::Refused, false), Duration::from_millis(25));
        assert_eq!(schedule.pause(&Reason::Refused, false), Duration::from_micros(27_500));
        let pauses: Vec<Duration> = (0..2000).map(|_| schedule.pause(&Reason::Refused, false)).collect();
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&Duration::from_secs(1)));
    }

    #[test]
    fn after_15_seconds_the_pause_is_still_short() {
        let pause = pause_at(&mut Schedule::default(), &Reason::Refused, Duration::from_secs(15));
        assert!(pause <= Duration::from_millis(110), "{pause:?}");
    }

    #[test]
    fn a_new_reason_begins_again_with_the_first_pause() {
        let mut schedule = Schedule::default();
        let refused = pause_at(&mut schedule, &Reason::Refused, Duration::from_secs(300));
        assert_eq!(refused, Duration::from_secs(1));
        let starting = |message: &str| Reason::Starting { message: message.to_owned() };
        assert_eq!(schedule.pause(&starting("in recovery"), false), Duration::from_millis(25));
        assert!(schedule.pause(&starting("starting up"), false) > Duration::from_millis(25), "same reason");
        let starting = pause_at(&mut schedule, &starting(""), Duration::from_secs(14));
        assert!(starting <= Duration::from_millis(100), "{starting:?}");
    }

    #[test]
    fn an_open_port_without_a_response_is_probed_again_within_a_second() {
        let mut schedule = Schedule::default();
        pause_at(&mut schedule, &Reason::Silent, Duration::from_secs(300));
        assert!(ATTEMPT_TIMEOUT + schedule.pause(&Reason::Silent, true) < Duration::from_secs(1));
    }
}
