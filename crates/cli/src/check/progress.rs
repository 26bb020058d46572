//! How far a check has got, for those who wait.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use checker::Tally;
use lab::check::Pace;

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
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), begun: Instant::now(), told: None }
    }

    pub(super) fn tell(&mut self, tally: &Tally) -> Pace {
        let now = Instant::now();
        let period = if self.terminal { BLINK } else { PERIOD };
        if now - self.begun >= PATIENCE && now - self.told.unwrap_or(self.begun) >= period {
            self.told = Some(now);
            let rate = tally.unique / (now - self.begun).as_secs().max(1);
            let line = format!(
                "{} states, {} waiting, {} faults, {} steps deep, {} MiB, {rate} states/s",
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
        Pace::On
    }

    /// Takes the line away.
    pub(super) fn finish(&self) {
        if self.terminal && self.told.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
