use std::collections::BTreeSet;

use super::Harm;
use crate::run::{DEFAULT_SEED, look_for_harm};
use crate::scenarios;
use scenario::{Profile, Scenario};

/// The harm that a scenario of the program does.
fn harms(name: &str, variant: Option<&str>, profile: Profile) -> BTreeSet<Harm> {
    let scenario = Scenario::parse(scenarios::find(name).unwrap().text).unwrap();
    harms_of(&scenario, variant, profile)
}

fn harms_of(scenario: &Scenario, variant: Option<&str>, profile: Profile) -> BTreeSet<Harm> {
    let plan = scenario.plan(Some(profile), variant).unwrap();
    let damage = look_for_harm(&plan, plan.seed.unwrap_or(DEFAULT_SEED)).unwrap();
    damage.sightings.into_iter().map(|sighting| sighting.harm).collect()
}

/// The harms that a scenario does under `repaired`, with their shapes.
fn shapes(lines: &str) -> Vec<(Harm, &'static str)> {
    shapes_of(&text(lines))
}

fn shapes_of(scenario: &Scenario) -> Vec<(Harm, &'static str)> {
    let plan = scenario.plan(Some(Profile::Repaired), None).unwrap();
    let damage = look_for_harm(&plan, plan.seed.unwrap_or(DEFAULT_SEED)).unwrap();
    damage.sightings.into_iter().map(|sighting| (sighting.harm, sighting.shape)).collect()
}

fn text(lines: &str) -> Scenario {
    let world = "title t\nscope site 239.255.0.0/16 small\nlink * delay 20ms\nskip startup\n";
    Scenario::parse(&format!("{world}{lines}")).unwrap()
}

#[test]
fn a_bystander_who_undoes_the_owner_is_told_from_a_rival() {
    let name = "bystander-drives-out-the-owner";
    assert!(harms(name, None, Profile::Literal).contains(&Harm::UndoneByDefender));
    assert!(harms(name, None, Profile::Repaired).is_empty());
    let rivals = harms("partition-heals-and-one-owner-remains", None, Profile::Repaired);
    assert!(rivals.is_empty(), "{rivals:?}");
}

#[test]
fn two_owners_who_both_undo_leave_nobody() {
    let name = "partition-heals-and-one-owner-remains";
    let both = harms(name, Some("crossing"), Profile::Literal);
    assert_eq!(both, BTreeSet::from([Harm::BothUndone]));
    assert!(harms(name, Some("tie-break"), Profile::Literal).is_empty());
}

#[test]
fn a_deletion_repeated_undoes_the_next_owner_in_the_literal_draft_only() {
    let name = "deletion-spares-the-new-owner";
    assert!(harms(name, None, Profile::Literal).contains(&Harm::UndoneByDeletion));
    assert!(!harms(name, None, Profile::Repaired).contains(&Harm::UndoneByDeletion));
}

#[test]
fn messages_that_beget_messages_are_a_storm() {
    assert!(harms("two-owners-of-one-claim", None, Profile::Literal).contains(&Harm::Storm));
    assert!(!harms("two-owners-of-one-claim", None, Profile::Repaired).contains(&Harm::Storm));
}

/// X is gone; B knows what it had, and A does not.
const DEAD_OWNER: &str = "hosts A B\nknown X allocated .7 until 2h told B\n\
    draw A address .7\nat 0s A allocate 1 until +1h\n";

#[test]
fn a_dead_owners_address_is_taken_only_if_nobody_could_say_no() {
    let defended = text(&format!("{DEAD_OWNER}run 60s\n"));
    assert!(harms_of(&defended, None, Profile::Repaired).is_empty());
    let unheard = text(&format!("{DEAD_OWNER}at 0s drop next 9 AIU from B to A\nrun 60s\n"));
    let taken = harms_of(&unheard, None, Profile::Repaired);
    assert!(taken.contains(&Harm::DeadOwnersAddressTaken), "{taken:?}");
    // Behind a partition B is no witness: nobody can speak for X.
    let apart = DEAD_OWNER.replace("at 0s A", "at 0s partition A | B\nat 0s A");
    let apart = text(&format!("{apart}run 60s\n"));
    assert!(harms_of(&apart, None, Profile::Repaired).is_empty());
}

#[test]
fn a_live_owners_address_is_taken_if_all_its_answers_are_lost() {
    let lines = "hosts A B\nlink A->B loss 100%\nknown A allocated .7 until 2h\n\
        draw B address .7\nat 1s B allocate 1 until +1h\nrun 60s\n";
    let taken = harms_of(&text(lines), None, Profile::Repaired);
    assert!(taken.contains(&Harm::LiveOwnersAddressTaken), "{taken:?}");
}

