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

/// A moment on the world's clock, ready to be read off many clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    at: Instant,
    secs: i64,
    micros: u32,
}

impl Moment {
    #[inline]
    pub(crate) const fn of(at: Instant) -> Self {
        let micros = at.as_micros();
        Self { at, secs: (micros / MILLION) as i64, micros: (micros % MILLION) as u32 }
    }
}

/// A participant's clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Local microseconds in a million of the world's.
    rate: u64,
    /// The wall clock when the monotonic clock shows zero.
    wall_secs: i64,
    wall_micros: u32,
}

impl Clock {
    pub(crate) fn new(epoch: UtcSecs, skew: Skew) -> Self {
        let drift = i64::from(skew.drift_ppm.clamp(-500_000, 500_000));
        let rate = MILLION.saturating_add_signed(drift);
        let mut clock = Self { rate, wall_secs: epoch.0, wall_micros: 0 };
        clock.step(skew.offset_us);
        clock
    }

    /// What the clocks show at some moment of the world.
    #[inline]
    pub(crate) fn read(&self, moment: Moment) -> Now {
        if self.rate == MILLION { self.undrifted(moment) } else { self.drifted(moment) }
    }

    #[inline]
    fn undrifted(&self, local: Moment) -> Now {
        let carry = i64::from(self.wall_micros + local.micros >= MILLION as u32);
        let utc = UtcSecs(self.wall_secs.wrapping_add(local.secs + carry));
        Now { instant: local.at, utc }
    }

    /// Kept apart, or the division of the rare case ends up in the path of the common one.
    #[cold]
    #[inline(never)]
    fn drifted(&self, moment: Moment) -> Now {
        self.undrifted(Moment::of(scale(moment.at, self.rate, MILLION, 0)))
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
        let micros = by_us.saturating_add(self.wall_micros as i64);
        self.wall_secs = self.wall_secs.saturating_add(micros.div_euclid(MILLION as i64));
        self.wall_micros = micros.rem_euclid(MILLION as i64) as u32;
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
                assert!(clock.read(Moment::of(met)).instant >= deadline);
                if met > Instant::ZERO {
                    let before = Instant::from_micros(met.as_micros() - 1);
                    assert!(
                        clock.read(Moment::of(before)).instant < deadline,
                        "{drift_ppm} {deadline}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_wall_clock_steps_and_the_monotonic_clock_does_not() {
        let mut clock = Clock::new(UtcSecs(1_000), Skew { offset_us: -2_500_000, drift_ppm: 0 });
        let at = Instant::from_secs(10);
        assert_eq!(clock.read(Moment::of(at)).utc, UtcSecs(1_007));
        clock.step(60_000_000);
        assert_eq!(clock.read(Moment::of(at)), Now { instant: at, utc: UtcSecs(1_067) });
    }

    #[test]
    fn drift_moves_both_clocks() {
        let clock = Clock::new(UtcSecs(0), Skew { offset_us: 0, drift_ppm: 100 });
        let now = clock.read(Moment::of(Instant::from_secs(1_000_000)));
        assert_eq!(now, Now { instant: Instant::from_secs(1_000_100), utc: UtcSecs(1_000_100) });
    }
}
