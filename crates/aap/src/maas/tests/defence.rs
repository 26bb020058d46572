use super::bench::{Bench, LATER};
use crate::policy::{ChangedSet, Deletion, LateDefence, OwnerReclaim};

/// AAP-3.2.2-09, -10, -14, -15, -16, -17.
#[test]
fn an_owner_answers_at_once_and_gives_up_above_the_repeat_interval() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aclm("b", 4, "6-8");
    a.run_to_ms(42_000 + 60_000);
    let log = a.log_of("AIU 2/");
    let expected = [
        "42s AIU 2/0 7",
        "43s AIU 2/1 7",
        "45s AIU 2/2 7",
        "49s AIU 2/3 7",
        "57s AIU 2/4 7",
        "73s AIU 2/5 7",
    ];
    assert_eq!(log, expected);
    assert_eq!(a.maas.defences(), 0);
}

/// AAP-3.2.2-18, -14, -15, -16, AAP-2-06: with a draw of 4 s three answers, with the recorded end.
#[test]
fn a_bystander_answers_after_a_draw_for_an_owner_that_is_silent() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7@5000");
    a.run_to(100);
    a.draw("defense", &[4000]);
    a.aclm("b", 4, "7");
    a.run_to(200);
    let expected = ["104s AIU 0/0 7@5000", "112s AIU 0/1 7@5000", "128s AIU 0/2 7@5000"];
    assert_eq!(a.log(), expected);
    assert!(a.answers.asked.contains(&("defense", 2000, 8000)));
}

/// AAP-2-09, AAP-3.2.2-09.
#[test]
fn an_aitu_is_answered_like_an_aclm() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7");
    a.draw("defense", &[2000]);
    a.aitu("b", 4, "7");
    a.run_to(2);
    assert_eq!(a.log(), ["2s AIU 0/0 7"]);
}

/// AAP-3.2.2-11.
#[test]
fn what_is_only_preallocated_is_not_defended() {
    let mut a = Bench::small();
    a.aitu("c", 1, "7");
    a.run_to(20);
    a.aclm("b", 4, "7");
    a.run_to(60);
    assert_eq!(a.log(), [""; 0]);
}

/// AAP-3.2.2-12 (F-15).
#[test]
fn another_answer_puts_ones_own_off_and_in_the_end_off_for_good() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7");
    a.draw("defense", &[4000]);
    a.aclm("b", 4, "7");
    a.run_to(2);
    a.aiu("d", 9, "7");
    a.run_to(9);
    assert_eq!(a.log(), [""; 0], "not after 4 s, not before 2 + 8 s");
    a.run_to(10);
    assert_eq!(a.log(), ["10s AIU 0/0 7"]);
    a.aiu("d", 9, "7");
    a.run_to(100);
    assert_eq!(a.log(), [""; 0], "32 s would exceed the repeat interval");
    assert_eq!(a.maas.defences(), 0);
}

/// AAP-3.2.2-12: the claimant's own AIU is no reason to stop.
#[test]
fn the_claimants_own_aiu_does_not_silence_a_defender() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7");
    a.draw("defense", &[4000]);
    a.aclm("b", 4, "7");
    a.run_to(2);
    a.aiu("b", 5, "7");
    a.run_to(4);
    assert_eq!(a.log(), ["4s AIU 0/0 7"]);
}

/// AAP-3.2.2-13, AAP-3.2.2-10: a new set under the same number is judged anew.
#[test]
fn a_claimant_that_moves_on_is_left_alone() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7 20");
    a.draw("defense", &[4000, 3000]);
    a.aclm("b", 4, "7");
    a.run_to(1);
    a.aclm("b", 4, "7");
    a.run_to(3);
    a.aclm("b", 4, "30");
    a.run_to(50);
    assert_eq!(a.log(), [""; 0]);
    a.aclm("b", 5, "7");
    a.run_to(51);
    a.aclm("b", 5, "20-21");
    a.run_to(58);
    assert_eq!(a.log(), ["56s AIU 0/0 20"], "a draw of 3 s, then the middle of 2 to 8 s");
}

