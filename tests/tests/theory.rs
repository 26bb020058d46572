//! Measurements against closed forms: every formula of `lab::theory` agrees with what the machines
//! do, within four standard deviations of the sampling.
//!
//! The seeds are fixed, so that a test that passes goes on passing; a right machine fails about
//! one choice of seeds in 16 000. `AAP_EFFORT=10` runs ten times as many seeds.
#![expect(clippy::float_arithmetic, reason = "estimates are compared, nothing is decided by them")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use addrspace::Family;
use lab::measure::{
    Design, Distribution, Experiment, Metric, Samples, Seeds, Step, Tally, deviation,
};
use lab::theory::Wait;
use lab::{RunOptions, run, theory};
use scenario::Scenario;

const SIGMAS: f64 = 4.0;
const BOTH: [&str; 2] = ["literal", "repaired"];

/// How many runs a test may take.
fn runs(usual: u64) -> u64 {
    let effort = std::env::var("AAP_EFFORT").ok().and_then(|text| text.parse::<u64>().ok());
    usual * effort.unwrap_or(1).max(1)
}

fn embedded(name: &str) -> Scenario {
    Scenario::parse(lab::scenarios::find(name).unwrap().text).unwrap()
}

/// Runs a scenario under `settings`, among which may be a `variant`.
fn measure(scenario: &Scenario, profile: &str, runs: u64, settings: &[(&str, &str)]) -> Tally {
    let variant = settings.iter().find(|(name, _)| *name == "variant");
    let settings = settings.iter().filter(|(name, _)| *name != "variant");
    let design = Design {
        name: String::new(),
        seeds: Seeds { first: 1, last: runs },
        readings: vec![profile.parse().unwrap()],
        variant: variant.map(|(_, value)| (*value).to_owned()),
        settings: settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        axes: Vec::new(),
    };
    let experiment = Experiment::new(scenario, &design).unwrap_or_else(|why| panic!("{why}"));
    let jobs = NonZeroUsize::new(2).unwrap();
    let seeds = experiment.question().seeds;
    let go_on = |_: &Step<'_>| ControlFlow::Continue(());
    experiment.conduct(seeds, jobs, Samples::Counted, go_on).unwrap().tallies()[0].clone()
}

/// The share of runs in which something happened that has this `probability`.
fn assert_share(happened: u64, runs: u64, probability: f64, what: &str) {
    let share = happened as f64 / runs as f64;
    let error = SIGMAS * (probability * (1.0 - probability) / runs as f64).sqrt();
    assert!(
        (share - probability).abs() <= error,
        "{what}: {share:.5} of {runs}, but {probability:.5} ± {error:.5} is right"
    );
}

/// The mean of a distribution, in its own unit times `scale`.
fn assert_mean(found: &Distribution, scale: f64, expected: f64, what: &str) {
    let count = found.count() as f64;
    let mean = found.sum() as f64 / count * scale;
    // A hundredth of a percent for what formulas leave out.
    let error = SIGMAS * deviation(found) * scale / count.sqrt() + expected * 1e-4;
    assert!(
        (mean - expected).abs() <= error,
        "{what}: {mean:.5} of {count}, but {expected:.5} ± {error:.5} is right"
    );
}

fn assert_passes(text: &str, profile: &str) {
    let scenario = Scenario::parse(text).unwrap_or_else(|why| panic!("{text}\n{why:?}"));
    let profile = profile.parse::<lab::measure::Reading>().unwrap().profile();
    let report = run(&scenario, &RunOptions { profile: Some(profile), ..RunOptions::default() });
    let report = report.unwrap_or_else(|why| panic!("{text}\n{why}"));
    let failed: Vec<_> = report.checks.iter().filter(|c| c.failure.is_some()).collect();
    assert!(failed.is_empty(), "{profile}\n{text}\n{failed:#?}");
}

