//! Experiments as a whole: whatever the threads and the parts, the same result.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use super::*;
use scenario::Scenario;

const TEXT: &str = "title T\ncites SCN-48\nscope site 239.255.0.0/16 small\nhosts A B\n\
    link * delay 10ms loss 50%\nskip startup\nat 0s A claim 1 at .7 until +1h\n\
    at 0s B claim 1 at .7 until +2h\nrun 2m\nexpect each holds .7 at 10.005s\n";

fn design(seeds: (u64, u64)) -> Design {
    Design {
        name: "crossing".to_owned(),
        seeds: Seeds { first: seeds.0, last: seeds.1 },
        readings: vec!["literal".parse().unwrap(), "repaired".parse().unwrap()],
        variant: None,
        settings: vec![("delay".to_owned(), "20ms".to_owned())],
        axes: vec!["loss=0..0.6/3".parse().unwrap()],
    }
}

fn experiment(design: &Design) -> Experiment {
    let scenario = Scenario::parse(TEXT).expect("it is sound");
    Experiment::new(&scenario, design).unwrap_or_else(|why| panic!("{why}"))
}

fn conduct(experiment: &Experiment, seeds: Seeds, jobs: usize) -> Part {
    let jobs = NonZeroUsize::new(jobs).unwrap();
    let go_on = |_: &Step<'_>| ControlFlow::Continue(());
    experiment.conduct(seeds, jobs, Samples::Counted, go_on).expect("it can be run")
}

#[test]
fn rows_are_all_combinations_in_order() {
    let experiment = experiment(&design((1, 2)));
    let labels: Vec<String> = experiment.question().rows.iter().map(RowQuestion::label).collect();
    let expected = ["literal loss=0", "literal loss=0.3", "literal loss=0.6"];
    assert_eq!(labels[..3], expected);
    assert_eq!(labels[5], "repaired loss=0.6");
    assert_eq!(experiment.question().rows[0].profile, "literal");
    assert_eq!(experiment.question().rows[0].checks.len(), 1);
}

