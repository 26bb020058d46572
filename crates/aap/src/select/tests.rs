use addrspace::{Addr, Family, Scope};
use sansio::{Cause, Draw, Instant, Now};

use super::*;
use crate::config::Peer;
use crate::policy::LinkLayer;
use crate::record::{Reading, Space};
use crate::skew::Skew;
use crate::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};

const BASE: u128 = 0xefff_0000;
const NOW: i64 = 1_000_000;

/// Answers every choice with the place in a list that it is told, as far as the list goes.
struct Place(u64);

impl Draw for Place {
    fn between(&mut self, _: Question, low: u64, high: u64) -> u64 {
        (low + self.0).min(high)
    }
}

/// A record of a scope, and a question to it.
struct Case {
    config: Config,
    record: AllocationRecord,
    now: u64,
    excluded: RangeSet,
    kept: RangeSet,
    preferred: Vec<Range>,
    layout: Layout,
    purpose: Purpose,
    end: i64,
}

impl Case {
    fn new(kind: ScopeKind, change: impl FnOnce(&mut Config)) -> Self {
        let own = std::net::SocketAddr::from(([10, 0, 0, 1], 2878));
        let mut config = Config::new(own, Scope::new("test", Family::V4, range(0, 0xffff), kind));
        change(&mut config);
        Self {
            record: AllocationRecord::new(&config),
            config,
            now: 0,
            excluded: RangeSet::new(),
            kept: RangeSet::new(),
            preferred: Vec::new(),
            layout: Layout::Scattered,
            purpose: Purpose::Claim,
            end: NOW + 100,
        }
    }

    fn small() -> Self {
        Self::new(ScopeKind::Small, |_| {})
    }

    /// A large scope with these ranges until so many seconds from now.
    fn large(space: &[(u128, u128, i64)]) -> Self {
        let mut case = Self::new(ScopeKind::Large, |_| {});
        let ranges = space.iter().map(|&(first, last, secs)| TimedRange {
            range: range(first, last),
            end: WireTime::saturating_from(NOW + secs),
        });
        let ranges = Ranges::new(Family::V4, ranges);
        let header = Header { family: Family::V4, rseq: Rseq::default(), mseq: 0 };
        let stamp = WireTime::saturating_from(NOW);
        let asa = Message::new(header, stamp, Body::Asa { expiration: stamp, ranges });
        let skew = Skew::of(stamp, UtcSecs(NOW));
        case.record.space = Space::of(&asa, case.config.scope.range, Instant::ZERO, skew);
        case
    }

    fn now(&self) -> Now {
        Now { instant: Instant::from_secs(self.now), utc: UtcSecs(NOW + self.now as i64) }
    }

    /// Another MAAS has allocated `first..=last`.
    fn allocated(&mut self, first: u128, last: u128) {
        let (now, peer) = (self.now(), peer());
        let by = self.record.hear(peer, Rseq::wrapping(first as u32), now.instant);
        let (policy, timing) = (self.config.policy, self.config.timing);
        let reading = Reading { policy: &policy, timing: &timing, now, peer, by };
        self.record.note_allocation(range(first, last), UtcSecs(NOW + 90_000), reading);
        self.record.close(by);
    }

    /// Another MAAS says now that it intends to use `first..=last`.
    fn intended(&mut self, first: u128, last: u128) {
        let now = self.now();
        let by = self.record.hear(peer(), Rseq::wrapping(0x1000 + first as u32), now.instant);
        self.record.note_intents(by, &[(range(first, last), UtcSecs(NOW + 90_000))], 5, now.utc);
        self.record.close(by);
    }

    fn choose(&mut self, place: u64, count: u128) -> Result<RangeSet, Refusal> {
        let wish = Wish {
            count,
            layout: self.layout,
            end: UtcSecs(self.end),
            preferred: &self.preferred,
            excluded: &self.excluded,
            kept: &self.kept,
            purpose: self.purpose,
        };
        let mut draw = Place(place);
        let mut cx = Cx { now: self.now(), draw: &mut draw, cause: Cause::default() };
        let before = self.record.clone();
        let chosen = select(&mut cx, &self.config, &mut self.record, &wish);
        assert!(before == self.record, "choosing reserves nothing");
        chosen
    }