#[test]
fn defenders_who_wake_each_other_never_end_in_the_literal_draft() {
    // The claimant falls silent, so that nothing shows that it has given up.
    let lines = "seed 3\nhosts A B C D E F\nknown X allocated .7 until 5h told B C D E F\n\
        at 0s A allocate at .7 until +1h\nat 0.1s crash A\nrun 10m\n";
    assert!(harms_of(&text(lines), None, Profile::Literal).contains(&Harm::EndlessDefence));
    assert!(harms_of(&text(lines), None, Profile::Repaired).is_empty());
}

#[test]
fn a_late_defence_of_a_dead_owner_is_no_harm_to_whoever_took_its_address() {
    // B is not heard while A claims, and speaks up when A has got it.
    let lines = "seed 4\nhosts A B\nknown X allocated .7 until 2h told B\n\
        draw A address .7\nat 0s mute B\nat 0s A allocate 1 until +1h\nat 7s heal\nrun 20s\n";
    assert_eq!(shapes(lines), []);
}

#[test]
fn whoever_still_announces_what_it_deletes_is_a_rival() {
    let lines = "hosts A B\nat 0s partition A | B\nat 0s B allocate at .7 until +1h\n\
        at 0s A allocate at .7 until +1h\nat 10s heal\nat 11s B release .7\nrun 60s\n";
    assert_eq!(shapes(lines), []);
}

#[test]
fn a_clock_that_steps_makes_a_defence_look_like_another_allocation() {
    let lines = "seed 6\ntune pool-size 1\nhosts A B C\nknown C allocated .0 until 1h told B C\n\
        at 0s partition A B | C\nat 0s clock C step -300s\nat 10s heal\nrun 12s\n";
    let space = "scope site 239.255.0.0-239.255.1.0 small\nskip startup\n";
    let found = shapes_of(&Scenario::parse(&format!("title t\n{space}{lines}")).unwrap());
    assert!(found.contains(&(Harm::UndoneByDefender, "a clock stepped")), "{found:?}");
}

#[test]
fn a_defence_that_was_held_back_looks_like_another_allocation() {
    let lines = "seed 3\nhosts A B C\nat 0s A allocate 1 until +1h\nat 11s hold A-B\n\
        at 11s C allocate at .0-.1 until +1h\nat 19s release A-B\nrun 19s\n";
    let space = "scope site 239.255.0.0-239.255.1.1 small\nskip startup\n";
    let found = shapes_of(&Scenario::parse(&format!("title t\n{space}{lines}")).unwrap());
    assert!(found.contains(&(Harm::UndoneByDefender, "a datagram was held back")), "{found:?}");
}

#[test]
fn a_bystander_may_speak_for_an_owner_that_has_given_up_already() {
    // C gives way to B, and A, who does not know, speaks up for C: nobody keeps the address.
    let lines = "seed 2\nhosts A B C\ndraw B address .7\nat 0s deafen B\n\
        at 0s C allocate at .7 until +2h\nat 11s B allocate 1 until +1h\nat 20s heal\nrun 40s\n";
    assert!(shapes(lines).contains(&(Harm::UndoneByOldNews, "")));
}

/// Deleting is shortening to a few minutes from now: whoever repeats that speaks against a revival.
#[test]
fn a_deleter_that_repeats_the_near_end_has_spoken() {
    let shapes = shapes(
        "hosts A B C D\nknown A allocated .5 until 1h told B C\nat 0s drop next 99 AIU from A to B\nat 0s drop next 99 AIU from A to D\n\
         at 1s D allocate 1 at .5 until +1h\nat 1.5s crash D\nat 3s A release .5\n\
         at 3.5s drop next 99 AIU from A to C\nrun 200s",
    );
    assert_eq!(shapes, [(Harm::DeletedAddressRevived, "the deleter was not heard")]);
}

/// Who has just bid for the address may have got it: its deleter does not object.
#[test]
fn a_revival_by_a_bidder_passes_for_a_new_allocation() {
    let scenario = Scenario::parse(
        "title t\nscope site 239.255.0.0-239.255.1.1 small\nhosts A B C\nlink * delay 900ms\n\
         tune pool-size 1\nknown A allocated .1 until 1h told each\nskip startup\nseed 1\n\
         at 0s partition A C | B\nat 0s A release .0-.1\nat 181s heal\n\
         at 181s A allocate 1 until +1h\nrun 252s\n",
    );
    let plan = scenario.unwrap().plan(Some(Profile::Hardened), None).unwrap();
    let damage = look_for_harm(&plan, plan.seed.unwrap_or(DEFAULT_SEED)).unwrap();
    let shapes: Vec<_> = damage.sightings.iter().map(|s| (s.harm, s.shape)).collect();
    let revived = |shape| (Harm::DeletedAddressRevived, shape);
    // C believed B, who had not bid, before B believed C.
    assert_eq!(shapes, ["a speaker had bid for it", "the deleter was not heard"].map(revived));
}
