//! What of the words of others is recorded (section 6, finding F-48).

use super::bench::{BASE, Bench, EPOCH};
use super::words::name;
use crate::config::AnaScope;
use crate::policy::ForeignEnd;

/// What others have allocated: first and last offset, and end.
fn allocated(a: &Bench) -> Vec<(u128, u128, i64)> {
    let offsets = |range: addrspace::Range| (range.first().0 - BASE, range.last().0 - BASE);
    let shown =
        a.maas.record().allocations().map(|(range, end, _)| (offsets(range), end.0 - EPOCH));
    shown.map(|((first, last), end)| (first, last, end)).collect()
}

/// F-48: one message must not take the whole scope.
#[test]
fn a_range_that_is_too_large_is_not_recorded() {
    let mut a = Bench::with(|c| c.policy.max_foreign_range = 4);
    a.aiu("b", 1, "0-3@900 10-14@900");
    assert_eq!(a.log(), ["0s ignored range_too_large b"]);
    assert_eq!(allocated(&a), [(0, 3, 900)]);
    let mut unlimited = Bench::small();
    unlimited.aiu("b", 1, "0-3@900 10-14@900");
    assert_eq!(unlimited.log(), [""; 0]);
    assert_eq!(allocated(&unlimited), [(0, 3, 900), (10, 14, 900)]);
}

/// F-48: nobody can have an address for longer than the domain has it.
#[test]
fn an_end_after_that_of_the_space_is_cut_where_policy_says_so() {
    for (reading, end) in [(ForeignEnd::Believe, 9000), (ForeignEnd::Clip, 5000)] {
        let mut a = Bench::large_with("0-9@5000", |c| c.policy.foreign_end = reading);
        a.aiu("b", 1, "7@9000 8@400");
        assert_eq!(allocated(&a), [(7, 7, end), (8, 8, 400)], "{reading:?}");
        // An end that has come is no claim to anything, whatever the space.
        a.run_to(50);
        a.aiu("b", 2, "7@20");
        assert_eq!(allocated(&a), [(8, 8, 400)], "{reading:?}");
    }
    let mut small = Bench::with(|c| c.policy.foreign_end = ForeignEnd::Clip);
    small.aiu("b", 1, "7@9000");
    assert_eq!(allocated(&small), [(7, 7, 9000)], "a small scope has no end");
}

/// AAP-3.2.9-09, F-02: an ANA names no scope; it counts for the large one it is said to be about.
#[test]
fn requests_of_others_are_noted_for_the_scope_they_are_about() {
    let noted = |mut a: Bench| {
        a.ana("b", 1, 64, 900);
        a.maas.record().requests().count()
    };
    assert_eq!(noted(Bench::large("0-9")), 1);
    assert_eq!(noted(Bench::large_with("0-9", |c| c.ana_scope = AnaScope::Other)), 0);
    assert_eq!(noted(Bench::small()), 0);
}

/// AAP-3.1-01, F-21: storage knows, too, who has only defended what it announced.
#[test]
fn what_is_stored_says_whether_a_defender_told_it() {
    let mut a = Bench::small();
    a.aclm("d", 1, "7");
    a.aiu("b", 1, "7");
    a.aiu("b", 2, "9");
    let stored = a.storage.values().filter_map(|item| match item {
        crate::Item::Heard { range, by_defender, .. } => {
            Some((range.first().0 - BASE, *by_defender))
        }
        _ => None,
    });
    assert_eq!(stored.collect::<Vec<_>>(), [(7, true), (9, false)]);
}

/// AAP-A-04: an announcement heard again writes nothing, whole or in part.
#[test]
fn what_is_known_is_not_stored_again() {
    let mut a = Bench::small();
    a.outputs();
    a.aiu("b", 1, "5-9");
    assert_eq!(a.outputs().len(), 1);
    for again in ["5-9", "5-9@99996", "6", "5-9 6-7"] {
        a.aiu("b", 1, again);
        assert!(a.outputs().is_empty(), "{again}");
    }
    assert_eq!(allocated(&a), [(5, 9, super::bench::LATER)]);
}

/// What others preallocate: offset and who.
fn intended(a: &Bench) -> Vec<(u128, char)> {
    let intents = a.maas.record().preallocations();
    intents.map(|(range, _, peer)| (range.first().0 - BASE, name(peer))).collect()
}

/// AAP-3.2.1-03, AAP-5.1.4-03: under one number the last list counts, and is written once.
#[test]
fn an_intent_is_what_its_holder_listed_last() {
    let mut a = Bench::small();
    a.outputs();
    a.aitu("b", 1, "5 7");
    assert_eq!((intended(&a), a.outputs().len()), (vec![(5, 'b'), (7, 'b')], 2));
    for again in ["5 7", "5@99996 7"] {
        a.aitu("b", 1, again);
        assert!(a.outputs().is_empty(), "{again}");
    }
    a.aitu("b", 1, "5@90000 9");
    assert_eq!(intended(&a), [(5, 'b'), (9, 'b')]);
    let ends: Vec<i64> =
        a.maas.record().preallocations().map(|(_, end, _)| end.0 - EPOCH).collect();
    assert_eq!(ends, [90_000, super::bench::LATER]);
}

/// Whoever has allocated an address no longer merely intends to; others may.
#[test]
fn an_allocation_ends_the_intent_of_its_owner() {
    let mut a = Bench::small();
    a.aitu("b", 1, "7");
    a.aitu("c", 1, "7");
    a.aiu("b", 2, "7");
    assert_eq!(intended(&a), [(7, 'c')]);
}
