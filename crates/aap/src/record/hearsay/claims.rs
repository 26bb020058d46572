use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use addrspace::{Range, RangeSet};
use sansio::{Duration, Instant};

use super::LIMIT;
use crate::config::Peer;
use crate::wire::Rseq;

/// A claim that is being made by another MAAS (F-08).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct HeardClaim {
    peer: Peer,
    rseq: Rseq,
    set: RangeSet,
    last_heard: Instant,
}

/// The claims of others that are still alive.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeardClaims {
    /// Least recently heard first.
    in_order: BTreeMap<u64, HeardClaim>,
    places: BTreeMap<(Peer, Rseq), u64>,
    next: u64,
    /// Of all claims together.
    ranges: usize,
}

impl HeardClaims {
    /// A claim was heard: it replaces what its sender claimed under the same number before.
    pub(crate) fn note(&mut self, peer: Peer, rseq: Rseq, set: RangeSet, now: Instant) {
        if let Some(&place) = self.places.get(&(peer, rseq)) {
            self.forget(place);
        }
        let place = self.next;
        self.next += 1;
        // What counts is the ranges: one datagram may list thousands.
        self.ranges += set.count();
        self.places.insert((peer, rseq), place);
        let claim = HeardClaim { peer, rseq, set, last_heard: now };
        self.in_order.insert(place, claim);
        while self.ranges > LIMIT && self.in_order.len() > 1 {
            self.forget_first();
        }
    }

    /// The addresses are allocated now: no claim on them is alive.
    pub(crate) fn settle(&mut self, range: Range) {
        let mut idle = Vec::new();
        for (place, claim) in &mut self.in_order {
            if claim.set.overlaps(range) {
                self.ranges -= claim.set.count();
                claim.set.remove(range);
                self.ranges += claim.set.count();
            }
            if claim.set.is_empty() {
                idle.push(*place);
            }
        }
        idle.into_iter().for_each(|place| self.forget(place));
    }

    /// Forgets claims that have been silent for `silence`.
    pub(crate) fn expire(&mut self, now: Instant, silence: Duration) {
        let is_silent = |claim: &HeardClaim| now.since(claim.last_heard) >= silence;
        while self.in_order.values().next().is_some_and(is_silent) {
            self.forget_first();
        }
    }

    /// Everything claimed.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Range> + '_ {
        self.in_order.values().flat_map(|c| c.set.iter())
    }

    fn forget_first(&mut self) {
        if let Some(&place) = self.in_order.keys().next() {
            self.forget(place);
        }
    }

    fn forget(&mut self, place: u64) {
        if let Some(claim) = self.in_order.remove(&place) {
            self.places.remove(&(claim.peer, claim.rseq));
            self.ranges -= claim.set.count();
        }
    }
}

// What is remembered, and in which order, is what the memory is; the places only tell the order.
impl PartialEq for HeardClaims {
    fn eq(&self, other: &Self) -> bool {
        self.in_order.values().eq(other.in_order.values())
    }
}

impl Eq for HeardClaims {}

impl Hash for HeardClaims {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.in_order.len().hash(state);
        self.in_order.values().for_each(|claim| claim.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{peer, range};
    use super::*;

    #[test]
    fn a_claim_is_forgotten_after_its_silence_and_not_before() {
        let mut claims = HeardClaims::default();
        let mut set = RangeSet::new();
        set.insert(range(5, 9));
        claims.note(peer(1), Rseq::wrapping(1), set, Instant::from_secs(0));
        claims.expire(Instant::from_secs(7), Duration::from_secs(8));
        assert_eq!(claims.addresses().count(), 1);
        claims.expire(Instant::from_secs(8), Duration::from_secs(8));
        assert_eq!(claims.addresses().count(), 0);
    }

    #[test]
    fn claims_of_many_ranges_are_not_remembered_by_the_thousand() {
        let mut claims = HeardClaims::default();
        let set: RangeSet = (0..1000).map(|n| range(2 * n, 2 * n)).collect();
        for n in 0..100 {
            claims.note(peer(1), Rseq::wrapping(n), set.clone(), Instant::ZERO);
        }
        assert!(claims.addresses().count() <= LIMIT);
    }

    #[test]
    fn what_is_forgotten_counts_for_nothing() {
        let mut claims = HeardClaims::default();
        let set: RangeSet = (0..10).map(|n| range(2 * n, 2 * n)).collect();
        for n in 0..3 {
            claims.note(peer(1), Rseq::wrapping(n), set.clone(), Instant::ZERO);
        }
        claims.settle(range(0, 2));
        assert_eq!((claims.ranges, claims.addresses().count()), (24, 24));
        claims.note(peer(1), Rseq::wrapping(0), RangeSet::new(), Instant::ZERO);
        assert_eq!(claims.ranges, 16);
        assert!(claims != HeardClaims::default());
        claims.expire(Instant::from_secs(8), Duration::from_secs(8));
        assert!(claims == HeardClaims::default() && claims.ranges == 0);
    }

    #[test]
    fn an_allocation_ends_the_claims_on_it() {
        let mut claims = HeardClaims::default();
        let mut set = RangeSet::new();
        set.insert(range(5, 9));
        claims.note(peer(1), Rseq::wrapping(1), set, Instant::ZERO);
        claims.settle(range(7, 20));
        assert_eq!(claims.addresses().collect::<Vec<_>>(), [range(5, 6)]);
    }

    #[test]
    fn a_claim_heard_again_counts_once_and_is_the_latest() {
        let mut claims = HeardClaims::default();
        let one = |n| [range(n, n)].into_iter().collect::<RangeSet>();
        claims.note(peer(1), Rseq::wrapping(1), one(5), Instant::ZERO);
        claims.note(peer(2), Rseq::wrapping(1), one(7), Instant::ZERO);
        claims.note(peer(1), Rseq::wrapping(1), one(9), Instant::from_secs(4));
        assert_eq!(claims.addresses().collect::<Vec<_>>(), [range(7, 7), range(9, 9)]);

        let mut fresh = HeardClaims::default();
        fresh.note(peer(2), Rseq::wrapping(1), one(7), Instant::ZERO);
        fresh.note(peer(1), Rseq::wrapping(1), one(9), Instant::from_secs(4));
        assert_eq!(claims, fresh, "how a memory came about makes no difference");
        claims.expire(Instant::from_secs(8), Duration::from_secs(8));
        assert_eq!(claims.addresses().collect::<Vec<_>>(), [range(9, 9)]);
    }
}
