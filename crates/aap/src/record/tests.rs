use std::collections::BTreeMap;
use std::net::SocketAddr;

use addrspace::{Addr, Family, Scope, ScopeKind};
use proptest::prelude::*;
use sansio::Stored;

use super::*;
use crate::policy::{Ownership, Policy};
use crate::stored::ItemKey;
use crate::timing::Timing;

const BASE: u128 = 0xefff_0000;
/// The wall clock at the record's epoch.
const EPOCH: i64 = 1_000_000;
/// Addresses that tests use.
const WIDTH: u128 = 32;

/// A record with the storage it writes to.
struct Ledger {
    record: AllocationRecord,
    storage: BTreeMap<ItemKey, Item>,
    policy: Policy,
    now: u64,
}

impl Ledger {
    fn new(policy: Policy) -> Self {
        let record = AllocationRecord::new(&config());
        Self { record, storage: BTreeMap::new(), policy, now: 0 }
    }

    fn store(&mut self, items: Vec<Item>) {
        for item in items {
            if item.removes() {
                self.storage.remove(&item.key());
            } else {
                self.storage.insert(item.key(), item);
            }
        }
    }

    fn clock(&self) -> Now {
        let utc = UtcSecs(EPOCH + self.now as i64);
        Now { instant: Instant::from_secs(self.now), utc }
    }

    /// `who` announces `first..=last` until `end` seconds after the epoch.
    fn announce(&mut self, who: u8, rseq: u32, (first, last): (u128, u128), end: i64) {
        let (now, peer, timing) = (self.clock(), peer(who), Timing::draft());
        let by = self.record.hear(peer, Rseq::wrapping(rseq), now.instant);
        let reading = Reading { policy: &self.policy, timing: &timing, now, peer, by };
        let items = self.record.note_allocation(range(first, last), UtcSecs(EPOCH + end), reading);
        self.record.close(by);
        self.store(items);
    }

    fn intend(&mut self, who: u8, rseq: u32, spans: &[(u128, u128)]) {
        let now = self.clock();
        let by = self.record.hear(peer(who), Rseq::wrapping(rseq), now.instant);
        let listed: Vec<_> =
            spans.iter().map(|&(a, b)| (range(a, b), UtcSecs(EPOCH + 9000))).collect();
        let items = self.record.note_intents(by, &listed, 5, now.utc);
        self.record.close(by);
        self.store(items);
    }

    fn claim(&mut self, who: u8, at: u128) {
        let (now, span) = (self.clock().instant, Timing::draft().defence_span());
        let bidder = (peer(who), Rseq::wrapping(0));
        self.record.contests.note(bidder, [range(at, at)].into_iter(), now, span);
    }

    fn purge(&mut self) {
        let items = self.record.purge(self.clock().utc);
        self.store(items);
    }

    fn clip(&mut self, (first, last): (u128, u128), end: Option<i64>) {
        let end = end.map(|end| UtcSecs(EPOCH + end));
        let items = self.record.clip_allocations(range(first, last), end);
        self.store(items);
    }

    /// Whose word counts for each allocated stretch, and until when.
    fn owners(&self) -> Vec<(u128, u128, i64, u8)> {
        let (now, timing) = (self.clock().instant, Timing::draft());
        let owned = self.record.allocated_in(range(0, WIDTH - 1), now, &timing);
        let offset = |addr: Addr| addr.0 - BASE;
        owned
            .iter()
            .map(|o| {
                (offset(o.range.first()), offset(o.range.last()), o.end.0 - EPOCH, who(o.owner))
            })
            .collect()
    }

    /// Every announcer's end for every address.
    fn by_address(&self) -> BTreeMap<(u8, u128), i64> {
        expand(self.record.allocations())
    }
}

fn expand(entries: impl Iterator<Item = (Range, UtcSecs, Peer)>) -> BTreeMap<(u8, u128), i64> {
    let mut all = BTreeMap::new();
    for (range, end, owner) in entries {
        for addr in range.first().0..=range.last().0 {
            let twice = all.insert((who(owner), addr - BASE), end.0 - EPOCH);
            assert_eq!(twice, None, "{owner} is recorded twice for {}", addr - BASE);
        }
    }
    all
}

