//! What an experiment came to, whole or in parts.

use std::fmt;

use super::question::{Question, Seeds};
use super::tally::Tally;

/// The answer to a question, for some or all of its seeds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    question: Question,
    seeds: Seeds,
    tallies: Vec<Tally>,
}

/// Why parts do not make a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MergeError {
    /// There are no parts.
    Nothing,
    /// Two parts answer different questions.
    Differs {
        /// The name of one.
        one: String,
        /// The name of the other.
        other: String,
        /// In what they differ.
        what: &'static str,
    },
    /// Two parts have seeds in common.
    Overlap {
        /// The name of one.
        one: String,
        /// The name of the other.
        other: String,
        /// The first seed that both have.
        seed: u64,
    },
    /// Seeds are missing.
    Gap(Seeds),
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("there are no parts"),
            Self::Differs { one, other, what } => write!(f, "{other} has {what} than {one}"),
            Self::Overlap { one, other, seed } => {
                write!(f, "{one} and {other} both hold seed {seed}")
            }
            Self::Gap(Seeds { first, last }) => {
                write!(f, "no part holds the seeds {first}..{last}")
            }
        }
    }
}

impl std::error::Error for MergeError {}

impl Part {
    pub(super) const fn new(question: Question, seeds: Seeds, tallies: Vec<Tally>) -> Self {
        Self { question, seeds, tallies }
    }

    /// What was asked.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// The seeds that were run.
    #[must_use]
    pub const fn seeds(&self) -> Seeds {
        self.seeds
    }

    /// What each row of the question came to.
    #[must_use]
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// Puts parts with their names together: the same as one process would have counted.
    ///
    /// # Errors
    /// If they answer different questions, have seeds in common, or leave seeds out.
    pub fn merge(mut parts: Vec<(String, Self)>) -> Result<Self, MergeError> {
        parts.sort_by_key(|(_, part)| part.seeds);
        let mut parts = parts.into_iter();
        let (mut last, mut whole) = parts.next().ok_or(MergeError::Nothing)?;
        let asked = whole.question.seeds;
        let first = whole.seeds.first;
        if first > asked.first {
            return Err(MergeError::Gap(Seeds { first: asked.first, last: first - 1 }));
        }
        for (name, part) in parts {
            if let Some(what) = whole.question.difference(&part.question) {
                return Err(MergeError::Differs { one: last, other: name, what });
            }
            let (seen, next) = (whole.seeds.last, part.seeds.first);
            if next <= seen {
                return Err(MergeError::Overlap { one: last, other: name, seed: next });
            }
            if next - seen > 1 {
                return Err(MergeError::Gap(Seeds { first: seen + 1, last: next - 1 }));
            }
            for (ours, theirs) in whole.tallies.iter_mut().zip(&part.tallies) {
                ours.merge(theirs);
            }
            (last, whole.seeds.last) = (name, part.seeds.last);
        }
        match whole.seeds.last {
            seen if seen < asked.last => {
                Err(MergeError::Gap(Seeds { first: seen + 1, last: asked.last }))
            }
            _ => Ok(whole),
        }
    }
}
