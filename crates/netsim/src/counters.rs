use std::collections::BTreeMap;
use std::fmt::Display;

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
    /// Copies that reached a running host and made no sense, by the reason: what the machine's
    /// description of the fault says before its first colon.
    pub malformed: BTreeMap<String, u64>,
}

impl Counters {
    /// Counts a copy that made no sense. The rest of the description may name any octet of a
    /// datagram, so that counting by all of it would grow with whatever strangers send.
    pub(crate) fn count_malformed(&mut self, why: &impl Display) {
        let text = why.to_string();
        let reason = text.split(':').next().unwrap_or_default();
        match self.malformed.get_mut(reason) {
            Some(count) => *count += 1,
            None => drop(self.malformed.insert(reason.to_owned(), 1)),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_do_not_make_another_reason() {
        let mut counters = Counters::default();
        for why in ["bad_length: octet 7", "bad_length: octet 8", "bad_type"] {
            counters.count_malformed(&why);
        }
        let counted: Vec<_> =
            counters.malformed.iter().map(|(why, n)| (why.as_str(), *n)).collect();
        assert_eq!(counted, [("bad_length", 2), ("bad_type", 1)]);
    }
}
