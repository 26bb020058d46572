//! The reference of the language means what it says.

use super::WORLD;
use crate::{LABELS, Label, Legal, ORACLES, Scenario, Tunable, TuneKind, tunables};

const REFERENCE: &str = include_str!("../../../../docs/scenario-language.md");

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
    let oracles = ORACLES.iter().map(|row| format!("| `{}` |", row.name));
    for row in LABELS.iter().map(label_row).chain(tunables().map(tunable_row)).chain(oracles) {
        assert!(REFERENCE.contains(&row), "docs/scenario-language.md lacks this row:\n{row}");
    }
}

fn label_row(row: &Label) -> String {
    let thousandths = |n: u32| {
        let text = format!("{}.{:03}", n / 1_000, n % 1_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let legal = match row.legal {
        Legal::Addresses => "addresses".to_owned(),
        Legal::AnyTime => "any duration".to_owned(),
        Legal::Number => "number".to_owned(),
        Legal::Times { low, high, constant, .. } => {
            format!("{} to {} × `{constant}`", thousandths(low), thousandths(high))
        }
    };
    format!("| `{}` | {legal} | {} | {} |", row.name, row.about, row.rule)
}

fn tunable_row(row: Tunable) -> String {
    let kind = match row.kind {
        TuneKind::Time => "duration".to_owned(),
        TuneKind::Number => "number".to_owned(),
        TuneKind::Limit => "number, duration or `off`".to_owned(),
        TuneKind::Switch => "`on`, `off`".to_owned(),
        TuneKind::Choice(words) => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
    };
    format!("| `{}` | {kind} | {} | {} |", row.name, row.about.trim_end_matches('.'), row.rule)
}
