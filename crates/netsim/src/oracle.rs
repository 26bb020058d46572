use sansio::{Instant, Machine};

use crate::Observer;

/// An observer with an opinion: a property that every run should have.
pub trait Oracle<M: Machine>: Observer<M> {
    /// What the property is called.
    fn name(&self) -> &'static str;

    /// What must be true of a run for the property to be owed, in a sentence.
    ///
    /// Outside its assumption an oracle answers [`Verdict::NotExercised`]; it never passes
    /// silently.
    fn assumption(&self) -> &'static str;

    /// The answer for what has been seen so far.
    fn verdict(&self) -> Verdict;
}

/// What an oracle has to say about a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The property held wherever it was put to the test.
    Holds,
    /// It did not.
    Violated {
        /// What went wrong, in a sentence.
        why: String,
        /// When.
        at: Instant,
        /// The observation that showed it.
        entry: u64,
    },
    /// The run did not put it to the test.
    NotExercised {
        /// What was missing.
        why: String,
    },
}
