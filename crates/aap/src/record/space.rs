use addrspace::{Range, RangeSet};
use sansio::{Instant, UtcSecs};

use crate::event::Lease;
use crate::skew::Skew;
use crate::wire::{Body, Message};

/// The addresses that may be allocated in a large scope, as the ASA processed last lists them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Space {
    /// The ASA as received: what is resent when no newer one comes (section 3.2.10.2).
    pub(crate) message: Message,
    /// When it was received.
    pub(crate) received: Instant,
    /// Its ranges inside the scope, disjoint and in order, with ends on our clock.
    pub(crate) leases: Vec<Lease>,
    /// Its expiration on our clock.
    pub(crate) expiration: UtcSecs,
}

impl Space {
    /// The space that `message`, received at `received` with `skew`, offers in `scope`; `None` if
    /// it is no ASA.
    pub(crate) fn of(
        message: &Message,
        scope: Range,
        received: Instant,
        skew: Skew,
    ) -> Option<Self> {
        let Body::Asa { expiration, ranges } = message.body() else { return None };
        let listed = ranges.iter().filter_map(|r| {
            Some(Lease { range: r.range.intersection(scope)?, end: skew.adjust(r.end) })
        });
        Some(Self {
            message: message.clone(),
            received,
            leases: latest_ends(listed),
            expiration: skew.adjust(*expiration),
        })
    }

    /// Until when `addr`'s range is available, if it is listed.
    pub(crate) fn end_of(&self, range: Range) -> Option<UtcSecs> {
        let mut left = RangeSet::new();
        left.insert(range);
        let mut end: Option<UtcSecs> = None;
        for lease in self.leases.iter().filter(|l| l.range.overlaps(range)) {
            left.remove(lease.range);
            end = Some(end.map_or(lease.end, |e| e.min(lease.end)));
        }
        end.filter(|_| left.is_empty())
    }

    /// `lease` in parts, none of which lasts longer than its range is available; what is not listed
    /// lasts no longer than anything that is (F-48).
    pub(crate) fn clip(&self, lease: Lease) -> Vec<Lease> {
        let mut unlisted = RangeSet::new();
        unlisted.insert(lease.range);
        let mut parts = Vec::new();
        let mut latest = self.expiration;
        for offered in &self.leases {
            latest = latest.max(offered.end);
            if let Some(range) = offered.range.intersection(lease.range) {
                unlisted.remove(range);
                parts.push(Lease { range, end: lease.end.min(offered.end) });
            }
        }
        let end = lease.end.min(latest);
        parts.extend(unlisted.iter().map(|range| Lease { range, end }));
        parts
    }

    /// What `newer` takes away from this space: addresses it no longer lists, or lists with an
    /// end that is earlier by more than `tolerance` seconds, with the end they have now (none if
    /// gone). Addresses whose end has come, or comes within the tolerance, are no loss.
    pub(crate) fn taken_away_by(
        &self,
        newer: &Self,
        now: UtcSecs,
        tolerance: i64,
    ) -> Vec<(Range, Option<UtcSecs>)> {
        let mut losses = Vec::new();
        for lease in self.leases.iter().filter(|l| l.end.minus(now) > tolerance) {
            let mut gone = RangeSet::new();
            gone.insert(lease.range);
            for offered in newer.leases.iter() {
                let Some(part) = offered.range.intersection(lease.range) else { continue };
                gone.remove(part);
                if lease.end.minus(offered.end) > tolerance {
                    losses.push((part, Some(offered.end)));
                }
            }
            losses.extend(gone.iter().map(|part| (part, None)));
        }
        losses.sort();
        losses
    }

    /// Whether `newer` adds addresses or moves an end later by more than `tolerance` seconds.
    pub(crate) fn grows_to(&self, newer: &Self, tolerance: i64) -> bool {
        newer
            .leases
            .iter()
            .any(|l| self.end_of(l.range).is_none_or(|end| l.end.minus(end) > tolerance))
    }
}

/// The leases with overlaps resolved: per address the latest end wins (F-32).
fn latest_ends(listed: impl Iterator<Item = Lease>) -> Vec<Lease> {
    let mut by_end: Vec<Lease> = listed.collect();
    by_end.sort_by_key(|l| std::cmp::Reverse(l.end));
    let mut covered = RangeSet::new();
    let mut result = Vec::new();
    for lease in by_end {
        let fresh: Vec<Range> = covered.gaps(lease.range).collect();
        covered.insert(lease.range);
        result.extend(fresh.into_iter().map(|range| Lease { range, end: lease.end }));
    }
    result.sort();
    result
}

#[cfg(test)]
mod tests {
    use addrspace::{Addr, Family};

    use super::*;
    use crate::wire::{Header, Ranges, Rseq, WireTime};

    fn lease(first: u128, last: u128, end: i64) -> Lease {
        Lease { range: Range::new(Addr(first), Addr(last)).unwrap(), end: UtcSecs(end) }
    }

    #[test]
    fn overlapping_ranges_keep_the_latest_end_per_address() {
        let leases = latest_ends([lease(0, 9, 50), lease(5, 14, 70)].into_iter());
        assert_eq!(leases, [lease(0, 4, 50), lease(5, 14, 70)]);
    }

    #[test]
    fn no_part_of_a_clipped_lease_outlives_the_space() {
        let header = Header { family: Family::V4, rseq: Rseq::wrapping(0), mseq: 0 };
        let body = Body::Asa { expiration: WireTime(30), ranges: Ranges::new(Family::V4, []) };
        let space = Space {
            message: Message::new(header, WireTime(0), body),
            received: Instant::from_micros(0),
            leases: vec![lease(0, 9, 50), lease(20, 29, 70)],
            expiration: UtcSecs(30),
        };
        let parts = [lease(5, 9, 50), lease(20, 29, 70), lease(10, 19, 70), lease(30, 40, 70)];
        assert_eq!(space.clip(lease(5, 40, 1000)), parts);
        assert_eq!(space.clip(lease(5, 9, 40)), [lease(5, 9, 40)]);
    }
}
