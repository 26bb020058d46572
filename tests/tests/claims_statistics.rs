//! What chance does with claims, measured over many seeds and compared with what the rules imply.
//!
//! An estimate may be off by four standard deviations of its sampling. The seeds are fixed, so
//! that a test that passes goes on passing; a right machine fails about one choice of seeds in
//! 16 000.

#![expect(
    clippy::float_arithmetic,
    reason = "probabilities are compared, nothing is decided by them"
)]

use lab::{Report, RunOptions, run};
use scenario::{Profile, Scenario};

const BOTH: [Profile; 2] = [Profile::Literal, Profile::Repaired];
const SIGMAS: f64 = 4.0;

/// B claims an address whose owner is dead; `bystanders` others remember the owner, and each
/// message takes `delay`.
fn claim_of_a_dead_owners_address(bystanders: u32, delay: &str, then: &str) -> Scenario {
    let text = format!(
        "title    A claim of a dead owner's address\n\
         cites    SCN-07\n\
         scope    site 239.255.0.0/16 small\n\
         hosts    B M*{bystanders}\n\
         link     * delay {delay}\n\
         known    X allocated .7 until 12h told M*\n\
         skip     startup\n\
         at 0s    B claim 1 at .7 until +1h\n\
         {then}\n"
    );
    let scenario = Scenario::parse(&text).unwrap_or_else(|why| panic!("{text}\n{why:?}"));
    assert!(scenario.check().is_empty(), "{text}\n{:?}", scenario.check());
    scenario
}

fn play(scenario: &Scenario, profile: Profile, seed: u64) -> Report {
    let options = RunOptions { profile: Some(profile), seed: Some(seed), ..RunOptions::default() };
    run(scenario, &options).unwrap_or_else(|why| panic!("seed {seed}: {why}"))
}

/// The share of `runs` in which something happens that has this `probability`.
fn assert_share(runs: u32, happened: u32, probability: f64, what: &str) {
    let share = f64::from(happened) / f64::from(runs);
    let sigma = (probability * (1.0 - probability) / f64::from(runs)).sqrt();
    assert!(
        (share - probability).abs() <= SIGMAS * sigma,
        "{what}: {share:.4} of {runs} runs, but {probability:.4} ± {:.4} is right",
        SIGMAS * sigma
    );
}

/// SCN-07: n bystanders wait for U[2, 8] s each. A second one speaks if it is due less than the
/// one-way delay d behind the first, with probability 1 - (1 - d / 6 s)^n.
#[test]
fn bystanders_answer_together_as_often_as_their_waits_are_close() {
    for (bystanders, delay, d, runs) in
        [(2, "500ms", 0.5, 2000), (9, "100ms", 0.1, 2000), (99, "100ms", 0.1, 300)]
    {
        // B moves on when it hears the first answer, so that no timer fires a second time; its
        // own AIU comes after the end of the run.
        let story = "run 9.9s\nexpect total count AIU = 1";
        let scenario = claim_of_a_dead_owners_address(bystanders, delay, story);
        let probability = 1.0 - (1.0_f64 - d / 6.0).powf(f64::from(bystanders));
        for profile in BOTH {
            let together = (0..runs)
                .filter(|&seed| !play(&scenario, profile, u64::from(seed)).passed())
                .count();
            let what = format!("{profile}, {bystanders} bystanders, {delay}");
            assert_share(runs, u32::try_from(together).unwrap(), probability, &what);
        }
    }
}

/// The AIUs sent within `run` if B falls silent after its first claim.
fn answers_to_silence(scenario: &Scenario, profile: Profile, seed: u64) -> u64 {
    // All that is sent besides is B's one claim.
    play(scenario, profile, seed).counters.sent - 1
}

/// SCN-06: a first wait v up to 3.75 s allows for four answers (v, 3v, 7v, 15v), one up to 7.5 s
/// for three, a longer one for two.
#[test]
fn a_lone_bystander_answers_silence_two_to_four_times() {
    const RUNS: u32 = 2000;
    let scenario = claim_of_a_dead_owners_address(1, "20ms", "at 10ms crash B\nrun 5m");
    for profile in BOTH {
        let mut times = [0; 5];
        for seed in 0..RUNS {
            times[answers_to_silence(&scenario, profile, u64::from(seed)) as usize] += 1;
        }
        for (answers, probability) in [(4, 1.75 / 6.0), (3, 3.75 / 6.0), (2, 0.5 / 6.0)] {
            assert_share(
                RUNS,
                times[answers],
                probability,
                &format!("{profile}, {answers} answers"),
            );
        }
    }
}

/// F-15: as written, bystanders who hear each other answer silence for ever.
#[test]
fn as_written_several_bystanders_answer_silence_for_ever() {
    const RUNS: u32 = 200;
    let scenario = claim_of_a_dead_owners_address(5, "100ms", "at 10ms crash B\nrun 1h");
    // From 350 to more than 1500 answers in an hour: the median is a better witness than the mean.
    let above = (0..RUNS)
        .filter(|&seed| answers_to_silence(&scenario, Profile::Literal, u64::from(seed)) > 525)
        .count();
    assert_share(RUNS, u32::try_from(above).unwrap(), 0.5, "more than 525 answers in an hour");
}

/// F-15 repaired: every answer doubles everybody's wait, and after four of them even the least
/// wait of 2 s has become too long. Only answers that cross could be more.
#[test]
fn repaired_several_bystanders_stop_after_a_few_answers() {
    let scenario = claim_of_a_dead_owners_address(5, "100ms", "at 10ms crash B\nrun 1h");
    for seed in 0..500 {
        let answers = answers_to_silence(&scenario, Profile::Repaired, seed);
        assert!((2..=5).contains(&answers), "seed {seed}: {answers}");
    }
}
