//! Every answer to every question of chance, one combination after the other.

use sansio::{Draw, Machine, Question};

use super::reaction::Answer;
use crate::problem::{Problem, Representative};

/// Which of the possible answers each question of one call gets: counts like an odometer whose
/// number of wheels depends on what the call asks.
#[derive(Debug, Default)]
pub(super) struct Choices {
    wheels: Vec<(usize, usize)>,
}

impl Choices {
    /// Turns to the next combination, if there is one.
    pub(super) fn next(&mut self) -> bool {
        while let Some((chosen, of)) = self.wheels.last_mut() {
            *chosen += 1;
            if chosen < of {
                return true;
            }
            self.wheels.pop();
        }
        false
    }
}

/// The answers during one call.
pub(super) struct Answers<'a, M: Machine> {
    problem: &'a Problem<M>,
    host: usize,
    given: Vec<u16>,
    choices: &'a mut Choices,
    /// How many wheels this call has used.
    asked: usize,
    answered: Vec<Answer>,
}

impl<'a, M: Machine> Answers<'a, M> {
    pub(super) fn new(
        problem: &'a Problem<M>,
        host: usize,
        given: Vec<u16>,
        choices: &'a mut Choices,
    ) -> Self {
        Self { problem, host, given, choices, asked: 0, answered: Vec::new() }
    }

    pub(super) fn finish(self) -> (Vec<u16>, Vec<Answer>) {
        (self.given, self.answered)
    }

    /// The next fixed answer, if it will do. One that will not do is passed over.
    fn fixed_answer(&mut self, label: &str, legal: &dyn Fn(u128) -> bool) -> Option<u128> {
        let scripts = &self.problem.hosts[self.host].answers;
        let at = scripts.iter().position(|(name, _)| name == label)?;
        while let Some(&value) = scripts[at].1.get(usize::from(self.given[at])) {
            self.given[at] += 1;
            if legal(value) {
                return Some(value);
            }
        }
        None
    }

    fn choose(&mut self, values: &[u128]) -> u128 {
        let representatives: Vec<u128> = represent(values.len(), &self.problem.representatives)
            .into_iter()
            .map(|at| values[at])
            .collect();
        self.turn(&representatives)
    }

    fn turn(&mut self, values: &[u128]) -> u128 {
        if values.len() == 1 {
            return values[0];
        }
        if self.asked == self.choices.wheels.len() {
            self.choices.wheels.push((0, values.len()));
        }
        let (chosen, _) = self.choices.wheels[self.asked];
        self.asked += 1;
        values[chosen]
    }

    fn note(&mut self, question: Question, value: u128) -> u128 {
        self.answered.push(Answer { question, value });
        value
    }
}

/// The places, of so many, that stand for all of them: in order, each once.
fn represent(len: usize, by: &[Representative]) -> Vec<usize> {
    let mut places: Vec<usize> = by
        .iter()
        .map(|representative| match representative {
            Representative::Low => 0,
            Representative::Middle => (len - 1) / 2,
            Representative::High => len - 1,
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

impl<M: Machine> Draw for Answers<'_, M> {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        let (from, to) = (u128::from(low), u128::from(high));
        let fixed = self.fixed_answer(question.0, &|value| (from..=to).contains(&value));
        let value = fixed.unwrap_or_else(|| {
            let mut values: Vec<u128> = self
                .problem
                .representatives
                .iter()
                .map(|representative| match representative {
                    Representative::Low => from,
                    Representative::Middle => from + to.saturating_sub(from) / 2,
                    Representative::High => to,
                })
                .collect();
            values.sort_unstable();
            values.dedup();
            self.turn(&values)
        });
        // It came from a range of 64 bits.
        self.note(question, value) as u64
    }

    fn fixed(&mut self, question: Question, legal: &dyn Fn(u128) -> bool) -> Option<u128> {
        if let Some(value) = self.fixed_answer(question.0, legal) {
            return Some(self.note(question, value));
        }
        let candidates = &self.problem.hosts[self.host].candidates;
        let (_, values) = candidates.iter().find(|(label, _)| label == question.0)?;
        let legal: Vec<u128> = values.iter().copied().filter(|value| legal(*value)).collect();
        if legal.is_empty() {
            return None;
        }
        let value = self.choose(&legal);
        Some(self.note(question, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_comes_once_even_where_later_questions_depend_on_earlier_answers() {
        let mut choices = Choices::default();
        let mut seen = Vec::new();
        loop {
            let mut asked = 0;
            let mut turn = |of: usize| {
                if asked == choices.wheels.len() {
                    choices.wheels.push((0, of));
                }
                asked += 1;
                choices.wheels[asked - 1].0
            };
            let first = turn(2);
            let second = if first == 0 { turn(3) } else { 9 };
            seen.push((first, second));
            if !choices.next() {
                break;
            }
        }
        assert_eq!(seen, [(0, 0), (0, 1), (0, 2), (1, 9)]);
    }

    #[test]
    fn representatives_of_few_values_are_not_repeated() {
        use Representative::{High, Low, Middle};
        assert_eq!(represent(1, &[Low, Middle, High]), [0]);
        assert_eq!(represent(2, &[Low, Middle, High]), [0, 1]);
        assert_eq!(represent(5, &[High, Low]), [0, 4]);
    }
}
