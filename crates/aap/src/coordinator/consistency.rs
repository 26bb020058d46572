//! Whether two coordinators announce the same set (section 4.2.1.1, F-28).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use addrspace::{Addr, RangeSet};
use sansio::UtcSecs;

use crate::event::Lease;

/// How another's set compares with ours.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Difference {
    /// Not at all.
    None,
    /// They offer more addresses, or the same for longer, and nothing less.
    TheyOfferMore,
    /// We do.
    WeOfferMore,
    /// Each lacks something that the other offers.
    Contradiction,
}

impl Difference {
    /// Compares without mercy: every address must be there with the same end.
    pub(super) fn strict(ours: &[Lease], theirs: &[Lease]) -> Self {
        Self::of(ours, theirs, Option::cmp)
    }

    /// Compares what is left at `now`, up to `tolerance` seconds: an address that is missing and
    /// one that ends now are the same thing.
    pub(super) fn tolerant(ours: &[Lease], theirs: &[Lease], now: UtcSecs, tolerance: i64) -> Self {
        let left = |end: &Option<UtcSecs>| end.map_or(0, |end| end.minus(now).max(0));
        Self::of(ours, theirs, |ours, theirs| {
            let difference = left(ours) - left(theirs);
            if difference.abs() <= tolerance { Ordering::Equal } else { difference.cmp(&0) }
        })
    }

    fn of(
        ours: &[Lease],
        theirs: &[Lease],
        compare: impl Fn(&Option<UtcSecs>, &Option<UtcSecs>) -> Ordering,
    ) -> Self {
        let (ours, theirs) = (latest_ends(ours), latest_ends(theirs));
        // Between two neighbouring cuts neither set changes, so one look at each cut will do.
        let cuts: BTreeSet<Addr> = ours
            .iter()
            .chain(&theirs)
            .flat_map(|lease| [Some(lease.range.first()), lease.range.last().checked_add(1)])
            .flatten()
            .collect();
        let (mut ours, mut theirs) = (ours.as_slice(), theirs.as_slice());
        let (mut more, mut less) = (false, false);
        for cut in cuts {
            match compare(&end_at(&mut ours, cut), &end_at(&mut theirs, cut)) {
                Ordering::Less => more = true,
                Ordering::Equal => {}
                Ordering::Greater => less = true,
            }
        }
        match (more, less) {
            (false, false) => Self::None,
            (true, false) => Self::TheyOfferMore,
            (false, true) => Self::WeOfferMore,
            (true, true) => Self::Contradiction,
        }
    }
}

/// The same set as sorted, disjoint ranges: where leases overlap the latest end wins (F-32).
fn latest_ends(leases: &[Lease]) -> Vec<Lease> {
    let mut by_end = leases.to_vec();
    by_end.sort_by_key(|lease| std::cmp::Reverse(lease.end));
    let mut covered = RangeSet::new();
    let mut disjoint = Vec::with_capacity(leases.len());
    for Lease { range, end } in by_end {
        disjoint.extend(covered.gaps(range).map(|range| Lease { range, end }));
        covered.insert(range);
    }
    disjoint.sort_unstable();
    disjoint
}

/// The end of `addr` among sorted, disjoint `leases`, giving up those below it.
fn end_at(leases: &mut &[Lease], addr: Addr) -> Option<UtcSecs> {
    while let Some((lease, rest)) = leases.split_first() {
        if addr <= lease.range.last() {
            return lease.range.contains(addr).then_some(lease.end);
        }
        *leases = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use addrspace::Range;

    use super::Difference::{Contradiction, TheyOfferMore, WeOfferMore};
    use super::*;

    const NOW: UtcSecs = UtcSecs(1000);

    fn leases(list: &[(u128, u128, i64)]) -> Vec<Lease> {
        let lease = |&(first, last, end)| Lease {
            range: Range::new(Addr(first), Addr(last)).unwrap(),
            end: UtcSecs(end),
        };
        list.iter().map(lease).collect()
    }

    /// Checks both ways round; `strict` and `tolerant` are what `ours` finds.
    fn check(
        ours: &[(u128, u128, i64)],
        theirs: &[(u128, u128, i64)],
        [strict, tolerant]: [Difference; 2],
    ) {
        let (ours, theirs) = (leases(ours), leases(theirs));
        assert_eq!(Difference::strict(&ours, &theirs), strict);
        assert_eq!(Difference::strict(&theirs, &ours), turned(strict));
        assert_eq!(Difference::tolerant(&ours, &theirs, NOW, 5), tolerant);
        assert_eq!(Difference::tolerant(&theirs, &ours, NOW, 5), turned(tolerant));
    }

    fn turned(difference: Difference) -> Difference {
        match difference {
            TheyOfferMore => WeOfferMore,
            WeOfferMore => TheyOfferMore,
            same => same,
        }
    }

    const SAME: Difference = Difference::None;

    #[test]
    fn how_a_set_is_cut_into_ranges_does_not_matter() {
        check(&[(0, 9, 2000)], &[(5, 9, 2000), (0, 4, 2000)], [SAME, SAME]);
        check(&[(0, 9, 2000)], &[(0, 9, 2000), (3, 5, 1500)], [SAME, SAME]);
        check(&[(u128::MAX, u128::MAX, 2000)], &[], [WeOfferMore, WeOfferMore]);
    }

    #[test]
    fn clocks_may_differ_by_the_tolerance() {
        check(&[(0, 9, 2000)], &[(0, 9, 2005)], [TheyOfferMore, SAME]);
        check(&[(0, 9, 2000)], &[(0, 9, 2006)], [TheyOfferMore, TheyOfferMore]);
        let crossed = (&[(0, 4, 2000), (5, 9, 2005)], &[(0, 4, 2005), (5, 9, 2000)]);
        check(crossed.0, crossed.1, [Contradiction, SAME]);
    }

    #[test]
    fn ended_ranges_are_as_good_as_absent() {
        let rest = &[(0, 9, 2000)];
        check(&[(0, 9, 2000), (20, 29, 900)], rest, [WeOfferMore, SAME]);
        check(&[(0, 9, 2000), (20, 29, 1005)], rest, [WeOfferMore, SAME]);
        check(&[(0, 9, 2000), (20, 29, 1006)], rest, [WeOfferMore, WeOfferMore]);
        check(&[], &[(0, 9, 1)], [TheyOfferMore, SAME]);
    }

    #[test]
    fn more_here_and_less_there_contradict() {
        check(&[(0, 9, 2000)], &[(5, 14, 2000)], [Contradiction; 2]);
        let (ours, theirs) = ([(0, 9, 2000), (20, 29, 3000)], [(0, 9, 3000), (20, 29, 2000)]);
        check(&ours, &theirs, [Contradiction; 2]);
    }
}