/// AAP-2.2-04, AAP-3.2.1-04, AAP-3.2.8-02.
#[test]
fn a_dead_owners_allocation_is_defended_until_its_end_and_no_longer() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7@20");
    a.draw("defense", &[4000]);
    a.aclm("b", 4, "7");
    a.run_to(60);
    assert_eq!(a.log(), ["4s AIU 0/0 7@20", "12s AIU 0/1 7@20"], "28 s is past the end");
    a.aclm("b", 5, "7");
    a.run_to(100);
    assert_eq!(a.log(), [""; 0]);
    assert!(a.maas.record().is_empty());
    assert!(a.storage.is_empty());
}

/// AAP-3.1-03 (F-46): the recorded owner comes back without its storage and claims its own.
#[test]
fn an_allocation_is_defended_even_against_its_forgetful_owner() {
    for (reading, answers) in [(OwnerReclaim::Defend, 1), (OwnerReclaim::Trust, 0)] {
        let mut a = Bench::with(|c| c.policy.owner_reclaim = reading);
        a.aiu("c", 1, "7");
        a.draw("defense", &[2000]);
        a.aclm("c", 0, "7");
        a.run_to(3);
        assert_eq!(a.log().len(), answers, "{reading:?}");
    }
}

/// AAP-3.1-04: what nobody remembers, nobody defends.
#[test]
fn an_allocation_forgotten_by_all_is_not_defended() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.storage.clear();
    a.reboot();
    a.run_to(300);
    a.log();
    a.aclm("b", 1, "7");
    a.run_to(350);
    assert_eq!(a.log(), [""; 0]);
}

/// F-17: only what is allocated is listed; own addresses and others' go separate ways.
#[test]
fn own_addresses_are_defended_apart_from_those_of_others() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aiu("c", 1, "9@500");
    a.draw("defense", &[2000]);
    a.aclm("b", 4, "5-10");
    a.run_to(44);
    assert_eq!(a.log(), ["42s AIU 2/0 7", "43s AIU 2/1 7", "44s AIU 3/0 9@500"]);
}

/// AAP-3.2.8-07: whoever missed a deletion believes in the old end.
#[test]
fn a_deletion_that_was_missed_is_not_known() {
    let mut a = Bench::small();
    a.aiu("c", 1, &format!("7@{LATER}"));
    a.run_to(1000);
    a.draw("defense", &[2000]);
    a.aclm("b", 4, "7");
    a.run_to(1002);
    assert_eq!(a.log(), ["1002s AIU 0/0 7"]);
}

/// F-35: with six octaves, half of all draws wait longer than five sixths of the range.
#[test]
fn with_octaves_a_bystander_waits_longer_within_the_same_range() {
    let mut a = Bench::with(|config| {
        let policy = &mut config.policy;
        (policy.defence_low, policy.defence_high, policy.defence_octaves) = (2, 8, 6);
    });
    a.aiu("c", 1, "7@5000");
    a.run_to(100);
    a.draw("defense", &[500, 200]);
    a.aclm("b", 4, "7");
    a.run_to_ms(100_702);
    assert!(a.log().is_empty(), "not at 100.5 s, the draw itself");
    a.run_to_ms(100_703);
    assert_eq!(a.log().len(), 1, "200 + 100 log2(1 + 63/2) = 702.24 ms");
    a.aclm("b", 5, "7");
    a.run_to_ms(100_903);
    assert_eq!(a.log().len(), 1, "the shortest stays the shortest");
    assert!(a.answers.asked.contains(&("defense", 200, 800)));
}

fn with_late_defence() -> Bench {
    let mut a = Bench::with(|config| config.policy.late_defence = LateDefence::SilentOwner);
    a.aiu("c", 1, "7@5000");
    a
}

