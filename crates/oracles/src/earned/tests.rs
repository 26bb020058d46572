use super::*;
use crate::testing::{Story, lease, range};

fn story() -> Story<EarnedAllocation> {
    let mut story = Story::of(2, EarnedAllocation::new);
    story.ready(0).ready(1);
    story
}

#[test]
fn ten_seconds_of_claiming_earn_an_address() {
    let mut story = story();
    story.aclm(0, 3, 0, &[range(1, 4)]).at(7).aclm(0, 3, 1, &[range(1, 4)]);
    assert_eq!(story.idle(), "nothing was allocated");
    story.at(10).granted(0, &[lease(1, 4)]);
    assert_eq!(story.verdict(), Verdict::Holds);
}

#[test]
fn nine_do_not() {
    let mut story = story();
    story.aclm(0, 3, 0, &[range(1, 4)]).at(9).granted(0, &[lease(1, 4)]);
    let why = "A allocated 239.255.0.1-239.255.0.4 after 9s instead of 10s";
    assert_eq!(story.violated(), why);
}

#[test]
fn another_set_needs_another_ten_seconds() {
    let mut story = story();
    story.aclm(0, 3, 0, &[range(1, 4)]).at(4).aclm(0, 3, 1, &[range(1, 5)]);
    story.at(10).granted(0, &[lease(1, 5)]);
    assert!(story.violated().ends_with("after 6s instead of 10s"));
}

#[test]
fn an_objection_forfeits_the_claim_until_it_is_made_again() {
    let objected = || {
        let mut story = story();
        let theirs = Body::Aclm(story.until(&[range(4, 9)], 3_600));
        story.aclm(0, 3, 0, &[range(1, 4)]).at(8).heard(0, 1, theirs);
        story
    };
    let mut deaf = objected();
    deaf.at(10).granted(0, &[lease(1, 4)]);
    assert!(deaf.violated().ends_with("although someone had objected at 8s"));
    let mut patient = objected();
    patient.at(12).aclm(0, 3, 1, &[range(1, 4)]).at(22).granted(0, &[lease(1, 4)]);
    assert_eq!(patient.verdict(), Verdict::Holds);
}

#[test]
fn intents_own_echoes_and_deletions_are_no_objection_to_a_claim() {
    let mut story = story();
    story.aclm(0, 3, 0, &[range(1, 4)]).at(5);
    let intent = Body::Aitu(story.until(&[range(1, 4)], 3_600));
    let echo = Body::Aclm(story.until(&[range(1, 4)], 3_600));
    let deletion = Body::Aiu(story.until(&[range(1, 4)], 5));
    story.heard(0, 1, intent).heard(0, 0, echo).heard(0, 1, deletion);
    story.at(10).granted(0, &[lease(1, 4)]);
    assert_eq!(story.verdict(), Verdict::Holds);
}

#[test]
fn a_held_preallocation_can_be_allocated_at_once_but_only_once() {
    let held = |leases: &[Lease]| Event::Held { request: None, leases: leases.to_vec() };
    let mut story = story();
    story.aitu(0, 2, 0, &[range(1, 4)]).at(10).event(0, &held(&[lease(1, 4)]));
    story.at(11).granted_by(0, &[lease(2, 3)], GrantPath::Preallocation);
    assert_eq!(story.verdict(), Verdict::Holds);
    story.at(12).granted_by(0, &[lease(3, 3)], GrantPath::Preallocation);
    assert_eq!(story.violated(), "A allocated 239.255.0.3 without having preallocated it");
}

#[test]
fn experiments_are_outside() {
    let mut story = Story::with(1, EarnedAllocation::new, |s| {
        s.hosts[0].config.policy.claim_tie = aap::policy::ClaimTie::EarlierWins;
    });
    story.ready(0).granted(0, &[lease(1, 1)]);
    assert_eq!(story.idle(), "A reads the draft differently: claim-tie");
}