fn config() -> Config {
    let scope = Scope::new("test", Family::V4, range(0, 0xffff), ScopeKind::Small);
    Config::new(SocketAddr::from(([10, 0, 0, 1], 2878)), scope)
}

fn peer(who: u8) -> Peer {
    Peer::from(SocketAddr::from(([10, 0, 0, who], 2878)))
}

fn who(peer: Peer) -> u8 {
    peer.address.to_string().rsplit('.').next().unwrap().parse().unwrap()
}

fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(BASE + first), Addr(BASE + last)).unwrap()
}

#[test]
fn what_is_above_an_address_begins_above_it() {
    let mut ledger = Ledger::new(Policy::repaired());
    for (who, span) in [(2, (0, 9)), (3, (5, 6)), (2, (10, 31)), (3, (20, 20)), (4, (20, 25))] {
        ledger.announce(who, 0, span, 5000);
    }
    let above = |after: Option<u128>| -> Vec<u128> {
        let after = after.map(|offset| Addr(BASE + offset));
        ledger.record.allocations_above(after).map(|(range, ..)| range.first().0 - BASE).collect()
    };
    assert_eq!(above(None), [0, 5, 10, 20, 20]);
    assert_eq!(above(Some(0)), [5, 10, 20, 20]);
    assert_eq!(above(Some(19)), [20, 20]);
    assert_eq!(above(Some(20)), [0; 0]);
    assert_eq!(above(Some(1 << 40)), [0; 0]);
    let below_the_scope = ledger.record.allocations_above(Some(Addr(1))).count();
    assert_eq!(below_the_scope, 5);
}

/// F-21: whoever was heard first counts, unless another has kept announcing for longer than any
/// defence lasts.
#[test]
fn storage_that_says_a_thing_twice_is_one_entry() {
    let mut ledger = Ledger::new(Policy::repaired());
    let now = ledger.clock().instant;
    for span in [(0, 1), (1, 1), (1, 3), (0, 3)] {
        ledger.record.restore(range(span.0, span.1), UtcSecs(EPOCH + 900), peer(1), false, now);
    }
    assert_eq!(ledger.by_address().len(), 4);
    ledger.announce(1, 7, (0, 3), 5000);
    assert_eq!(ledger.by_address().into_values().collect::<Vec<_>>(), [5000; 4]);
}

#[test]
fn of_two_announcers_the_first_counts_until_the_other_proves_persistent() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.announce(2, 0, (0, 9), 5000);
    ledger.now = 10;
    ledger.announce(3, 0, (5, 14), 7000);
    let first = [(0, 4, 5000, 2), (5, 9, 5000, 2), (10, 14, 7000, 3)];
    assert_eq!(ledger.owners(), first);
    ledger.now = 71;
    ledger.announce(3, 0, (5, 14), 7000);
    let persistent = [(0, 4, 5000, 2), (5, 9, 7000, 3), (10, 14, 7000, 3)];
    assert_eq!(ledger.owners(), persistent);
}

/// The literal reading: whoever was heard last.
#[test]
fn literally_the_last_announcer_owns_and_its_end_counts() {
    let mut ledger = Ledger::new(Policy::literal());
    ledger.announce(2, 0, (0, 9), 5000);
    ledger.announce(3, 0, (5, 14), 7000);
    assert_eq!(ledger.owners(), [(0, 4, 5000, 2), (5, 14, 7000, 3)]);
    ledger.announce(2, 0, (0, 9), 6000);
    assert_eq!(ledger.owners(), [(0, 9, 6000, 2), (10, 14, 7000, 3)]);
}

/// F-21: a defender speaks for somebody else.
#[test]
fn a_defence_changes_nobodys_end_and_makes_nobody_an_owner() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.announce(2, 0, (0, 9), 5000);
    ledger.now = 100;
    ledger.claim(4, 3);
    ledger.announce(3, 0, (3, 3), 900);
    assert_eq!(ledger.by_address().keys().filter(|(who, _)| *who == 3).count(), 0);
    ledger.announce(4, 0, (3, 3), 9000);
    assert_eq!(ledger.by_address().get(&(4, 3)), Some(&9000), "the claimant speaks for itself");
}

