//! The wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds of Unix time.
pub fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
