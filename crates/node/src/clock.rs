//! The two clocks of a node, and who noticed that one of them was set.

use std::time::{Instant as Monotonic, SystemTime, UNIX_EPOCH};

use sansio::{Duration, Instant, Now, UtcSecs};

/// What the monotonic clock of a node shows when the node starts. It does not begin at zero, so
/// that what was heard in a former life has a place before it.
pub(crate) const START: Instant = Instant::from_secs(86_400);

/// A difference between the clocks below this is their drift, not a step.
const STEP_US: i64 = 500_000;

/// Reads the operating system's clocks.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Monotonic,
    /// Wall clock minus monotonic clock, when they were read last.
    offset_us: i64,
    /// By how much the wall clock is to be ahead of the host's: a fault, for experiments.
    ahead_us: i64,
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) now: Now,
    /// The wall clock, in microseconds since 1970.
    pub(crate) wall_us: i64,
    /// By how much the wall clock was set since the last reading, if it was.
    pub(crate) step_us: Option<i64>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let mut clock = Self { origin: Monotonic::now(), offset_us: 0, ahead_us: 0 };
        clock.read();
        clock
    }

    /// Puts the wall clock so far ahead of the host's from the next reading on.
    pub(crate) const fn put_ahead(&mut self, by_us: i64) {
        self.ahead_us = by_us;
    }

    pub(crate) fn read(&mut self) -> Reading {
        let elapsed = Duration::from_micros(micros(self.origin.elapsed()));
        self.reading(START + elapsed, wall_us().saturating_add(self.ahead_us))
    }

    /// The operating system's time for `at`, for a timer of the runtime.
    pub(crate) fn to_system(&self, at: Instant) -> Monotonic {
        let after = std::time::Duration::from_micros(at.since(START).as_micros());
        // A deadline beyond what the clock can express is as good as never; a day is a safe wait.
        self.origin
            .checked_add(after)
            .unwrap_or_else(|| self.origin + std::time::Duration::from_secs(86_400))
    }

    fn reading(&mut self, instant: Instant, wall_us: i64) -> Reading {
        let offset = wall_us.saturating_sub_unsigned(instant.as_micros());
        let moved = offset.saturating_sub(self.offset_us);
        let first = self.offset_us == 0;
        self.offset_us = offset;
        let step_us = (!first && moved.unsigned_abs() >= STEP_US.unsigned_abs()).then_some(moved);
        let utc = UtcSecs(wall_us.div_euclid(1_000_000));
        Reading { now: Now { instant, utc }, wall_us, step_us }
    }
}

fn wall_us() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    }
}

fn micros(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_reported_once_and_drift_never() {
        let mut clock = Clock { origin: Monotonic::now(), offset_us: 0, ahead_us: 0 };
        let wall = 961_070_400_000_000;
        let mut read = |secs: u64, wall_us: i64| {
            clock.reading(START + Duration::from_secs(secs), wall_us).step_us
        };
        assert_eq!(read(0, wall), None);
        assert_eq!(read(1, wall + 1_100_000), None, "drift");
        assert_eq!(read(2, wall + 3_602_100_000), Some(3_600_000_000));
        assert_eq!(read(3, wall + 3_603_100_000), None);
        assert_eq!(read(4, wall + 4_100_000), Some(-3_600_000_000));
    }

    #[test]
    fn seconds_before_1970_round_down() {
        let mut clock = Clock { origin: Monotonic::now(), offset_us: 0, ahead_us: 0 };
        assert_eq!(clock.reading(START, -1).now.utc, UtcSecs(-1));
    }
}
