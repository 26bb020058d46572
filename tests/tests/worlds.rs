//! Properties of whole worlds: the invariants of the draft as oracles, over random topologies,
//! demand and faults in both families and both sizes of scope.
//!
//! A world that breaks one is made small and written as a scenario to read and replay; the
//! message of the failure names the file, the seed and the command.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lab::explore::{Exhibit, Harm, Origin, examine_seed, generate};
use lab::{RunOptions, run};
use netsim::Verdict;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, RngSeed};
use scenario::{Profile, Scenario};

/// Fails with a small scenario if the world of `seed` does a harm that `is_bad`.
fn check(
    seed: u64,
    profile: Profile,
    is_bad: impl Fn(Harm, &str) -> bool,
) -> Result<(), TestCaseError> {
    let case = examine_seed(seed, profile).map_err(|why| TestCaseError::fail(why.to_string()))?;
    match case.sightings.iter().find(|sighting| is_bad(sighting.harm, sighting.shape)) {
        None => Ok(()),
        Some(found) => Err(TestCaseError::fail(show(seed, profile, found.harm, found.shape))),
    }
}

/// Writes what was found, made small, and says where.
fn show(seed: u64, profile: Profile, harm: Harm, shape: &str) -> String {
    let origin = Origin { seed, profile };
    let scenario = generate(seed, profile);
    let text = Exhibit::prepare(&scenario, (harm, shape), origin, 2_000)
        .map_or_else(|| scenario.to_text(), |exhibit| exhibit.scenario.to_text());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{harm}-{seed}.scn"));
    let place = match fs::write(&file, &text) {
        Ok(()) => format!("aap replay {}", file.display()),
        Err(why) => format!("not written: {why}"),
    };
    format!("{harm} under {profile} ({place}; {})\n{text}", origin.command())
}

fn seeds() -> impl Strategy<Value = u64> {
    // A neighbouring seed is another world altogether: shrinking seeds leads nowhere.
    any::<u64>().no_shrink()
}

fn is_oracle(harm: Harm, _: &str) -> bool {
    matches!(harm, Harm::Oracle(_))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        rng_seed: RngSeed::Fixed(4),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "proptest-regressions/worlds.txt",
        ))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_invariants_hold_of_the_repaired_draft(seed in seeds()) {
        check(seed, Profile::Repaired, is_oracle)?;
    }

    #[test]
    fn what_is_promised_of_any_reading_holds_of_the_literal_draft(seed in seeds()) {
        check(seed, Profile::Literal, is_oracle)?;
    }

    #[test]
    fn what_was_repaired_does_not_come_back(seed in seeds()) {
        check(seed, Profile::Repaired, Harm::is_repaired)?;
    }
}

#[test]
fn the_worlds_put_every_invariant_to_the_test() {
    let mut tested: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 0..300 {
        let report = run(&generate(seed, Profile::Repaired), &RunOptions::default()).unwrap();
        for oracle in report.oracles {
            let holds = u32::from(oracle.verdict == Verdict::Holds);
            *tested.entry(oracle.name).or_default() += holds;
        }
    }
    let untested: Vec<_> = tested.iter().filter(|(_, worlds)| **worlds == 0).collect();
    assert!(untested.is_empty(), "never tested: {untested:?} of {tested:?}");
}

/// Scenarios that once showed a mistake, and those that a search found in the literal draft.
#[test]
fn what_was_found_once_comes_out_as_its_file_says() {
    let mut files: Vec<PathBuf> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "scn"))
        .collect();
    files.sort();
    assert!(files.len() > 1);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let reading = Scenario::read(&text);
        assert!(reading.is_sound(), "{}: {:?}", file.display(), reading.diagnostics);
        let report = run(&reading.scenario, &RunOptions::default()).unwrap();
        let failures: Vec<_> = report.checks.iter().filter(|c| c.failure.is_some()).collect();
        assert!(report.passed(), "{}: {failures:?} {:?}", file.display(), report.oracles);
    }
}
