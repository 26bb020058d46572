//! Numbers for Prometheus: AAP's own, and those that the MALLOC MIB (RFC 3559) has operators ask
//! for.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use aap::Lease;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use sansio::Duration;

use super::app::App;
use super::problem::Problem;
use super::views::addresses;
use crate::counters::{Histogram, Row};
use crate::snapshot::{ScopeSnapshot, Snapshot, State as Life};

/// Every metric with its type and meaning, in the order of the page.
const METRICS: &[(&str, &str, &str)] = &[
    ("aap_up_seconds", "gauge", "Time since the node started."),
    ("aap_interface_up", "gauge", "1 if the interface is there."),
    ("aap_storage_up", "gauge", "1 if stable storage works."),
    ("aap_peers", "gauge", "Peers heard lately."),
    ("aap_ready", "gauge", "1 if requests for addresses are worked on."),
    ("aap_startup_seconds_left", "gauge", "What is left of the start-up silence."),
    ("aap_messages_total", "counter", "Well-formed messages, by direction and type."),
    ("aap_malformed_total", "counter", "Datagrams that failed a check, by check."),
    (
        "aap_authentication_total",
        "counter",
        "Messages whose HMAC trailer was looked for, by finding.",
    ),
    ("aap_ignored_total", "counter", "Messages that were ignored as a whole, by reason."),
    (
        "aap_events_total",
        "counter",
        "What the participant told: granted, clash, conflict, lost and more.",
    ),
    ("aap_unsent_total", "counter", "Datagrams that the operating system would not take."),
    ("aap_storage_writes_total", "counter", "Values written to stable storage."),
    ("aap_storage_commits_total", "counter", "Commits that made them durable."),
    ("aap_grant_seconds", "histogram", "From a request for addresses to its grant."),
    ("aap_addresses", "gauge", "Addresses of this node by state."),
    ("aap_free_addresses", "gauge", "Addresses that could be claimed now."),
    ("aap_record_entries", "gauge", "Entries of the Allocation Record."),
    ("aap_claims", "gauge", "Claims under way."),
    ("aap_defences", "gauge", "Defences of own and others' addresses that are armed."),
    ("malloc_allocated_addresses", "gauge", "MALLOC-MIB NumAllocatedAddrs: own leases."),
    ("malloc_offered_addresses", "gauge", "MALLOC-MIB NumOfferedAddrs: none, no MADCAP here."),
    ("malloc_waiting_requests", "gauge", "Requests that wait, as for MALLOC-MIB NumWaitingAddrs."),
    ("malloc_trying_addresses", "gauge", "MALLOC-MIB NumTryingAddrs: in claims under way."),
];

/// The page of numbers.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    let mut page = Page::default();
    let up = app.started.elapsed().as_secs();
    page.put("aap_up_seconds", "", up);
    node(&mut page, &snapshot);
    for scope in &snapshot.scopes {
        let under_way = scope.claiming.iter().chain(&scope.preallocating);
        let under_way = under_way.filter(|claim| claim.request.is_some()).count();
        let waiting = app.requests.open_in(scope.served.id).saturating_sub(under_way);
        self::scope(&mut page, scope, waiting);
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, page.text()).into_response())
}

fn node(page: &mut Page, snapshot: &Snapshot) {
    page.put("aap_interface_up", "", u64::from(snapshot.interface_up));
    page.put("aap_storage_up", "", u64::from(snapshot.storage_failure.is_none()));
    page.put("aap_peers", "", snapshot.peers.len());
}

fn scope(page: &mut Page, scope: &ScopeSnapshot, waiting: usize) {
    let name = label("scope", &scope.served.name);
    let sum = |leases: &[Lease]| addresses(leases.iter().map(|lease| lease.range.len()));
    let left = match scope.state {
        Life::Maas { silence_left, .. } => silence_left.unwrap_or_default(),
        Life::Coordinator { .. } => Duration::ZERO,
    };
    page.put("aap_ready", &name, u64::from(scope.state.is_ready()));
    page.put("aap_startup_seconds_left", &name, Seconds(left));
    for row in scope.counters.rows() {
        counter(page, &name, &row);
    }
    histogram(page, &name, scope.counters.grant_latency());
    let preallocated = sum(&scope.preallocated);
    for (state, count) in [
        ("held", sum(&scope.held)),
        ("conflicted", sum(&scope.conflicted)),
        ("deleting", sum(&scope.deleting)),
        ("preallocated", preallocated),
    ] {
        page.put("aap_addresses", &format!("{name},{}", label("state", state)), count);
    }
    page.put("aap_free_addresses", &name, scope.free);
    page.put("aap_record_entries", &name, scope.record_entries);
    page.put("aap_claims", &name, scope.claiming.len());
    page.put("aap_defences", &name, scope.defences);
    let own = sum(&scope.held).saturating_add(sum(&scope.conflicted));
    let claimed = scope.claiming.iter().flat_map(|claim| &claim.ranges).map(|range| range.len());
    page.put("malloc_allocated_addresses", &name, own);
    page.put("malloc_offered_addresses", &name, 0);
    page.put("malloc_waiting_requests", &name, waiting);
    page.put("malloc_trying_addresses", &name, addresses(claimed));
}

