//! The result of a check for programs.

use lab::check::{PROPERTIES, Shortage, Verdict, word};
use serde_json::{Value, json};

use super::Outcome;

/// The `schema` of the document.
const SCHEMA: &str = "aap.check";
/// The `version` of the document; grows when a reader of the one before would misread it.
const VERSION: u32 = 1;

pub(super) fn document(outcome: &Outcome<'_>) -> Value {
    let (bounds, tally) = (outcome.checkable.bounds(), outcome.check.tally());
    let draws: Vec<&str> = bounds.representatives.iter().map(|r| word(*r)).collect();
    let (verdict, details) = match outcome.verdict {
        Verdict::Proved => ("proved", Value::Null),
        Verdict::Inconclusive(shortage) => {
            let proved = tally.faults.checked_sub(1);
            (
                "inconclusive",
                json!({ "ran_out": word_of(*shortage), "proved_up_to_faults": proved }),
            )
        }
        Verdict::Violated(finding) => (
            "violated",
            json!({
                "property": finding.property,
                "why": finding.why,
                "at_us": finding.at.micros(),
                "faults": finding.faults,
                "steps": finding.steps,
                "story": finding.story,
                "scenario": finding.scenario.text,
                "replays": finding.scenario.mismatch.is_none(),
            }),
        ),
    };
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "aap": env!("CARGO_PKG_VERSION"),
        "scenario": outcome.name,
        "title": outcome.checkable.title(),
        "variant": outcome.args.variant,
        "profile": outcome.checkable.profile().word(),
        "settings": outcome.args.settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
        "hosts": outcome.checkable.hosts().collect::<Vec<_>>(),
        "bounds": {
            "delay_us": bounds.delay.micros(),
            "losses": bounds.losses,
            "duplicates": bounds.duplicates,
            "crashes": bounds.crashes,
            "horizon_us": bounds.horizon.micros(),
            "draws": draws,
        },
        "properties": PROPERTIES.map(|(name, _)| name),
        "verdict": verdict,
        "details": details,
        "states": {
            "unique": tally.unique,
            "generated": tally.generated,
            "at_the_horizon": tally.ends,
            "waiting": tally.waiting,
            "depth": tally.depth,
            "faults": tally.faults,
            "moments": tally.moments,
            "octets_max": tally.octets_max,
        },
        "rules": outcome.check.rules(),
        "budget": { "octets": outcome.args.memory, "states": outcome.args.states },
        "jobs": outcome.jobs,
        "spent_ms": outcome.spent.as_millis() as u64,
    })
}

/// What ran out.
const fn word_of(shortage: Shortage) -> &'static str {
    match shortage {
        Shortage::Memory => "memory",
        Shortage::States => "states",
        Shortage::Patience => "patience",
    }
}
