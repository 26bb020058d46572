//! What is remembered of claims and requests heard from others.

use std::collections::VecDeque;

use addrspace::{Range, RangeSet};
use sansio::{Duration, Instant, UtcSecs};

use crate::config::Peer;
use crate::policy::RequestKey;
use crate::wire::Rseq;

/// Most ranges of claims, contests and requests remembered at a time; the oldest make room (F-48: a flood
/// must not grow the record without bound).
const LIMIT: usize = 4096;

/// A claim that is being made by another MAAS (F-08).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct HeardClaim {
    peer: Peer,
    rseq: Rseq,
    set: RangeSet,
    last_heard: Instant,
}

/// The claims of others that are still alive.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct HeardClaims(VecDeque<HeardClaim>);

impl HeardClaims {
    /// A claim was heard: it replaces what its sender claimed under the same number before.
    pub(crate) fn note(&mut self, peer: Peer, rseq: Rseq, set: &RangeSet, now: Instant) {
        self.0.retain(|c| c.peer != peer || c.rseq != rseq);
        self.0.push_back(HeardClaim { peer, rseq, set: set.clone(), last_heard: now });
        // What counts is the ranges: one datagram may list thousands.
        let mut ranges: usize = self.0.iter().map(|c| c.set.count()).sum();
        while ranges > LIMIT && self.0.len() > 1 {
            let oldest = self.0.pop_front();
            ranges -= oldest.map_or(0, |c| c.set.count());
        }
    }

    /// The addresses are allocated now: no claim on them is alive.
    pub(crate) fn settle(&mut self, range: Range) {
        for claim in &mut self.0 {
            claim.set.remove(range);
        }
        self.0.retain(|c| !c.set.is_empty());
    }

    /// Forgets claims that have been silent for `silence`.
    pub(crate) fn expire(&mut self, now: Instant, silence: Duration) {
        self.0.retain(|c| now.since(c.last_heard) < silence);
    }

    /// Everything claimed.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Range> + '_ {
        self.0.iter().flat_map(|c| c.set.iter())
    }
}

/// A claim or preallocation that was heard for an address, kept as long as a defence against it
/// may still be on its way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Contest {
    peer: Peer,
    range: Range,
    at: Instant,
}

/// Recent claims and preallocations by address: they tell a defence from a fresh announcement
/// (F-14, F-21).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Contests(VecDeque<Contest>);

impl Contests {
    pub(crate) fn note(
        &mut self,
        peer: Peer,
        ranges: impl Iterator<Item = Range>,
        now: Instant,
        span: Duration,
    ) {
        self.0.retain(|c| now.since(c.at) <= span);
        for range in ranges {
            if let Some(known) = self.0.iter_mut().find(|c| c.peer == peer && c.range == range) {
                known.at = now;
                continue;
            }
            if self.0.len() >= LIMIT {
                self.0.pop_front();
            }
            self.0.push_back(Contest { peer, range, at: now });
        }
    }

    /// Whether someone other than `speaker` has claimed part of `range` lately, and `speaker`
    /// has not: then an AIU by `speaker` is a defence.
    pub(crate) fn make_it_a_defence(
        &self,
        speaker: Peer,
        range: Range,
        now: Instant,
        span: Duration,
    ) -> bool {
        let mut fresh =
            self.0.iter().filter(|c| now.since(c.at) <= span && c.range.overlaps(range)).peekable();
        fresh.peek().is_some() && fresh.all(|c| c.peer != speaker)
    }

    /// Whether `peer` itself has claimed part of `range` lately.
    pub(crate) fn is_bidder(&self, peer: Peer, range: Range, now: Instant, span: Duration) -> bool {
        let mut fresh = self.0.iter().filter(|c| now.since(c.at) <= span);
        fresh.any(|c| c.peer == peer && c.range.overlaps(range))
    }

    /// When part of `range` was last claimed by someone other than `speaker`.
    pub(crate) fn last_contest(&self, speaker: Peer, range: Range) -> Option<Instant> {
        self.0.iter().filter(|c| c.peer != speaker && c.range.overlaps(range)).map(|c| c.at).max()
    }
}

/// A request for addresses heard in an ANA, or our own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct NotedRequest {
    /// Who asked.
    pub(crate) peer: Peer,
    /// Under which number.
    pub(crate) rseq: Rseq,
    /// For how many addresses.
    pub(crate) count: u32,
    /// Until when.
    pub(crate) end: UtcSecs,
}

/// Unmet requests of the whole domain, as far as they were heard: another MAAS may have heard
/// others, which does no harm (AAP-3.2.9-11).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Requests(VecDeque<NotedRequest>);

impl Requests {
    /// Adds a request unless it is known (section 3.2.9, F-36).
    pub(crate) fn note(&mut self, request: NotedRequest, key: RequestKey, tolerance: i64) {
        let known = self.0.iter().any(|r| {
            r.rseq == request.rseq
                && r.count == request.count
                && match key {
                    RequestKey::Literal => r.end == request.end,
                    RequestKey::WithSender => {
                        r.peer == request.peer && r.end.minus(request.end).abs() <= tolerance
                    }
                }
        });
        if known {
            return;
        }
        if self.0.len() >= LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&NotedRequest) -> bool) {
        self.0.retain(keep);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &NotedRequest> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use addrspace::Addr;

    use super::*;

    fn peer(n: u8) -> Peer {
        Peer { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)), port: 2878 }
    }

    fn range(first: u128, last: u128) -> Range {
        Range::new(Addr(first), Addr(last)).unwrap()
    }

    #[test]
    fn a_claim_is_forgotten_after_its_silence_and_not_before() {
        let mut claims = HeardClaims::default();
        let mut set = RangeSet::new();
        set.insert(range(5, 9));
        claims.note(peer(1), Rseq::wrapping(1), &set, Instant::from_secs(0));
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
            claims.note(peer(1), Rseq::wrapping(n), &set, Instant::ZERO);
        }
        assert!(claims.addresses().count() <= LIMIT);
    }

    #[test]
    fn an_allocation_ends_the_claims_on_it() {
        let mut claims = HeardClaims::default();
        let mut set = RangeSet::new();
        set.insert(range(5, 9));
        claims.note(peer(1), Rseq::wrapping(1), &set, Instant::ZERO);
        claims.settle(range(7, 20));
        assert_eq!(claims.addresses().collect::<Vec<_>>(), [range(5, 6)]);
    }

    #[test]
    fn the_fruit_of_a_claim_is_no_defence() {
        let (span, now) = (Duration::from_secs(60), Instant::from_secs(10));
        let mut contests = Contests::default();
        contests.note(peer(1), [range(5, 5)].into_iter(), Instant::ZERO, span);
        assert!(contests.make_it_a_defence(peer(2), range(5, 5), now, span));
        assert!(!contests.make_it_a_defence(peer(1), range(5, 5), now, span));
        assert!(!contests.make_it_a_defence(peer(2), range(6, 6), now, span));
        assert!(!contests.make_it_a_defence(peer(2), range(5, 5), Instant::from_secs(61), span));
    }

    #[test]
    fn equal_needs_of_two_senders_are_two_requests_only_when_senders_count() {
        let request = |n| NotedRequest {
            peer: peer(n),
            rseq: Rseq::wrapping(0),
            count: 64,
            end: UtcSecs(100),
        };
        for (key, expected) in [(RequestKey::Literal, 1), (RequestKey::WithSender, 2)] {
            let mut requests = Requests::default();
            requests.note(request(1), key, 5);
            requests.note(request(2), key, 5);
            requests.note(request(2), key, 5);
            assert_eq!(requests.iter().count(), expected);
        }
    }
}
