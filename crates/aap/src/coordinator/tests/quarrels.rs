use super::domain::{Domain, LATER, asa};
use crate::coordinator::Role;
use crate::policy::{Consistency, Inconsistency, Policy};

/// SCN-33; AAP-4.2.1.1-03, -04, -05, AAP-3.2.10.1-17: the incumbent's every ASA renews the quiet.
#[test]
fn an_incumbent_silences_an_inconsistent_newcomer_for_good() {
    let mut domain = Domain::led(Policy::repaired());
    domain.join("b", Policy::repaired(), &[(512, 767, LATER)], &[]);
    domain.run_to(3600);
    let mut log = domain.log();
    assert_eq!(log.remove(1), "90 b contradicts a");
    assert!(log.iter().all(|line| line.contains(" a ASA ")), "{log:?}");
    assert_eq!(domain.at("b").role(), Role::Quiet);
}

/// SCN-33, the healed partition: a quiet coordinator comes back as a follower (F-28), 150 seconds
/// after what it heard last.
#[test]
fn two_leads_silence_each_other_until_the_first_speaks_again() {
    let mut domain = Domain::led(Policy::repaired());
    domain.join("b", Policy::repaired(), &[(512, 767, LATER)], &[]);
    // Both have just spoken to each other; then nobody does for 150 seconds.
    let contradiction = asa(domain.utc(), 150, &[(9, 9, LATER)]);
    domain.inject("x", &contradiction);
    assert_eq!(domain.log(), ["61 a contradicts x", "61 b contradicts x"]);
    domain.run_to(210);
    assert_eq!((domain.at("a").role(), domain.at("b").role()), (Role::Quiet, Role::Quiet));
    domain.run_to(211);
    assert_eq!(domain.at("a").role(), Role::Follower);
    domain.run_to(272);
    assert_eq!(domain.log(), ["271 a ASA 1", "271 a leads", "271 b contradicts a"]);
}

/// SCN-43; AAP-4.2.1.1-07.
#[test]
fn a_forger_keeps_it_quiet_but_alerts_the_operator_only_once() {
    let mut domain = Domain::led(Policy::repaired());
    for round in 1..10 {
        domain.run_to(61 + round);
        domain.inject("x", &asa(domain.utc(), 150, &[]));
        domain.run_to(61 + round + 100);
    }
    assert_eq!(domain.log(), ["62 a contradicts x"]);
    domain.run_to(61 + 9 + 149);
    assert_eq!(domain.at("a").role(), Role::Quiet);
}

#[test]
fn agreement_does_not_end_the_quiet_early() {
    let mut domain = Domain::led(Policy::repaired());
    domain.inject("x", &asa(domain.utc(), 150, &[]));
    domain.run_to(100);
    domain.inject("y", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    domain.inject("y", &asa(domain.utc(), -1, &[]));
    assert_eq!(domain.log(), ["61 a contradicts x"]);
    domain.run_to(272);
    assert_eq!(domain.log(), ["271 a ASA 1", "271 a leads"]);
}

/// F-28: time for an extension to reach both coordinators.
#[test]
fn a_pure_extension_is_tolerated_for_60_seconds() {
    let more = [(0, 511, LATER)];
    let mut domain = Domain::led(Policy::repaired());
    for secs in [70, 100, 130] {
        domain.run_to(secs);
        domain.inject("x", &asa(domain.utc(), 150, &more));
    }
    assert_eq!(domain.log(), ["70 a follows x"]);
    domain.run_to(131);
    domain.inject("x", &asa(domain.utc(), 150, &more));
    assert_eq!(domain.log(), ["131 a contradicts x"]);
}

#[test]
fn an_extension_that_both_have_starts_no_clock() {
    let mut domain = Domain::led(Policy::repaired());
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 511, LATER)]));
    domain.offer("a", &[(0, 511, LATER)]);
    domain.run_to(115);
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 511, LATER)]));
    domain.run_to(150);
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 767, LATER)]));
    assert_eq!(domain.log(), ["61 a follows x"]);
}

#[test]
fn a_smaller_set_is_tolerated_only_after_an_offer() {
    let mut domain = Domain::led(Policy::repaired());
    domain.offer("a", &[(0, 511, LATER)]);
    domain.run_to(110);
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    domain.run_to(121);
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    domain.run_to(122);
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    assert_eq!(domain.log(), ["90 a ASA 1", "110 a follows x", "122 a contradicts x"]);
}

#[test]
fn strictly_one_second_is_a_contradiction() {
    let policy = Policy { consistency: Consistency::Strict, ..Policy::repaired() };
    for (end, said) in [(LATER, "follows"), (LATER + 1, "contradicts")] {
        let mut domain = Domain::led(policy);
        domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, end)]));
        assert_eq!(domain.log(), [format!("61 a {said} x")]);
    }
}

/// AAP-4.2.1.1-06.
#[test]
fn an_operator_may_have_it_go_on() {
    let policy = Policy { inconsistency: Inconsistency::Override, ..Policy::repaired() };
    let mut domain = Domain::led(policy);
    domain.inject("x", &asa(domain.utc(), 150, &[]));
    domain.run_to(91);
    assert_eq!(domain.log(), ["61 a contradicts x", "90 a ASA 1"]);
}

/// F-23: what counts is the end on our clock, wrong as the other's may be.
#[test]
fn an_hour_between_the_clocks_is_no_contradiction() {
    let mut domain = Domain::led(Policy::repaired());
    domain.inject("x", &asa(domain.utc() - 3600, 150, &[(0, 255, LATER - 3600)]));
    domain.inject("x", &asa(domain.utc() + 3600, 150, &[(0, 255, LATER + 3600)]));
    assert_eq!(domain.log(), ["61 a follows x"]);
}
