use super::domain::{Domain, EPOCH, LATER, ranges, space};
use crate::command::Command;
use crate::coordinator::Role;
use crate::event::Lease;
use crate::policy::Policy;
use crate::wire::{Body, Message, Ranges, WireTime};

fn content(message: &Message) -> (i64, Ranges) {
    match message.body() {
        Body::Asa { expiration, ranges } => {
            (expiration.secs_since(message.current_time()), ranges.clone())
        }
        body => panic!("{body:?}"),
    }
}

/// AAP-4.2.1-01, -02, AAP-3.2.10.1-01, -02, AAP-3.2.10.2-01; a range that has reached its end is
/// gone (AAP-4.2.1.1-01, AAP-3.2.10.1-08), and nothing else is (AAP-3.2.10.1-09).
#[test]
fn an_asa_lists_all_that_is_left_and_is_valid_for_150_seconds() {
    let mut domain = Domain::default();
    let both = [(512, 767, LATER), (0, 255, EPOCH + 61)];
    domain.join("a", Policy::repaired(), &both, &[60, 30, 30]);
    domain.run_to(125);
    let sent: Vec<_> = domain.asas.iter().map(content).collect();
    assert_eq!(sent[0], (150, ranges(&both)));
    assert_eq!(sent[1], (150, ranges(&both[..1])));
    let [(range, end)] = space(&both[..1])[..] else { panic!() };
    assert_eq!(domain.at("a").announced(), Some(&[Lease { range, end }][..]));
}

/// F-37.
#[test]
fn ends_beyond_the_wire_are_endless() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(0, 255, i64::MAX)], &[]);
    domain.run_to(60);
    let end = content(&domain.asas[0]).1.iter().next().map(|timed| timed.end);
    assert_eq!(end, Some(WireTime::MAX));
}

/// AAP-4-01, AAP-2-13: whatever the source, it speaks by offers.
#[test]
fn a_change_upstream_waits_for_the_next_asa() {
    let mut domain = Domain::led(Policy::repaired());
    domain.offer("a", &[(0, 511, LATER)]);
    domain.run_to(89);
    assert_eq!(domain.log(), [""; 0]);
    domain.run_to(90);
    assert_eq!(content(&domain.asas[1]), (150, ranges(&[(0, 511, LATER)])));
}

#[test]
fn to_offer_nothing_is_an_announcement_and_to_know_nothing_is_none() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[], &[]);
    domain.run_to(500);
    assert_eq!(domain.at("a").role(), Role::Off);
    domain.offer("a", &[]);
    domain.run_to(561);
    assert_eq!(domain.log(), ["560 a ASA 0", "560 a leads"]);
    assert_eq!(content(&domain.asas[0]), (150, ranges(&[])));
}

/// AAP-4.2.3-01, AAP-3.2.10.1-03: a set that is partly of another scope is refused whole, and the old one stays.
#[test]
fn an_offer_outside_the_scope_is_refused() {
    let mut domain = Domain::led(Policy::repaired());
    domain.offer("a", &[(0, 511, LATER), (0xffff, 0x1_0000, LATER)]);
    assert_eq!(domain.log().len(), 1, "the operator is told of the one range");
    domain.run_to(90);
    assert_eq!(content(&domain.asas[1]), (150, ranges(&[(0, 255, LATER)])));
}

#[test]
fn a_configured_set_outside_the_scope_is_as_good_as_none() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(0, 0x1_0000, LATER)], &[]);
    assert_eq!(domain.log().len(), 1);
    domain.run_to(500);
    assert_eq!(domain.log(), [""; 0]);
    assert_eq!(domain.at("a").role(), Role::Off);
}

/// F-30: no ASA at all, rather than a part of the set (AAP-4.2.1-02).
#[test]
fn a_set_of_too_many_ranges_is_not_announced() {
    let many: Vec<_> = (0..256).map(|n| (2 * n, 2 * n, LATER)).collect();
    let mut domain = Domain::led(Policy::repaired());
    domain.offer("a", &many);
    domain.run_to(90);
    assert_eq!(domain.log(), ["61 a cannot announce 256 > 255", "90 a cannot announce 256 > 255"]);
    assert_eq!(domain.at("a").role(), Role::Follower);
    domain.offer("a", &many[1..]);
    domain.run_to(151);
    assert_eq!(domain.log(), ["150 a ASA 1", "150 a leads"]);
    assert_eq!(content(&domain.asas[1]).1.len(), 255);
}

#[test]
fn literally_only_the_size_of_a_datagram_limits_the_set() {
    let many: Vec<_> = (0..5458).map(|n| (2 * n, 2 * n, LATER)).collect();
    let mut domain = Domain::led(Policy::literal());
    domain.offer("a", &many);
    domain.offer("a", &many[1..]);
    domain.run_to(90);
    assert_eq!(domain.log(), ["61 a cannot announce 5458 > 5457", "90 a ASA 1"]);
    assert_eq!(domain.asas[1].octets(), 16 + 12 * 5457);
}

#[test]
fn it_serves_no_users() {
    let mut domain = Domain::led(Policy::repaired());
    let request = crate::command::RequestId(3);
    domain.command("a", &Command::Withdraw { request });
    domain.command("a", &Command::Release { range: super::domain::range(0, 0) });
    let log = domain.log();
    assert!(log.len() == 2 && log.iter().all(|line| line.contains("NotServing")), "{log:?}");
}
