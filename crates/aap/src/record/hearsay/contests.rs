use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr};

use addrspace::Range;
use sansio::{Duration, Instant};

use super::LIMIT;
use crate::config::Peer;
use crate::wire::Rseq;

/// Below every other, in the order of peers.
const LOWEST: Peer = Peer { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), port: 0 };

/// A claim or preallocation that was heard for an address, kept as long as a defence against it
/// may still be on its way.
type Contest = (Range, Peer);

/// Who bids, and under which number.
type Bidder = (Peer, Rseq);

/// When a contest was heard last, and its place in the order of first hearing.
#[derive(Clone, Copy, Debug)]
struct Heard {
    at: Instant,
    place: u64,
    rseq: Rseq,
    standing: Standing,
}

/// Whether a bidder is still after what it bid for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Standing {
    Open,
    /// It has gone over to another set under the same number, so that what it says of these
    /// addresses now is not on its own behalf.
    Withdrawn,
}

/// Recent claims and preallocations by address: they tell a defence from a fresh announcement
/// (F-14, F-21).
#[derive(Clone, Debug, Default)]
pub(crate) struct Contests {
    known: BTreeMap<Contest, Heard>,
    /// In the order of first hearing.
    in_order: BTreeMap<u64, Contest>,
    by_age: BTreeSet<(Instant, u64)>,
    /// Those that stand open: one bidder withdraws few, however much it has bid for lately.
    open: BTreeSet<(Bidder, u64)>,
    next: u64,
    /// No range known reaches further beyond its first address than this.
    reach: u128,
}

impl Contests {
    /// Notes that `bidder` bids for `ranges` now, and for nothing else under this number.
    pub(crate) fn note(
        &mut self,
        bidder: (Peer, Rseq),
        ranges: impl Iterator<Item = Range> + Clone,
        now: Instant,
        span: Duration,
    ) {
        self.expire(now, span);
        self.withdraw(bidder, ranges.clone());
        let (peer, rseq) = bidder;
        for range in ranges {
            if let Some(heard) = self.known.get_mut(&(range, peer)) {
                self.by_age.remove(&(heard.at, heard.place));
                self.by_age.insert((now, heard.place));
                let (before, place) = (*heard, heard.place);
                *heard = Heard { at: now, place, rseq, standing: Standing::Open };
                if before.rseq != rseq || before.standing != Standing::Open {
                    self.open.remove(&((peer, before.rseq), place));
                    self.open.insert((bidder, place));
                }
                continue;
            }
            if self.known.len() >= LIMIT
                && let Some(&place) = self.in_order.keys().next()
            {
                self.forget(place);
            }
            let heard = Heard { at: now, place: self.next, rseq, standing: Standing::Open };
            self.next += 1;
            self.reach = self.reach.max(range.last().0 - range.first().0);
            self.known.insert((range, peer), heard);
            self.in_order.insert(heard.place, (range, peer));
            self.by_age.insert((now, heard.place));
            self.open.insert((bidder, heard.place));
        }
    }

