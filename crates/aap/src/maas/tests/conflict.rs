use super::bench::{Bench, range};
use crate::policy::{ConflictTie, Deletion, OwnAiu};

/// AAP-3.2.3-01, -02, -03, -06, AAP-1.4-05, AAP-3.1-06.
#[test]
fn another_owner_is_noticed_and_the_hearer_undoes() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aiu("b", 4, "7@5000");
    assert_eq!(a.log(), ["42s conflict 7 b Undone", "42s lost 7 AIU of b"]);
    a.run_to(200);
    assert_eq!(a.log(), [""; 0], "no longer announced");
    assert_eq!(a.maas.held().count(), 0);
}

/// F-13: what is heard soon after a claim may be the defence of somebody dead, by whom a tie-break
/// must not decide.
#[test]
fn the_lowest_sender_keeps_what_it_has_had_for_long() {
    for (tie, soon) in
        [(ConflictTie::LowestSenderWins, "Kept"), (ConflictTie::LowestSettledWins, "Undone")]
    {
        let mut a = Bench::with(|c| c.policy.conflict_tie = tie);
        a.own(&[7]);
        a.aiu("b", 4, "7@5000");
        assert_eq!(a.log_of("conflict"), [format!("42s conflict 7 b {soon}")], "32 s old");
    }
    let mut a = Bench::with(|c| c.policy.conflict_tie = ConflictTie::LowestSettledWins);
    a.own(&[7]);
    a.run_to(70);
    a.aiu("b", 4, "7@5000");
    assert_eq!(a.log_of("conflict"), ["70s conflict 7 b Kept"], "60 s old");
}

/// F-13: in no reading the higher of two.
#[test]
fn the_higher_sender_undoes() {
    for tie in [ConflictTie::LowestSenderWins, ConflictTie::LowestSettledWins] {
        let mut a = Bench::with(|c| c.policy.conflict_tie = tie);
        a.own(&[7]);
        a.run_to(200);
        a.log();
        a.aiu("A", 4, "7@5000");
        assert_eq!(a.log()[0], "200s conflict 7 A Undone");
    }
}

/// F-22: an AIU that says an address is free is no conflict for its owner, except to the letter.
#[test]
fn a_past_end_conflicts_only_to_the_letter() {
    for (deletion, count) in [(Deletion::Tombstone, 0), (Deletion::Literal, 1)] {
        let mut a = Bench::with(|c| c.policy.deletion = deletion);
        a.own(&[7]);
        a.aiu("b", 4, "7@30");
        assert_eq!(a.log_of("conflict").len(), count, "{deletion:?}");
    }
}

/// AAP-3.2.3-04, -05.
#[test]
fn what_cannot_be_undone_is_announced_on_but_not_given_to_users() {
    let mut a = Bench::with(|c| c.policy.conflict_tie = ConflictTie::KeepAndMark);
    a.own(&[7]);
    a.aiu("b", 4, "7@5000");
    assert_eq!(a.log(), ["42s conflict 7 b Marked"]);
    a.run_to(72);
    assert_eq!(a.log_of("AIU"), ["71s AIU 1/6 7"]);
    assert_eq!((a.maas.held().count(), a.maas.conflicted().count()), (0, 1));
}

/// AAP-3.2.3-01 (F-14): a bystander that defends our address repeats our end.
#[test]
fn a_defence_on_our_behalf_is_no_conflict_unless_it_never_ends() {
    for (reading, conflict) in [(OwnAiu::EndTimeMatch, false), (OwnAiu::Literal, true)] {
        let mut a = Bench::with(|c| c.policy.own_aiu = reading);
        a.own(&[7]);
        a.aiu("b", 4, "7");
        assert_eq!(!a.log_of("conflict").is_empty(), conflict, "{reading:?}");
    }
    let mut a = Bench::small();
    a.own(&[7]);
    for second in [42, 72, 101] {
        a.run_to(second);
        a.aiu("b", 4, "7");
    }
    assert_eq!(a.log_of("conflict"), [""; 0]);
    a.run_to(103);
    a.aiu("b", 4, "7");
    assert_eq!(a.log_of("conflict"), ["103s conflict 7 b Undone"], "61 s after the first");
}

