use super::bench::{Bench, range};
use crate::policy::Deletion;

/// A MAAS that has deleted 7, which was to end at 5000 s, and is in its start-up silence since 300 s.
fn rebooted_after_a_deletion() -> Bench {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate_until(1, 1, 5000);
    a.run_to(42);
    a.release("7");
    a.run_to(300);
    a.reboot();
    a
}

/// AAP-3.2.8-06: users stop at once; the others learn it by an end a few minutes away.
#[test]
fn a_released_address_is_announced_with_a_near_end_and_then_no_more() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.release("7");
    a.run_to(44);
    let expected = ["42s released 7@222", "42s AIU 2/0 7@222", "43s AIU 2/1 7@222"];
    assert_eq!(a.log(), expected);
    assert_eq!((a.maas.held().count(), a.maas.deleting().count()), (0, 1));
    a.run_to(400);
    let log = a.log();
    assert_eq!(log.last().unwrap(), "222s ended 7");
    assert_eq!(a.maas.deleting().count(), 0);
}

/// AAP-3.2.8-08 (F-22): at most once per repeat interval, but whatever is revived sooner then; and not
/// against a new owner.
#[test]
fn a_deleted_address_that_is_revived_is_buried_again() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.release("7");
    a.run_to(300);
    a.log();
    a.aiu("c", 4, "7");
    a.run_to(310);
    a.aiu("c", 4, "7");
    assert_eq!(a.log(), ["300s AIU 3/0 7@222"]);
    a.run_to(400);
    assert_eq!(a.log(), ["330s AIU 4/0 7@222"], "c may never speak again");
    a.aiu("d", 1, "7@9000");
    a.aiu("c", 4, "7");
    assert_eq!(a.log(), [""; 0], "d is a new owner");
}

/// F-22: what nobody speaks of stays quiet, though it was deleted together with what has a new owner.
#[test]
fn only_what_is_revived_is_buried_again() {
    let mut a = Bench::small();
    a.choose(&[7, 8]);
    a.allocate(1, 2);
    a.run_to(42);
    a.release("7-8");
    a.run_to(300);
    a.log();
    a.aclm("b", 0, "8");
    a.aiu("b", 1, "8@9000");
    a.run_to(400);
    a.aiu("b", 1, "8@9000");
    assert_eq!(a.log(), [""; 0], "8 is b's, and of 7 nobody has said a word");
    a.aiu("c", 4, "7-8");
    assert_eq!(a.log_of("AIU"), ["400s AIU 3/0 7@222"]);
}

/// AAP-3.2.8-08: the memory survives a reboot, and ends with the last end ever announced.
#[test]
fn a_burial_is_remembered_across_a_reboot_until_nobody_can_revive_it() {
    let mut a = rebooted_after_a_deletion();
    a.run_to(600);
    a.log();
    a.aiu("c", 4, "7@5000");
    assert_eq!(a.log(), ["600s AIU 0/0 7@222"]);
    a.run_to(5001);
    a.aiu("c", 4, "7@5600");
    assert_eq!(a.log(), [""; 0]);
    assert!(a.storage.keys().all(|k| !matches!(k, crate::ItemKey::Tombstone(_))));
}

/// AAP-3.2.8-08, AAP-3.2.4-02: what is revived in the start-up silence is buried when that is over.
#[test]
fn a_revival_in_the_silence_is_answered_after_it() {
    let mut a = rebooted_after_a_deletion();
    a.log();
    a.run_to(310);
    a.aiu("c", 4, "7@5000");
    a.run_to(400);
    assert_eq!(a.log(), [""; 0]);
    a.run_to(600);
    assert_eq!(a.log_of("AIU"), ["472.5s AIU 0/0 7@222"]);
}

/// AAP-3.2.1-04 (F-22): a past end from the owner frees an address; from anyone else it does not.
#[test]
fn only_the_owner_can_delete() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7");
    a.run_to(500);
    a.aiu("x", 1, "7@300");
    assert_eq!(a.maas.record().len(), 1);
    a.aiu("c", 2, "7@300");
    assert!(a.maas.record().is_empty());
    a.aclm("b", 1, "7");
    a.run_to(600);
    assert_eq!(a.log(), [""; 0]);
}

