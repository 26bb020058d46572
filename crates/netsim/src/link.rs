use std::fmt;

use sansio::Duration;

use crate::Stream;

/// A probability in parts per million.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ppm(pub u32);

impl Ppm {
    /// `percent` per cent.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        Self(percent * 10_000)
    }

    const WHOLE: u64 = 1_000_000;

    fn happens(self, stream: &mut Stream) -> bool {
        self.0 != 0 && stream.chance(self.0.into(), Self::WHOLE)
    }
}

/// How long a datagram travels; at most [`Delay::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Delay {
    /// Always the same.
    Constant(Duration),
    /// Anything from `low` to `high`, equally likely.
    Uniform {
        /// The shortest.
        low: Duration,
        /// The longest.
        high: Duration,
    },
    /// `base` plus an exponentially distributed wait, as behind a queue.
    Tail {
        /// The shortest.
        base: Duration,
        /// The mean of the wait.
        mean: Duration,
    },
}

impl Delay {
    /// The longest a datagram can travel, about 12 days: longer delays are cut to it.
    pub const MAX: Duration = Duration::from_micros((1 << 40) - 1);

    fn draw(self, stream: &mut Stream) -> Duration {
        match self {
            Self::Constant(delay) => delay,
            Self::Uniform { low, high } => {
                Duration::from_micros(stream.between(low.as_micros(), high.as_micros()))
            }
            Self::Tail { base, mean } => {
                base + Duration::from_micros(stream.exponential(mean.as_micros()))
            }
        }
    }
}

/// Which datagrams a link loses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loss {
    /// None.
    None,
    /// Each with the same probability, whatever became of the others.
    Independent(Ppm),
    /// Several in a row: the link alternates between a state that loses nothing and one that
    /// loses everything (Gilbert, 1960).
    Burst {
        /// The share of datagrams lost in the long run.
        share: Ppm,
        /// How many datagrams a burst swallows on average, at least 1.
        length: u32,
    },
}

/// The properties of a path from one host to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Link {
    /// How long datagrams travel.
    pub delay: Delay,
    /// Which are lost.
    pub loss: Loss,
    /// How many arrive twice, the copy with a delay of its own.
    pub duplicate: Ppm,
    /// How many are held up by [`Link::reorder_by`], so that later ones overtake them.
    pub reorder: Ppm,
    /// How long those are held up.
    pub reorder_by: Duration,
}

/// A perfect link with no delay.
impl Default for Link {
    fn default() -> Self {
        Self::constant(Duration::ZERO)
    }
}

/// What a lossy link was last seen doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Weather {
    Fair,
    Burst,
}

/// What becomes of one copy of a datagram.
pub(crate) enum Fate {
    Arrives { after: Duration, twin_after: Option<Duration> },
    Lost,
}

impl Link {
    /// A perfect link with this delay.
    #[must_use]
    pub const fn constant(delay: Duration) -> Self {
        Self {
            delay: Delay::Constant(delay),
            loss: Loss::None,
            duplicate: Ppm(0),
            reorder: Ppm(0),
            reorder_by: Duration::ZERO,
        }
    }

    /// The delay, if it is the same for every datagram and none is lost, doubled or held up.
    pub(crate) const fn steady(&self) -> Option<Duration> {
        match (self.delay, self.loss, self.duplicate, self.reorder) {
            (Delay::Constant(delay), Loss::None, Ppm(0), Ppm(0)) => Some(delay),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn fate(&self, stream: &mut Stream, weather: &mut Weather) -> Fate {
        let lost = match self.loss {
            Loss::None => false,
            Loss::Independent(ppm) => ppm.happens(stream),
            Loss::Burst { share, length } => gilbert(share, length.max(1), weather, stream),
        };
        if lost {
            return Fate::Lost;
        }
        let mut after = self.delay.draw(stream);
        if self.reorder.happens(stream) {
            after = after + self.reorder_by;
        }
        let twin_after = self.duplicate.happens(stream).then(|| self.delay.draw(stream));
        Fate::Arrives { after, twin_after }
    }
}

impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        let digits = format!("{rest:04}");
        let digits = digits.trim_end_matches('0');
        let point = if digits.is_empty() { "" } else { "." };
        write!(f, "{whole}{point}{digits}%")
    }
}

/// The properties that matter, such as `delay 0.005s to 0.015s, loss 1%`.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.delay {
            Delay::Constant(delay) => write!(f, "delay {delay}")?,
            Delay::Uniform { low, high } => write!(f, "delay {low} to {high}")?,
            Delay::Tail { base, mean } => write!(f, "delay {base} and a tail of {mean}")?,
        }
        match self.loss {
            Loss::None => {}
            Loss::Independent(ppm) => write!(f, ", loss {ppm}")?,
            Loss::Burst { share, length } => write!(f, ", loss {share} in bursts of {length}")?,
        }
        if self.duplicate != Ppm(0) {
            write!(f, ", duplicates {}", self.duplicate)?;
        }
        if self.reorder != Ppm(0) {
            write!(f, ", {} held up by {}", self.reorder, self.reorder_by)?;
        }
        Ok(())
    }
}

/// One step of the two-state chain whose share of lost datagrams and mean burst length are given.
fn gilbert(share: Ppm, length: u32, weather: &mut Weather, stream: &mut Stream) -> bool {
    let (share, length) = (u64::from(share.0).min(Ppm::WHOLE), u64::from(length));
    *weather = match *weather {
        Weather::Burst if share < Ppm::WHOLE && stream.chance(1, length) => Weather::Fair,
        Weather::Fair if stream.chance(share, (Ppm::WHOLE - share).max(1) * length) => {
            Weather::Burst
        }
        same => same,
    };
    *weather == Weather::Burst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(loss: Loss, count: usize) -> Vec<bool> {
        let link = Link { loss, ..Link::default() };
        let (mut stream, mut weather) = (Stream::named(1, "loss"), Weather::Fair);
        (0..count).map(|_| matches!(link.fate(&mut stream, &mut weather), Fate::Lost)).collect()
    }

    #[test]
    fn bursts_have_their_share_and_their_length() {
        let lost = losses(Loss::Burst { share: Ppm::percent(10), length: 5 }, 200_000);
        let share = lost.iter().filter(|l| **l).count();
        assert!((18_500..21_500).contains(&share), "{share} of 200000, expected a tenth");
        let bursts = lost.windows(2).filter(|w| !w[0] && w[1]).count();
        let length_x10 = share * 10 / bursts;
        assert!((46..54).contains(&length_x10), "{length_x10} tenths, expected 50");
    }

    #[test]
    fn independent_loss_has_its_share() {
        let lost = losses(Loss::Independent(Ppm::percent(3)), 100_000);
        let share = lost.iter().filter(|l| **l).count();
        assert!((2_800..3_200).contains(&share), "{share}");
        assert!(losses(Loss::Independent(Ppm::percent(100)), 50).iter().all(|l| *l));
        assert!(
            losses(Loss::Burst { share: Ppm::percent(100), length: 3 }, 50)[5..].iter().all(|l| *l)
        );
    }

    #[test]
    fn a_uniform_delay_stays_within_its_bounds() {
        let (low, high) = (Duration::from_millis(5), Duration::from_millis(15));
        let link = Link { delay: Delay::Uniform { low, high }, ..Link::default() };
        let (mut stream, mut weather) = (Stream::named(1, "delay"), Weather::Fair);
        for _ in 0..1_000 {
            let Fate::Arrives { after, twin_after: None } = link.fate(&mut stream, &mut weather)
            else {
                panic!("nothing is lost or doubled here")
            };
            assert!((low..=high).contains(&after));
        }
    }
}
