//! The reference of the language means what it says.

use super::WORLD;
use crate::scenario::{LABELS, ORACLES, Scenario, TUNABLES};

const REFERENCE: &str = include_str!("../../../../../docs/scenario-language.md");

/// The contents of the fenced blocks of one kind.
fn blocks(kind: &str) -> Vec<String> {
    let fence = format!("```{kind}\n");
    let starts = REFERENCE.split(&fence).skip(1);
    starts.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_whole_example_is_sound() {
    let examples = blocks("scn");
    assert!(!examples.is_empty());
    for example in examples {
        let reading = Scenario::read(&example);
        assert!(reading.diagnostics.is_empty(), "{example}\n{:#?}", reading.diagnostics);
    }
}

#[test]
fn every_partial_example_is_sound_in_a_world() {
    let examples = blocks("scn-part");
    assert!(examples.len() >= 15, "{}", examples.len());
    for example in examples {
        let reading = Scenario::read(&format!("{WORLD}{example}"));
        assert!(reading.is_sound(), "{example}\n{:#?}", reading.diagnostics);
    }
}

#[test]
fn the_vocabulary_is_documented() {
    let labels = LABELS.iter().map(|row| row.name);
    let names = labels.chain(TUNABLES.iter().map(|row| row.name));
    for name in names.chain(ORACLES.iter().map(|row| row.name)) {
        assert!(REFERENCE.contains(&format!("| `{name}` |")), "{name}");
    }
}
