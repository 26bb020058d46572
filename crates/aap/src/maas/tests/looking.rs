//! What is shown to whoever looks from outside.

use addrspace::Addr;
use sansio::Instant;

use super::bench::{BASE, Bench, range};

#[test]
fn claims_and_preallocations_under_way_are_shown_until_they_stand() {
    let mut a = Bench::small();
    a.choose(&[7, 8, 9]);
    a.allocate(1, 1);
    a.preallocate(2, 2);
    let claims: Vec<_> = a.maas.claims_under_way().collect();
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].request.map(|r| r.0), Some(1));
    assert_eq!((claims[0].ranges.as_slice(), claims[0].number), (&[range(7, 7)][..], 1));
    assert_eq!(claims[0].due, Some(Instant::from_secs(10)));
    let tentative: Vec<_> = a.maas.preallocations_under_way().collect();
    assert_eq!(tentative.len(), 1);
    assert_eq!(tentative[0].request.map(|r| r.0), Some(2));
    assert_eq!((tentative[0].ranges.as_slice(), tentative[0].number), (&[range(8, 9)][..], 1));
    assert_eq!(tentative[0].due, Some(Instant::from_secs(10)));
    assert_eq!((a.maas.attempts(), a.maas.preallocated().count()), (2, 0));

    a.run_to(11);
    assert_eq!(a.maas.claims_under_way().count(), 0);
    assert_eq!(a.maas.preallocations_under_way().count(), 0);
    assert_eq!(a.maas.attempts(), 0);
    let held: Vec<_> = a.maas.preallocated().map(|lease| lease.range).collect();
    assert_eq!(held, [range(8, 9)]);
}

/// Pages of what is held begin after the last address of the page before.
#[test]
fn what_is_held_is_shown_from_an_address_on() {
    let mut a = Bench::small();
    a.own(&[7, 9]);
    let above = |after| -> Vec<_> { a.maas.own_above(after).map(|lease| lease.range).collect() };
    assert_eq!(above(None), [range(7, 7), range(9, 9)]);
    assert_eq!(above(Some(Addr(BASE + 7))), [range(9, 9)]);
    assert_eq!(above(Some(Addr(BASE + 9))), []);
}

#[test]
fn every_armed_timer_is_shown_by_name() {
    let mut a = Bench::small();
    assert_eq!(a.maas.timers().count(), 0);
    a.choose(&[7]);
    a.allocate(1, 1);
    let mut timers: Vec<_> = a.maas.timers().collect();
    timers.sort_unstable();
    let seconds = Instant::from_secs;
    assert_eq!(timers, [("ACLM repeat", seconds(1)), ("Claim", seconds(10))]);
}

#[test]
fn what_others_have_and_what_is_free_is_counted() {
    let mut a = Bench::small();
    assert!(a.maas.record().is_empty());
    a.aiu("b", 1, "4-6");
    assert!(!a.maas.record().is_empty());
    assert_eq!(a.maas.record().free_in(range(0, 9)), 7);
}
