//! The description of the format and the format are the same thing.

use trace::{Journal, Writer};

const DESCRIPTION: &str = include_str!("../../../docs/trace.md");
const RUN: &str = include_str!("../../netsim/tests/journals/objection.jsonl");

/// The example of the description.
fn example() -> &'static str {
    let (_, from) = DESCRIPTION.split_once("```jsonl\n").unwrap_or_default();
    from.split_once("```").unwrap_or_default().0
}

fn rewritten(journal: &Journal) -> String {
    let mut out = Vec::new();
    trace::write(&mut out, journal).expect("a vector takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[test]
fn the_example_is_a_journal_byte_for_byte() {
    let journal = trace::read(example()).expect("the example is a journal");
    assert_eq!(journal.entries.len(), 8);
    assert_eq!(rewritten(&journal), example());
    let chain: Vec<_> = trace::why(&journal.entries, 20).iter().map(|entry| entry.id).collect();
    assert_eq!(chain, [20, 19, 18, 17, 14, 13, 12]);
}

#[test]
fn the_example_is_part_of_a_run() {
    for line in example().lines().skip(1) {
        assert!(RUN.lines().any(|other| other == line), "not in the run: {line}");
    }
}

#[test]
fn a_run_is_written_as_it_was_read() {
    let journal = trace::read(RUN).expect("the run is a journal");
    assert_eq!(rewritten(&journal), RUN);
}

#[test]
fn every_kind_of_a_run_is_described() {
    for line in RUN.lines().skip(1) {
        let (_, rest) = line.split_once("\"what\":\"").expect("every entry has a kind");
        let kind = rest.split('"').next().unwrap_or_default();
        assert!(DESCRIPTION.contains(&format!("| `{kind}` |")), "{kind} is not described");
    }
}

#[test]
fn any_damage_to_a_line_is_found_or_harmless() {
    let line = RUN.lines().nth(6).expect("a line");
    let header = RUN.lines().next().expect("a header");
    for at in 0..line.len() {
        let damaged = format!("{header}\n{}\n", &line[..at]);
        let result = trace::read(&damaged);
        assert!(at == 0 || result.is_err_and(|error| error.line == 2), "cut at {at}");
    }
}

#[test]
fn a_writer_that_fails_says_so() {
    let journal = trace::read(RUN).expect("the run is a journal");
    let mut room = [0; 300];
    let mut writer = Writer::new(&mut room[..], &journal.header).expect("room for the header");
    assert!(journal.entries.iter().any(|entry| writer.entry(entry).is_err()));
}
