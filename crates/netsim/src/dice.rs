use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use sansio::{Draw, Question};

use crate::{HostId, Stream};

/// How a question is answered once its script has run out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Otherwise {
    /// At random, from the host's own stream.
    #[default]
    Random,
    /// With the smallest possible value.
    Low,
    /// With the value in the middle, rounded down: what is left of a jitter that is turned off.
    Middle,
    /// With the largest possible value.
    High,
}

/// A draw that did not go as the author of a script intended.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum DrawFault {
    /// The scripted answer lies outside what was asked for; chance answered instead.
    OutOfRange {
        /// Who asked.
        host: HostId,
        /// What for.
        question: Question,
        /// The scripted answer.
        value: u128,
        /// The smallest possible answer.
        low: u64,
        /// The largest possible answer.
        high: u64,
    },
    /// The scripted answer would not do there; the host chose by itself.
    Illegal {
        /// Who asked.
        host: HostId,
        /// What for.
        question: Question,
        /// The scripted answer.
        value: u128,
    },
    /// Nobody asked for these answers.
    Unused {
        /// Whom they were meant for.
        host: HostId,
        /// The question's label.
        label: String,
        /// The answers left over.
        values: Vec<u128>,
    },
}

/// Who answered a question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DrawnBy {
    /// The seeded stream, or the rule that stands in for it.
    Chance,
    /// The script.
    Script,
}

/// A question of chance and its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Drawn {
    /// What for.
    pub question: Question,
    /// The smallest possible answer; the answer itself where any legal value would do.
    pub low: u128,
    /// The largest possible answer; the answer itself where any legal value would do.
    pub high: u128,
    /// The answer.
    pub value: u128,
    /// Who answered.
    pub by: DrawnBy,
}

/// Where a host's answers come from.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    stream: Stream,
    scripts: BTreeMap<String, Script>,
}

#[derive(Clone, Debug, Default)]
struct Script {
    values: VecDeque<u128>,
    otherwise: Otherwise,
}

impl Dice {
    pub(crate) const fn new(stream: Stream) -> Self {
        Self { stream, scripts: BTreeMap::new() }
    }

    /// Lets chance answer from another stream; what is fixed stays fixed.
    pub(crate) const fn reseed(&mut self, stream: Stream) {
        self.stream = stream;
    }

    pub(crate) fn script(&mut self, label: &str, values: impl IntoIterator<Item = u128>) {
        self.entry(label).values.extend(values);
    }

    pub(crate) fn otherwise(&mut self, label: &str, otherwise: Otherwise) {
        self.entry(label).otherwise = otherwise;
    }

    fn entry(&mut self, label: &str) -> &mut Script {
        self.scripts.entry(label.to_owned()).or_default()
    }

    pub(crate) fn unused(&self, host: HostId) -> impl Iterator<Item = DrawFault> + '_ {
        self.scripts.iter().filter(|(_, script)| !script.values.is_empty()).map(
            move |(label, script)| DrawFault::Unused {
                host,
                label: label.clone(),
                values: script.values.iter().copied().collect(),
            },
        )
    }
}

/// One call's access to a host's dice.
pub(crate) struct Asking<'a> {
    pub(crate) host: HostId,
    /// Those of all hosts.
    pub(crate) dice: &'a mut [Dice],
    pub(crate) drawn: &'a mut Vec<Drawn>,
    pub(crate) faults: &'a mut Vec<DrawFault>,
}

impl fmt::Debug for Asking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Asking<'_> {
    fn dice(&mut self) -> &mut Dice {
        &mut self.dice[self.host.index()]
    }

    fn scripted(&mut self, question: Question, low: u64, high: u64) -> Option<u64> {
        let value = self.dice().scripts.get_mut(question.0)?.values.pop_front()?;
        match u64::try_from(value) {
            Ok(value) if (low..=high).contains(&value) => Some(value),
            _ => {
                let host = self.host;
                self.faults.push(DrawFault::OutOfRange { host, question, value, low, high });
                None
            }
        }
    }
}

impl Draw for Asking<'_> {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        let (value, by) = match self.scripted(question, low, high) {
            Some(value) => (value, DrawnBy::Script),
            None => {
                let rule = self.dice().scripts.get(question.0).map(|script| script.otherwise);
                let value = match rule.unwrap_or_default() {
                    Otherwise::Random => self.dice().stream.between(low, high),
                    Otherwise::Low => low,
                    Otherwise::Middle => low + high.saturating_sub(low) / 2,
                    Otherwise::High => high,
                };
                (value, DrawnBy::Chance)
            }
        };
        let (low, high) = (low.into(), high.into());
        self.drawn.push(Drawn { question, low, high, value: value.into(), by });
        value
    }

    fn fixed(&mut self, question: Question, legal: &dyn Fn(u128) -> bool) -> Option<u128> {
        let value = self.dice().scripts.get_mut(question.0)?.values.pop_front()?;
        if !legal(value) {
            self.faults.push(DrawFault::Illegal { host: self.host, question, value });
            return None;
        }
        let by = DrawnBy::Script;
        self.drawn.push(Drawn { question, low: value, high: value, value, by });
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_illegal_answer_is_reported_and_not_given() {
        let (mut drawn, mut faults) = (Vec::new(), Vec::new());
        let mut dice = [Dice::new(Stream::named(1, "A"))];
        dice[0].script("address", [4, 5]);
        let host = HostId::new(0);
        let mut asking = Asking { host, dice: &mut dice, drawn: &mut drawn, faults: &mut faults };
        let question = Question("address");
        assert_eq!(asking.fixed(question, &|value| value > 4), None);
        assert_eq!(asking.fixed(question, &|value| value > 4), Some(5));
        assert_eq!(asking.fixed(question, &|_| true), None, "nothing is scripted any more");
        assert_eq!(faults, [DrawFault::Illegal { host, question, value: 4 }]);
        assert_eq!(drawn.len(), 1);
    }

    #[test]
    fn questions_can_be_answered_by_rule() {
        let (mut drawn, mut faults) = (Vec::new(), Vec::new());
        let mut dice = [Dice::new(Stream::named(1, "A"))];
        let rules = [(Otherwise::Low, 7), (Otherwise::Middle, 10), (Otherwise::High, 13)];
        for (rule, answer) in rules {
            dice[0].otherwise("gap", rule);
            let host = HostId::new(0);
            let mut asking =
                Asking { host, dice: &mut dice, drawn: &mut drawn, faults: &mut faults };
            assert_eq!(asking.between(Question("gap"), 7, 13), answer);
        }
    }
}