    /// What `bidder` bid for under this number, and does not any more.
    fn withdraw(&mut self, bidder: Bidder, kept: impl Iterator<Item = Range> + Clone) {
        let mut withdrawn = Vec::new();
        for &(_, place) in self.open.range((bidder, 0)..=(bidder, u64::MAX)) {
            let Some(contest) = self.in_order.get(&place) else { continue };
            if kept.clone().any(|range| range.overlaps(contest.0)) {
                continue;
            }
            if let Some(heard) = self.known.get_mut(contest) {
                heard.standing = Standing::Withdrawn;
            }
            withdrawn.push(place);
        }
        for place in withdrawn {
            self.open.remove(&(bidder, place));
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
        let is_over = |heard: &Heard, peer| peer == speaker && heard.standing != Standing::Open;
        let fresh = self.about(range).filter(|(_, heard)| now.since(heard.at) <= span);
        let mut fresh = fresh.filter(|(peer, heard)| !is_over(heard, *peer)).peekable();
        fresh.peek().is_some() && fresh.all(|(peer, _)| peer != speaker)
    }

    /// Whether `peer` itself has claimed part of `range` lately, and not gone over to another set.
    pub(crate) fn is_bidder(&self, peer: Peer, range: Range, now: Instant, span: Duration) -> bool {
        let is_its = |heard: &Heard| heard.standing == Standing::Open;
        let mut about = self.about(range);
        about.any(|(bidder, h)| bidder == peer && is_its(h) && now.since(h.at) <= span)
    }

    /// When part of `range` was last claimed by someone other than `speaker`.
    pub(crate) fn last_contest(&self, speaker: Peer, range: Range) -> Option<Instant> {
        self.about(range).filter(|(peer, _)| *peer != speaker).map(|(_, heard)| heard.at).max()
    }

    /// Who claimed part of `range`, and when.
    fn about(&self, range: Range) -> impl Iterator<Item = (Peer, &Heard)> + '_ {
        let first = range.first().saturating_sub(self.reach);
        self.known
            .range((Range::single(first), LOWEST)..)
            .take_while(move |((known, _), _)| known.first() <= range.last())
            .filter(move |((known, _), _)| known.overlaps(range))
            .map(|((_, peer), heard)| (*peer, heard))
    }

    fn expire(&mut self, now: Instant, span: Duration) {
        while let Some(&(at, place)) = self.by_age.first()
            && now.since(at) > span
        {
            self.forget(place);
        }
        if self.known.is_empty() {
            self.reach = 0;
        }
    }

    fn forget(&mut self, place: u64) {
        let Some(contest) = self.in_order.remove(&place) else { return };
        if let Some(heard) = self.known.remove(&contest) {
            self.by_age.remove(&(heard.at, place));
            self.open.remove(&((contest.1, heard.rseq), place));
        }
    }

    /// What is known, in the order of first hearing.
    fn contests(&self) -> impl Iterator<Item = (Contest, Option<(Instant, Rseq, Standing)>)> + '_ {
        let told = |heard: &Heard| (heard.at, heard.rseq, heard.standing);
        self.in_order.values().map(move |contest| (*contest, self.known.get(contest).map(told)))
    }
}

// What is remembered, and in which order, is what the memory is; the places only tell the order.
impl PartialEq for Contests {
    fn eq(&self, other: &Self) -> bool {
        self.contests().eq(other.contests())
    }
}

impl Eq for Contests {}

