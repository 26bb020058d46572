use std::collections::BTreeMap;

use crate::DropCause;

/// How often things happened in a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Datagrams sent by hosts, each counted once however many receivers it had.
    pub sent: u64,
    /// Datagrams injected from outside.
    pub injected: u64,
    /// Copies that reached a running host and made sense.
    pub delivered: u64,
    /// Timers that fired.
    pub fired: u64,
    /// Events told to users.
    pub events: u64,
    /// Writes to stable storage.
    pub persisted: u64,
    /// Copies lost, by what became of them.
    pub dropped: BTreeMap<DropCause, u64>,
    /// Copies that reached a running host and made no sense, by the reason.
    pub malformed: BTreeMap<String, u64>,
}

impl Counters {
    /// Copies lost, whatever became of them.
    #[must_use]
    pub fn dropped_total(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Copies that made no sense, whatever the reason.
    #[must_use]
    pub fn malformed_total(&self) -> u64 {
        self.malformed.values().sum()
    }
}