#[test]
fn the_result_depends_neither_on_threads_nor_on_parts() {
    let experiment = experiment(&design((1, 90)));
    let seeds = experiment.question().seeds;
    let whole = conduct(&experiment, seeds, 1);
    assert_eq!(conduct(&experiment, seeds, 3), whole);
    let part = |n| {
        let part = conduct(&experiment, seeds.part(n, 4).unwrap(), 2);
        let again = Part::from_json(&part.to_json()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(again, part);
        (format!("part {n}"), again)
    };
    let merged = Part::merge([3, 1, 4, 2].map(part).into()).expect("they fit");
    assert_eq!(merged, whole);
    assert_eq!(merged.to_json(), whole.to_json());
}

#[test]
fn losses_let_both_claims_through_and_the_check_sees_it() {
    let whole = conduct(&experiment(&design((1, 100))), Seeds { first: 1, last: 100 }, 2);
    let both = |row: usize| whole.tallies()[row].met()[0];
    assert_eq!(both(0), 0, "without loss never");
    assert!(both(2) < 20, "p^8 = 1.7 %: {}", both(2));
    let duplicates = whole.tallies()[2].of(Metric::Duplicates);
    assert!(duplicates.sum() >= u128::from(both(2)));
    assert_eq!(whole.tallies()[2].runs(), 100);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let experiment = experiment(&design((1, 40)));
    let seeds = experiment.question().seeds;
    let part = |n: u64| (n.to_string(), conduct(&experiment, seeds.part(n, 4).unwrap(), 1));
    let refused = |parts: Vec<(String, Part)>| Part::merge(parts).expect_err("refused").to_string();
    assert_eq!(refused(vec![]), "there are no parts");
    assert_eq!(refused(vec![part(1), part(2), part(4)]), "no part holds the seeds 21..30");
    assert_eq!(refused(vec![part(2), part(3), part(4)]), "no part holds the seeds 1..10");
    assert_eq!(refused(vec![part(1), part(2), part(3)]), "no part holds the seeds 31..40");
    let twice = refused(vec![part(1), part(2), part(2), part(3), part(4)]);
    assert_eq!(twice, "2 and 2 both hold seed 11");
    let mut other = design((1, 40));
    other.settings[0].1 = "30ms".to_owned();
    let other = conduct(&super::tests::experiment(&other), seeds.part(2, 4).unwrap(), 1);
    let mixed = refused(vec![part(1), ("x".to_owned(), other), part(3), part(4)]);
    assert_eq!(mixed, "x has other settings than 1");
    let digest = &experiment.question().rows[0].digest;
    let text = part(2).1.to_json().replace(digest, "0123456789abcdef");
    let other = Part::from_json(&text).unwrap();
    let mixed = refused(vec![part(1), ("x".to_owned(), other), part(3), part(4)]);
    assert_eq!(mixed, "x has runs of another build of aap than 1");
}

#[test]
fn damaged_parts_are_refused_and_never_panic() {
    let experiment = experiment(&design((1, 4)));
    let text = conduct(&experiment, experiment.question().seeds, 1).to_json();
    for (from, to) in [
        ("\"version\":2", "\"version\":1"),
        ("aap.measure.part", "aap.measure"),
        ("\"runs\":4", "\"runs\":5"),
        ("\"metric\":\"messages\"", "\"metric\":\"aclm\""),
        ("\"least\":", "\"least\":9"),
        ("\"seeds\":{\"first\":1", "\"seeds\":{\"first\":9"),
    ] {
        let damaged = text.replace(from, to);
        assert_ne!(damaged, text, "{from}");
        assert!(Part::from_json(&damaged).is_err(), "{from} to {to}");
    }
    for end in (0..text.len()).step_by(97) {
        assert!(Part::from_json(&text[..end]).is_err());
    }
}

#[test]
fn samples_come_seed_after_seed() {
    let experiment = experiment(&design((7, 30)));
    let mut order = Vec::new();
    let jobs = NonZeroUsize::new(3).unwrap();
    let note = |step: &Step<'_>| {
        order.extend(step.samples.iter().map(|(row, sample)| (sample.seed, *row)));
        ControlFlow::Continue(())
    };
    experiment.conduct(experiment.question().seeds, jobs, Samples::Wanted, note).unwrap();
    let expected: Vec<(u64, usize)> =
        (7..=30).flat_map(|seed| (0..6).map(move |row| (seed, row))).collect();
    assert_eq!(order, expected);
}

#[test]
fn a_caller_can_stop() {
    let experiment = experiment(&design((1, 1000)));
    let jobs = NonZeroUsize::new(2).unwrap();
    let stop = |_: &Step<'_>| ControlFlow::Break(());
    let seeds = experiment.question().seeds;
    assert_eq!(experiment.conduct(seeds, jobs, Samples::Counted, stop), Err(Unfinished::Stopped));
}

#[test]
fn designs_that_make_no_sense_are_refused() {
    let scenario = Scenario::parse(TEXT).unwrap();
    let refused = |change: &dyn Fn(&mut Design)| {
        let mut design = design((1, 2));
        change(&mut design);
        Experiment::new(&scenario, &design).err().expect("refused").to_string()
    };
    let unknown = refused(&|d| d.axes = vec!["los=0,1".parse().unwrap()]);
    assert_eq!(unknown, "los=0: nothing is called `los`; did you mean `loss`?");
    let short = refused(&|d| d.settings = vec![("run".to_owned(), "5s".to_owned())]);
    assert!(short.contains("with these settings"), "{short}");
    let many = refused(&|d| d.axes = vec!["loss=0..1/1000".parse().unwrap(); 2]);
    assert_eq!(many, "2000000 rows; at most 10000 are run");
    assert!(refused(&|d| d.variant = Some("x".to_owned())).contains("no variant"));
    assert!("litteral".parse::<Reading>().unwrap_err().contains("no profile"));
    assert!("literal+x".parse::<Reading>().unwrap_err().contains("SWITCH=VALUE"));
}
