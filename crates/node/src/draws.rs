//! Answers to questions of chance: from the operating system's randomness, unless an experiment has
//! fixed them.

use std::collections::{BTreeMap, VecDeque};

use rand::rngs::StdRng;
use rand::{RngExt, make_rng};
use sansio::{Draw, Question};

/// What follows the label of an answer that was insisted on, where answers are written down.
pub(crate) const INSISTED: char = '!';

/// An answer that is fixed beforehand, for an experiment: the first question of that label gets it,
/// and after all fixed ones of a label chance decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FixedDraw {
    /// The label of the question.
    pub label: String,
    /// The answer: microseconds, a number, or an address as a number.
    pub value: u64,
}

/// One answer that was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Drawn {
    pub(crate) question: Question,
    pub(crate) value: u64,
    pub(crate) asked: Asked,
}

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    /// A value of a range.
    Between,
    /// A value to insist on.
    Fixed,
}

impl Drawn {
    /// How the question is written down.
    pub(crate) fn label(&self) -> String {
        match self.asked {
            Asked::Between => self.question.0.to_owned(),
            Asked::Fixed => format!("{}{INSISTED}", self.question),
        }
    }
}

/// A generator seeded by the operating system, which remembers what it answered if asked to.
#[derive(Debug)]
pub(crate) struct Draws {
    generator: StdRng,
    memory: Option<Vec<Drawn>>,
    fixed: BTreeMap<String, VecDeque<u64>>,
}

impl Draws {
    pub(crate) fn forgetful() -> Self {
        Self { generator: make_rng(), memory: None, fixed: BTreeMap::new() }
    }

    pub(crate) fn remembering() -> Self {
        Self { memory: Some(Vec::new()), ..Self::forgetful() }
    }

    /// The same with these answers first.
    pub(crate) fn fixing(mut self, answers: &[FixedDraw]) -> Self {
        for answer in answers {
            self.fixed.entry(answer.label.clone()).or_default().push_back(answer.value);
        }
        self
    }

    /// The answers since the last call, if they are remembered.
    pub(crate) fn take(&mut self) -> Vec<Drawn> {
        self.memory.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether something happens that happens to so many of a million.
    pub(crate) fn chance(&mut self, ppm: u32) -> bool {
        ppm > 0 && self.generator.random_range(0..1_000_000) < ppm
    }

    /// A value up to `high`, outside any machine's questions.
    pub(crate) fn up_to(&mut self, high: u64) -> u64 {
        self.generator.random_range(0..=high)
    }

    /// The next fixed answer to `question`, used up if it will do; one that will not is skipped.
    fn next_fixed(&mut self, question: Question, will_do: impl Fn(u64) -> bool) -> Option<u64> {
        self.fixed.get_mut(question.0)?.pop_front().filter(|value| will_do(*value))
    }

    fn remember(&mut self, question: Question, value: u64, asked: Asked) {
        if let Some(memory) = &mut self.memory {
            memory.push(Drawn { question, value, asked });
        }
    }
}

impl Draw for Draws {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        let high = high.max(low);
        let fixed = self.next_fixed(question, |value| (low..=high).contains(&value));
        let value = fixed.unwrap_or_else(|| self.generator.random_range(low..=high));
        self.remember(question, value, Asked::Between);
        value
    }

    fn fixed(&mut self, question: Question, legal: &dyn Fn(u128) -> bool) -> Option<u128> {
        let value = self.next_fixed(question, |value| legal(value.into()))?;
        self.remember(question, value, Asked::Fixed);
        Some(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Question = Question("wait");

    #[test]
    fn fixed_answers_come_first_and_those_that_will_not_do_are_skipped() {
        let fix = |value| FixedDraw { label: "wait".to_owned(), value };
        let mut draws = Draws::remembering().fixing(&[fix(7), fix(99), fix(3)]);
        assert_eq!(draws.between(WAIT, 5, 10), 7);
        assert!((5..=10).contains(&draws.between(WAIT, 5, 10)), "99 will not do");
        assert_eq!(draws.fixed(WAIT, &|value| value < 5), Some(3));
        assert_eq!(draws.fixed(WAIT, &|_| true), None, "none is left");
        let labels: Vec<String> = draws.take().iter().map(Drawn::label).collect();
        assert_eq!(labels, ["wait", "wait", "wait!"]);
    }
}
