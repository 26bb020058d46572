use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use lab::explore;

/// How often a terminal is told.
const BLINK: Duration = Duration::from_millis(200);
/// How often a log, which keeps every line, is told.
const PERIOD: Duration = Duration::from_secs(10);

/// Tells standard error how far a search has got.
pub(super) struct Progress {
    is_terminal: bool,
    begun: Instant,
    told: Instant,
    budget: Option<Duration>,
    seeds: u64,
}

impl Progress {
    pub(super) fn new(budget: Option<Duration>, seeds: &Range<u64>) -> Self {
        let now = Instant::now();
        Self {
            is_terminal: io::stderr().is_terminal(),
            begun: now,
            told: now,
            budget,
            seeds: seeds.end - seeds.start,
        }
    }

    /// Says how many runs are done.
    pub(super) fn tell_runs(&mut self, done: explore::Progress) {
        let spent = self.begun.elapsed();
        let part = match self.budget {
            Some(budget) => spent.as_millis() * 100 / budget.as_millis().max(1),
            None => u128::from(done.runs) * 100 / u128::from(self.seeds.max(1)),
        };
        let rate = u128::from(done.runs) * 1_000 / spent.as_millis().max(1);
        let (runs, found) = (done.runs, done.found);
        let bar = bar(part);
        self.tell(&format_args!("{bar} {runs} runs, {rate}/s, {found} kinds of harm"));
    }

    /// Says how many scenarios have been made small.
    pub(super) fn tell_small(&mut self, done: usize, total: usize) {
        self.tell(&format_args!("{done}/{total} scenarios made small"));
    }

    fn tell(&mut self, what: &dyn Display) {
        let period = if self.is_terminal { BLINK } else { PERIOD };
        if self.told.elapsed() < period {
            return;
        }
        self.told = Instant::now();
        // Standard error may be gone; the work is not.
        let _ = match self.is_terminal {
            true => write!(io::stderr(), "\r\x1b[K{what}"),
            false => writeln!(io::stderr(), "{what}"),
        };
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn bar(part: u128) -> String {
    let full = usize::try_from(part.min(100) / 5).unwrap_or(0);
    format!("[{}{}]", "#".repeat(full), "-".repeat(20 - full))
}