#[test]
fn a_claim_and_its_announcements_keep_the_times_of_the_draft() {
    let mut text = String::from(
        "title T\ncites SCN-01\nscope site 239.255.0.0/16 small\nhosts A B\nskip startup\n\
         tune jitter off\ndraw A address .7\nat 0s A claim 1 until +1h\nrun 60s\n\
         timeline only A\n",
    );
    for (mseq, at) in theory::claims().enumerate() {
        let _ = writeln!(text, "{at}s A ACLM q/{mseq} .7");
    }
    for (mseq, at) in theory::announcements().enumerate() {
        let _ = writeln!(text, "{at}s A AIU r/{mseq} .7");
    }
    text += "end\n";
    BOTH.iter().for_each(|profile| assert_passes(&text, profile));
}

#[test]
fn an_owner_answers_silence_at_the_times_of_the_draft() {
    // B claims between two regular AIUs, and is never heard again.
    let mut text = String::from(
        "title T\ncites SCN-05\nscope site 239.255.0.0/16 small\nhosts A B\nskip startup\n\
         tune jitter off\nlink * delay 20ms\nknown A allocated .7 until +12h\n\
         at 30.98s B claim 1 at .7 until +1h\nat 30.99s crash B\nrun 89s\n",
    );
    for at in theory::owners_answers().map(|at| 31 + at) {
        let _ = writeln!(text, "expect A count AIU .7 after {at}s before {}s = 0", at + 1);
        let (before, after) = (at * 10 - 1, at * 10 + 1);
        let point = |tenths: u64| format!("{}.{}s", tenths / 10, tenths % 10);
        let (before, after) = (point(before), point(after));
        let _ = writeln!(text, "expect A count AIU .7 after {before} before {after} = 1");
    }
    let answers = theory::owners_answers().count();
    let _ = writeln!(text, "expect A count AIU .7 after 30.5s before 89s = {}", answers + 1);
    BOTH.iter().for_each(|profile| assert_passes(&text, profile));
}

#[test]
fn a_lone_bystander_answers_silence_as_often_as_its_draws_say() {
    let scenario = embedded("lone-bystander-and-silence");
    for profile in BOTH {
        let tally = measure(&scenario, profile, runs(4000), &[]);
        let answers = tally.of(Metric::find("aiu.bystander").unwrap());
        assert_mean(&answers, 1.0, theory::mean_lone_answers(), profile);
    }
}

#[test]
fn bystanders_answer_together_as_often_as_their_waits_are_close() {
    let scenario = embedded("bystanders-answer-together");
    for (hosts, n, delay, d) in [
        ("1", 1.0, "500ms", 0.5),
        ("3", 3.0, "500ms", 0.5),
        ("9", 9.0, "100ms", 0.1),
        ("19", 19.0, "500ms", 0.5),
    ] {
        for profile in BOTH {
            let settings = [("hosts", hosts), ("delay", delay)];
            let tally = measure(&scenario, profile, runs(2000), &settings);
            let answers = tally.of(Metric::find("aiu.bystander").unwrap());
            let what = format!("{profile}, {hosts} bystanders, {delay}");
            assert_mean(&answers, 1.0, theory::mean_answers(n, d, &Wait::DRAFT), &what);
        }
    }
}

/// Not only their mean: every number of answers is as likely as the binomial distribution says.
#[test]
fn the_number_of_answers_is_binomial() {
    let scenario = embedded("bystanders-answer-together");
    for (hosts, n, delay, d) in [("3", 3, "1s", 1.0), ("9", 9, "500ms", 0.5), ("19", 19, "1s", 1.0)]
    {
        let settings = [("hosts", hosts), ("delay", delay)];
        let tally = measure(&scenario, "repaired", runs(4000), &settings);
        let answers = tally.of(Metric::find("aiu.bystander").unwrap());
        let likely = theory::answer_probabilities(n, d, &Wait::DRAFT);
        for (count, probability) in (0..).zip(&likely) {
            let seen = answers.at_least(count) - answers.at_least(count + 1);
            let what = format!("{hosts} bystanders, {delay}, {count} answers");
            // Too rare for the normal interval: none is all that can be said.
            if probability * tally.runs() as f64 > 5.0 {
                assert_share(seen, tally.runs(), *probability, &what);
            } else {
                assert!(seen <= 30, "{what}: {seen}");
            }
        }
        assert_eq!(answers.at_least(u64::from(n) + 1), 0);
    }
}