/// AAP-3.2.8-05, F-23: a few seconds are the noise of clocks, more is another end.
#[test]
fn an_end_moves_when_it_differs_by_more_than_the_tolerance() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.announce(2, 0, (0, 9), 5000);
    ledger.announce(2, 1, (0, 9), 5005);
    assert_eq!(ledger.owners(), [(0, 9, 5000, 2)]);
    ledger.announce(2, 1, (4, 5), 5006);
    assert_eq!(ledger.owners(), [(0, 3, 5000, 2), (4, 5, 5006, 2), (6, 9, 5000, 2)]);
    ledger.announce(2, 1, (0, 9), 300);
    assert!(ledger.by_address().values().all(|end| *end == 300));
}

/// AAP-3.2.1-04, AAP-3.2.8-02.
#[test]
fn what_has_ended_is_gone_from_the_record_and_from_storage() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.announce(2, 0, (0, 9), 50);
    ledger.announce(3, 0, (5, 9), 60);
    let free = ledger.record.free_total();
    ledger.now = 49;
    ledger.purge();
    assert_eq!(ledger.record.len(), 2);
    ledger.now = 50;
    ledger.purge();
    assert_eq!(ledger.owners(), [(5, 9, 60, 3)]);
    assert_eq!(ledger.record.free_total(), free + 5);
    ledger.now = 60;
    ledger.purge();
    assert!(ledger.record.is_empty() && ledger.storage.is_empty());
}

/// AAP-3.2.6-08: under one number, the latest set is the whole set.
#[test]
fn an_intent_listed_no_longer_is_given_up() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.intend(2, 0, &[(0, 3), (8, 9)]);
    ledger.intend(2, 1, &[(20, 20)]);
    ledger.intend(2, 0, &[(8, 9), (12, 12)]);
    let intended: Vec<Range> = ledger.record.preallocations().map(|(range, ..)| range).collect();
    assert_eq!(intended, [range(8, 9), range(12, 12), range(20, 20)]);
    assert_eq!(ledger.storage.len(), 3);
    assert!(ledger.record.free().is_free(Addr(BASE)));
}

/// AAP-3.2.6.1-01: what is allocated is no longer only intended; the rest still is.
#[test]
fn an_allocation_fulfils_its_owners_intent_and_nobody_elses() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.intend(2, 0, &[(0, 3)]);
    for who in [3, 2] {
        let items = ledger.record.fulfil_intents(peer(who), range(1, 1));
        ledger.store(items);
    }
    let intended: Vec<Range> = ledger.record.preallocations().map(|(range, ..)| range).collect();
    assert_eq!(intended, [range(0, 0), range(2, 3)]);
    assert_eq!(ledger.storage.len(), 2);
    assert!(ledger.record.free().is_free(Addr(BASE + 1)));
}

/// What an announcer says under a new number replaces what it said of the same addresses before:
/// the two share a place in storage.
#[test]
fn an_intent_is_known_under_the_latest_number() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.intend(2, 0, &[(0, 3)]);
    ledger.intend(2, 1, &[(0, 5)]);
    ledger.intend(3, 1, &[(0, 5)]);
    assert_eq!((ledger.record.len(), ledger.storage.len()), (2, 2));
    ledger.intend(2, 2, &[(2, 3)]);
    assert_eq!((ledger.record.len(), ledger.storage.len()), (4, 4));
}

/// AAP-3.2.10.1-13.
#[test]
fn a_clipped_intent_ends_earlier_in_the_record_and_in_storage() {
    let mut ledger = Ledger::new(Policy::repaired());
    ledger.intend(2, 0, &[(0, 3)]);
    let items = ledger.record.clip_intents(range(0, 9), Some(UtcSecs(EPOCH + 50)));
    ledger.store(items);
    let ends: Vec<i64> = ledger.record.preallocations().map(|(_, end, _)| end.0 - EPOCH).collect();
    assert_eq!(ends, [50]);
    ledger.now = 50;
    ledger.purge();
    assert!(ledger.record.is_empty() && ledger.storage.is_empty());
}

