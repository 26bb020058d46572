use std::fs;

use crate::support::{QUIET, aap, directory, file};

/// Sound but for line 7.
const MISTAKE: &str = "\
title   A name with two letters swapped
cites   AAP-3.2.5-01
seed    1
scope   site 239.255.0.0/16 small
hosts   Alpha Beta

at 0s Alhpa allocate 2 until +1h
run 20s
";

#[test]
fn a_mistake_on_line_7_is_shown_there() {
    let path = file(&directory("line-7"), "mistake.scn", MISTAKE);
    let ran = aap(&["replay", &path]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    for wanted in [
        format!("--> {path}:7:7"),
        "7 | at 0s Alhpa allocate 2 until +1h".to_owned(),
        "expected `Alpha` or `Beta`".to_owned(),
        "did you mean `Alpha`?".to_owned(),
    ] {
        assert!(ran.err.contains(&wanted), "{wanted} in {}", ran.err);
    }
}

#[test]
fn plain_mistakes_are_sentences() {
    let path = file(&directory("plain"), "mistake.scn", MISTAKE);
    let ran = aap(&["replay", "--plain", &path]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.starts_with(&format!("{path}:7:7: error[")), "{}", ran.err);
}

#[test]
fn every_invalid_file_of_a_directory_is_shown() {
    let directory = directory("several");
    file(&directory, "b.scn", MISTAKE);
    file(&directory, "a.scn", "hosts\n");
    let ran = aap(&["replay", &directory.display().to_string()]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    let (a, b) = (ran.err.find("a.scn:"), ran.err.find("b.scn:7:7"));
    assert!(a.is_some() && a < b, "{}", ran.err);
}

#[test]
fn unknown_names_get_a_suggestion() {
    let ran = aap(&["replay", "figur-3"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("did you mean figure-3?"), "{}", ran.err);
}

#[test]
fn an_empty_directory_is_invalid() {
    let ran = aap(&["replay", &directory("empty").display().to_string()]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("no *.scn file"), "{}", ran.err);
}

#[test]
fn broken_journals_and_json_scenarios_name_the_line() {
    let directory = directory("broken");
    let journal =
        "{\"schema\":\"aap.trace\",\"version\":1,\"title\":\"t\",\"seed\":1,\"hosts\":[]}\n{}\n";
    let ran = aap(&["replay", &file(&directory, "x.ndjson", journal)]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("x.ndjson: line 2: "), "{}", ran.err);

    let ran = aap(&["replay", &file(&directory, "x.json", "{\n}")]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("line 2"), "{}", ran.err);
}

#[test]
fn files_that_are_not_text_name_the_line() {
    let path = directory("octets").join("x.scn");
    fs::write(&path, b"title x\nhosts \xff\n").expect("a file can be written");
    let ran = aap(&["replay", &path.display().to_string()]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("line 2 is not UTF-8"), "{}", ran.err);
}

#[test]
fn settings_are_checked() {
    let wrong = [("los=0.1", "did you mean `loss`?"), ("loss=much", "expected a probability")];
    let path = file(&directory("settings"), "quiet.scn", QUIET);
    for (setting, expected) in wrong {
        let ran = aap(&["replay", &path, "--set", setting]);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{setting}");
        assert!(ran.err.contains(expected), "{expected} in {}", ran.err);
    }
}

#[test]
fn unknown_variants_are_refused_with_those_there_are() {
    let text = format!("{QUIET}variant hasty\n  seed 5\nend\n");
    let path = file(&directory("variants"), "quiet.scn", &text);
    let ran = aap(&["replay", &path, "--variant", "nope"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("there is hasty, and base for"), "{}", ran.err);
    for (variant, shown) in [("hasty", "(variant hasty)"), ("base", "seed 4")] {
        let ran = aap(&["replay", "--quiet", &path, "--variant", variant]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        assert!(ran.out.contains(shown), "{}", ran.out);
    }
}