    /// The addresses chosen, as ranges of offsets.
    fn chosen(&mut self, place: u64, count: u128) -> Vec<(u128, u128)> {
        let set = self.choose(place, count).unwrap();
        assert_eq!(set.len(), count);
        set.iter().map(|r| (r.first().0 - BASE, r.last().0 - BASE)).collect()
    }
}

fn peer() -> Peer {
    Peer::from(std::net::SocketAddr::from(([10, 0, 0, 2], 2878)))
}

fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(BASE + first), Addr(BASE + last)).unwrap()
}

/// AAP-3.2.7-01, -04, -05, AAP-3.2.6-01, -02: nobody's, then recently intended, then long ago.
#[test]
fn classes_are_used_up_in_their_order() {
    let mut case = Case::large(&[(0, 3, 9000)]);
    case.allocated(0, 0);
    case.intended(1, 1);
    case.now = 60;
    case.intended(2, 2);
    for place in 0..3 {
        assert_eq!(case.chosen(place, 1), [(3, 3)]);
        assert_eq!(case.chosen(place, 2), [(2, 3)], "announced just now");
        assert_eq!(case.chosen(place, 3), [(1, 3)], "announced 60 s ago");
    }
    assert_eq!(case.choose(0, 4), Err(Refusal::NoneFree));
}

/// F-20: an announcement is recent for 39 seconds.
#[test]
fn an_intent_is_recent_for_one_and_three_tenths_of_the_repeat_interval() {
    for (now, expected) in [(39, (1, 1)), (40, (2, 2))] {
        let mut case = Case::large(&[(1, 2, 9000)]);
        case.intended(1, 1);
        case.now = 1;
        case.intended(2, 2);
        case.now = now;
        // Both recent: chance decides, here for the first. Then only the second is.
        assert_eq!(case.chosen(0, 1), [expected], "at {now} s");
    }
}

/// AAP-3.2.7-02.
#[test]
fn a_preallocation_takes_nothing_that_others_intend_to_use() {
    let mut case = Case::large(&[(0, 3, 9000)]);
    case.intended(1, 3);
    case.purpose = Purpose::Preallocation;
    assert_eq!(case.chosen(0, 1), [(0, 0)]);
    assert_eq!(case.choose(0, 2), Err(Refusal::NoneFree));
}

/// AAP-3.2.7-06: of the ranges that last long enough, the one that ends first.
#[test]
fn the_range_that_ends_first_but_late_enough_is_used_first() {
    let mut case = Case::large(&[(0, 9, 50), (20, 29, 500), (40, 49, 300)]);
    for place in [0, 5, 99] {
        let chosen = case.chosen(place, 1)[0].0;
        assert!((40..50).contains(&chosen), "{chosen}");
    }
    case.end = NOW + 400;
    assert!(case.chosen(0, 1)[0].0 < 30);
    case.end = NOW + 600;
    assert_eq!(case.choose(0, 1), Err(Refusal::LifetimeTooShort));
}

/// AAP-3.2.7-06 comes before AAP-3.2.7-07.
#[test]
fn neighbours_in_a_range_that_ends_later_are_no_temptation() {
    let mut case = Case::large(&[(0, 9, 300), (10, 49, 9000)]);
    case.record.take(range(30, 30));
    case.allocated(1, 8);
    assert_eq!(case.chosen(0, 1), [(0, 0)], "not beside 30");
    assert_eq!(case.chosen(1, 2), [(0, 0), (9, 9)], "9 does not grow to 10");
    case.layout = Layout::Contiguous;
    case.record = {
        let mut fresh = Case::large(&[(0, 9, 300), (10, 49, 9000)]);
        fresh.record.take(range(30, 30));
        fresh.record
    };
    assert!(case.chosen(0, 4)[0].1 < 10, "a run, too, comes from the range that ends first");
}

/// AAP-3.2.7-07.
#[test]
fn neighbours_of_our_own_addresses_come_first() {
    let mut case = Case::small();
    case.record.take(range(100, 101));
    assert_eq!(case.chosen(0, 1), [(99, 99)]);
    assert_eq!(case.chosen(1, 1), [(102, 102)]);
    case.allocated(99, 99);
    for place in 0..3 {
        assert_eq!(case.chosen(place, 3), [(102, 104)]);
    }
    case.layout = Layout::Contiguous;
    assert_eq!(case.chosen(0, 8), [(102, 109)]);
}

