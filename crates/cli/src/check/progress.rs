//! How far a check has got, for those who wait.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use checker::Tally;

/// Nobody needs to be told about what takes less.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a terminal is told.
const BLINK: Duration = Duration::from_millis(200);
/// How often a log, which keeps every line, is told.
const PERIOD: Duration = Duration::from_secs(10);

/// Tells standard error how many states there are, and how many wait.
#[derive(Debug)]
pub(super) struct Progress {
    terminal: bool,
    begun: Instant,
    told: Option<Instant>,
    /// How many states there were at the beginning, if it goes on from an earlier check.
    before: u64,
}

impl Progress {
    pub(super) fn new(tally: &Tally) -> Self {
        let terminal = io::stderr().is_terminal();
        Self { terminal, begun: Instant::now(), told: None, before: tally.unique }
    }

    pub(super) fn tell(&mut self, tally: &Tally) {
        let now = Instant::now();
        let period = if self.terminal { BLINK } else { PERIOD };
        if now - self.begun >= PATIENCE && now - self.told.unwrap_or(self.begun) >= period {
            self.told = Some(now);
            let spent = (now - self.begun).as_millis().max(1);
            let rate = u128::from(tally.unique - self.before) * 1_000 / spent;
            let line = format!(
                "{} states, {rate}/s, {} waiting, {} faults, {} steps deep, {} MiB",
                tally.unique,
                tally.waiting,
                tally.faults,
                tally.depth,
                tally.octets >> 20,
            );
            // Standard error may be gone; the work is not.
            let _ = match self.terminal {
                true => write!(io::stderr(), "\r\x1b[K{line}"),
                false => writeln!(io::stderr(), "{line}"),
            };
        }
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        if self.terminal && self.told.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
