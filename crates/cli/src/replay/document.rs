//! The results of runs as one versioned document for programs.

use lab::{OracleReport, Report, RunError};
use netsim::{Counters, Verdict};
use serde_json::{Map, Value, json};

use super::cases::Case;
use super::summary::Tally;
use super::verdicts::sentence;

/// The `schema` of the document.
pub(crate) const SCHEMA: &str = "aap.replay";
/// The `version` of the document; grows when a reader of the one before would misread it.
pub(crate) const VERSION: u32 = 1;

/// The document about all `runs`.
pub(crate) fn document(runs: Vec<Value>, tally: &Tally) -> Value {
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "aap": env!("CARGO_PKG_VERSION"),
        "runs": runs,
        "summary": {
            "scenarios": tally.scenarios,
            "runs": tally.runs,
            "passed": tally.passed,
            "failed": tally.failed,
            "invalid": tally.invalid,
            "inconclusive": tally.inconclusive,
        },
    })
}

/// What there is to say about one run.
pub(crate) fn run(case: &Case<'_>, report: &Report) -> Value {
    let checks = report.checks.iter().map(|check| {
        let mut object = Map::new();
        object.insert("line".into(), check.line.into());
        object.insert("text".into(), sentence(&check.text).into());
        object.insert("met".into(), check.failure.is_none().into());
        if let Some(failure) = &check.failure {
            object.insert("failure".into(), failure.clone().into());
        }
        Value::from(object)
    });
    json!({
        "scenario": case.source.name,
        "variant": report.variant,
        "path": case.source.path,
        "title": report.title,
        "profile": report.profile.word(),
        "seed": report.seed,
        "digest": report.digest,
        "ended": report.ended,
        "passed": report.passed(),
        "inconclusive": report.inconclusive(),
        "checks": checks.collect::<Vec<_>>(),
        "oracles": report.oracles.iter().map(oracle).collect::<Vec<_>>(),
        "counters": counters(&report.counters),
    })
}

/// What there is to say about a run that could not begin.
pub(crate) fn invalid(case: &Case<'_>, error: &RunError) -> Value {
    json!({
        "scenario": case.source.name,
        "variant": case.variant,
        "path": case.source.path,
        "passed": false,
        "error": error.to_string(),
    })
}

fn oracle(oracle: &OracleReport) -> Value {
    let mut object = Map::new();
    object.insert("name".into(), oracle.name.into());
    object.insert("assumption".into(), oracle.assumption.into());
    // The words of the journal's verdicts.
    let verdict = match &oracle.verdict {
        Verdict::Holds => "holds",
        Verdict::Violated { .. } => "violated",
        Verdict::NotExercised { .. } => "not_exercised",
    };
    object.insert("verdict".into(), verdict.into());
    match &oracle.verdict {
        Verdict::Holds => {}
        Verdict::Violated { why, at, entry } => {
            object.insert("why".into(), why.clone().into());
            object.insert("at_us".into(), at.as_micros().into());
            object.insert("entry".into(), (*entry).into());
        }
        Verdict::NotExercised { why } => {
            object.insert("why".into(), why.clone().into());
        }
    }
    if let Some(claimed) = oracle.claimed {
        object.insert("claimed".into(), claimed.word().into());
    }
    object.insert("ok".into(), oracle.ok.into());
    object.into()
}

fn counters(counters: &Counters) -> Value {
    json!({
        "sent": counters.sent,
        "injected": counters.injected,
        "delivered": counters.delivered,
        "dropped": counters.dropped_total(),
        "malformed": counters.malformed,
        "timers_fired": counters.fired,
        "events": counters.events,
        "persisted": counters.persisted,
    })
}
