use std::fs;

use serde_json::Value;

use crate::support::{QUIET, aap, directory, file};

/// The same with an expectation that cannot come true, on line 11.
fn failing() -> String {
    format!("{QUIET}expect A never ACLM\n")
}

#[test]
fn a_scenario_shows_its_timeline_then_its_verdicts() {
    let ran = aap(&["replay", &file(&directory("one"), "quiet.scn", QUIET)]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    let (title, message, verdict) = (
        ran.out.find("One claim and nobody objects"),
        ran.out.find("ACLM"),
        ran.out.find("passed: 2 of 2 checks met"),
    );
    assert!(title.is_some() && title < message && message < verdict, "{}", ran.out);
    assert!(ran.out.contains("seed 4"), "{}", ran.out);
}

#[test]
fn a_failed_expectation_exits_with_1_and_shows_its_line() {
    let ran = aap(&["replay", "-q", &file(&directory("failed"), "failing.scn", &failing())]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(ran.out.contains("line 11: expect A never ACLM"), "{}", ran.out);
}

#[test]
fn directories_are_ordered_by_name_whatever_the_number_of_jobs() {
    let directory = directory("ordered");
    for name in ["c.scn", "a.scn", "b.scn", "d.txt"] {
        file(&directory, name, QUIET);
    }
    let path = directory.display().to_string();
    let one = aap(&["replay", &path, "--jobs", "1"]);
    assert_eq!((one.status, one.err.as_str()), (Some(0), ""));
    let names: Vec<_> =
        one.out.lines().filter_map(|line| line.split_whitespace().nth(1)).take(3).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert!(one.out.ends_with("3 scenarios, 3 runs: 3 passed, 0 failed\n"), "{}", one.out);
    assert_eq!(aap(&["replay", &path, "--jobs", "4"]), one);
}

#[test]
fn failures_among_many_are_told_in_detail() {
    let directory = directory("among");
    file(&directory, "a.scn", QUIET);
    file(&directory, "b.scn", &failing());
    let ran = aap(&["replay", "--quiet", &directory.display().to_string()]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.out.starts_with("FAIL  b "), "{}", ran.out);
    assert!(ran.out.contains("line 11: expect A never ACLM"), "{}", ran.out);
    assert!(ran.out.ends_with("2 scenarios, 2 runs: 1 passed, 1 failed\n"), "{}", ran.out);
}

#[test]
fn the_same_seed_gives_the_same_octets_and_another_seed_another_run() {
    let directory = directory("seeds");
    let path = file(&directory, "quiet.scn", QUIET);
    let run = |seed: &str, to: &str| {
        let to = directory.join(to).display().to_string();
        let ran = aap(&["replay", &path, "--seed", seed, "-o", &to]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        (ran.out, fs::read(to).expect("the journal is there"))
    };
    let first = run("11", "1.ndjson");
    assert!(first.0.contains("seed 11"));
    assert_eq!(first, run("11", "2.ndjson"));
    assert_ne!(first.1, run("12", "3.ndjson").1);
}

#[test]
fn a_journal_is_shown_again_and_explains_itself() {
    let directory = directory("journal");
    let journal = directory.join("t.ndjson").display().to_string();
    let path = file(&directory, "quiet.scn", QUIET);
    assert_eq!(aap(&["replay", "-q", &path, "-o", &journal]).status, Some(0));
    let ran = aap(&["replay", &journal]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("ACLM") && ran.out.contains("seed 4"), "{}", ran.out);

    let last = fs::read_to_string(&journal).expect("text").lines().count().to_string();
    let unknown = aap(&["replay", &journal, &format!("--explain={last}000")]);
    assert_eq!(unknown.status, Some(2));
    let text = fs::read_to_string(&journal).expect("text");
    let held = text.lines().find(|line| line.contains("\"what\":\"event\"")).expect("an event");
    let id = serde_json::from_str::<Value>(held).expect("JSON")["id"].to_string();
    let why = aap(&["replay", &journal, &format!("--explain={id}")]);
    assert_eq!(why.status, Some(0), "{}", why.err);
    assert!(why.out.lines().last().is_some_and(|line| line.starts_with(&format!("#{id} "))));
}

#[test]
fn results_are_there_for_programs() {
    let directory = directory("json");
    file(&directory, "a.scn", QUIET);
    file(&directory, "b.scn", &failing());
    let ran = aap(&["replay", "--json", &directory.display().to_string()]);
    assert_eq!(ran.status, Some(1));
    let said = aap(&["replay", "--format", "json", &directory.display().to_string()]);
    assert_eq!(said.out, ran.out, "two ways to ask for the same");
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&document["schema"], &document["version"]), (&"aap.replay".into(), &1.into()));
    assert_eq!(document["summary"]["runs"], 2);
    let runs = document["runs"].as_array().expect("an array");
    assert_eq!((&runs[0]["scenario"], &runs[0]["passed"]), (&"a".into(), &true.into()));
    assert_eq!(runs[1]["checks"][2]["met"], false);
    assert_eq!(runs[1]["seed"], 4);
    assert!(runs[0]["digest"].is_string());
}

#[test]
fn colour_is_used_when_asked_for_and_never_else() {
    let path = file(&directory("colour"), "quiet.scn", QUIET);
    assert!(!aap(&["replay", &path]).out.contains('\x1b'));
    assert!(aap(&["replay", &path, "--color", "always"]).out.contains('\x1b'));
    assert!(aap(&["replay", &path, "--plain"]).out.is_ascii());
}

#[test]
fn several_journals_need_a_directory() {
    let directory = directory("outputs");
    let (a, b) = (file(&directory, "a.scn", QUIET), file(&directory, "b.scn", QUIET));
    let ran = aap(&["replay", &a, &b, "-o", &directory.join("one.ndjson").display().to_string()]);
    assert_eq!(ran.status, Some(2));
    let ran = aap(&["replay", &a, &b, "-o", &directory.display().to_string()]);
    assert_eq!(ran.status, Some(0));
    assert!(directory.join("a.ndjson").exists() && directory.join("b.ndjson").exists());
}

#[test]
fn the_tour_stops_five_times_and_passes() {
    let ran = aap(&["tour", "--simulated-only"]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{}", ran.out);
    for stop in 1..=5 {
        assert!(ran.out.contains(&format!("{stop} of 5: ")), "{stop}");
    }
    assert_eq!(ran.out.matches("passed: ").count(), 5);
    assert!(ran.out.contains("Next:"));
}
