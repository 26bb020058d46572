//! Every run within small bounds: what the repaired profile promises is proved, what it cannot
//! promise is shown by the shortest run, and that run replays.
//!
//! `cargo test -p tests exhaustive -- --ignored` looks further.

use std::fs;
use std::path::Path;

use checker::{Representative, Tally};
use lab::check::{Budget, CheckOptions, Checkable, Finding, Pace, Shortage, Verdict};
use lab::{RunOptions, run};
use scenario::{Profile, Scenario, Time};

/// Two hosts that want the only address of a domain, at once.
const TWO: &str = "two-want-the-last-address";

const BUDGET: Budget = Budget { octets: 1 << 30, states: 5_000_000 };

/// Hosts that all want the only address of a domain, at once.
fn all_want_one(hosts: &str) -> Scenario {
    let orders: String =
        hosts.split(' ').map(|host| format!("at 0s {host} allocate 1 until +1h\n")).collect();
    parsed(&format!(
        "title The only address\nscope wide 239.192.0.0/14 large group 239.251.255.248\n\
         hosts {hosts}\nlink * delay 20ms\ntune jitter off\nknown asa .7 until 12h expires 1h\n\
         skip startup\n{orders}run 15s\n"
    ))
}

/// B claims what A holds.
fn claim_of_a_live_owner() -> Scenario {
    parsed(
        "title A live owner\nscope site 239.255.0.0/16 small\nhosts A B\nlink * delay 20ms\n\
         tune jitter off\nknown A allocated .7 until 12h\nskip startup\n\
         at 5s B claim at .7 until 2h\nrun 16s\n",
    )
}

/// A scenario that comes with the program.
fn embedded(name: &str) -> Scenario {
    parsed(lab::scenarios::find(name).unwrap_or_else(|| panic!("no {name}")).text)
}

fn parsed(text: &str) -> Scenario {
    Scenario::parse(text).unwrap_or_else(|why| panic!("{why:?}"))
}

fn within(delay_ms: u64, horizon_ms: u64, losses: u32) -> CheckOptions {
    CheckOptions {
        delay: Some(Time(delay_ms * 1_000)),
        horizon: Some(Time(horizon_ms * 1_000)),
        losses,
        representatives: vec![Representative::Low],
        ..CheckOptions::default()
    }
}

fn check(scenario: &Scenario, options: &CheckOptions) -> (Verdict, Tally) {
    let checkable = Checkable::new(scenario, options).unwrap_or_else(|why| panic!("{why}"));
    let mut check = checkable.check();
    let verdict = check.run(2, &BUDGET, &mut |_| Pace::On);
    (verdict, check.tally())
}

fn proved(scenario: &Scenario, options: &CheckOptions) -> Tally {
    let (verdict, tally) = check(scenario, options);
    assert!(matches!(verdict, Verdict::Proved), "{verdict:?}");
    tally
}

fn found(scenario: &Scenario, options: &CheckOptions) -> Finding {
    match check(scenario, options).0 {
        Verdict::Violated(finding) => *finding,
        other => panic!("{other:?}"),
    }
}

/// The scenario that was made of a finding plays to the same end.
fn replays(finding: &Finding) {
    assert_eq!(finding.scenario.mismatch, None, "{}", finding.scenario.text);
    let scenario = parsed(&finding.scenario.text);
    assert_eq!(scenario.to_text(), finding.scenario.text, "it is laid out as `fmt` would");
    assert!(!scenario.check().iter().any(scenario::Diagnostic::is_error));
    let report = run(&scenario, &RunOptions::default()).unwrap_or_else(|why| panic!("{why}"));
    assert!(report.passed(), "{:?}", report.checks);
    assert!(!report.checks.is_empty(), "it says what is wrong at its end");
}

#[test]
fn two_that_want_the_only_address_never_both_get_it_without_loss() {
    let options = CheckOptions {
        representatives: vec![Representative::Low, Representative::High],
        ..within(20, 11_000, 0)
    };
    let tally = proved(&embedded(TWO), &options);
    // Pinned: a change of the number is a change of what is explored, or of the protocol.
    assert_eq!(tally.unique, 16_880);
}

#[test]
fn three_that_want_the_only_address_never_get_it_twice_without_loss() {
    // Two claims instead of four, and every delay of them.
    let mut scenario = embedded("three-want-the-last-address");
    scenario.apply_setting("announce-wait", "2s").unwrap_or_else(|why| panic!("{why}"));
    let tally = proved(&scenario, &within(20, 2_500, 0));
    assert!(tally.unique > 1_000, "{tally:?}");
}

#[test]
#[ignore = "a million states"]
fn three_with_delays_never_get_it_twice_without_loss() {
    proved(&all_want_one("A B C"), &within(20, 10_500, 0));
}

