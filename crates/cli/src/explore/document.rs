use std::path::PathBuf;

use lab::explore::{Exhibit, Origin};
use serde_json::{Value, json};

use super::{End, Outcome};

/// The `schema` of the document.
pub(super) const SCHEMA: &str = "aap.explore";
/// The `version` of the document; grows when a reader of the one before would misread it.
pub(super) const VERSION: u32 = 1;

/// The document about a search.
pub(super) fn document(outcome: &Outcome, files: &[Option<PathBuf>]) -> Value {
    let found = outcome.found.iter().enumerate().map(|(index, (discovery, exhibit))| {
        let origin = Origin { seed: discovery.plainest, profile: outcome.search.profile };
        json!({
            "harm": discovery.harm.name(),
            "shape": discovery.shape,
            "title": discovery.harm.title(),
            "cites": discovery.harm.cites().split(' ').collect::<Vec<_>>(),
            "claimed_repaired": discovery.harm.is_repaired(discovery.shape),
            "runs": discovery.runs,
            "first_seed": discovery.first,
            "seed": discovery.plainest,
            "command": origin.command(),
            "why": exhibit.as_ref().map(|e| e.sighting.why.clone()),
            "statements": exhibit.as_ref().map(Exhibit::statements),
            "scenario": exhibit.as_ref().map(|e| e.scenario.to_text()),
            "file": files.get(index).and_then(Option::as_ref),
        })
    });
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "aap": env!("CARGO_PKG_VERSION"),
        "profile": outcome.search.profile.word(),
        "seeds": { "first": outcome.search.seeds.start, "next": outcome.findings.next_seed },
        "runs": outcome.findings.runs,
        "messages": outcome.findings.messages,
        "interrupted": outcome.end == End::Interrupted,
        "found": found.collect::<Vec<_>>(),
    })
}