/// F-35: c is gone, b's claim of its address was not heard or not answered, and b announces it.
#[test]
fn what_a_silent_owner_had_is_defended_against_an_allocation_too() {
    let mut a = with_late_defence();
    a.run_to(40);
    a.draw("defense", &[4000]);
    a.aiu("b", 4, "6-8");
    a.run_to(100);
    assert_eq!(a.log(), ["44s AIU 0/0 7@5000", "52s AIU 0/1 7@5000", "68s AIU 0/2 7@5000"]);
    a.draw("defense", &[2000]);
    a.aiu("b", 4, "6-8");
    a.run_to(103);
    assert_eq!(a.log(), ["102s AIU 1/0 7@5000"], "it goes on, and so do we");
}

/// F-35: whoever is heard speaks for itself.
#[test]
fn an_owner_that_was_heard_lately_is_left_to_answer_an_allocation_itself() {
    let mut a = with_late_defence();
    a.run_to(39);
    a.aiu("b", 4, "7");
    a.run_to(60);
    assert_eq!(a.log(), [""; 0]);
}

/// F-35, F-14: the recorded end is a defender's, or the owner's own under another address.
#[test]
fn an_announcement_of_the_recorded_end_is_no_taking() {
    let mut a = with_late_defence();
    a.run_to(50);
    a.aiu("d", 9, "7@5003");
    a.run_to(80);
    assert_eq!(a.log(), [""; 0]);
}

/// AAP-3.2.2-09: as written, only claims and preallocations are answered.
#[test]
fn without_the_switch_an_allocation_is_not_answered() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7@5000");
    a.run_to(50);
    a.aiu("b", 4, "7");
    a.run_to(80);
    assert_eq!(a.log(), [""; 0]);
}

/// F-18: to the appendix a defence goes on when its claimant moves on to what nobody has, and gives
/// way to one of the new set if that is allocated, too.
#[test]
fn a_defence_of_the_appendix_ends_only_for_another() {
    let mut a = Bench::with(|c| c.policy.changed_set = ChangedSet::Keep);
    a.aiu("c", 1, "7");
    a.aiu("c", 2, "9");
    a.draw("defense", &[4000, 2000]);
    a.aclm("b", 4, "7");
    a.run_to(2);
    a.aclm("b", 4, "8");
    a.run_to(5);
    assert_eq!(a.log(), ["4s AIU 0/0 7"]);
    a.aclm("b", 4, "9");
    a.run_to(15);
    assert_eq!(a.log(), ["7s AIU 1/0 9", "11s AIU 1/1 9"], "and no more of 7");
}

/// AAP-3.2.2-14: what several have announced since is still told as one range.
#[test]
fn a_defended_range_is_not_told_in_pieces_of_one_end() {
    let mut a = Bench::small();
    a.draw("defense", &[2000]);
    a.aiu("c", 1, "7-8");
    a.run_to(100);
    a.aclm("b", 4, "7-8");
    a.aiu("b", 5, "8");
    a.run_to(103);
    assert_eq!(a.log(), ["102s AIU 0/0 7-8"]);
}

/// AAP-3.2.3-03: nothing is left of a defence of what was undone.
#[test]
fn a_defence_ends_with_what_it_defends() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aclm("c", 4, "7");
    assert_eq!(a.maas.defences(), 1);
    a.aiu("b", 4, "7@5000");
    assert_eq!(a.maas.defences(), 0);
}

/// AAP-2.2-04, AAP-3.2.8-07: in either reading nobody goes on defending what its owner says is free.
#[test]
fn a_defence_ends_when_the_owner_says_that_the_address_is_free() {
    for deletion in [Deletion::Literal, Deletion::Tombstone] {
        let mut a = Bench::with(|c| c.policy.deletion = deletion);
        a.aiu("c", 1, "7@900");
        a.draw("defense", &[2000]);
        a.aclm("d", 1, "7");
        a.run_to(3);
        assert_eq!(a.log(), ["2s AIU 0/0 7@900"]);
        a.aiu("c", 2, "7@1");
        a.run_to(60);
        assert_eq!(a.log(), [""; 0], "{deletion:?}");
    }
}