#[test]
fn two_claimants_share_an_address_if_all_eight_claims_are_lost_and_not_before() {
    let finding = found(&embedded(TWO), &within(0, 11_000, 12));
    assert_eq!(finding.property, "no-duplicate-allocation");
    assert_eq!((finding.faults, finding.at), (8, Time(10_000_000)));
    assert!(finding.scenario.text.contains("drop next 4 ACLM from A to B"));
    assert!(finding.scenario.text.contains("drop next 4 ACLM from B to A"));
    replays(&finding);
}

/// What the check found, told shorter.
#[test]
fn the_shortest_run_with_two_owners_is_kept_as_a_scenario() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/eight-losses-two-owners.scn");
    let kept = parsed(&fs::read_to_string(path).unwrap_or_else(|why| panic!("{why}")));
    let statements = kept.lines.iter().filter(|line| line.statement.is_some()).count();
    assert!(statements <= 15, "{statements} statements");
    let report = run(&kept, &RunOptions::default()).unwrap_or_else(|why| panic!("{why}"));
    assert!(report.passed(), "{:?}", report.checks);
}

#[test]
fn a_live_owners_address_is_taken_by_four_lost_claims_and_by_no_fewer() {
    let finding = found(&claim_of_a_live_owner(), &within(20, 16_000, 6));
    assert_eq!(finding.faults, 4);
    let dropped = finding.story.iter().filter(|line| line.ends_with("is lost")).count();
    assert_eq!(dropped, 4, "{:#?}", finding.story);
    replays(&finding);
    proved(&claim_of_a_live_owner(), &within(20, 16_000, 3));
}

#[test]
fn a_datagram_slower_than_a_claim_needs_no_loss() {
    // Every claim may take as long as the claimant waits: nobody hears anything in time.
    let finding = found(&claim_of_a_live_owner(), &within(10_000, 16_000, 0));
    assert_eq!(finding.faults, 0);
    replays(&finding);
}

#[test]
fn an_owner_that_crashes_at_the_wrong_time_loses_its_address() {
    let text = claim_of_a_live_owner().to_text();
    // It listens for 4 s after a restart, while B's claim stands.
    let scenario = parsed(&text.replace("skip startup", "tune startup-wait 4s\nskip startup"));
    let options = CheckOptions { crashes: 1, ..within(0, 16_000, 0) };
    let (verdict, tally) = check(&scenario, &options);
    match verdict {
        Verdict::Proved => assert!(tally.unique > 100),
        Verdict::Violated(finding) => {
            assert_eq!(finding.faults, 1);
            replays(&finding);
        }
        Verdict::Inconclusive(shortage) => panic!("{shortage}"),
    }
}

#[test]
fn what_is_drawn_in_a_finding_is_drawn_again() {
    let text = claim_of_a_live_owner().to_text().replace("tune jitter off\n", "");
    let text = text.replace("tune     jitter off\n", "");
    let options =
        CheckOptions { representatives: vec![Representative::High], ..within(20, 16_000, 4) };
    let finding = found(&parsed(&text), &options);
    assert!(finding.scenario.text.contains("draw     A aiu-repeat"), "{}", finding.scenario.text);
    replays(&finding);
}

#[test]
fn threads_and_interruptions_change_nothing() {
    let (scenario, options) = (claim_of_a_live_owner(), within(20, 16_000, 2));
    let whole = proved(&scenario, &options);
    let checkable = Checkable::new(&scenario, &options).unwrap_or_else(|why| panic!("{why}"));
    let mut first = checkable.check();
    let few = Budget { octets: 1 << 30, states: whole.unique / 2 };
    let cut = first.run(1, &few, &mut |_| Pace::On);
    assert!(matches!(cut, Verdict::Inconclusive(Shortage::States)), "{cut:?}");
    let saved = first.save();
    let mut second = checkable.check();
    second.resume(&saved).unwrap_or_else(|why| panic!("{why}"));
    assert!(matches!(second.run(1, &BUDGET, &mut |_| Pace::On), Verdict::Proved));
    let both = (second.tally().unique, second.tally().generated);
    assert_eq!(both, (whole.unique, whole.generated));
}

#[test]
fn what_the_checker_decides_itself_cannot_be_scripted() {
    let text = claim_of_a_live_owner().to_text();
    let text = text.replace("at 5s    B claim", "at 1s    drop next ACLM\nat 5s    B claim");
    let refused = Checkable::new(&parsed(&text), &CheckOptions::default());
    let why = refused.err().unwrap_or_else(|| panic!("it took {text}"));
    assert!(why.line > 0 && why.message.contains("`drop next ACLM` cannot be checked"), "{why}");
}

#[test]
fn the_profile_is_the_callers() {
    let options = CheckOptions { profile: Some(Profile::Literal), ..within(20, 16_000, 4) };
    let finding = found(&claim_of_a_live_owner(), &options);
    assert!(finding.scenario.text.contains("profile  literal"));
    replays(&finding);
}
