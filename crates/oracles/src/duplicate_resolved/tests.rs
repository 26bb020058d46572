use super::*;
use crate::testing::{Story, lease, range};
use aap::policy::ConflictTie;
use aap::wire::MessageType;
use aap::{Lease, Peer};
use std::net::SocketAddr;

fn peer() -> Peer {
    Peer::from(SocketAddr::from(([10, 0, 0, 2], aap::AAP_PORT)))
}

fn undone(lease: Lease) -> Event {
    Event::Lost { lease, why: Loss::Collision { message: MessageType::Aiu, peer: peer() } }
}

fn tweaked(tweak: impl Fn(&mut Setting)) -> Story<DuplicateResolved> {
    let mut story = Story::with(2, DuplicateResolved::new, tweak);
    story.ready(0).ready(1).granted(0, &[lease(1, 4)]).granted(1, &[lease(3, 6)]);
    story
}

/// A and B both have 3 and 4, and announce them with ends a minute apart.
fn story() -> Story<DuplicateResolved> {
    let mut story = tweaked(|_| {});
    let later = story.until(&[range(3, 6)], 3_660);
    story.at(1).aiu(0, 1, 0, &[range(1, 4)]).sent(1, 1, 0, Body::Aiu(later));
    story
}

#[test]
fn one_side_undoing_in_time_resolves_it() {
    let mut story = story();
    story.at(39);
    assert_eq!(story.idle(), "a duplicate was still within its time at the end");
    story.event(0, &undone(lease(3, 4))).at(500).aiu(1, 1, 1, &[range(3, 6)]);
    assert_eq!(story.verdict(), Verdict::Holds);
}

#[test]
fn undoing_half_of_it_does_not() {
    let mut story = story();
    story.at(39).event(0, &undone(lease(3, 3))).at(40).event(1, &Event::SpaceExpired);
    let why = "B and A still both use 239.255.0.4, although they hear each other since 0s";
    assert_eq!(story.violated(), why);
}

#[test]
fn losses_and_held_links_give_more_time() {
    let mut lossy = story();
    lossy.at(30).dropped(1, 0, DropCause::Partition).at(60).aiu(0, 1, 1, &[range(1, 4)]);
    assert!(lossy.idle().starts_with("a duplicate was still"));
    let hold = |fault: &Fault<Participant>, secs: u64, story: &mut Story<_>| {
        story.at(secs).see(None, Seen::Fault(fault));
    };
    let (a, b) = (HostId::new(0), HostId::new(1));
    let mut held = story();
    hold(&Fault::Hold(a, b), 10, &mut held);
    held.at(100).dropped(1, 1, DropCause::Loss);
    hold(&Fault::Release(a, b), 110, &mut held);
    held.at(140).aiu(0, 1, 1, &[range(1, 4)]);
    assert!(held.idle().starts_with("a duplicate was still"));
    held.at(300).aiu(0, 1, 2, &[range(1, 4)]);
    assert!(held.violated().ends_with("since 110s"));
}

#[test]
fn equal_ends_take_longer_unless_every_aiu_is_a_conflict() {
    let both = |story: &mut Story<DuplicateResolved>| {
        story.at(1).aiu(0, 1, 0, &[range(1, 4)]).aiu(1, 1, 0, &[range(3, 6)]);
        story.at(138).aiu(0, 1, 1, &[range(1, 4)]);
    };
    let mut trusting = tweaked(|_| {});
    both(&mut trusting);
    assert!(trusting.idle().starts_with("a duplicate was still"));
    trusting.at(139).aiu(1, 1, 1, &[range(3, 6)]);
    assert!(matches!(trusting.verdict(), Verdict::Violated { .. }));
    let mut literal = tweaked(|s| {
        s.hosts.iter_mut().for_each(|h| h.config.policy = aap::policy::Policy::literal());
    });
    both(&mut literal);
    assert!(matches!(literal.verdict(), Verdict::Violated { .. }));
}

#[test]
fn a_marked_address_and_one_given_back_are_excused() {
    let mut marked = story();
    let (ours, theirs) = (lease(1, 4), lease(3, 4));
    let outcome = Outcome::Marked;
    marked.event(0, &Event::Conflict { ours, theirs, peer: peer(), outcome });
    marked.at(500).aiu(0, 1, 1, &[range(1, 4)]);
    assert_eq!(marked.verdict(), Verdict::Holds);
    let mut released = story();
    released.event(1, &Event::Released { lease: lease(3, 6) }).at(500).crashed(0);
    assert!(released.idle().starts_with("no two hosts"));
}

#[test]
fn who_is_down_or_silent_cannot_find_out() {
    let mut story = story();
    let own = lease(3, 4);
    let item = aap::Item::Own {
        range: own.range,
        end: own.end,
        latest_end: own.end,
        request: 1,
        deleted: false,
    };
    story.crashed(0).at(200).started(0, &[item]).at(350).event(0, &Event::Ready);
    assert!(story.idle().starts_with("a duplicate was still"));
    story.at(600).aiu(1, 1, 1, &[range(3, 6)]);
    assert!(story.violated().ends_with("since 350s"));
}

#[test]
fn an_end_that_is_moved_gives_a_familiar_duplicate_away_only_then() {
    let mut story = tweaked(|_| {});
    story.at(1).aiu(0, 1, 0, &[range(1, 4)]).aiu(1, 1, 0, &[range(3, 6)]);
    let later = story.until(&[range(3, 6)], 7_200);
    story.at(60).sent(1, 2, 0, Body::Aiu(later));
    assert!(story.idle().starts_with("a duplicate was still"));
    story.at(98).aiu(0, 1, 1, &[range(1, 4)]);
    assert!(story.idle().starts_with("a duplicate was still"));
    story.at(100).aiu(0, 1, 2, &[range(1, 4)]);
    let why =
        "B and A still both use 239.255.0.3-239.255.0.4, although they hear each other since 60s";
    assert_eq!(story.violated(), why);
}

#[test]
fn where_only_one_of_two_gives_way_what_it_once_announced_may_delay_it() {
    let one_sided = |s: &mut Setting| {
        for host in &mut s.hosts {
            host.config.policy.conflict_tie = ConflictTie::LowestSettledWins;
        }
    };
    let mut story = tweaked(one_sided);
    story.at(1).aiu(0, 1, 0, &[range(1, 4)]).aiu(1, 1, 0, &[range(3, 6)]);
    let later = story.until(&[range(3, 6)], 7_200);
    story.at(10).sent(1, 2, 0, Body::Aiu(later)).dropped(1, 0, DropCause::Partition);
    let later = story.until(&[range(3, 6)], 7_200);
    story.at(11).aiu(0, 1, 1, &[range(1, 4)]).sent(1, 2, 1, Body::Aiu(later));
    story.at(147).aiu(0, 1, 2, &[range(1, 4)]);
    assert!(story.idle().starts_with("a duplicate was still"));
    story.at(149).aiu(0, 1, 3, &[range(1, 4)]);
    assert!(matches!(story.verdict(), Verdict::Violated { .. }));
}
