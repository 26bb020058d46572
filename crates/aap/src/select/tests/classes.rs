//! Whose turn it is: nobody's addresses, then what others intend to use (section 3.2.7).

use super::*;

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

/// AAP-3.2.10-02, F-33: a small scope is available whole, but for its reserved tail.
#[test]
fn the_last_256_addresses_are_left_alone() {
    let mut case = Case::small();
    assert_eq!(case.chosen(u64::MAX - 1, 1), [(0xfeff, 0xfeff)]);
    assert_eq!(case.choose(0, 0xff01), Err(Refusal::NoneFree));
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

/// AAP-3.2.7-02, -06: of what others intend to use, too, only what lasts, and what nobody claims.
#[test]
fn intended_addresses_are_chosen_from_with_care() {
    let mut case = Case::large(&[(0, 1, 50), (10, 14, 9000)]);
    case.intended(0, 1);
    case.intended(10, 14);
    case.excluded.insert(range(10, 10));
    let mut claimed = RangeSet::new();
    claimed.insert(range(12, 12));
    case.record.claims.note(peer(), Rseq::default(), claimed, Instant::ZERO);
    for (place, first) in [(0, 11), (1, 13), (2, 14)] {
        assert_eq!(case.chosen(place, 1), [(first, first)]);
    }
    assert_eq!(case.chosen(0, 3), [(11, 11), (13, 14)]);
    assert!(case.choose(0, 4).is_err());
}
