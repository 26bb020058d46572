//! How far a long command has got, for those who wait.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Nobody needs to be told about what takes less.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a log, which keeps every line, is told.
const PERIOD: Duration = Duration::from_secs(10);

/// Tells standard error how many of `total` are done.
#[derive(Debug)]
pub(crate) struct Progress {
    manner: Manner,
    total: usize,
    begun: Instant,
    told: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Manner {
    /// The results appear on the same screen, and are progress enough.
    Silent,
    /// One line that is written over again.
    Line,
    /// A line every now and then.
    Log,
}

impl Progress {
    /// Progress towards `total`.
    pub(crate) fn new(total: usize) -> Self {
        let manner = match (io::stderr().is_terminal(), io::stdout().is_terminal()) {
            (true, true) => Manner::Silent,
            (true, false) => Manner::Line,
            (false, _) => Manner::Log,
        };
        Self { manner, total, begun: Instant::now(), told: None }
    }

    /// Says that `done` are done.
    pub(crate) fn tell(&mut self, done: usize) {
        let now = Instant::now();
        // Standard error may be gone; the work is not.
        let _ = match self.manner {
            Manner::Silent => Ok(()),
            _ if now - self.begun < PATIENCE => Ok(()),
            Manner::Line => {
                self.told = Some(now);
                write!(io::stderr(), "\r\x1b[K{done}/{} runs", self.total)
            }
            Manner::Log if now - self.told.unwrap_or(self.begun) < PERIOD => Ok(()),
            Manner::Log => {
                self.told = Some(now);
                writeln!(io::stderr(), "{done}/{} runs", self.total)
            }
        };
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        if self.manner == Manner::Line && self.told.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
