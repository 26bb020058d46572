//! A result as one versioned document for programs.
#![expect(clippy::float_arithmetic, reason = "means and shares are reported")]

use lab::measure::{
    Distribution, Metric, Part, Per, RowQuestion, Tally, Unit, Z95, deviation, mean, share,
};
use serde_json::{Map, Value, json};

/// The `schema` of the document.
const SCHEMA: &str = "aap.measure";
/// The `version` of the document; grows when a reader of the one before would misread it.
const VERSION: u32 = 1;

pub(super) fn document(whole: &Part, at_least: u64) -> Value {
    let question = whole.question();
    let rows =
        question.rows.iter().zip(whole.tallies()).map(|(row, tally)| row_of(row, tally, at_least));
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "aap": question.aap,
        "scenario": question.scenario,
        "fingerprint": question.fingerprint,
        "seeds": { "first": question.seeds.first, "last": question.seeds.last },
        "settings": object(&question.settings),
        "confidence": 0.95,
        "at_least": at_least,
        "rows": rows.collect::<Vec<_>>(),
    })
}

fn object(pairs: &[(String, String)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect()
}

fn row_of(row: &RowQuestion, tally: &Tally, at_least: u64) -> Value {
    let checks = row.checks.iter().zip(tally.met()).map(|(text, &met)| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        json!({ "text": text, "met": share_of(met, tally.runs()) })
    });
    let metrics = tally
        .seen()
        .map(|metric| (metric.to_string(), metric_of(metric, &tally.of(metric), at_least)));
    json!({
        "parameters": object(&row.parameters),
        "profile": row.profile,
        "seconds": row.facts.length as f64 / 1e6,
        "runs": tally.runs(),
        "ended_early": tally.early(),
        "checks": checks.collect::<Vec<_>>(),
        "metrics": metrics.collect::<Map<_, _>>(),
    })
}

fn share_of(happened: u64, runs: u64) -> Value {
    let estimate = share(happened, runs, Z95);
    json!({
        "runs": happened,
        "share": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
    })
}

fn metric_of(metric: Metric, found: &Distribution, at_least: u64) -> Value {
    let (unit, scale) = match metric.unit() {
        Unit::Count => ("count", 1.0),
        Unit::Milli => ("per second", 1e3),
        Unit::Share => ("share", 1e6),
        Unit::Micros => ("seconds", 1e6),
    };
    let scaled = |value: u64| match metric.unit() {
        Unit::Count => Value::from(value),
        _ => Value::from(value as f64 / scale),
    };
    let quantile = |part| scaled(found.quantile(part, 100));
    let mut object = Map::new();
    object.insert("unit".into(), unit.into());
    object.insert("values".into(), found.count().into());
    if let Some(estimate) = mean(found, Z95) {
        object.insert("mean".into(), (estimate.value / scale).into());
        object.insert("mean_low".into(), (estimate.low / scale).into());
        object.insert("mean_high".into(), (estimate.high / scale).into());
        object.insert("deviation".into(), (deviation(found) / scale).into());
    }
    let quantiles = [("p1", 1), ("p10", 10), ("median", 50), ("p90", 90), ("p99", 99)]
        .map(|(name, part)| (name.to_owned(), quantile(part)));
    object.insert("min".into(), scaled(found.least()));
    object.extend(quantiles);
    object.insert("max".into(), scaled(found.greatest()));
    if metric.per() == Per::Run {
        object.insert("any".into(), share_of(found.positive(), found.count()));
        if at_least > 1 {
            object.insert("enough".into(), share_of(found.at_least(at_least), found.count()));
        }
    }
    object.into()
}