/// F-14: a claim heard meanwhile gives a bystander a reason to go on.
#[test]
fn a_defender_may_go_on_while_claims_go_on() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aiu("b", 4, "7");
    a.run_to(90);
    a.aclm("d", 1, "7");
    a.run_to(103);
    a.aiu("b", 4, "7");
    assert_eq!(a.log_of("conflict"), [""; 0]);
}

/// AAP-3.2.3-03: of a range only what the other lists is undone.
#[test]
fn a_conflict_takes_only_the_common_addresses() {
    let mut a = Bench::small();
    a.choose(&[4, 5, 6, 7]);
    a.allocate(1, 4);
    a.run_to(52);
    a.log();
    a.aiu("b", 4, "5-6@900");
    a.run_to(71);
    let log = a.log();
    assert_eq!(log[..2], ["52s conflict 4-7 b Undone", "52s lost 5-6 AIU of b"]);
    assert_eq!(log[2..], ["71s AIU 2/0 4 7"]);
}

/// AAP-3.2.3-03: nor is what was undone defended with the rest.
#[test]
fn a_defence_goes_on_for_what_was_not_undone() {
    let mut a = Bench::small();
    a.choose(&[4, 5, 6, 7]);
    a.allocate(1, 4);
    a.run_to(52);
    a.aclm("c", 1, "4-7");
    a.run_to(54);
    assert_eq!(a.log_of("AIU 2/"), ["52s AIU 2/0 4-7", "53s AIU 2/1 4-7"]);
    a.aiu("b", 4, "5-6@900");
    a.run_to(70);
    assert_eq!(a.log_of("AIU 3/"), ["55s AIU 3/0 4 7", "59s AIU 3/1 4 7", "67s AIU 3/2 4 7"]);
}

/// AAP-A-04: an AIU that repeats what is known has no effect at all.
#[test]
fn repeated_announcements_are_met_with_silence() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aiu("b", 4, "9");
    let before = a.maas.record().clone();
    a.aiu("b", 4, "9");
    assert_eq!(a.maas.record(), &before);
    assert_eq!(a.log(), [""; 0]);
}

/// F-14: two defences, long apart, against claims that we missed.
#[test]
fn a_defender_that_was_silent_for_long_is_none_the_worse_for_its_age() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aiu("b", 4, "7");
    a.run_to(1000);
    a.aiu("b", 5, "7");
    assert_eq!(a.log_of("conflict"), [""; 0]);
}

/// AAP-3.1-01, F-13: the parts of a range that was divided are what storage holds.
#[test]
fn what_a_conflict_divides_is_stored_in_parts() {
    for tie in [ConflictTie::LowestSenderWins, ConflictTie::KeepAndMark] {
        let mut a = Bench::with(|c| c.policy.conflict_tie = tie);
        a.choose(&[4, 5, 6, 7]);
        a.allocate(1, 4);
        a.run_to(52);
        a.aiu("b", 4, "5-6@900");
        let stored = a.storage.values().filter_map(|item| match item {
            crate::Item::Own { range, .. } => Some(*range),
            _ => None,
        });
        assert_eq!(stored.collect::<Vec<_>>(), [range(4, 4), range(5, 6), range(7, 7)], "{tie:?}");
    }
}

/// F-14: a defender may have missed that an end was moved, and more than once, and before a reboot.
#[test]
fn a_defender_may_repeat_any_end_that_was_announced_lately() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.set_end("7", 200_000);
    a.set_end("7", 3000);
    a.log();
    for end in ["7", "7@200000", "7@3000"] {
        a.aiu("b", 4, end);
    }
    assert_eq!(a.log_of("conflict"), [""; 0]);
    a.run_to(60);
    a.reboot();
    a.aiu("b", 4, "7@200000");
    a.aiu("c", 4, "7@3000");
    a.run_to(300);
    assert_eq!(a.log_of("conflict"), [""; 0]);
    assert_eq!(a.maas.held().count(), 1);
    a.aiu("d", 4, "7@5000");
    assert_eq!(a.log_of("conflict").len(), 1, "nobody ever announced that");
}