/// Where later waits are likelier, a crowd of bystanders answers hardly oftener than a few do.
#[test]
fn octaves_keep_many_bystanders_from_answering_together() {
    let scenario = embedded("bystanders-answer-together");
    for (hosts, n) in [("1", 1.0), ("9", 9.0), ("49", 49.0)] {
        let settings = [("hosts", hosts), ("delay", "100ms")];
        let tally = measure(&scenario, "hardened", runs(2000), &settings);
        let answers = tally.of(Metric::find("aiu.bystander").unwrap());
        let expected = theory::mean_answers(n, 0.1, &Wait::HARDENED);
        assert_mean(&answers, 1.0, expected, &format!("{hosts} bystanders"));
    }
}

#[test]
fn a_live_owner_is_missed_with_the_fourth_power_of_the_loss() {
    let scenario = embedded("live-owner-and-loss");
    for (loss, p) in [("30%", 0.3), ("50%", 0.5), ("60%", 0.6)] {
        for profile in BOTH {
            let tally = measure(&scenario, profile, runs(4000), &[("loss", loss)]);
            let missed = tally.of(Metric::Duplicates).positive();
            let what = format!("{profile}, {loss}");
            assert_share(missed, tally.runs(), theory::live_owner_missed(p), &what);
        }
    }
}

#[test]
fn an_owners_regular_announcements_are_another_chance() {
    let scenario = embedded("live-owner-and-loss");
    for (loss, p) in [("30%", 0.3), ("50%", 0.5)] {
        for profile in BOTH {
            let settings = [("loss", loss), ("variant", "regular")];
            let tally = measure(&scenario, profile, runs(3000), &settings);
            let missed = tally.of(Metric::Duplicates).positive();
            let probability = theory::live_owner_missed(p) * theory::regular_announcement_missed(p);
            assert_share(missed, tally.runs(), probability, &format!("{profile}, {loss}"));
        }
    }
}

#[test]
fn a_dead_owners_address_is_taken_with_the_loss_itself() {
    let scenario = embedded("dead-owner-and-loss");
    for (loss, p, delay, d) in [
        ("10%", 0.1, "100ms", 0.1),
        ("30%", 0.3, "100ms", 0.1),
        ("50%", 0.5, "100ms", 0.1),
        ("20%", 0.2, "1s", 1.0),
    ] {
        for profile in BOTH {
            let settings = [("loss", loss), ("delay", delay)];
            let tally = measure(&scenario, profile, runs(6000), &settings);
            let taken = tally.of(Metric::Grants).positive();
            let what = format!("{profile}, {loss}, {delay}");
            assert_share(taken, tally.runs(), theory::dead_owner_taken(p, d, &Wait::DRAFT), &what);
        }
    }
    let (exact, linear) = (theory::dead_owner_taken(0.1, 0.1, &Wait::DRAFT), 0.8 * 0.1);
    assert!((exact - linear).abs() < 0.005, "linear, not p^4");
}

