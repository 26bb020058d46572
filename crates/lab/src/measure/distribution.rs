//! A distribution of whole numbers that can be merged exactly.

use std::collections::BTreeMap;

/// Bits of a value that are kept: values below 2^10 exactly, greater ones to one in 1024.
const BITS: u32 = 10;

/// How often which value was seen.
///
/// Everything is a whole number, so that adding two distributions gives exactly what counting all
/// their values in one would have given, in any order. Count, sum, sum of squares, least and
/// greatest value are exact; values from 1024 up are counted in classes that are at most one part
/// in 1024 wide, which bounds the memory and the error of quantiles.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Distribution {
    count: u64,
    sum: u128,
    squares: u128,
    least: u64,
    greatest: u64,
    /// Per class, by its least value.
    classes: BTreeMap<u64, u64>,
}

/// Bits of `value` that its class does not keep.
const fn spare(value: u64) -> u32 {
    (u64::BITS - value.leading_zeros()).saturating_sub(BITS)
}

/// The least value of the class that `value` belongs to.
const fn class(value: u64) -> u64 {
    value >> spare(value) << spare(value)
}

/// How many values that class holds, less one.
const fn width(value: u64) -> u64 {
    (1 << spare(value)) - 1
}

impl Distribution {
    /// Nothing but zeros.
    #[must_use]
    pub fn zeros(count: u64) -> Self {
        let classes = if count == 0 { BTreeMap::new() } else { BTreeMap::from([(0, count)]) };
        Self { count, classes, ..Self::default() }
    }

    /// Counts one more value.
    pub fn add(&mut self, value: u64) {
        self.least = if self.count == 0 { value } else { self.least.min(value) };
        self.greatest = self.greatest.max(value);
        self.count += 1;
        self.sum += u128::from(value);
        self.squares = self.squares.saturating_add(u128::from(value) * u128::from(value));
        *self.classes.entry(class(value)).or_default() += 1;
    }

    /// Counts every value of another distribution too.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.least = if self.count == 0 { other.least } else { self.least.min(other.least) };
        self.greatest = self.greatest.max(other.greatest);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
        for (&value, &count) in &other.classes {
            let ours = self.classes.entry(value).or_default();
            *ours = ours.saturating_add(count);
        }
    }

    /// How many values there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    #[must_use]
    pub const fn sum(&self) -> u128 {
        self.sum
    }

    /// The sum of their squares; it stays at the greatest possible number rather than overflow.
    #[must_use]
    pub const fn squares(&self) -> u128 {
        self.squares
    }

    /// The least value; 0 if there is none.
    #[must_use]
    pub const fn least(&self) -> u64 {
        self.least
    }

    /// The greatest value; 0 if there is none.
    #[must_use]
    pub const fn greatest(&self) -> u64 {
        self.greatest
    }

    /// How many values are not zero.
    #[must_use]
    pub fn positive(&self) -> u64 {
        self.at_least(1)
    }

    /// How many values are at least `least`; from 1024 up, how many are in its class or above.
    #[must_use]
    pub fn at_least(&self, least: u64) -> u64 {
        self.count - self.classes.range(..class(least)).map(|(_, count)| count).sum::<u64>()
    }

    /// Each class by its least value, with the number of its values; in order.
    pub fn classes(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.classes.iter().map(|(&value, &count)| (value, count))
    }

    /// The middle of the class that holds the value at `part` of `whole` of the ordered values: the
    /// median for 1 of 2. 0 if there is none.
    #[must_use]
    pub fn quantile(&self, part: u64, whole: u64) -> u64 {
        let rank = u128::from(self.count) * u128::from(part);
        let rank = rank.div_ceil(u128::from(whole.max(1))).max(1);
        let mut seen = 0_u128;
        for (&value, &count) in &self.classes {
            seen += u128::from(count);
            if seen >= rank {
                return (value + width(value) / 2).clamp(self.least, self.greatest);
            }
        }
        self.greatest
    }

    /// Puts a distribution together from its parts, as [`Distribution::classes`] and the other
    /// accessors tell them; none if they contradict each other.
    #[must_use]
    pub fn from_parts(
        (sum, squares): (u128, u128),
        (least, greatest): (u64, u64),
        classes: impl IntoIterator<Item = (u64, u64)>,
    ) -> Option<Self> {
        let mut whole = Self { sum, squares, least, greatest, ..Self::default() };
        for (value, count) in classes {
            let is_new = class(value) == value && whole.classes.insert(value, count).is_none();
            whole.count = whole.count.checked_add(count).filter(|_| is_new && count > 0)?;
        }
        let ends = (whole.classes.first_key_value(), whole.classes.last_key_value());
        let fits = match ends {
            (Some((first, _)), Some((last, _))) => {
                class(least) == *first && class(greatest) == *last && least <= greatest
            }
            _ => (sum, squares, least, greatest) == (0, 0, 0, 0),
        };
        fits.then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Distribution {
        let mut all = Distribution::default();
        values.into_iter().for_each(|value| all.add(value));
        all
    }

    #[test]
    fn small_values_are_exact_and_great_ones_are_close() {
        for value in [0, 1, 1023, 1024, 1025, 10_000_000, u64::MAX] {
            let class = class(value);
            assert!(class <= value && value - class <= value >> 10, "{value}: {class}");
            assert_eq!(super::class(class), class);
        }
        assert_eq!(class(1023), 1023);
    }

    #[test]
    fn quantiles_are_values_at_ranks() {
        let all = of([5, 1, 3, 2, 4]);
        assert_eq!([all.quantile(1, 2), all.quantile(9, 10), all.quantile(0, 1)], [3, 5, 1]);
        assert_eq!([0, 1, 4, 6].map(|least| all.at_least(least)), [5, 5, 2, 0]);
        assert_eq!(of([]).quantile(1, 2), 0);
        assert_eq!(of([7_000_001]).quantile(1, 2), 7_000_001);
        let long = of([0, 10_000_000, 10_000_000, 20_000_000]).quantile(1, 2);
        assert!(long.abs_diff(10_000_000) <= 10_000_000 / 2048 + 1, "{long}");
    }

    #[test]
    fn merging_is_counting_all_in_one() {
        let (one, other) = (of([0, 5, 123_456]), of([7, 7, 99_999_999]));
        let mut merged = one.clone();
        merged.merge(&other);
        merged.merge(&Distribution::default());
        assert_eq!(merged, of([0, 7, 5, 99_999_999, 123_456, 7]));
        assert_eq!((merged.least(), merged.greatest(), merged.positive()), (0, 99_999_999, 5));
        let mut late = Distribution::default();
        late.merge(&other);
        assert_eq!(late, other);
    }

    #[test]
    fn parts_make_the_whole_again_and_nonsense_does_not() {
        let whole = of([3, 3, 5000]);
        let (sums, ends) = ((whole.sum(), whole.squares()), (whole.least(), whole.greatest()));
        let again = Distribution::from_parts(sums, ends, whole.classes());
        assert_eq!(again, Some(whole.clone()));
        assert_eq!(Distribution::from_parts((0, 0), (0, 0), []), Some(Distribution::default()));
        for classes in [vec![], vec![(3, 2)], vec![(3, 2), (4999, 1)], vec![(3, 0), (5000, 1)]] {
            assert_eq!(Distribution::from_parts(sums, ends, classes), None);
        }
    }
}
