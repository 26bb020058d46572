//! Many runs in a line each, and all of them in one.

use std::collections::BTreeSet;
use std::fmt;

use lab::{Report, RunError};

use super::cases::Case;
use crate::exit::Exit;
use crate::look::{Paint, Tone};

/// How inconclusive runs are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Strictness {
    /// They pass, with a note.
    Lenient,
    /// They are a result of their own.
    Strict,
}

/// How many runs came to what.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    /// Scenarios that were run.
    pub(crate) scenarios: usize,
    /// Runs: scenarios and their variants.
    pub(crate) runs: usize,
    /// Runs in which everything came out as it should.
    pub(crate) passed: usize,
    /// Runs in which something did not.
    pub(crate) failed: usize,
    /// Runs that could not begin.
    pub(crate) invalid: usize,
    /// Passed runs that left something open.
    pub(crate) inconclusive: usize,
}

impl Tally {
    /// A tally of nothing yet.
    pub(crate) fn new(cases: &[Case<'_>]) -> Self {
        let paths: BTreeSet<_> = cases.iter().map(|case| case.source.path.as_str()).collect();
        Self { scenarios: paths.len(), ..Self::default() }
    }

    /// Counts a run.
    pub(crate) fn count(&mut self, outcome: &Result<Report, RunError>) {
        self.runs += 1;
        match outcome {
            Err(_) => self.invalid += 1,
            Ok(report) if !report.passed() => self.failed += 1,
            Ok(report) => {
                self.passed += 1;
                self.inconclusive += usize::from(report.inconclusive());
            }
        }
    }

    /// How a command ends that did these runs.
    pub(crate) const fn exit(&self, strictness: Strictness) -> Exit {
        match (self.invalid, self.failed, self.inconclusive, strictness) {
            (1.., ..) => Exit::Usage,
            (0, 1.., ..) => Exit::No,
            (0, 0, 1.., Strictness::Strict) => Exit::Inconclusive,
            _ => Exit::Done,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenarios, runs, passed, failed, .. } = self;
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{scenarios} scenario{}, {runs} run{}: {passed} passed, {failed} failed",
            plural(*scenarios),
            plural(*runs),
        )?;
        if self.invalid > 0 {
            write!(f, ", {} could not begin", self.invalid)?;
        }
        if self.inconclusive > 0 {
            write!(f, "; {} passed with something not exercised", self.inconclusive)?;
        }
        Ok(())
    }
}

/// One line about a run; `width` is the room for its name.
pub(crate) fn line(name: &str, report: &Report, width: usize, paint: Paint) -> String {
    let word = if report.passed() {
        paint.tone(Tone::Good, "pass")
    } else {
        paint.tone(Tone::Bad, "FAIL")
    };
    let Report { profile, seed, digest, .. } = report;
    format!("{word}  {name:width$}  {profile:8}  seed {seed:<6}  digest {digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(failed: usize, invalid: usize, inconclusive: usize) -> Tally {
        Tally { runs: 9, failed, invalid, inconclusive, ..Tally::default() }
    }

    #[test]
    fn the_worst_run_decides() {
        for (counts, strictness, expected) in [
            (tally(0, 0, 0), Strictness::Strict, Exit::Done),
            (tally(0, 0, 2), Strictness::Lenient, Exit::Done),
            (tally(0, 0, 2), Strictness::Strict, Exit::Inconclusive),
            (tally(1, 0, 2), Strictness::Strict, Exit::No),
            (tally(1, 1, 0), Strictness::Lenient, Exit::Usage),
        ] {
            assert_eq!(counts.exit(strictness), expected, "{counts:?}");
        }
    }

    #[test]
    fn what_did_not_happen_is_not_mentioned() {
        let tally = Tally { scenarios: 1, runs: 2, passed: 2, ..Tally::default() };
        assert_eq!(tally.to_string(), "1 scenario, 2 runs: 2 passed, 0 failed");
    }
}
