use aap::Participant;
use netsim::{Observation, Verdict};
use sansio::Instant;

/// What an oracle has found so far: the first violation, and whether there was a test at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Finding {
    violation: Option<Violation>,
    tests: u64,
}

#[derive(Clone, Debug)]
struct Violation {
    why: String,
    at: Instant,
    entry: u64,
}

impl Finding {
    /// Whether nothing that follows can change the verdict.
    pub(super) const fn is_final(&self) -> bool {
        self.violation.is_some()
    }

    /// The property was put to the test.
    pub(super) const fn test(&mut self) {
        self.tests += 1;
    }

    /// The property was put to the test and failed; only the first time counts.
    pub(super) fn violate(
        &mut self,
        seen: &Observation<'_, Participant>,
        why: impl FnOnce() -> String,
    ) {
        if self.violation.is_none() {
            self.violation = Some(Violation { why: why(), at: seen.at, entry: seen.id });
        }
    }

    /// The verdict: a violation stands, whatever happened later; outside its assumption the
    /// oracle says nothing; `missing` is what a run without a test lacked.
    pub(super) fn verdict(&self, outside: Option<&str>, missing: &str) -> Verdict {
        match (&self.violation, outside, self.tests) {
            (Some(Violation { why, at, entry }), _, _) => {
                Verdict::Violated { why: why.clone(), at: *at, entry: *entry }
            }
            (None, Some(why), _) => Verdict::NotExercised { why: why.to_owned() },
            (None, None, 0) => Verdict::NotExercised { why: missing.to_owned() },
            (None, None, _) => Verdict::Holds,
        }
    }
}