/// F-22: an AIU that says an address is free is no collision for its claimant.
#[test]
fn a_past_end_does_not_collide_with_a_claim() {
    let mut a = Bench::small();
    a.run_to(500);
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(502);
    a.aiu("c", 1, "7@300");
    a.run_to(510);
    assert_eq!(a.log_of("granted"), ["510s granted 1 7 Claim"]);
}

/// AAP-3.2.8-08: it is our own allocation again.
#[test]
fn an_address_that_is_allocated_anew_is_buried_no_more() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.release("0-9");
    a.run_to(300);
    a.own(&[7]);
    a.aclm("b", 1, "7");
    a.aiu("c", 4, "7");
    a.run_to(350);
    assert_eq!(a.log_of("@222"), [""; 0]);
    assert!(a.storage.keys().all(|k| !matches!(k, crate::ItemKey::Tombstone(_))));
}

/// F-22, F-46: also where the claimant is the recorded owner itself.
#[test]
fn a_defence_against_the_owner_does_not_revive_what_it_deletes_meanwhile() {
    let mut a = Bench::small();
    a.draw("defense", &[5000]);
    a.aiu("c", 1, "7");
    a.run_to(100);
    a.aitu("c", 2, "7");
    a.run_to(101);
    a.aiu("c", 3, "7@280");
    a.run_to(130);
    assert_eq!(a.log_of("AIU"), ["105s AIU 0/0 7@280", "115s AIU 0/1 7@280"]);
}

/// F-22: the deleter neither keeps nor defends what others once said on its behalf.
#[test]
fn what_a_bystander_defended_is_deleted_with_the_rest() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aclm("b", 1, "7");
    a.aiu("c", 4, "7");
    a.run_to(100);
    a.release("7");
    a.run_to(300);
    a.log();
    assert!(a.maas.record().is_empty());
    a.aclm("b", 2, "7");
    a.run_to(320);
    assert_eq!(a.log(), [""; 0]);
}

/// F-22: a defence that began before goes on, but not under the end that is no longer true: whoever
/// has heard of the deletion would take it for a new allocation.
#[test]
fn a_running_defence_does_not_revive_what_is_deleted_meanwhile() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aclm("b", 1, "7");
    a.run_to(44);
    assert_eq!(a.log_of("AIU"), ["42s AIU 2/0 7", "43s AIU 2/1 7"]);
    a.release("7");
    a.run_to(100);
    let defended = a.log_of("AIU");
    assert!(defended.iter().all(|line| line.ends_with("7@224")), "{defended:?}");
    assert!(defended.iter().any(|line| line.starts_with("45s")), "{defended:?}");
}

/// The rest of a defended range keeps its end; only what is deleted of it has a near one.
#[test]
fn a_defence_of_what_is_partly_deleted_tells_each_part_by_its_own_end() {
    let mut a = Bench::small();
    a.choose(&[7, 8]);
    a.allocate(1, 2);
    a.run_to(42);
    a.aclm("b", 1, "7-8");
    a.run_to(44);
    a.log();
    a.release("7");
    a.run_to(60);
    let defended = ["45s AIU 4/0 7@224 8", "49s AIU 4/1 7@224 8", "57s AIU 4/2 7@224 8"];
    assert_eq!(a.log_of("AIU 4/"), defended);
}

/// F-22: whoever defends for another hears of the deletion like everybody else.
#[test]
fn a_bystanders_defence_does_not_revive_what_the_owner_deletes_meanwhile() {
    let mut a = Bench::small();
    a.draw("defence", &[3000]);
    a.aiu("c", 1, "7");
    a.run_to(100);
    a.aclm("b", 1, "7");
    a.run_to(108);
    a.aiu("c", 2, "7@280");
    a.run_to(400);
    assert_eq!(a.log_of("AIU"), ["105s AIU 0/0 7", "128s AIU 1/0 7@280"]);
}

