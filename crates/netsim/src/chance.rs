use std::hash::Hasher;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of pseudo-random numbers: SplitMix64 (Steele, Lea and Flood, 2014).
///
/// Eight octets of state, so a world full of them is cheap to clone, and any 64-bit number is a
/// good seed, so a stream can be opened for each (seed, label) and even for each datagram. What
/// is drawn from one stream never moves another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of `label` under `seed`.
    #[must_use]
    pub fn named(seed: u64, label: &str) -> Self {
        Self(mix(seed.wrapping_add(GOLDEN)) ^ key(label))
    }

    /// The stream that starts from `state`.
    #[must_use]
    pub(crate) const fn from_state(state: u64) -> Self {
        Self(state)
    }

    /// The next 64 random bits.
    #[inline]
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number in `0..bound`, every one equally likely (Lemire, 2019); 0 if `bound` is 0.
    #[inline]
    pub const fn below(&mut self, bound: u64) -> u64 {
        let mut product = self.bits() as u128 * bound as u128;
        if (product as u64) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u64) < threshold {
                product = self.bits() as u128 * bound as u128;
            }
        }
        (product >> 64) as u64
    }

    /// A number in `low..=high`, every one equally likely; `low` if the range is empty.
    #[inline]
    pub const fn between(&mut self, low: u64, high: u64) -> u64 {
        match high.saturating_sub(low).checked_add(1) {
            Some(width) => low + self.below(width),
            None => self.bits(),
        }
    }

    /// Yes in `numerator` of `denominator` cases.
    #[inline]
    pub const fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }

    /// A number from the exponential distribution with this mean, rounded down.
    ///
    /// Integer arithmetic throughout: the logarithm comes out of repeated squaring, 24 bits of
    /// it, and reaches 64 halvings, so the tail ends at about 44 times the mean.
    pub const fn exponential(&mut self, mean: u64) -> u64 {
        const LN_2: u128 = 2_977_044_472; // times 2^32
        const BITS: u32 = 24;
        let bits = self.bits() | 1;
        let halvings = bits.leading_zeros();
        let mut mantissa = (bits << halvings) as u128; // in [1, 2) times 2^63
        let mut fraction = 0u128;
        let mut left = BITS;
        while left > 0 {
            left -= 1;
            mantissa = (mantissa * mantissa) >> 63;
            fraction <<= 1;
            if mantissa >> 64 != 0 {
                mantissa >>= 1;
                fraction |= 1;
            }
        }
        let log_2 = ((halvings as u128 + 1) << BITS) - fraction;
        let ln = (log_2 * LN_2) >> BITS;
        ((mean as u128 * ln) >> 32) as u64
    }
}

/// A number for a label, the same on every machine.
pub(crate) fn key(label: &str) -> u64 {
    let mut hash = Fnv(0xCBF2_9CE4_8422_2325);
    hash.write(label.as_bytes());
    mix(hash.finish())
}

/// Spreads every bit of the input over the whole output.
#[inline]
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_those_of_splitmix64() {
        // The reference vectors of the generator's authors for seed 1234567.
        let mut stream = Stream::from_state(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!([(); 5].map(|()| stream.bits()), expected);
    }

    #[test]
    fn labels_open_streams_of_their_own() {
        let first = |seed, label| Stream::named(seed, label).bits();
        assert_eq!(first(1, "A"), first(1, "A"));
        assert_ne!(first(1, "A"), first(1, "B"));
        assert_ne!(first(1, "A"), first(2, "A"));
    }

    #[test]
    fn every_value_of_a_range_turns_up_about_equally_often() {
        let mut stream = Stream::named(1, "range");
        let mut seen = [0u32; 6];
        for _ in 0..60_000 {
            seen[usize::try_from(stream.between(10, 15) - 10).unwrap()] += 1;
        }
        assert!(seen.iter().all(|n| (9_500..10_500).contains(n)), "{seen:?}");
        assert_eq!(stream.between(7, 7), 7);
        assert_eq!(stream.below(0), 0);
        let _whole_range_does_not_overflow = stream.between(0, u64::MAX);
    }

    #[test]
    fn the_exponential_tail_has_its_mean_and_its_median() {
        let mut stream = Stream::named(1, "tail");
        let mut drawn: Vec<u64> = (0..100_000).map(|_| stream.exponential(1_000_000)).collect();
        drawn.sort_unstable();
        let mean = drawn.iter().sum::<u64>() / 100_000;
        assert!((985_000..1_015_000).contains(&mean), "mean {mean}");
        let median = drawn[50_000];
        assert!((680_000..706_000).contains(&median), "median {median}, expected ln 2");
    }
}
