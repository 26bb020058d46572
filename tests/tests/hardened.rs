//! The proposed profile `hardened` in every scenario of the project: what comes out otherwise than
//! under `repaired`, and that nobody loses by it, also where only one member has it.
//!
//! Scenarios fix times and draws for `repaired`, so some expectations of theirs cannot be met. Each
//! of these runs is listed with the one of its two departures that does it; a run that is not
//! listed must pass.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use lab::measure::{Design, Experiment, Metric, Reading, Samples, Seeds, Step};
use lab::{RunOptions, run};
use netsim::Verdict;
use scenario::{Profile, Scenario};

/// First waits from 0.2 to 0.8 s, later ones likelier.
const SOONER: [(&str, &str); 3] =
    [("defence-low", "2"), ("defence-high", "8"), ("defence-octaves", "6")];
/// The lowest sender keeps an address that two have had for long.
const LOWEST_WINS: [(&str, &str); 1] = [("conflict-tie", "lowest-settled-wins")];

/// Bystanders answer before the time, or oftener than, the file says. Nothing else changes: the
/// claimant moves on, the owner keeps its address.
const ANSWERED_SOONER: [&str; 15] = [
    "attacker-denies-everything, a-bystander-defends-the-poison",
    "bystander-speaks-for-a-dead-owner",
    "bystander-speaks-for-a-dead-owner, any-wait",
    "bystander-speaks-for-a-dead-owner, silent-claimant",
    "bystander-speaks-for-a-dead-owner, silent-claimant-quick-bystander",
    "bystander-speaks-for-a-dead-owner, silent-claimant-slow-bystander",
    "dead-owner-is-defended-until-the-end",
    "deleted-address-is-revived-and-buried",
    "figure-3",
    "first-bystander-silences-the-others",
    "first-bystander-silences-the-others, too-close-together",
    "newcomer-starts-behind-a-partition, remembered",
    "one-message-takes-the-scope",
    "owner-without-storage-meets-its-own-address",
    "restarted-owner-is-silent-and-defended",
];

/// Another owner keeps the address, or one keeps it where both would have given it up.
const DECIDED_OTHERWISE: [&str; 3] = [
    "deaf-newcomer",
    "newcomer-starts-behind-a-partition",
    "partition-heals-and-one-owner-remains, crossing",
];

struct Case {
    name: String,
    scenario: Scenario,
    variant: Option<String>,
}

/// Every scenario in each of its variants.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for embedded in lab::scenarios::all() {
        let scenario = Scenario::parse(embedded.text).unwrap();
        let variants = scenario.variants().into_iter().map(|name| Some(name.to_owned()));
        for variant in std::iter::once(None).chain(variants.collect::<Vec<_>>()) {
            let name = match &variant {
                None => embedded.name.to_owned(),
                Some(variant) => format!("{}, {variant}", embedded.name),
            };
            cases.push(Case { name, scenario: scenario.clone(), variant });
        }
    }
    cases
}

impl Case {
    fn passes(&self, profile: Profile, settings: &[(&str, &str)]) -> bool {
        let mut scenario = self.scenario.clone();
        for (name, value) in settings {
            scenario.apply_setting(name, value).unwrap();
        }
        let variant = self.variant.clone();
        let options = RunOptions { profile: Some(profile), variant, ..RunOptions::default() };
        let report = run(&scenario, &options).unwrap();
        // Oracles are idle where a member departs from what they were made for.
        let is_idle = |verdict: &Verdict| matches!(verdict, Verdict::NotExercised { .. });
        report.checks.iter().all(|check| check.failure.is_none())
            && report.oracles.iter().all(|oracle| oracle.ok || is_idle(&oracle.verdict))
    }

    /// Owners that undo, and duplicates at the end, in a run under `repaired` with `settings`.
    fn harm(&self, settings: &[(String, String)]) -> (u128, u128) {
        let design = Design {
            name: self.name.clone(),
            seeds: Seeds { first: 1, last: 1 },
            readings: vec![Reading::from(Profile::Repaired)],
            variant: self.variant.clone(),
            settings: settings.to_vec(),
            axes: Vec::new(),
        };
        let experiment = Experiment::new(&self.scenario, &design).unwrap();
        let seeds = experiment.question().seeds;
        let go_on = |_: &Step<'_>| ControlFlow::Continue(());
        let part = experiment.conduct(seeds, NonZeroUsize::MIN, Samples::Counted, go_on).unwrap();
        let sum = |metric| part.tallies()[0].of(metric).sum();
        (sum(Metric::Undone), sum(Metric::DuplicatesLeft))
    }

    fn hosts(&self) -> Vec<String> {
        let plan = self.scenario.plan(Some(Profile::Repaired), self.variant.as_deref()).unwrap();
        plan.hosts.iter().map(|host| host.name.clone()).collect()
    }
}

#[test]
fn only_what_is_listed_comes_out_otherwise() {
    let listed = ANSWERED_SOONER.iter().chain(&DECIDED_OTHERWISE);
    let listed: BTreeSet<String> = listed.map(|name| (*name).to_owned()).collect();
    let fails = |case: &Case| !case.passes(Profile::Hardened, &[]);
    let failed: BTreeSet<String> =
        cases().into_iter().filter(fails).map(|case| case.name).collect();
    assert_eq!(failed, listed);
}

#[test]
fn each_of_them_is_due_to_one_departure_alone() {
    for case in cases() {
        let name = case.name.as_str();
        if ANSWERED_SOONER.contains(&name) {
            assert!(case.passes(Profile::Repaired, &LOWEST_WINS), "{name}: not the draws alone");
        } else if DECIDED_OTHERWISE.contains(&name) {
            assert!(case.passes(Profile::Repaired, &SOONER), "{name}: not the tie alone");
        }
    }
}

/// With all members hardened, or any one of them, no more owners undo and no more duplicates
/// remain than among repaired ones.
#[test]
fn nobody_is_worse_off_in_a_mixed_cluster() {
    /// Who hears nothing is never told; the lower owner no longer makes room for it.
    const DEAF: &str = "deaf-newcomer";
    let everybody = |switches: &[(&str, &str)], host: &str| -> Vec<(String, String)> {
        let named = switches.iter().map(|(name, value)| (format!("{host}{name}"), (*value).into()));
        named.collect()
    };
    let hardened: Vec<(&str, &str)> = SOONER.into_iter().chain(LOWEST_WINS).collect();
    for case in cases() {
        let hosts = case.hosts();
        if hosts.len() > 9 {
            continue; // Nothing but many of the same.
        }
        let usual = case.harm(&[]);
        let places = std::iter::once(String::new()).chain(hosts.iter().map(|h| format!("{h}.")));
        for place in places {
            let (undone, left) = case.harm(&everybody(&hardened, &place));
            assert!(undone <= usual.0, "{}, {place}: {undone} undone, not {}", case.name, usual.0);
            let is_known = case.name == DEAF;
            assert!(left <= usual.1 || is_known, "{}, {place}: {left} left", case.name);
        }
    }
}
