//! What a play came to, apart from what its nodes recorded.

use std::time::Duration;

/// How late anything may be even on an idle machine.
const LATENESS: Duration = Duration::from_millis(100);

/// What was done, and when: in microseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// The scenario's zero.
    pub(super) zero_us: i64,
    /// The events that were done to the network, and their places in the script.
    pub(super) faults: Vec<(i64, usize)>,
    /// Who was killed, by the place of the process.
    pub(super) crashes: Vec<(i64, usize)>,
    /// By how much the latest event of the script was late.
    pub(super) worst: Duration,
}

impl Played {
    /// By how much this machine may have been late.
    pub(super) fn lateness(&self) -> Duration {
        LATENESS.max(self.worst * 2)
    }
}