/// To the letter a defence keeps the end of its arming, whatever its owner has said since, and ends
/// when nobody has the address any more.
#[test]
fn to_the_letter_a_running_defence_keeps_the_end_it_had() {
    let mut a = Bench::with(|c| c.policy.deletion = Deletion::Literal);
    a.own(&[7]);
    a.aclm("b", 1, "7");
    a.release("7");
    a.run_to(44);
    assert_eq!(a.log_of("AIU 3/"), ["42s AIU 3/0 7", "43s AIU 3/1 7"]);

    let mut a = Bench::with(|c| c.policy.deletion = Deletion::Literal);
    a.draw("defense", &[5000]);
    a.aiu("c", 1, "7");
    a.run_to(100);
    a.aclm("b", 1, "7");
    a.aiu("c", 2, "7@280");
    a.run_to(111);
    assert_eq!(a.log_of("AIU"), ["110s AIU 0/0 7"], "c has spoken for itself meanwhile");
    a.aiu("c", 3, "7@50");
    a.run_to(200);
    assert_eq!(a.log_of("AIU"), [""; 0]);
}

/// AAP-3.2.8-08: what is allocated anew is exhumed, and nothing beside it.
#[test]
fn what_was_deleted_beside_a_new_allocation_stays_buried() {
    let mut a = Bench::small();
    a.choose(&[7, 8, 9]);
    a.allocate(1, 3);
    a.own(&[20]);
    a.release("7-9");
    a.release("20");
    a.run_to(300);
    a.own(&[8]);
    a.run_to(400);
    a.log();
    a.aiu("c", 4, "7 8 9");
    assert_eq!(a.log_of("AIU"), ["400s AIU 9/0 7@222", "400s AIU 10/0 9@222"]);
    a.aiu("c", 5, "20");
    assert_eq!(a.log_of("AIU"), ["400s AIU 11/0 20@222"]);
}

/// F-22: to the letter the whole is announced again whenever part of it is revived, and what is
/// revived in the silence never.
#[test]
fn to_the_letter_every_revival_is_answered_at_once_or_not_at_all() {
    let mut a = Bench::with(|c| c.policy.deletion = Deletion::Literal);
    a.choose(&[7, 8]);
    a.allocate_until(1, 2, 5000);
    a.run_to(42);
    a.release("7-8");
    a.run_to(300);
    a.log();
    a.aiu("c", 4, "7@5000");
    a.run_to(301);
    a.aiu("c", 4, "7@5000");
    assert_eq!(a.log_of("@222"), ["300s AIU 3/0 7-8@222", "301s AIU 4/0 7-8@222"]);
    a.reboot();
    a.aiu("c", 4, "7@5000");
    a.run_to(600);
    assert_eq!(a.log_of("@222"), [""; 0]);
}

/// AAP-3.2.8-08: storage forgets the deletion of what is allocated anew, and of nothing else.
#[test]
fn only_what_is_allocated_anew_is_exhumed() {
    let mut a = Bench::small();
    a.own(&[7, 9]);
    a.release("7-9");
    a.run_to(300);
    let buried = |a: &Bench| -> Vec<_> {
        let tombs = a.storage.values().filter_map(|item| match item {
            crate::Item::Tombstone { range, .. } => Some(*range),
            _ => None,
        });
        tombs.collect()
    };
    assert_eq!(buried(&a), [range(7, 7), range(9, 9)]);
    a.outputs();
    a.choose(&[9]);
    a.allocate(1, 1);
    a.run_to(310);
    let written = a.outputs().into_iter().filter_map(|output| match output {
        sansio::Output::Persist { record, .. } => Some(record),
        _ => None,
    });
    let tombs =
        written.filter(|item| matches!(sansio::Stored::key(item), crate::ItemKey::Tombstone(_)));
    assert_eq!(tombs.count(), 1);
    assert_eq!(buried(&a), [range(7, 7)]);
}

/// AAP-3.1-01, -02: a reboot gives nobody an address that was given back.
#[test]
fn what_is_being_deleted_is_still_being_deleted_after_a_reboot() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.release("7");
    a.run_to(60);
    a.reboot();
    assert_eq!((a.maas.held().count(), a.maas.deleting().count()), (0, 1));
}
