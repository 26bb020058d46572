use sansio::{Instant, Now, UtcSecs};

const MILLION: u64 = 1_000_000;

/// How a participant's clocks deviate from the time of the world.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Skew {
    /// How far its wall clock is ahead at the start, in microseconds.
    pub offset_us: i64,
    /// How fast both its clocks run, in parts per million of true time; kept within ±500 000.
    pub drift_ppm: i32,
}

/// A participant's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Local microseconds in a million of the world's.
    rate: u64,
    /// Wall clock in microseconds when the monotonic clock shows zero.
    wall_us: i64,
}

impl Clock {
    pub(crate) fn new(epoch: UtcSecs, skew: Skew) -> Self {
        let drift = i64::from(skew.drift_ppm.clamp(-500_000, 500_000));
        Self {
            rate: MILLION.saturating_add_signed(drift),
            wall_us: epoch.0.saturating_mul(MILLION as i64).saturating_add(skew.offset_us),
        }
    }

    /// What the clocks show when the world's shows `at`.
    #[inline]
    pub(crate) fn read(&self, at: Instant) -> Now {
        let instant = self.local(at);
        let elapsed = i64::try_from(instant.as_micros()).unwrap_or(i64::MAX);
        let utc = UtcSecs(self.wall_us.saturating_add(elapsed).div_euclid(MILLION as i64));
        Now { instant, utc }
    }

    /// The first moment of the world at which the monotonic clock shows `deadline` or more.
    #[inline]
    pub(crate) fn world(&self, deadline: Instant) -> Instant {
        if self.rate == MILLION || deadline == Instant::FAR_FUTURE {
            return deadline;
        }
        scale(deadline, MILLION, self.rate, self.rate - 1)
    }

    /// Moves the wall clock.
    pub(crate) const fn step(&mut self, by_us: i64) {
        self.wall_us = self.wall_us.saturating_add(by_us);
    }

    #[inline]
    fn local(&self, at: Instant) -> Instant {
        if self.rate == MILLION { at } else { scale(at, self.rate, MILLION, 0) }
    }
}

fn scale(at: Instant, numerator: u64, denominator: u64, round: u64) -> Instant {
    let product = u128::from(at.as_micros()) * u128::from(numerator) + u128::from(round);
    let scaled = product / u128::from(denominator);
    Instant::from_micros(u64::try_from(scaled).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_met_at_the_first_moment_and_not_before() {
        for drift_ppm in [-300_000, -50, -1, 0, 1, 77, 250_000] {
            let clock = Clock::new(UtcSecs(0), Skew { offset_us: 0, drift_ppm });
            for deadline in [0, 1, 999_999, 12_345_678, 86_400_000_000].map(Instant::from_micros) {
                let met = clock.world(deadline);
                assert!(clock.read(met).instant >= deadline);
                if met > Instant::ZERO {
                    let before = Instant::from_micros(met.as_micros() - 1);
                    assert!(clock.read(before).instant < deadline, "{drift_ppm} {deadline}");
                }
            }
        }
    }

    #[test]
    fn the_wall_clock_steps_and_the_monotonic_clock_does_not() {
        let mut clock = Clock::new(UtcSecs(1_000), Skew { offset_us: -2_500_000, drift_ppm: 0 });
        let at = Instant::from_secs(10);
        assert_eq!(clock.read(at).utc, UtcSecs(1_007));
        clock.step(60_000_000);
        assert_eq!(clock.read(at), Now { instant: at, utc: UtcSecs(1_067) });
    }

    #[test]
    fn drift_moves_both_clocks() {
        let clock = Clock::new(UtcSecs(0), Skew { offset_us: 0, drift_ppm: 100 });
        let now = clock.read(Instant::from_secs(1_000_000));
        assert_eq!(now, Now { instant: Instant::from_secs(1_000_100), utc: UtcSecs(1_000_100) });
    }
}
