use super::*;
use crate::run::{RunOptions, run};

const LONG: &str = "\
title Two sides
seed 11
profile repaired
scope site 239.192.0.0/16 large
hosts A B C D
link * delay 100ms jitter 50ms duplicate 10%
clock B skew +3s drift 100ppm
known asa .0-.7 until 3h expires 1h
skip startup
cap 4000
at 2s partition A B | C D
at 5s A allocate 2 until +40s
at 6s D allocate 1 until +2h
at 20s C preallocate 1 until +2h
at 30s C crash
at 40s heal
run 340s
";

fn scenario() -> Scenario {
    Scenario::parse(&LONG.replace("C crash", "crash C")).unwrap()
}

/// Whether D is granted something.
fn grants_to_last(scenario: &Scenario) -> bool {
    let mut asked = scenario.clone();
    let line = Scenario::parse("expect anyone count granted >= 1").unwrap();
    asked.lines.extend(line.lines);
    run(&asked, &RunOptions::default()).is_ok_and(|report| report.passed())
}

#[test]
fn what_is_left_is_what_it_takes() {
    let small = shrink(&scenario(), 2_000, grants_to_last);
    assert!(grants_to_last(&small));
    let text = small.to_text();
    let events = small.lines.iter().filter(|l| matches!(l.statement, Some(Statement::At(_))));
    assert_eq!(events.count(), 1, "{text}");
    assert!(text.contains("hosts    A\n"), "{text}");
    assert!(text.contains("at 0s    A allocate 1 until +1h"), "{text}");
    assert!(text.contains("run 10s") || text.contains("run 11s"), "{text}");
}

#[test]
fn the_same_scenario_shrinks_the_same_way() {
    let (once, again) =
        (shrink(&scenario(), 500, grants_to_last), shrink(&scenario(), 500, grants_to_last));
    assert_eq!(once, again);
}

#[test]
fn no_more_is_asked_than_was_allowed() {
    let mut asked = 0;
    let _ = shrink(&scenario(), 17, |_| {
        asked += 1;
        false
    });
    assert_eq!(asked, 17);
}

#[test]
fn what_holds_of_nothing_smaller_stays_as_it_is() {
    assert_eq!(shrink(&scenario(), 5_000, |_| false), scenario());
}

#[test]
fn a_host_goes_with_all_that_is_about_it() {
    let text = without_host(&without_host(&scenario(), "C"), "D").to_text();
    for gone in ["partition", "crash", "at 6s", "at 20s"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert!(text.contains("hosts    A B\n"), "{text}");
}

#[test]
fn names_change_everywhere_at_once() {
    let renames = [("A".to_owned(), "B".to_owned()), ("B".to_owned(), "A".to_owned())];
    let text = rename(&scenario(), &renames).unwrap().to_text();
    assert!(text.contains("hosts    B A C D"), "{text}");
    assert!(text.contains("partition B A | C D"), "{text}");
    assert!(text.contains("clock    A skew +3s"), "{text}");
}
