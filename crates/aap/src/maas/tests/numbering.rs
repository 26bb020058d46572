use std::collections::BTreeSet;

use super::bench::{Bench, EPOCH, leases, message, ranges};
use crate::command::{Command, RequestId};
use crate::wire::{Body, Rseq};

/// AAP-5.1.4-04, -02: content that changes gets a new number, content that stays the next mseq.
#[test]
fn an_announcement_is_renumbered_only_when_it_changes() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.run_to(72);
    a.choose(&[9]);
    a.allocate(1, 1);
    a.run_to(200);
    let aius = a.log_of("AIU");
    assert!(aius.contains(&"71s AIU 1/6 7".to_owned()), "{aius:?}");
    let both: Vec<&String> = aius.iter().filter(|l| l.ends_with(" 7 9")).collect();
    assert!(both[0].contains(" AIU 4/0 ") && both[1].contains(" AIU 4/1 "), "{both:?}");
}

/// AAP-5.1.4-06, -01: numbers wrap around those that are alive.
#[test]
fn a_wrapped_number_is_not_given_twice() {
    let mut a = Bench::with(|c| c.first_rseq = Rseq::wrapping(0xff_ffff));
    a.choose(&[7, 9, 11]);
    a.allocate(1, 1);
    a.allocate(2, 1);
    assert_eq!(a.log(), ["0s ACLM 16777215/0 7", "0s ACLM 0/0 9"]);
    a.run_to(10);
    assert_eq!(a.log_of("AIU"), ["10s AIU 1/0 7", "10s AIU 2/0 9"]);
}

/// AAP-5.1.4-06: an announcement, a claim, a preallocation, a defence and an ANA each have a number
/// that nothing else may have while they go on.
#[test]
fn every_request_under_way_keeps_its_number_to_itself() {
    let begun = || {
        let mut a = Bench::large("0-99@9000");
        a.choose(&[7, 8, 9]);
        a.allocate_until(1, 1, 900);
        a.run_to(40);
        a.sent.clear();
        a.aiu("c", 1, "20@900");
        a.draw("defense", &[2000]);
        a.aclm("d", 1, "20@900");
        a.run_to(42);
        a.allocate_until(2, 1, 900);
        let intent = super::bench::demand(1, 900);
        a.command(&Command::Preallocate { request: RequestId(3), demand: intent });
        a.allocate_until(4, 200, 900);
        a.run_to(43);
        a
    };
    let numbers: BTreeSet<Rseq> = begun().sent.iter().map(|m| m.header().rseq).collect();
    assert_eq!(numbers.len(), 5);
    for number in numbers {
        let mut a = begun();
        a.maas.sequence.restart_at(number);
        a.allocate_until(5, 1, 900);
        assert_ne!(a.sent.last().unwrap().header().rseq, number);
    }
}

/// AAP-5.1.5-03.
#[test]
fn the_number_within_a_request_wraps() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.preallocate(1, 1);
    a.run_to(7600);
    let aitus = a.log_of("AITU");
    assert!(aitus[255].contains(" 0/255 ") && aitus[256].contains(" 0/0 "), "{:?}", &aitus[254..]);
    assert!(aitus[256].starts_with("7561s"), "{}", aitus[256]);
}

/// AAP-5.3.1-02, -04, -05, AAP-5.3.1-01: whatever the sender's clock shows, the end is on ours.
#[test]
fn end_times_are_corrected_by_the_senders_clock() {
    let mut a = Bench::small();
    let ahead = message(EPOCH + 3600, 1, Body::Aiu(ranges("7@4600")));
    let behind = message(EPOCH - 3600, 2, Body::Aiu(ranges("9@1000")));
    a.receive("b", &ahead);
    a.receive("c", &behind);
    let ends: Vec<i64> = a.maas.record().allocations().map(|(_, end, _)| end.0 - EPOCH).collect();
    assert_eq!(ends, [1000, 4600]);
}

/// AAP-2.1.3-01, -02, -03, AAP-3.2.1-02, AAP-3.2.10.1-04, AAP-4.2.3-01.
#[test]
fn messages_of_another_scope_touch_nothing() {
    let mut a = Bench::small();
    let before = a.maas.clone();
    let other = addrspace::Range::new(addrspace::Addr(0xefc0_0001), addrspace::Addr(0xefc0_0009));
    let elsewhere = |text: &str| {
        let end = crate::wire::WireTime::saturating_from(EPOCH + 500);
        let foreign = crate::wire::TimedRange { range: other.unwrap(), end };
        let own = leases(text).into_iter().map(|l| crate::wire::TimedRange { range: l.range, end });
        Body::Aiu(crate::wire::Ranges::new(addrspace::Family::V4, own.chain([foreign])))
    };
    a.hear("b", 1, elsewhere(""));
    a.hear("b", 2, elsewhere("7"));
    assert_eq!(a.log(), ["0s ignored other_scope b", "0s ignored bad_scope b"]);
    assert_eq!(a.maas, before);
}

/// AAP-5.3.1-03: the bench checks the stamp of every message; the claim's differ.
#[test]
fn every_message_is_stamped_when_it_is_sent() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(7);
    let stamps: Vec<i64> =
        a.sent.iter().map(|m| i64::from(m.current_time().secs()) - EPOCH).collect();
    assert_eq!(stamps, [0, 1, 3, 7]);
}

/// AAP-5.2-02: each type has its own effect, and no other.
#[test]
fn each_type_of_message_is_noted_as_what_it_is() {
    let mut a = Bench::large("0-99");
    a.aclm("b", 1, "1");
    assert!(a.maas.record().is_empty(), "a claim is not in the record of allocations");
    a.aiu("b", 2, "2");
    a.aitu("b", 3, "3");
    a.ana("b", 4, 5, 900);
    let record = a.maas.record();
    assert_eq!(record.allocations().count(), 1);
    assert_eq!(record.preallocations().count(), 1);
    assert_eq!(record.requests().count(), 1);
    assert_eq!(a.log(), [""; 0]);
}

/// AAP-6-08 (F-38): old messages are told by their age, if policy asks.
#[test]
fn a_replay_is_ignored_where_its_age_is_checked() {
    let mut a = Bench::with(|c| c.policy.max_skew = 60);
    a.run_to(3600);
    let old = message(EPOCH, 1, Body::Aiu(ranges("7@4000")));
    a.receive("b", &old);
    assert_eq!(a.log(), ["3600s ignored skew b"]);
    assert!(a.maas.record().is_empty());
    let mut trusting = Bench::small();
    trusting.run_to(3600);
    trusting.receive("b", &old);
    let ends: Vec<i64> =
        trusting.maas.record().allocations().map(|(_, end, _)| end.0 - EPOCH).collect();
    assert_eq!(ends, [7600], "renewed by its age");
}
