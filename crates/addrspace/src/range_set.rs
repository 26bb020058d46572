use std::collections::BTreeMap;
use std::fmt;

use crate::{Addr, Range};

/// A set of addresses, kept as sorted, disjoint ranges that do not touch each other.
///
/// Two sets with the same addresses are equal however they were built. Changes and look-ups cost
/// a logarithm of the number of ranges, plus the ranges they swallow.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RangeSet {
    /// First address of each range to its last one.
    ranges: BTreeMap<Addr, Addr>,
}

impl RangeSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { ranges: BTreeMap::new() }
    }

    /// How many ranges it has; none of them touch.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ranges.len()
    }

    /// Whether the set holds no address.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// How many addresses the set holds; the whole of IPv6 counts as `u128::MAX`.
    #[must_use]
    pub fn len(&self) -> u128 {
        self.iter().fold(0, |sum: u128, range| sum.saturating_add(range.len()))
    }

    /// The lowest range.
    #[must_use]
    pub fn first(&self) -> Option<Range> {
        self.iter().next()
    }

    /// The ranges, lowest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Range> + '_ {
        self.ranges.iter().filter_map(pair)
    }

    /// The range that holds `addr`.
    #[must_use]
    pub fn range_of(&self, addr: Addr) -> Option<Range> {
        self.at_or_below(addr).filter(|range| range.contains(addr))
    }

    /// Whether `addr` is in the set.
    #[must_use]
    pub fn contains(&self, addr: Addr) -> bool {
        self.range_of(addr).is_some()
    }

    /// Whether every address of `range` is in the set.
    #[must_use]
    pub fn contains_range(&self, range: Range) -> bool {
        self.range_of(range.first()).is_some_and(|ours| ours.contains_range(range))
    }

    /// Whether any address of `range` is in the set.
    #[must_use]
    pub fn overlaps(&self, range: Range) -> bool {
        self.at_or_below(range.last()).is_some_and(|ours| ours.overlaps(range))
    }

    /// The parts of `range` that are in the set, lowest first.
    pub fn overlapping(&self, range: Range) -> impl DoubleEndedIterator<Item = Range> + '_ {
        let from = self.range_of(range.first()).map_or(range.first(), Range::first);
        self.ranges
            .range(from..=range.last())
            .filter_map(pair)
            .filter_map(move |ours| ours.intersection(range))
    }

    /// The parts of `range` that are not in the set, lowest first.
    pub fn gaps(&self, range: Range) -> impl Iterator<Item = Range> + '_ {
        let mut rest = Some(range);
        let mut used = self.overlapping(range);
        std::iter::from_fn(move || {
            loop {
                let whole = rest?;
                let Some(next) = used.next() else { return rest.take() };
                rest = next.last().checked_add(1).and_then(|first| Range::new(first, whole.last()));
                let below = next.first().checked_sub(1);
                if let Some(gap) = below.and_then(|last| Range::new(whole.first(), last)) {
                    return Some(gap);
                }
            }
        })
    }

    /// Adds every address of `range`.
    pub fn insert(&mut self, range: Range) {
        let (mut first, mut last) = (range.first(), range.last());
        // Everything that touches the new range melts into it, so that ranges stay maximal.
        while let Some(ours) = self.at_or_below(last.saturating_add(1)) {
            if ours.last().saturating_add(1) < first {
                break;
            }
            first = first.min(ours.first());
            last = last.max(ours.last());
            self.ranges.remove(&ours.first());
        }
        self.ranges.insert(first, last);
    }

    /// Takes every address of `range` out.
    pub fn remove(&mut self, range: Range) {
        while let Some(ours) = self.at_or_below(range.last()).filter(|ours| ours.overlaps(range)) {
            self.ranges.remove(&ours.first());
            self.ranges.extend(ours.subtract(range).map(|left| (left.first(), left.last())));
        }
    }

    /// The addresses that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let common = other.iter().flat_map(|range| self.overlapping(range));
        Self { ranges: common.map(|range| (range.first(), range.last())).collect() }
    }

    /// The addresses that are in this set and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let ours = self.iter().flat_map(|range| other.gaps(range));
        Self { ranges: ours.map(|range| (range.first(), range.last())).collect() }
    }

    /// The addresses that are in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.extend(other.iter());
        all
    }

    fn at_or_below(&self, addr: Addr) -> Option<Range> {
        self.ranges.range(..=addr).next_back().and_then(pair)
    }
}

