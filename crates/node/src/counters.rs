use std::collections::BTreeMap;

use aap::wire::{MessageType, Reason};
use sansio::Duration;

/// What a participant counts from its start on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    received: [u64; MessageType::ALL.len()],
    sent: [u64; MessageType::ALL.len()],
    malformed: [u64; Reason::ALL.len()],
    /// By reason: of the machine, such as `other_scope`, and of the driver, such as `denied`.
    ignored: BTreeMap<&'static str, u64>,
    /// Datagrams whose trailer was looked for, by what was found.
    checked: BTreeMap<&'static str, u64>,
    /// What the participant told, by kind, such as `granted` or `conflict`.
    told: BTreeMap<&'static str, u64>,
    /// Datagrams the operating system would not take.
    unsent: u64,
    /// Writes to stable storage, and the commits that made them durable.
    writes: u64,
    commits: u64,
    /// From a request to its grant.
    grant_latency: Histogram,
}

/// One number, as a metrics page shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// What is counted.
    pub name: &'static str,
    /// Which of several of its kind: the label's name and value.
    pub label: Option<(&'static str, &'static str)>,
    /// The number.
    pub value: u64,
}

impl Counters {
    /// Every number, in a stable order.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let by_type = |name, values: &'_ [u64; 6]| {
            let values = *values;
            MessageType::ALL.into_iter().zip(values).map(move |(kind, value)| Row {
                name,
                label: Some(("type", kind.name())),
                value,
            })
        };
        let malformed = Reason::ALL.into_iter().zip(self.malformed).map(|(reason, value)| Row {
            name: "malformed",
            label: Some(("reason", reason.name())),
            value,
        });
        let named = |name, label, map: &'_ BTreeMap<&'static str, u64>| {
            let rows: Vec<Row> = map
                .iter()
                .map(|(&of, &value)| Row { name, label: Some((label, of)), value })
                .collect();
            rows
        };
        let single = |name, value| Row { name, label: None, value };
        by_type("received", &self.received)
            .chain(by_type("sent", &self.sent))
            .chain(malformed)
            .chain(named("ignored", "reason", &self.ignored))
            .chain(named("authentication", "finding", &self.checked))
            .chain(named("told", "event", &self.told))
            .chain([
                single("unsent", self.unsent),
                single("storage_writes", self.writes),
                single("storage_commits", self.commits),
            ])
    }

    /// How many messages of this type were received, whatever became of them.
    #[must_use]
    pub const fn received(&self, kind: MessageType) -> u64 {
        self.received[kind as usize]
    }

    /// How many messages of this type were sent.
    #[must_use]
    pub const fn sent(&self, kind: MessageType) -> u64 {
        self.sent[kind as usize]
    }

    /// How many datagrams failed this check.
    #[must_use]
    pub fn malformed(&self, reason: Reason) -> u64 {
        self.malformed[reason as usize]
    }

    /// How many datagrams were ignored for the reason called `name`.
    #[must_use]
    pub fn ignored(&self, name: &str) -> u64 {
        self.ignored.get(name).copied().unwrap_or(0)
    }

    /// How many datagrams were found, by the keys of the node, to be what `name` says: `authentic`,
    /// `missing`, `unknown_key`, `forged`, `stale` or `replayed`.
    #[must_use]
    pub fn checked(&self, name: &str) -> u64 {
        self.checked.get(name).copied().unwrap_or(0)
    }

    /// How many events of the kind called `name` were told.
    #[must_use]
    pub fn told(&self, name: &str) -> u64 {
        self.told.get(name).copied().unwrap_or(0)
    }

    /// The times from requests to their grants.
    #[must_use]
    pub const fn grant_latency(&self) -> &Histogram {
        &self.grant_latency
    }

    pub(crate) const fn note_received(&mut self, kind: MessageType) {
        self.received[kind as usize] += 1;
    }

    pub(crate) const fn note_sent(&mut self, kind: MessageType) {
        self.sent[kind as usize] += 1;
    }

    pub(crate) const fn note_unsent(&mut self) {
        self.unsent += 1;
    }

    pub(crate) const fn note_malformed(&mut self, reason: Reason) {
        self.malformed[reason as usize] += 1;
    }

    pub(crate) fn note_ignored(&mut self, name: &'static str) {
        *self.ignored.entry(name).or_default() += 1;
    }

    pub(crate) fn note_checked(&mut self, name: &'static str) {
        *self.checked.entry(name).or_default() += 1;
    }

    pub(crate) fn note_told(&mut self, name: &'static str) {
        *self.told.entry(name).or_default() += 1;
    }

    pub(crate) const fn note_committed(&mut self, writes: u64) {
        self.writes += writes;
        self.commits += 1;
    }

    pub(crate) fn note_granted(&mut self, after: Duration) {
        self.grant_latency.note(after);
    }
}

/// How often a span was at most so long.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    counts: [u64; Self::BOUNDS.len()],
    count: u64,
    sum: Duration,
}

impl Histogram {
    /// The upper bounds of the buckets; longer spans are only in [`Self::count`].
    pub const BOUNDS: [Duration; 10] = [
        Duration::from_millis(1),
        Duration::from_millis(5),
        Duration::from_millis(25),
        Duration::from_millis(100),
        Duration::from_millis(500),
        Duration::from_secs(1),
        Duration::from_secs(5),
        Duration::from_secs(12),
        Duration::from_secs(30),
        Duration::from_secs(120),
    ];

    /// Each bound with the number of spans up to it, shorter ones included.
    pub fn cumulative(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let totals = self.counts.iter().scan(0, |total, count| {
            *total += count;
            Some(*total)
        });
        Self::BOUNDS.into_iter().zip(totals)
    }

    /// How many spans there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// All of them together.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        self.sum
    }

    fn note(&mut self, span: Duration) {
        if let Some(place) = Self::BOUNDS.iter().position(|bound| span <= *bound) {
            self.counts[place] += 1;
        }
        self.count += 1;
        self.sum = self.sum + span;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_include_the_shorter_ones() {
        let mut histogram = Histogram::default();
        for millis in [1, 3, 3, 400, 500_000] {
            histogram.note(Duration::from_millis(millis));
        }
        let totals: Vec<u64> = histogram.cumulative().map(|(_, total)| total).collect();
        assert_eq!(totals, [1, 3, 3, 3, 4, 4, 4, 4, 4, 4]);
        assert_eq!(histogram.count(), 5);
    }

    #[test]
    fn every_message_type_and_reason_has_a_row_from_the_start() {
        let rows: Vec<Row> = Counters::default().rows().collect();
        assert_eq!(rows.iter().filter(|r| r.name == "sent").count(), 6);
        assert!(rows.iter().any(|r| r.label == Some(("reason", "bad_length"))));
    }
}
