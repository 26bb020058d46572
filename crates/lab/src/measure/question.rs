//! What an experiment asks: enough to know whether two results answer the same.

use serde::{Deserialize, Serialize};

use super::experiment::Design;
use crate::run::Prepared;
use crate::theory::Facts;
use scenario::Scenario;

/// Seeds from the first to the last, both included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seeds {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

impl Seeds {
    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(1)
    }

    /// The part with this number, from 1, if they are cut into so many: parts differ by at most
    /// one seed. None if a number makes no sense, or the part would be empty.
    #[must_use]
    pub fn part(self, number: u64, of: u64) -> Option<Self> {
        if number == 0 || number > of || of > self.count() {
            return None;
        }
        let before = |n: u64| {
            let cut = u128::from(self.count()) * u128::from(n) / u128::from(of);
            u64::try_from(cut).ok()
        };
        let (first, next) = (self.first + before(number - 1)?, self.first + before(number)?);
        Some(Self { first, last: next - 1 })
    }
}

/// What was asked of a scenario: results may be put together if this is equal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The version of this program: another one may run the same scenario differently.
    pub aap: String,
    /// What results call the scenario.
    pub scenario: String,
    /// A fingerprint of the scenario's canonical text and of the settings of all rows.
    pub fingerprint: String,
    /// The seeds of every row.
    pub seeds: Seeds,
    /// Settings that hold in all rows.
    pub settings: Vec<(String, String)>,
    /// The rows.
    pub rows: Vec<RowQuestion>,
}

/// One row: the scenario with one combination of settings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowQuestion {
    /// What tells it from the other rows: names with values.
    pub parameters: Vec<(String, String)>,
    /// The profile it runs under.
    pub profile: String,
    /// What formulas need to know of it.
    pub facts: Facts,
    /// Timelines and expectations, as written.
    pub checks: Vec<String>,
    /// The digest of its run under the first seed: a program that runs it otherwise has another.
    pub digest: String,
}

impl RowQuestion {
    pub(super) fn new(
        parameters: Vec<(String, String)>,
        prepared: &Prepared,
        digest: String,
    ) -> Self {
        Self {
            parameters,
            digest,
            profile: prepared.profile().to_string(),
            facts: prepared.facts(),
            checks: prepared.checks(),
        }
    }

    /// Whether it asks the same, whatever came of it.
    fn is_like(&self, other: &Self) -> bool {
        let parts = |row: &Self| (row.parameters.clone(), row.profile.clone(), row.checks.clone());
        parts(self) == parts(other) && self.facts == other.facts
    }

    /// Its parameters in a line: `loss=0.1 hosts=9`.
    #[must_use]
    pub fn label(&self) -> String {
        self.words(|_| true)
    }

    /// The same without one of them.
    #[must_use]
    pub fn label_without(&self, parameter: &str) -> String {
        self.words(|name| name != parameter)
    }

    fn words(&self, wanted: impl Fn(&str) -> bool) -> String {
        let wanted = self.parameters.iter().filter(|(name, _)| wanted(name));
        let words = wanted.map(|(name, value)| match name.as_str() {
            "profile" => value.clone(),
            _ => format!("{name}={value}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

impl Question {
    pub(super) fn new(scenario: &Scenario, design: &Design, rows: Vec<RowQuestion>) -> Self {
        let text = scenario.to_text();
        let asked = format!("{text}\0{:?}", (&design.readings, &design.variant, &design.axes));
        Self {
            aap: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: design.name.clone(),
            fingerprint: format!("{:016x}", trace::fingerprint(asked.as_bytes())),
            seeds: design.seeds,
            settings: design.settings.clone(),
            rows,
        }
    }

    /// The first thing in which two questions differ, in words.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let is_like = self.rows.len() == other.rows.len()
            && self.rows.iter().zip(&other.rows).all(|(row, other)| row.is_like(other));
        let parts = [
            ("another version of aap", self.aap == other.aap),
            ("another scenario", self.scenario == other.scenario),
            ("other seeds", self.seeds == other.seeds),
            ("other settings", self.settings == other.settings),
            ("other rows", is_like),
            ("another text of the scenario", self.fingerprint == other.fingerprint),
            ("runs of another build of aap", self.rows == other.rows),
        ];
        parts.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_gapless_and_even() {
        let seeds = Seeds { first: 5, last: 104 };
        for of in [1, 3, 7, 100] {
            let parts: Vec<Seeds> = (1..=of).map(|n| seeds.part(n, of).expect("a part")).collect();
            assert_eq!((parts[0].first, parts[parts.len() - 1].last), (5, 104));
            assert!(parts.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
            let counts: Vec<u64> = parts.iter().map(|part| part.count()).collect();
            let (least, most) = (counts.iter().min(), counts.iter().max());
            assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1), "{counts:?}");
        }
        assert_eq!(seeds.part(0, 3), None);
        assert_eq!(seeds.part(4, 3), None);
        assert_eq!(seeds.part(1, 101), None, "an empty part");
    }
}
