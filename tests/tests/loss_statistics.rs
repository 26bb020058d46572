//! What loss does to claims (SCN-48), measured over many seeds and compared with the analysis that
//! revision 03 of the draft gives: four claims are sent, and one that arrives is enough.
//!
//! An estimate may be off by four standard deviations of its sampling. The seeds are fixed, so
//! that a test that passes goes on passing; a right machine fails about one choice of seeds in
//! 16 000.

#![expect(
    clippy::float_arithmetic,
    reason = "probabilities are compared, nothing is decided by them"
)]

use lab::{RunOptions, run};
use scenario::{Profile, Scenario};

const BOTH: [Profile; 2] = [Profile::Literal, Profile::Repaired];
const RUNS: u32 = 3000;
const SIGMAS: f64 = 4.0;

/// A and B claim .7 at the same instant, over links that lose `percent` of the datagrams. They ask
/// for different ends: equal ones would hide a duplicate for a minute (F-14).
fn simultaneous_claims(percent: u32, story: &str) -> Scenario {
    let text = format!(
        "title    Two claims at once, and loss\n\
         cites    SCN-48\n\
         scope    site 239.255.0.0/16 small\n\
         hosts    A B\n\
         link     * delay 10ms loss {percent}%\n\
         skip     startup\n\
         {story}\n\
         at 0s    A claim 1 at .7 until +1h\n\
         at 0s    B claim 1 at .7 until +2h\n"
    );
    let scenario = Scenario::parse(&text).unwrap_or_else(|why| panic!("{text}\n{why:?}"));
    assert!(scenario.check().is_empty(), "{text}\n{:?}", scenario.check());
    scenario
}

/// Which expectations of `scenario` were met under `seed`, in their order.
fn met(scenario: &Scenario, profile: Profile, seed: u32) -> Vec<bool> {
    let options =
        RunOptions { profile: Some(profile), seed: Some(u64::from(seed)), ..RunOptions::default() };
    let report = run(scenario, &options).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    report.checks.iter().map(|check| check.failure.is_none()).collect()
}

/// The share of [`RUNS`] in which something happens that has this `probability`.
fn assert_share(happened: usize, probability: f64, what: &str) {
    let happened = u32::try_from(happened).expect("no more than the runs");
    let share = f64::from(happened) / f64::from(RUNS);
    let sigma = (probability * (1.0 - probability) / f64::from(RUNS)).sqrt();
    assert!(
        (share - probability).abs() <= SIGMAS * sigma,
        "{what}: {share:.4} of {RUNS} runs, but {probability:.4} ± {:.4} is right",
        SIGMAS * sigma
    );
}

/// A hears nothing, so that it sends all its four claims: B misses them with probability p⁴, the
/// figure of revision 03.
#[test]
fn one_direction_fails_with_the_fourth_power_of_the_loss() {
    for (percent, p) in [(50, 0.5_f64), (70, 0.7)] {
        let story = "at 0s deafen A\nrun 10.005s\nexpect each holds .7 at 10.005s";
        let scenario = simultaneous_claims(percent, story);
        for profile in BOTH {
            let missed = (0..RUNS).filter(|&seed| met(&scenario, profile, seed)[0]).count();
            assert_share(missed, p.powi(4), &format!("{profile}, {percent} % loss"));
        }
    }
}

/// Both allocate only if neither hears any of the other's four claims: p⁸, with independent loss.
/// Every AIU is another chance to notice, so that no duplicate lives on for ten minutes.
#[test]
fn both_allocate_with_the_eighth_power_of_the_loss_and_find_out() {
    for (percent, p) in [(60, 0.6_f64), (70, 0.7)] {
        let story = "run 10m\nexpect each holds .7 at 10.005s\nexpect each holds .7 at 10m";
        let scenario = simultaneous_claims(percent, story);
        for profile in BOTH {
            let duplicates: Vec<u32> =
                (0..RUNS).filter(|&seed| met(&scenario, profile, seed)[0]).collect();
            assert_share(duplicates.len(), p.powi(8), &format!("{profile}, {percent} % loss"));
            for seed in duplicates {
                assert!(!met(&scenario, profile, seed)[1], "{profile}, seed {seed}: still both");
            }
        }
    }
}