/// A step of the property below.
#[derive(Clone, Copy, Debug)]
enum Step {
    Announce { who: u8, rseq: u32, span: (u128, u128), end: i64 },
    Clip { span: (u128, u128), end: Option<i64> },
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let span = || (0..WIDTH, 0..WIDTH).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let end =
        || prop_oneof![4 => 100..104_i64, 4 => 200..212_i64, 1 => Just(-9_i64), 1 => 20..60_i64];
    prop_oneof![
        8 => (2..5_u8, 0..3_u32, span(), end())
            .prop_map(|(who, rseq, span, end)| Step::Announce { who, rseq, span, end }),
        1 => (span(), prop::option::of(end()))
            .prop_map(|(span, end)| Step::Clip { span, end: end.map(|end| end.max(150)) }),
        1 => (0..30_u64).prop_map(Step::Wait),
    ]
}

/// What the record should hold after `step`: an end for every announcer and address.
fn model(known: &mut BTreeMap<(u8, u128), i64>, step: Step, now: i64) {
    match step {
        Step::Announce { who, span, end, .. } if end <= now => {
            known.retain(|&(other, addr), _| other != who || addr < span.0 || addr > span.1);
        }
        Step::Announce { who, span, end, .. } => {
            for addr in span.0..=span.1 {
                let held = known.entry((who, addr)).or_insert(end);
                if (*held - end).abs() > 5 {
                    *held = end;
                }
            }
        }
        Step::Clip { span, end } => {
            let inside = |addr: u128| (span.0..=span.1).contains(&addr);
            known.retain(|&(_, addr), _| end.is_some() || !inside(addr));
            for (_, held) in known.iter_mut().filter(|((_, addr), _)| inside(*addr)) {
                *held = (*held).min(end.unwrap_or(i64::MAX));
            }
        }
        Step::Wait(_) => known.retain(|_, end| *end > now),
    }
}

fn play(ledger: &mut Ledger, step: Step) {
    match step {
        Step::Announce { who, rseq, span, end } => ledger.announce(who, rseq, span, end),
        Step::Clip { span, end } => ledger.clip(span, end),
        Step::Wait(secs) => {
            ledger.now += secs;
            ledger.purge();
        }
    }
}

/// What must hold of any ledger: index and storage say what the entries say.
fn check(ledger: &Ledger) {
    let known = ledger.by_address();
    let stored = ledger.storage.values().map(|item| match item {
        Item::Heard { range, end, owner, .. } => (*range, *end, *owner),
        other => panic!("{other:?}"),
    });
    assert_eq!(expand(stored), known, "what is stored");
    for addr in 0..WIDTH {
        let allocated = known.keys().any(|&(_, other)| other == addr);
        let single = range(addr, addr);
        assert_eq!(ledger.record.is_allocated(single), allocated, "{addr}");
        assert_eq!(ledger.record.free().is_free(single.first()), !allocated, "{addr}");
        assert_eq!(ledger.record.used_in(single, std::iter::empty()), u128::from(allocated));
    }
    let owned: u128 = ledger.owners().iter().map(|(first, last, ..)| last - first + 1).sum();
    let used = ledger.record.used_in(range(0, WIDTH - 1), std::iter::empty());
    assert_eq!(owned, used, "every allocated address has one owner");
}

proptest! {
    #[test]
    fn the_record_holds_what_each_announcer_said_last(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut ledger = Ledger::new(Policy::repaired());
        let mut known = BTreeMap::new();
        for step in steps {
            play(&mut ledger, step);
            model(&mut known, step, ledger.now as i64);
            prop_assert_eq!(&ledger.by_address(), &known, "{:?}", step);
            check(&ledger);
        }
    }

    #[test]
    fn index_and_storage_agree_with_the_entries_whoever_owns(
        steps in prop::collection::vec(step(), 1..40),
        ownership in prop_oneof![Just(Ownership::LastHeard), Just(Ownership::Announcers)],
    ) {
        let mut ledger = Ledger::new(Policy { ownership, ..Policy::literal() });
        for step in steps {
            play(&mut ledger, step);
            check(&ledger);
        }
        ledger.now = 10_000;
        ledger.purge();
        prop_assert!(ledger.record.is_empty() && ledger.storage.is_empty());
        prop_assert_eq!(ledger.record.free_total(), AllocationRecord::new(&config()).free_total());
    }
}
