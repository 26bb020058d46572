//! Every line of a capture but the first: an input, and what came of it.

use aap::Participant;
use addrspace::Family;
use sansio::{Instant, Now, Output, UtcSecs};
use serde::{Deserialize, Serialize};

use super::order::InputForm;
use super::{Given, texts};
use crate::draws::Drawn;

/// A line.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Line {
    pub(super) member: usize,
    /// The monotonic clock, in microseconds.
    pub(super) at: u64,
    /// The wall clock, in seconds.
    pub(super) utc: i64,
    pub(super) input: InputForm,
    pub(super) draws: Vec<(String, u64)>,
    pub(super) outputs: Vec<String>,
}

impl Line {
    pub(super) fn of(
        member: usize,
        family: Family,
        now: Now,
        given: &Given<'_>,
        draws: &[Drawn],
        outputs: &[Output<Participant>],
    ) -> Self {
        Self {
            draws: draws.iter().map(|drawn| (drawn.label(), drawn.value)).collect(),
            outputs: texts(outputs),
            ..Self::quiet(member, now, InputForm::of(given, family))
        }
    }

    /// An input that no machine answers.
    pub(super) const fn quiet(member: usize, now: Now, input: InputForm) -> Self {
        let (at, utc) = (now.instant.as_micros(), now.utc.0);
        Self { member, at, utc, input, draws: Vec::new(), outputs: Vec::new() }
    }

    pub(super) const fn now(&self) -> Now {
        Now { instant: Instant::from_micros(self.at), utc: UtcSecs(self.utc) }
    }
}
