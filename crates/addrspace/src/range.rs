use std::fmt;

use crate::{Addr, Family};

/// A run of addresses, both ends included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    first: Addr,
    last: Addr,
}

impl Range {
    /// The range from `first` to `last`, or `None` when they are the wrong way round.
    #[must_use]
    pub const fn new(first: Addr, last: Addr) -> Option<Self> {
        if first.0 <= last.0 { Some(Self { first, last }) } else { None }
    }

    /// The range that holds one address.
    #[must_use]
    pub const fn single(addr: Addr) -> Self {
        Self { first: addr, last: addr }
    }

    /// The range of `count` addresses from `first`; `None` for no addresses or past the end of
    /// the number space.
    #[must_use]
    pub const fn with_len(first: Addr, count: u128) -> Option<Self> {
        match count.checked_sub(1) {
            Some(above) => match first.checked_add(above) {
                Some(last) => Some(Self { first, last }),
                None => None,
            },
            None => None,
        }
    }

    /// The lowest address.
    #[must_use]
    pub const fn first(self) -> Addr {
        self.first
    }

    /// The highest address.
    #[must_use]
    pub const fn last(self) -> Addr {
        self.last
    }

    /// How many addresses the range holds; the whole of IPv6 counts as `u128::MAX`.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub const fn len(self) -> u128 {
        (self.last.0 - self.first.0).saturating_add(1)
    }

    /// Whether `addr` is one of the addresses.
    #[must_use]
    pub const fn contains(self, addr: Addr) -> bool {
        self.first.0 <= addr.0 && addr.0 <= self.last.0
    }

    /// Whether every address of `other` is one of ours.
    #[must_use]
    pub const fn contains_range(self, other: Self) -> bool {
        self.first.0 <= other.first.0 && other.last.0 <= self.last.0
    }

    /// Whether the ranges have an address in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first.0 <= other.last.0 && other.first.0 <= self.last.0
    }

    /// Whether the two would be one range if united: they overlap or are neighbours.
    #[must_use]
    pub const fn touches(self, other: Self) -> bool {
        self.first.0 <= other.last.0.saturating_add(1)
            && other.first.0 <= self.last.0.saturating_add(1)
    }

    /// The addresses both have.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// What remains without `other`: nothing, one piece, or the pieces below and above it.
    pub fn subtract(self, other: Self) -> impl Iterator<Item = Self> + use<> {
        let (below, above) = if self.overlaps(other) {
            let below = other.first.checked_sub(1).and_then(|last| Self::new(self.first, last));
            let above = other.last.checked_add(1).and_then(|first| Self::new(first, self.last));
            (below, above)
        } else {
            (Some(self), None)
        };
        below.into_iter().chain(above)
    }

    /// The range as text: `239.255.0.1`, or `239.255.0.1-239.255.0.4`.
    #[must_use]
    pub const fn display(self, family: Family) -> RangeDisplay {
        RangeDisplay { range: self, family }
    }
}

/// A [`Range`] with the family that makes it readable.
#[derive(Clone, Copy, Debug)]
pub struct RangeDisplay {
    range: Range,
    family: Family,
}

impl fmt::Display for RangeDisplay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.range.first.to_ip(self.family))?;
        if self.range.first == self.range.last {
            return Ok(());
        }
        write!(f, "-{}", self.range.last.to_ip(self.family))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u128, last: u128) -> Range {
        Range::new(Addr(first), Addr(last)).unwrap()
    }

    fn left(whole: Range, part: Range) -> Vec<Range> {
        whole.subtract(part).collect()
    }

    #[test]
    fn ends_must_be_in_order() {
        assert_eq!(Range::new(Addr(2), Addr(1)), None);
        assert_eq!(Range::new(Addr(2), Addr(2)), Some(Range::single(Addr(2))));
    }

    #[test]
    fn with_len_refuses_nothing_and_too_much() {
        assert_eq!(Range::with_len(Addr(5), 3), Some(range(5, 7)));
        assert_eq!(Range::with_len(Addr(5), 0), None);
        assert_eq!(Range::with_len(Addr(u128::MAX), 1), Some(Range::single(Addr(u128::MAX))));
        assert_eq!(Range::with_len(Addr(u128::MAX), 2), None);
    }

    #[test]
    fn the_whole_space_has_a_saturated_length() {
        assert_eq!(range(0, u128::MAX).len(), u128::MAX);
        assert_eq!(range(1, u128::MAX).len(), u128::MAX);
        assert_eq!(range(7, 7).len(), 1);
    }

    #[test]
    fn neighbours_touch_but_do_not_overlap() {
        assert!(range(0, 4).touches(range(5, 9)) && range(5, 9).touches(range(0, 4)));
        assert!(!range(0, 4).overlaps(range(5, 9)));
        assert!(!range(0, 4).touches(range(6, 9)));
        assert!(range(0, 4).overlaps(range(4, 9)));
        assert!(!range(u128::MAX, u128::MAX).touches(range(0, 0)), "the space does not wrap");
    }

    #[test]
    fn intersection_is_what_both_have() {
        assert_eq!(range(0, 9).intersection(range(5, 20)), Some(range(5, 9)));
        assert_eq!(range(0, 4).intersection(range(5, 20)), None);
    }

    #[test]
    fn subtraction_leaves_the_pieces_outside() {
        assert_eq!(left(range(0, 9), range(3, 5)), [range(0, 2), range(6, 9)]);
        assert_eq!(left(range(0, 9), range(0, 5)), [range(6, 9)]);
        assert_eq!(left(range(0, 9), range(5, 90)), [range(0, 4)]);
        assert_eq!(left(range(3, 9), range(0, u128::MAX)), []);
        assert_eq!(left(range(3, 9), range(10, 12)), [range(3, 9)]);
    }

    #[test]
    fn text_names_one_address_once() {
        let first = Addr::from(0xefff_0001);
        let four = Range::with_len(first, 4).unwrap();
        assert_eq!(Range::single(first).display(Family::V4).to_string(), "239.255.0.1");
        assert_eq!(four.display(Family::V4).to_string(), "239.255.0.1-239.255.0.4");
    }
}