/// The proposed profile draws first waits from 0.2 to 0.8 s, later ones likelier: no more linear risk, also where only
/// one of two bystanders follows it and all others follow the text.
#[test]
fn hardened_bystanders_remove_the_linear_risk_even_among_literal_ones() {
    let scenario = embedded("dead-owner-and-loss");
    for (loss, p) in [("10%", 0.1), ("30%", 0.3)] {
        let tally = measure(&scenario, "hardened", runs(6000), &[("loss", loss)]);
        let taken = tally.of(Metric::Grants).positive();
        let expected = theory::dead_owner_taken(p, 0.1, &Wait::HARDENED);
        assert_share(taken, tally.runs(), expected, &format!("hardened, {loss}"));
    }
    let quick = [("M1.defence-low", "2"), ("M1.defence-high", "8"), ("M1.defence-octaves", "6")];
    let one_of_two = [&[("hosts", "2")][..], &quick].concat();
    let mixed = measure(&scenario, "literal", runs(6000), &one_of_two);
    let literal = measure(&scenario, "literal", runs(6000), &[("hosts", "2")]);
    let taken = |tally: &Tally| tally.of(Metric::Grants).positive();
    assert!(taken(&mixed) * 20 < taken(&literal), "{} {}", taken(&mixed), taken(&literal));
}

/// Where two owners' announcements cross after a heal, both undo as written; hardened, the lower
/// address keeps it.
#[test]
fn hardened_owners_never_both_undo() {
    let scenario = embedded("healed-conflict-is-noticed");
    let tally = measure(&scenario, "hardened", runs(2000), &[("delay", "1s")]);
    assert_eq!(tally.of(Metric::Held).positive(), tally.runs());
    let literal = measure(&scenario, "literal", runs(2000), &[("delay", "1s")]);
    assert!(literal.of(Metric::Held).positive() < literal.runs(), "crossings happen");
}

#[test]
fn a_conflict_is_noticed_as_soon_as_either_owner_speaks() {
    const DELAY: f64 = 0.02;
    let scenario = embedded("healed-conflict-is-noticed");
    for profile in BOTH {
        let tally = measure(&scenario, profile, runs(3000), &[]);
        let noticed = tally.of(Metric::FirstConflict);
        assert_eq!(noticed.count(), tally.runs(), "{profile}: always");
        assert_mean(&noticed, 1e-6, theory::mean_notice() + DELAY, profile);
        assert!(noticed.greatest() <= 39_020_000, "{profile}: {}", noticed.greatest());
        for share in [0.5, 0.9, 0.99] {
            let by = (theory::notice_quantile(share) + DELAY) * 1e6;
            let so_far: u64 = noticed
                .classes()
                .take_while(|(micros, _)| (*micros as f64) < by)
                .map(|(_, count)| count)
                .sum();
            assert_share(so_far, tally.runs(), share, &format!("{profile}, {share}"));
        }
    }
}

#[test]
fn steady_traffic_is_a_message_for_forty_ranges() {
    let scenario = embedded("regular-traffic");
    for (variant, ranges) in [("r20", 20), ("r40", 40), ("r60", 60), ("r80", 80), ("r100", 100)] {
        for profile in BOTH {
            let tally = measure(&scenario, profile, runs(150), &[("variant", variant)]);
            let sent = tally.of(Metric::find("aiu.owner").unwrap());
            let expected = theory::regular_announcements(ranges, Family::V4, 3600.0);
            assert_mean(&sent, 1.0, expected, &format!("{profile}, {variant}"));
        }
    }
}

#[test]
fn steady_traffic_of_long_addresses_is_a_message_for_thirteen_ranges() {
    for (addresses, ranges) in [(".1-.19/2", 13), (".1-.1b/2", 14)] {
        let text = format!(
            "title T\ncites SCN-52\nscope site ff15::/112 small\nhosts A B\nskip startup\n\
             known A allocated {addresses} until +12h\nrun 1h\n"
        );
        let scenario = Scenario::parse(&text).unwrap_or_else(|why| panic!("{text}\n{why:?}"));
        let tally = measure(&scenario, "repaired", runs(150), &[]);
        let sent = tally.of(Metric::find("aiu.owner").unwrap());
        let expected = theory::regular_announcements(ranges, Family::V6, 3600.0);
        assert_mean(&sent, 1.0, expected, addresses);
    }
}
