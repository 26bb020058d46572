//! Answers to questions of chance, from the operating system's randomness.

use rand::rngs::StdRng;
use rand::{RngExt, make_rng};
use sansio::{Draw, Question};

/// One answer that was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Drawn {
    pub(crate) question: Question,
    pub(crate) value: u64,
}

/// A generator seeded by the operating system, which remembers what it answered if asked to.
#[derive(Debug)]
pub(crate) struct Draws {
    generator: StdRng,
    memory: Option<Vec<Drawn>>,
}

impl Draws {
    pub(crate) fn forgetful() -> Self {
        Self { generator: make_rng(), memory: None }
    }

    pub(crate) fn remembering() -> Self {
        Self { generator: make_rng(), memory: Some(Vec::new()) }
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
}

impl Draw for Draws {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        let value = self.generator.random_range(low..=high.max(low));
        if let Some(memory) = &mut self.memory {
            memory.push(Drawn { question, value });
        }
        value
    }
}
