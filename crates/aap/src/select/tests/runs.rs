//! Contiguous addresses.

use super::*;

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

#[test]
fn a_preferred_run_is_free_all_through() {
    let mut case = Case::small();
    case.layout = Layout::Contiguous;
    case.allocated(13, 13);
    case.preferred = vec![range(12, 15)];
    let chosen = case.chosen(30, 4);
    assert!(chosen.len() == 1 && chosen[0].0 > 13, "{chosen:?}");
    let mut beside = Case::small();
    beside.layout = Layout::Contiguous;
    beside.record.take(range(100, 101));
    assert_eq!(beside.chosen(0, 2), [(102, 103)]);
    assert_eq!(beside.chosen(u64::MAX - 1, 2), [(98, 99)]);
}
