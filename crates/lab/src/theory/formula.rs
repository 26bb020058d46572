//! Formulas by name, so that a plot can show one beside a measurement.

use std::fmt;

use addrspace::Family;
use serde::{Deserialize, Serialize};

use super::{
    Wait, answer_probabilities, conflict_unnoticed, dead_owner_taken, live_owner_missed,
    lone_answers_probability, mean_answers, regular_announcement_missed, regular_announcements,
};

/// What a formula needs to know of a scenario; whole numbers, as results must compare exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Hosts besides the first.
    pub bystanders: u64,
    /// The constant delay of every link, in microseconds.
    pub delay: u64,
    /// The loss of every link, in millionths.
    pub loss: u64,
    /// Ranges that are allocated at the start.
    pub ranges: u64,
    /// How long a run is, in microseconds.
    pub length: u64,
    /// The shortest and the longest first wait of a bystander, in microseconds, and the octaves
    /// in between.
    pub wait: (u64, u64, u32),
}

impl Facts {
    fn wait(&self) -> Wait {
        let (low, high, octaves) = self.wait;
        Wait { low: low as f64 / 1e6, high: high as f64 / 1e6, octaves }
    }
}

/// A formula of this module by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Formula {
    /// [`dead_owner_taken`]
    DeadOwner,
    /// Its approximation 0.8 p.
    DeadOwnerLinear,
    /// [`live_owner_missed`]
    LiveOwner,
    /// The same, times [`regular_announcement_missed`].
    LiveOwnerRegular,
    /// [`mean_answers`], or one of [`answer_probabilities`].
    Answers,
    /// [`lone_answers_probability`]
    LoneAnswers,
    /// The share of conflicts noticed by a time: 1 less [`conflict_unnoticed`].
    Notice,
    /// [`regular_announcements`] of an IPv4 MAAS.
    Traffic,
}

impl Formula {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DeadOwner,
        Self::DeadOwnerLinear,
        Self::LiveOwner,
        Self::LiveOwnerRegular,
        Self::Answers,
        Self::LoneAnswers,
        Self::Notice,
        Self::Traffic,
    ];

    /// The formula of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|formula| formula.name() == name)
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeadOwner => "dead-owner",
            Self::DeadOwnerLinear => "dead-owner-linear",
            Self::LiveOwner => "live-owner",
            Self::LiveOwnerRegular => "live-owner-regular",
            Self::Answers => "answers",
            Self::LoneAnswers => "lone-answers",
            Self::Notice => "notice",
            Self::Traffic => "traffic",
        }
    }

    /// How it is written in a legend, for what is in `facts`.
    #[must_use]
    pub fn written(self, facts: &Facts) -> &'static str {
        match self {
            Self::Answers if facts.wait() != Wait::DRAFT => "theory",
            Self::DeadOwner => "theory",
            Self::DeadOwnerLinear => "0.8 p",
            Self::LiveOwner => "p\u{2074} (2 + 2p - 3p\u{b2})",
            Self::LiveOwnerRegular => "p\u{2074} (2 + 2p - 3p\u{b2}) (2 + p)/3",
            Self::Answers => "1 + n d/6 - (d/6)\u{207f}",
            Self::LoneAnswers => "share of draws with 2\u{207f} U <= 60 s, less the next",
            Self::Notice => "1 - S(t)\u{b2}",
            Self::Traffic => "ceil(r/40) (t/30 s + 0.515)",
        }
    }

    /// Its value where `x` stands for the setting `name` (`loss`, `delay` in seconds, `hosts`,
    /// `variant` for a number of ranges), `time` for seconds until something happened or `count`
    /// for how often it did in a run, and everything else is as in `facts`. None if it does not depend on that.
    #[must_use]
    pub fn value(self, facts: &Facts, name: &str, x: f64) -> Option<f64> {
        let given = |wanted: &str, fact: u64, scale: f64| {
            if name == wanted { x } else { fact as f64 / scale }
        };
        let (p, delay) = (given("loss", facts.loss, 1e6), given("delay", facts.delay, 1e6));
        Some(match self {
            Self::Notice => {
                return (name == "time")
                    .then(|| 1.0 - conflict_unnoticed(x - facts.delay as f64 / 1e6));
            }
            Self::Traffic if name == "variant" => {
                let seconds = facts.length as f64 / 1e6;
                regular_announcements(x.round().max(0.0) as u64, Family::V4, seconds)
            }
            Self::LoneAnswers if name == "count" => {
                lone_answers_probability(x.round().max(0.0) as u32)
            }
            Self::Answers if name == "count" && facts.wait().octaves == 0 => {
                let bystanders = u32::try_from(facts.bystanders).ok()?;
                let likely = answer_probabilities(bystanders, delay, &facts.wait());
                return likely.get(x.round().max(0.0) as usize).copied();
            }
            Self::Answers if matches!(name, "hosts" | "delay") => {
                mean_answers(given("hosts", facts.bystanders, 1.0), delay, &facts.wait())
            }
            Self::DeadOwner if matches!(name, "loss" | "delay") => {
                dead_owner_taken(p, delay, &facts.wait())
            }
            Self::DeadOwnerLinear if name == "loss" => 0.8 * p,
            Self::LiveOwner if name == "loss" => live_owner_missed(p),
            Self::LiveOwnerRegular if name == "loss" => {
                live_owner_missed(p) * regular_announcement_missed(p)
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_takes_from_the_scenario_what_is_not_varied() {
        let wait = (2_000_000, 8_000_000, 0);
        let facts =
            Facts { bystanders: 9, delay: 500_000, loss: 100_000, wait, ..Facts::default() };
        let answers = Formula::Answers.value(&facts, "hosts", 9.0);
        assert_eq!(answers, Some(mean_answers(9.0, 0.5, &Wait::DRAFT)));
        assert_eq!(answers, Formula::Answers.value(&facts, "delay", 0.5));
        let once = Formula::Answers.value(&facts, "count", 1.0);
        assert!(once.is_some_and(|p| (p - (11.0_f64 / 12.0).powi(9)).abs() < 1e-12));
        assert_eq!(Formula::DeadOwner.value(&facts, "hosts", 9.0), None);
        for formula in Formula::ALL {
            assert_eq!(Formula::find(formula.name()), Some(formula));
        }
    }
}
