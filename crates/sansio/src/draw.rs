use std::fmt;

/// Why a random value is wanted: the label a scenario, a checker or a reader knows it by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question(pub &'static str);

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The environment's answers to questions of chance.
///
/// A machine never rolls dice: it asks. A seeded generator answers at random, a scenario answers
/// what its author fixed, an exhaustive checker answers everything in turn.
pub trait Draw {
    /// A value in `low..=high`, uniform unless the environment has a reason.
    ///
    /// Implementations must answer within the range; callers guarantee `low <= high`.
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64;

    /// A value the environment insists on where the draft leaves the choice free, such as the
    /// address to claim. `legal` tells whether a value would do; an environment that insists on
    /// an illegal one must notice and answer `None`.
    fn fixed(&mut self, question: Question, legal: &dyn Fn(u128) -> bool) -> Option<u128> {
        let _ = (question, legal);
        None
    }
}