fn pair((&first, &last): (&Addr, &Addr)) -> Option<Range> {
    Range::new(first, last)
}

impl fmt::Debug for RangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Extend<Range> for RangeSet {
    fn extend<I: IntoIterator<Item = Range>>(&mut self, ranges: I) {
        for range in ranges {
            self.insert(range);
        }
    }
}

impl FromIterator<Range> for RangeSet {
    fn from_iter<I: IntoIterator<Item = Range>>(ranges: I) -> Self {
        let mut set = Self::new();
        set.extend(ranges);
        set
    }
}

impl From<Range> for RangeSet {
    fn from(range: Range) -> Self {
        Self::from_iter([range])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range((first, last): (u128, u128)) -> Range {
        Range::new(Addr(first), Addr(last)).unwrap()
    }

    fn set<const N: usize>(pairs: [(u128, u128); N]) -> RangeSet {
        pairs.into_iter().map(range).collect()
    }

    #[test]
    fn neighbours_melt_together() {
        assert_eq!(set([(0, 4), (5, 9)]), set([(0, 9)]));
        assert_eq!(set([(5, 9), (0, 2), (3, 4)]).first(), Some(range((0, 9))));
        assert_eq!(set([(0, 4), (6, 9)]).iter().count(), 2);
    }

    #[test]
    fn a_range_that_bridges_others_swallows_them() {
        assert_eq!(set([(0, 1), (4, 5), (8, 9), (20, 21), (1, 8)]), set([(0, 9), (20, 21)]));
    }

    #[test]
    fn a_hole_splits_a_range() {
        let mut holed = set([(0, 9), (12, 20)]);
        holed.remove(range((4, 14)));
        assert_eq!(holed, set([(0, 3), (15, 20)]));
        holed.remove(range((1, 2)));
        assert_eq!(holed, set([(0, 0), (3, 3), (15, 20)]));
        assert_eq!(holed.len(), 8);
    }

    #[test]
    fn the_ends_of_the_number_space_are_ordinary() {
        let mut all = set([(0, u128::MAX)]);
        assert_eq!(all.len(), u128::MAX);
        assert_eq!(all.gaps(range((0, u128::MAX))).count(), 0);
        all.remove(range((0, 0)));
        all.remove(range((u128::MAX, u128::MAX)));
        assert_eq!(all, set([(1, u128::MAX - 1)]));
        let outside = [range((0, 0)), range((u128::MAX, u128::MAX))];
        assert!(all.gaps(range((0, u128::MAX))).eq(outside));
    }

    #[test]
    fn queries_clip_to_what_was_asked() {
        let some = set([(0, 9), (20, 29)]);
        assert!(some.overlapping(range((5, 22))).eq([range((5, 9)), range((20, 22))]));
        assert!(some.gaps(range((5, 40))).eq([range((10, 19)), range((30, 40))]));
        assert!(some.overlaps(range((9, 12))) && !some.overlaps(range((10, 19))));
        assert!(some.contains_range(range((20, 29))) && !some.contains_range(range((9, 20))));
    }

    #[test]
    fn algebra_of_two_sets() {
        let (a, b) = (set([(0, 9), (20, 29)]), set([(5, 24)]));
        assert_eq!(a.intersection(&b), set([(5, 9), (20, 24)]));
        assert_eq!(a.difference(&b), set([(0, 4), (25, 29)]));
        assert_eq!(a.union(&b), set([(0, 29)]));
    }
}