impl Hash for Contests {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.in_order.len().hash(state);
        self.contests().for_each(|contest| contest.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{peer, range};
    use super::*;

    fn bidder(n: u8) -> Bidder {
        (peer(n), Rseq::wrapping(0))
    }

    #[test]
    fn the_fruit_of_a_claim_is_no_defence() {
        let (span, now) = (Duration::from_secs(60), Instant::from_secs(10));
        let mut contests = Contests::default();
        contests.note(bidder(1), [range(5, 5)].into_iter(), Instant::ZERO, span);
        assert!(contests.make_it_a_defence(peer(2), range(5, 5), now, span));
        assert!(!contests.make_it_a_defence(peer(1), range(5, 5), now, span));
        assert!(!contests.make_it_a_defence(peer(2), range(6, 6), now, span));
        assert!(!contests.make_it_a_defence(peer(2), range(5, 5), Instant::from_secs(61), span));
    }

    #[test]
    fn whoever_went_over_to_another_set_speaks_for_others() {
        let (span, now) = (Duration::from_secs(60), Instant::from_secs(10));
        let mut contests = Contests::default();
        contests.note(bidder(1), [range(5, 5)].into_iter(), Instant::ZERO, span);
        contests.note(bidder(2), [range(5, 5)].into_iter(), Instant::ZERO, span);
        contests.note(bidder(1), [range(6, 6)].into_iter(), now, span);
        assert!(!contests.is_bidder(peer(1), range(5, 5), now, span));
        assert!(contests.is_bidder(peer(1), range(6, 6), now, span));
        assert!(contests.make_it_a_defence(peer(1), range(5, 5), now, span));
        // What one request has given up another may ask for.
        contests.note((peer(1), Rseq::wrapping(1)), [range(5, 5)].into_iter(), now, span);
        contests.note(bidder(1), [range(7, 7)].into_iter(), now, span);
        assert!(contests.is_bidder(peer(1), range(5, 5), now, span));
    }

    #[test]
    fn a_claim_that_was_given_up_still_explains_a_defence() {
        let (span, now) = (Duration::from_secs(60), Instant::from_secs(10));
        let mut contests = Contests::default();
        contests.note(bidder(1), [range(5, 5)].into_iter(), Instant::ZERO, span);
        contests.note(bidder(1), [range(6, 6)].into_iter(), now, span);
        assert!(contests.make_it_a_defence(peer(2), range(5, 5), now, span));
    }

    #[test]
    fn who_bid_when_and_for_what_makes_memories_differ() {
        let span = Duration::from_secs(60);
        let heard = |claimant: u8, rseq: u32, at: u64, to: u128| {
            let mut contests = Contests::default();
            let ranges = [range(5, to)].into_iter();
            contests.note(
                (peer(claimant), Rseq::wrapping(rseq)),
                ranges,
                Instant::from_secs(at),
                span,
            );
            contests
        };
        let first = heard(1, 1, 1, 5);
        assert_eq!(first, heard(1, 1, 1, 5));
        for other in [heard(2, 1, 1, 5), heard(1, 2, 1, 5), heard(1, 1, 2, 5), heard(1, 1, 1, 6)] {
            assert_ne!(first, other);
        }
        assert_ne!(first, Contests::default());
    }

    #[test]
    fn a_wide_claim_is_found_by_any_address_in_it() {
        let (span, now) = (Duration::from_secs(60), Instant::from_secs(10));
        let mut contests = Contests::default();
        let claims = [range(100, 900), range(150, 150), range(500, 500)];
        contests.note(bidder(1), claims.into_iter(), Instant::ZERO, span);
        for inside in [range(100, 100), range(500, 500), range(900, 2000), range(0, 3000)] {
            assert!(contests.is_bidder(peer(1), inside, now, span), "{inside:?}");
        }
        assert!(!contests.is_bidder(peer(1), range(901, 2000), now, span));
        assert!(!contests.is_bidder(peer(1), range(0, 99), now, span));
    }

    #[test]
    fn who_was_heard_first_makes_room_first_however_often_it_was_heard() {
        let (span, now) = (Duration::from_secs(60), Instant::from_secs(10));
        let mut contests = Contests::default();
        let singles = |from, to| (from..to).map(|n| range(n, n));
        contests.note(bidder(1), singles(0, LIMIT as u128), Instant::ZERO, span);
        contests.note((peer(1), Rseq::wrapping(1)), singles(0, 1), now, span);
        contests.note((peer(1), Rseq::wrapping(2)), singles(10_000, 10_001), now, span);
        assert!(!contests.is_bidder(peer(1), range(0, 0), now, span));
        assert!(contests.is_bidder(peer(1), range(1, 1), now, span));
    }

    #[test]
    fn a_contest_heard_again_lasts_from_then_on() {
        let span = Duration::from_secs(60);
        let mut contests = Contests::default();
        contests.note(bidder(1), [range(5, 5)].into_iter(), Instant::ZERO, span);
        contests.note(bidder(1), [range(5, 5)].into_iter(), Instant::from_secs(50), span);
        contests.note(bidder(1), [range(9, 9)].into_iter(), Instant::from_secs(110), span);
        assert_eq!(contests.last_contest(peer(2), range(5, 5)), Some(Instant::from_secs(50)));
        contests.note(bidder(1), [range(9, 9)].into_iter(), Instant::from_secs(111), span);
        assert_eq!(contests.last_contest(peer(2), range(5, 5)), None);

        let mut fresh = Contests::default();
        fresh.note(bidder(1), [range(9, 9)].into_iter(), Instant::from_secs(111), span);
        assert_eq!(contests, fresh, "how a memory came about makes no difference");
    }
}
