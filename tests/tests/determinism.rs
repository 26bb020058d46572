//! The same scenario and the same seed are the same run, to the byte; another seed is another run
//! with the same verdicts. Every scenario of the project is put to the test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::thread;

use lab::{Report, RunOptions, run};
use scenario::{Profile, Scenario};
use trace::{Journal, What};

/// A scenario in each of its variants.
fn cases() -> Vec<(String, Scenario, Option<String>)> {
    let mut cases = Vec::new();
    for embedded in lab::scenarios::all() {
        let scenario = Scenario::parse(embedded.text).unwrap();
        let variants: Vec<String> = scenario.variants().into_iter().map(str::to_owned).collect();
        cases.push((embedded.name.to_owned(), scenario.clone(), None));
        cases.extend(
            variants
                .into_iter()
                .map(|v| (format!("{}, {v}", embedded.name), scenario.clone(), Some(v))),
        );
    }
    cases
}

fn options(profile: Profile, variant: Option<&str>, seed: u64) -> RunOptions {
    let variant = variant.map(str::to_owned);
    RunOptions { profile: Some(profile), variant, seed: Some(seed), journal: false }
}

fn bytes(journal: &Journal) -> Vec<u8> {
    let mut bytes = Vec::new();
    trace::write(&mut bytes, journal).unwrap();
    bytes
}

/// Runs once with a journal and compares the octets with those of a run on another thread, and the
/// digest with that of a run nobody recorded.
fn check_repeats(profile: Profile) {
    for (name, scenario, variant) in cases() {
        let silent = options(profile, variant.as_deref(), 7);
        let recorded = RunOptions { journal: true, ..silent.clone() };
        let one = run(&scenario, &recorded).unwrap();
        let elsewhere = thread::scope(|scope| {
            scope.spawn(|| run(&scenario, &recorded).unwrap()).join().unwrap()
        });
        let unrecorded = run(&scenario, &silent).unwrap();
        assert!(unrecorded.journal.is_none());
        assert_eq!(one.digest, unrecorded.digest, "{name}, {profile}: recording changes the run");
        let (one, elsewhere) = (one.journal.unwrap(), elsewhere.journal.unwrap());
        assert!(bytes(&one) == bytes(&elsewhere), "{name}, {profile}: two journals of one run");
    }
}

#[test]
fn the_same_seed_is_the_same_journal_in_the_literal_profile() {
    check_repeats(Profile::Literal);
}

#[test]
fn the_same_seed_is_the_same_journal_in_the_repaired_profile() {
    check_repeats(Profile::Repaired);
}

/// What a report concludes, without what it saw.
fn conclusions(report: &Report) -> (Vec<bool>, Vec<(&str, bool)>) {
    (
        report.checks.iter().map(|check| check.failure.is_none()).collect(),
        report.oracles.iter().map(|oracle| (oracle.name, oracle.ok)).collect(),
    )
}

/// Runs every scenario with two seeds; returns how many runs differed, of how many.
fn check_seeds(profile: Profile) -> (usize, usize) {
    let cases = cases();
    let mut different = 0;
    for (name, scenario, variant) in &cases {
        let [one, other] =
            [1, 2].map(|seed| run(scenario, &options(profile, variant.as_deref(), seed)).unwrap());
        let (before, after) = (conclusions(&one), conclusions(&other));
        assert_eq!(before, after, "{name}, {profile}: the seed decides the verdict");
        different += usize::from(one.digest != other.digest);
    }
    (different, cases.len())
}

#[test]
fn another_seed_is_another_run_with_the_same_verdicts_in_the_literal_profile() {
    let (different, of) = check_seeds(Profile::Literal);
    assert!(2 * different > of, "only {different} of {of} scenarios leave anything to chance");
}

#[test]
fn another_seed_is_another_run_with_the_same_verdicts_in_the_repaired_profile() {
    let (different, of) = check_seeds(Profile::Repaired);
    assert!(2 * different > of, "only {different} of {of} scenarios leave anything to chance");
}

/// What each host drew, in order.
fn draws(hosts: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let text = format!(
        "title    Chance is everyone's own\n\
         scope    site 239.255.0.0/16 small\n\
         hosts    {hosts}\n\
         link     * delay 20ms jitter 10ms\n\
         at 200s  A allocate 3 until +1h\n\
         at 201s  B preallocate 5 until +1h\n\
         run 10m\n"
    );
    let scenario = Scenario::parse(&text).unwrap();
    let options = RunOptions { seed: Some(5), journal: true, ..RunOptions::default() };
    let journal = run(&scenario, &options).unwrap().journal.unwrap();
    let mut draws: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for entry in journal.entries {
        if let (Some(host), What::Drew { question, value, .. }) = (entry.host, entry.what) {
            draws.entry(host).or_default().push((question, value));
        }
    }
    draws
}

#[test]
fn one_host_more_moves_nobody_elses_draws() {
    let (few, more) = (draws("A B"), draws("A B C*3"));
    assert!(few["A"].len() > 10 && few["B"].len() > 5, "{few:?}");
    assert_eq!(few["A"], more["A"]);
    assert_eq!(few["B"], more["B"]);
    assert!(more.contains_key("C3"));
}
