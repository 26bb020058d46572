use super::domain::{Domain, LATER, asa, config};
use crate::command::Command;
use crate::coordinator::Role;
use crate::policy::Policy;

/// Followers wait 51 to 69 seconds, the lead 21 to 39 (AAP-4.2.1-03, AAP-4.2.1-04), and every ASA
/// has a number of its own (AAP-5.1.4-05, AAP-4.1-01, AAP-2-02).
#[test]
fn alone_it_waits_as_a_follower_and_then_leads() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(0, 255, LATER)], &[51, 21, 39]);
    assert_eq!(domain.at("a").role(), Role::Follower);
    domain.run_to(130);
    assert_eq!(domain.log(), ["51 a ASA 0", "51 a leads", "72 a ASA 1", "111 a ASA 2"]);
    assert_eq!(domain.at("a").role(), Role::Lead);
    let lead = ("asa-send", 21, 39);
    assert_eq!(domain.asked("a"), [("asa-send", 51, 69), lead, lead, lead]);
}

/// AAP-4.2.1-09.
#[test]
fn a_shorter_interval_makes_a_coordinator_lead() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(0, 255, LATER)], &[51]);
    let mut hasty = config("b", Policy::repaired());
    hasty.timing.asa_interval = sansio::Duration::from_secs(10);
    domain.join_as("b", hasty, &[(0, 255, LATER)], &[]);
    domain.run_to(35);
    assert_eq!(domain.log(), ["20 b ASA 0", "20 b leads", "20 a follows b", "30 b ASA 1"]);
    assert_eq!(domain.asked("b")[0], ("asa-send", 17, 23));
}

/// SCN-29; AAP-4.2.1-06, AAP-4.2.1-07.
#[test]
fn of_two_one_leads_and_the_other_keeps_silent() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(0, 255, LATER)], &[69]);
    domain.join("b", Policy::repaired(), &[(0, 255, LATER)], &[51, 39, 39, 39]);
    domain.run_to(200);
    assert_eq!(
        domain.log(),
        [
            "51 b ASA 0",
            "51 b leads",
            "51 a follows b",
            "90 b ASA 1",
            "129 b ASA 2",
            "168 b ASA 3",
            "198 b ASA 4"
        ]
    );
    assert_eq!(domain.at("a").follows(), Some(domain.at("b").config().own.into()));
    domain.run_to(3600);
    assert!(domain.log().iter().all(|line| line.contains(" b ASA ")));
}

/// SCN-30; AAP-4.2.1-08.
#[test]
fn a_follower_takes_over_within_69_seconds_of_the_last_asa() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(0, 255, LATER)], &[69, 69]);
    domain.join("b", Policy::repaired(), &[(0, 255, LATER)], &[51]);
    domain.run_to(60);
    assert_eq!(domain.log(), ["51 b ASA 0", "51 b leads", "51 a follows b"]);
    domain.kill("b");
    domain.run_to(140);
    assert_eq!(domain.log(), ["120 a ASA 0", "120 a leads"]);
    let first = ["AAP-4.2.1-04", "AAP-4.2.1-07", "AAP-4.2.1-06"];
    assert_eq!(domain.rules, [&first[..], &["AAP-4.2.1-04", "AAP-4.2.1-08"]].concat());
}

/// AAP-3.2.10.1-16: coordinators that agree may take turns.
#[test]
fn a_lead_that_hears_another_follows_it() {
    let mut domain = Domain::led(Policy::repaired());
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    assert_eq!(domain.at("a").role(), Role::Follower);
    domain.run_to(130);
    assert_eq!(domain.log(), ["61 a follows x", "121 a ASA 1", "121 a leads"]);
}

/// AAP-4.2.1-05, F-24: a resent ASA (current-time past its expiration) is no coordinator's. One that expires
/// this very second is.
#[test]
fn a_resent_asa_suppresses_nobody() {
    let mut domain = Domain::of_one();
    domain.run_to(59);
    domain.inject("x", &asa(domain.utc(), -1, &[(0, 255, LATER)]));
    domain.run_to(61);
    assert_eq!(domain.log(), ["60 a ASA 0", "60 a leads"]);
    domain.inject("x", &asa(domain.utc(), 0, &[(0, 255, LATER)]));
    assert_eq!(domain.log(), ["61 a follows x"]);
}

#[test]
fn retired_it_is_silent_until_it_starts_again() {
    let mut domain = Domain::led(Policy::repaired());
    domain.command("a", &Command::Retire);
    domain.inject("x", &asa(domain.utc(), 150, &[(7, 7, LATER)]));
    domain.run_to(1000);
    assert_eq!(domain.log(), [""; 0]);
    assert_eq!(domain.at("a").role(), Role::Off);
    domain.offer("a", &[(0, 0, LATER)]);
    assert_eq!(domain.log().len(), 1, "it says that it does not serve");
    domain.start("a");
    domain.run_to(1061);
    assert_eq!(domain.log(), ["1060 a ASA 0", "1060 a leads"]);
}
