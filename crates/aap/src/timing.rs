use sansio::{Cx, Duration, Question};

/// The constants of Appendix B, and whether jitter is applied.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Timing {
    /// `[STARTUP-WAIT]`: how long a starting MAAS listens, 150 s.
    pub startup_wait: Duration,
    /// `[ANNOUNCE-WAIT]`: how long a claim must stand unopposed, 10 s.
    pub announce_wait: Duration,
    /// `[RESEND-WAIT]`: the first repetition interval, 1 s.
    pub resend_wait: Duration,
    /// `[REPEAT-INTERVAL]`: the steady repetition interval, 30 s.
    pub repeat_interval: Duration,
    /// `[ASA-INTERVAL]`: the steady interval of ASA messages, 30 s. A coordinator that is to lead
    /// may be given a shorter one (AAP-4.2.1-09).
    pub asa_interval: Duration,
    /// `[ASRP-INTERVAL]`: the steady interval of ASRP messages, 30 s.
    pub asrp_interval: Duration,
    /// Whether the draft's ± 30 % is applied to steady intervals.
    pub jitter: Jitter,
}

/// Whether intervals that the draft varies at random are varied.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Jitter {
    /// As the draft says.
    On,
    /// Every interval takes the middle of its range: for timelines that must be exact.
    Off,
}

impl Timing {
    /// The draft's own values (AAP-B-01).
    #[must_use]
    pub const fn draft() -> Self {
        Self {
            startup_wait: Duration::from_secs(150),
            announce_wait: Duration::from_secs(10),
            resend_wait: Duration::from_secs(1),
            repeat_interval: Duration::from_secs(30),
            asa_interval: Duration::from_secs(30),
            asrp_interval: Duration::from_secs(30),
            jitter: Jitter::On,
        }
    }

    /// All six constants divided by `factor`.
    ///
    /// # Panics
    /// If `factor` is zero.
    #[must_use]
    pub const fn divided_by(self, factor: u64) -> Self {
        Self {
            startup_wait: self.startup_wait.ratio(1, factor),
            announce_wait: self.announce_wait.ratio(1, factor),
            resend_wait: self.resend_wait.ratio(1, factor),
            repeat_interval: self.repeat_interval.ratio(1, factor),
            asa_interval: self.asa_interval.ratio(1, factor),
            asrp_interval: self.asrp_interval.ratio(1, factor),
            jitter: self.jitter,
        }
    }

    /// A value between `low` and `high` tenths of `base`, or their middle with jitter off.
    pub(crate) fn jittered(
        &self,
        cx: &mut Cx<'_>,
        question: Question,
        base: Duration,
        (low, high): (u64, u64),
    ) -> Duration {
        match self.jitter {
            Jitter::On => cx.tenths(question, base, low, high),
            Jitter::Off => base.ratio(low + high, 20),
        }
    }

    /// How long ago an announcement may lie to count as recent: 1.3 `[REPEAT-INTERVAL]` (F-20).
    #[must_use]
    pub const fn recent(&self) -> Duration {
        self.repeat_interval.ratio(13, 10)
    }

    /// The span that one series of defending AIUs cannot exceed: 2 `[REPEAT-INTERVAL]` (F-14, F-21).
    #[must_use]
    pub const fn defence_span(&self) -> Duration {
        self.repeat_interval.ratio(2, 1)
    }

    /// How long a heard claim may be silent before it counts as given up: 8 `[RESEND-WAIT]` (F-08).
    #[must_use]
    pub const fn claim_silence(&self) -> Duration {
        self.resend_wait.ratio(8, 1)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::draft()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers with the least that is possible.
    struct Least;

    impl sansio::Draw for Least {
        fn between(&mut self, _: Question, low: u64, _: u64) -> u64 {
            low
        }
    }

    #[test]
    fn without_jitter_an_interval_is_the_middle_of_its_range() {
        let mut draw = Least;
        let now = sansio::Now { instant: sansio::Instant::ZERO, utc: sansio::UtcSecs(0) };
        let mut cx = Cx { now, draw: &mut draw, cause: sansio::Cause::default() };
        let base = Duration::from_secs(30);
        for (jitter, range, expected) in
            [(Jitter::On, (7, 13), 21), (Jitter::Off, (7, 13), 30), (Jitter::Off, (2, 8), 15)]
        {
            let timing = Timing { jitter, ..Timing::draft() };
            let interval = timing.jittered(&mut cx, Question("interval"), base, range);
            assert_eq!(interval, Duration::from_secs(expected), "{jitter:?} {range:?}");
        }
    }
}