fn counter(page: &mut Page, scope: &str, row: &Row) {
    let own =
        row.label.map_or_else(String::new, |(name, value)| format!(",{}", label(name, value)));
    match row.name {
        direction @ ("received" | "sent") => {
            let labels = format!("{scope},{}{own}", label("direction", direction));
            page.put("aap_messages_total", &labels, row.value);
        }
        "told" => page.put("aap_events_total", &format!("{scope}{own}"), row.value),
        other => page.put(&format!("aap_{other}_total"), &format!("{scope}{own}"), row.value),
    }
}

fn histogram(page: &mut Page, scope: &str, spans: &Histogram) {
    let name = "aap_grant_seconds";
    for (bound, count) in spans.cumulative() {
        let bound = label("le", &Seconds(bound).to_string());
        page.put_part(name, "_bucket", &format!("{scope},{bound}"), count);
    }
    let all = label("le", "+Inf");
    page.put_part(name, "_bucket", &format!("{scope},{all}"), spans.count());
    page.put_part(name, "_sum", scope, Seconds(spans.sum()));
    page.put_part(name, "_count", scope, spans.count());
}

/// A label, with what the format wants escaped.
fn label(name: &str, value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{escaped}\"")
}

/// A span in seconds, without a unit.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('s'))
    }
}

/// Samples by metric: the format wants all samples of a metric together, after its description.
#[derive(Default)]
struct Page {
    samples: BTreeMap<String, String>,
}

impl Page {
    fn put(&mut self, metric: &str, labels: &str, value: impl fmt::Display) {
        self.put_part(metric, "", labels, value);
    }

    fn put_part(&mut self, metric: &str, part: &str, labels: &str, value: impl fmt::Display) {
        let braces = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let samples = self.samples.entry(metric.to_owned()).or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(samples, "{metric}{part}{braces} {value}");
    }

    fn text(mut self) -> String {
        let mut text = String::new();
        for (metric, kind, help) in METRICS {
            let Some(samples) = self.samples.remove(*metric) else { continue };
            let _ = write!(text, "# HELP {metric} {help}\n# TYPE {metric} {kind}\n{samples}");
        }
        // What the node counts and this table does not know yet.
        for (metric, samples) in self.samples {
            let _ = write!(text, "# TYPE {metric} counter\n{samples}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::Counters;

    #[test]
    fn every_counter_has_a_description() {
        let mut page = Page::default();
        for row in Counters::default().rows() {
            counter(&mut page, "scope=\"s\"", &row);
        }
        for metric in page.samples.keys() {
            assert!(METRICS.iter().any(|(name, ..)| name == metric), "{metric}");
        }
        let text = page.text();
        let sample = "aap_messages_total{scope=\"s\",direction=\"sent\",type=\"ACLM\"} 0\n";
        assert!(text.contains(sample), "{text}");
    }

    #[test]
    fn a_histogram_ends_with_all_spans_and_counts_in_seconds() {
        let mut page = Page::default();
        histogram(&mut page, "scope=\"s\"", &Histogram::default());
        let text = page.text();
        assert!(text.contains("aap_grant_seconds_bucket{scope=\"s\",le=\"0.001\"} 0\n"), "{text}");
        assert!(text.contains("aap_grant_seconds_bucket{scope=\"s\",le=\"+Inf\"} 0\n"), "{text}");
    }

    #[test]
    fn a_label_cannot_break_out() {
        assert_eq!(label("scope", "a\"b\\c\nd"), r#"scope="a\"b\\c\nd""#);
    }
}