/// AAP-3.2.7-08: every free address has one place in the draw.
#[test]
fn chance_gives_every_free_address_the_same_weight() {
    let mut case = Case::large(&[(0, 9, 9000), (20, 29, 9000)]);
    case.allocated(3, 6);
    case.allocated(20, 20);
    let mut drawn: Vec<u128> = (0..15).map(|place| case.chosen(place, 1)[0].0).collect();
    drawn.sort_unstable();
    let free: Vec<u128> = (0..3).chain(7..10).chain(21..30).collect();
    assert_eq!(drawn, free);
}

/// AAP-3.2.10-02, F-33: a small scope is available whole, but for its reserved tail.
#[test]
fn the_last_256_addresses_are_left_alone() {
    let mut case = Case::small();
    assert_eq!(case.chosen(u64::MAX - 1, 1), [(0xfeff, 0xfeff)]);
    assert_eq!(case.choose(0, 0xff01), Err(Refusal::NoneFree));
}

#[test]
fn a_run_is_found_wherever_there_is_one() {
    let mut case = Case::large(&[(0, 99, 300), (100, 199, 9000)]);
    case.layout = Layout::Contiguous;
    for first in (0..200).step_by(5) {
        case.allocated(first, first);
    }
    assert_eq!(case.choose(0, 5), Err(Refusal::NoneFree));
    assert_eq!(case.chosen(7, 4).len(), 1);
    let mut gap = Case::large(&[(0, 99, 300), (100, 199, 9000)]);
    gap.layout = Layout::Contiguous;
    gap.allocated(0, 94);
    gap.allocated(105, 199);
    for place in 0..10 {
        assert_eq!(gap.chosen(place, 10), [(95, 104)], "across two ranges, if need be");
    }
}

/// AAP-3.2.7-05: a run may be taken from what others intend to use, when there is no other.
#[test]
fn a_run_falls_back_on_intended_addresses() {
    let mut case = Case::large(&[(0, 9, 9000)]);
    case.layout = Layout::Contiguous;
    case.intended(0, 7);
    assert_eq!(case.chosen(0, 2), [(8, 9)]);
    assert_eq!(case.chosen(0, 3), [(0, 2)]);
}

#[test]
fn excluded_and_claimed_addresses_are_not_chosen_and_kept_ones_stay() {
    let mut case = Case::large(&[(0, 5, 9000)]);
    case.excluded.insert(range(0, 1));
    let mut claimed = RangeSet::new();
    claimed.insert(range(2, 2));
    case.record.claims.note(peer(), Rseq::default(), claimed.clone(), Instant::ZERO);
    case.kept.insert(range(5, 5));
    case.record.take(range(5, 5));
    assert_eq!(case.chosen(0, 3), [(3, 5)]);
    assert_eq!(case.choose(0, 4), Err(Refusal::NoneFree));
}

#[test]
fn preferred_addresses_are_taken_if_they_are_free() {
    let mut case = Case::small();
    case.allocated(51, 51);
    case.preferred = vec![range(50, 52)];
    assert_eq!(case.chosen(0, 2), [(50, 50), (52, 52)]);
    case.preferred = vec![range(60, 60)];
    assert_eq!(case.chosen(1, 3), [(60, 62)]);
}

/// RFC 1112: 224.0.0.x and 239.128.0.x share Ethernet addresses.
#[test]
fn ethernet_aliases_are_avoided_where_policy_asks() {
    let scope = Range::new(Addr(0xef80_0000), Addr(0xef80_01ff)).unwrap();
    let mut case = Case::new(ScopeKind::Small, |c| {
        c.scope.range = scope;
        c.policy.link_layer = LinkLayer::AvoidAliases;
    });
    for place in 0..20 {
        let chosen = case.choose(place, 1);
        assert_eq!(chosen, Err(Refusal::NoneFree), "the rest is the reserved tail");
    }
    case.config.policy.link_layer = LinkLayer::Ignore;
    assert!(case.choose(0, 1).is_ok());
}

#[test]
fn ipv6_scopes_are_chosen_from_alike() {
    let base = 0xff18_u128 << 112;
    let scope = Range::new(Addr(base), Addr(base | (u128::MAX >> 16))).unwrap();
    let mut case = Case::new(ScopeKind::Small, |c| {
        c.scope = Scope::new("test", Family::V6, scope, ScopeKind::Small);
    });
    let chosen = case.choose(77, 1).unwrap();
    assert!(scope.contains_range(chosen.first().unwrap()));
    case.layout = Layout::Contiguous;
    assert_eq!(case.choose(3, 1 << 20).unwrap().iter().count(), 1);
}

