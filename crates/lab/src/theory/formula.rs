//! Formulas by name, so that a plot can show one beside a measurement.

use std::fmt;

use addrspace::Family;
use serde::{Deserialize, Serialize};

use super::{
    WAIT, conflict_unnoticed, dead_owner_taken, live_owner_missed, mean_answers,
    regular_announcement_missed, regular_announcements,
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
    /// [`mean_answers`]
    Answers,
    /// The share of conflicts noticed by a time: 1 less [`conflict_unnoticed`].
    Notice,
    /// [`regular_announcements`] of an IPv4 MAAS.
    Traffic,
}

impl Formula {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DeadOwner,
        Self::DeadOwnerLinear,
        Self::LiveOwner,
        Self::LiveOwnerRegular,
        Self::Answers,
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
            Self::Notice => "notice",
            Self::Traffic => "traffic",
        }
    }

    /// How it is written in a legend.
    #[must_use]
    pub const fn written(self) -> &'static str {
        match self {
            Self::DeadOwner => "closed form",
            Self::DeadOwnerLinear => "0.8 p",
            Self::LiveOwner => "p\u{2074} (2 + 2p - 3p\u{b2})",
            Self::LiveOwnerRegular => "p\u{2074} (2 + 2p - 3p\u{b2}) (2 + p)/3",
            Self::Answers => "1 + n d/6 - (d/6)\u{207f}",
            Self::Notice => "1 - S(t)\u{b2}",
            Self::Traffic => "\u{2308}r/40\u{2309} (t/30 s + 0.515)",
        }
    }

    /// Its value where `x` stands for the setting `name` (`loss`, `delay` in seconds, `hosts`,
    /// `variant` for a number of ranges; a time in seconds for [`Formula::Notice`]) and everything
    /// else is as in `facts`. None if it does not depend on that.
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
            Self::Answers if matches!(name, "hosts" | "delay") => {
                mean_answers(given("hosts", facts.bystanders, 1.0), delay)
            }
            Self::DeadOwner if matches!(name, "loss" | "delay") => dead_owner_taken(p, delay, WAIT),
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
        let facts = Facts { bystanders: 9, delay: 500_000, loss: 100_000, ..Facts::default() };
        let answers = Formula::Answers.value(&facts, "hosts", 9.0);
        assert_eq!(answers, Some(mean_answers(9.0, 0.5)));
        assert_eq!(answers, Formula::Answers.value(&facts, "delay", 0.5));
        assert_eq!(Formula::DeadOwner.value(&facts, "hosts", 9.0), None);
        for formula in Formula::ALL {
            assert_eq!(Formula::find(formula.name()), Some(formula));
        }
    }
}