/// A draw of one more bit than a question answers.
#[test]
fn a_scope_of_two_to_the_64th_addresses_is_chosen_from() {
    let (_, scope) = Range::parse("ff18::/64").unwrap();
    let mut case = Case::small();
    case.config.scope = Scope::new("v6", Family::V6, scope, ScopeKind::Small);
    case.record = AllocationRecord::new(&case.config);
    let chosen = case.choose(0, 1).unwrap();
    assert!(chosen.len() == 1 && scope.contains(chosen.first().unwrap().first()));
}

/// AAP-3.2.7-01: a preferred run is none if part of it is not available for that long.
#[test]
fn a_preferred_run_lies_in_what_is_available() {
    let mut case = Case::large(&[(0, 9, 50), (10, 19, 9000)]);
    case.layout = Layout::Contiguous;
    for preferred in [range(8, 11), range(18, 21)] {
        case.preferred = vec![preferred];
        let chosen = case.chosen(0, 4);
        assert_eq!(chosen.len(), 1);
        assert!((10..=16).contains(&chosen[0].0), "{preferred:?}: {chosen:?}");
    }
    case.preferred = vec![range(12, 15)];
    assert_eq!(case.chosen(0, 4), [(12, 15)]);
}

/// AAP-3.2.8-03: which of the two it is tells the user whether to ask for less time.
#[test]
fn what_is_missing_is_named() {
    let mut case = Case::large(&[(0, 9, 50), (10, 19, 9000)]);
    assert_eq!(case.choose(0, 11), Err(Refusal::LifetimeTooShort));
    let mut case = Case::large(&[(0, 9, 9000), (10, 19, 9000)]);
    assert_eq!(case.choose(0, 21), Err(Refusal::NoneFree));
    // What has ended is not there at all.
    case = Case::large(&[(0, 9, 0), (10, 19, 9000)]);
    assert_eq!(case.choose(0, 11), Err(Refusal::NoneFree));
}

/// RFC 1112 section 6.4: groups whose numbers differ by 2^23 share an Ethernet address, above and
/// below.
#[test]
fn the_ethernet_address_of_a_group_in_use_is_avoided() {
    let scope = Range::new(Addr(0xef10_0000), Addr(0xefff_ffff)).unwrap();
    let (low, high) = (0xef10_0305, 0xef90_0305);
    for (used, wanted) in [(low, high), (high, low)] {
        for (link_layer, avoided) in [(LinkLayer::AvoidAliases, true), (LinkLayer::Ignore, false)] {
            let mut case = Case::new(ScopeKind::Small, |c| {
                c.scope.range = scope;
                c.policy.link_layer = link_layer;
            });
            case.record.take(Range::single(Addr(used)));
            case.preferred = vec![Range::single(Addr(wanted))];
            let chosen = case.choose(1, 1).unwrap();
            assert_eq!(!chosen.contains(Addr(wanted)), avoided);
            case.preferred = vec![Range::single(Addr(wanted + 4))];
            assert!(case.choose(1, 1).unwrap().contains(Addr(wanted + 4)), "shared with nobody");
            case.layout = Layout::Contiguous;
            case.preferred = vec![Range::with_len(Addr(wanted - 2), 4).unwrap()];
            let run = case.choose(1, 4).unwrap();
            assert_eq!(!run.contains(Addr(wanted)), avoided);
            case.preferred = vec![Range::with_len(Addr(wanted + 2), 4).unwrap()];
            assert!(case.choose(1, 4).unwrap().contains(Addr(wanted + 5)));
        }
    }
}

#[test]
fn no_more_is_taken_than_is_wanted() {
    let mut case = Case::small();
    case.preferred = vec![range(70, 79)];
    assert_eq!(case.chosen(0, 2), [(70, 71)]);
    let mut neighbours = Case::small();
    neighbours.record.take(range(7, 7));
    assert_eq!(neighbours.chosen(0, 1), [(6, 6)]);
    assert_eq!(neighbours.chosen(u64::MAX - 1, 1), [(8, 8)]);
}
