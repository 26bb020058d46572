//! A scenario with everything that is varied: what is to be run.

use std::fmt;

use super::axis::Axis;
use super::question::{Question, RowQuestion, Seeds};
use crate::run::Prepared;
use scenario::{Diagnostic, Profile, Scenario, Words as _};

/// More rows than this are a mistake.
const ROWS_MAX: usize = 10_000;

/// The name under which variants of a scenario are varied like settings.
const VARIANT: &str = "variant";

/// What to do with a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Design {
    /// What results call the scenario.
    pub name: String,
    /// The seeds, every one for every row.
    pub seeds: Seeds,
    /// The readings of the draft to compare; the scenario's own if there is none.
    pub readings: Vec<Reading>,
    /// The variant; the scenario itself if absent.
    pub variant: Option<String>,
    /// Settings that hold in every row.
    pub settings: Vec<(String, String)>,
    /// Settings that vary; every combination is a row, the last one varies fastest.
    pub axes: Vec<Axis>,
}

/// A reading of the draft: a profile, and switches set differently from it.
///
/// Written `PROFILE[+SWITCH=VALUE]...`: `repaired`, `literal+claim-tie=earlier-wins`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    written: String,
    profile: Profile,
    switches: Vec<(String, String)>,
}

impl Reading {
    /// The profile it starts from.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }
}

impl From<Profile> for Reading {
    fn from(profile: Profile) -> Self {
        Self { written: profile.to_string(), profile, switches: Vec::new() }
    }
}

impl std::str::FromStr for Reading {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split('+');
        let word = parts.next().unwrap_or_default();
        let known = || Profile::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let (_, profile) = Profile::ALL
            .iter()
            .find(|(known, _)| *known == word)
            .ok_or_else(|| format!("`{word}` is no profile: expected one of {}", known()))?;
        let switches = parts.map(|part| {
            let (name, value) =
                part.split_once('=').ok_or_else(|| format!("`{part}`: expected SWITCH=VALUE"))?;
            Ok((name.to_owned(), value.to_owned()))
        });
        let switches = switches.collect::<Result<_, String>>()?;
        Ok(Self { written: text.to_owned(), profile: *profile, switches })
    }
}

/// Why there is nothing to run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DesignError {
    /// A setting was refused.
    Setting {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
        /// Why.
        why: String,
    },
    /// With these settings the scenario contradicts itself.
    Contradiction(Box<Diagnostic>),
    /// It cannot be run, or there is too much of it.
    Other(String),
}

impl fmt::Display for DesignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, value, why } => write!(f, "{name}={value}: {why}"),
            Self::Contradiction(found) => f.write_str(&found.plain("with these settings")),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for DesignError {}

/// Rows of runs, ready to go.
pub struct Experiment {
    question: Question,
    rows: Vec<Prepared>,
}

impl Experiment {
    /// Makes every row of `design` ready.
    ///
    /// # Errors
    /// If a setting is refused, or a row cannot be run.
    pub fn new(scenario: &Scenario, design: &Design) -> Result<Self, DesignError> {
        let readings: Vec<Option<&Reading>> = match design.readings.as_slice() {
            [] => vec![None],
            some => some.iter().map(Some).collect(),
        };
        let combinations = design.axes.iter().map(|axis| axis.values.len());
        let count = combinations.fold(readings.len(), usize::saturating_mul);
        if count > ROWS_MAX {
            return Err(DesignError::Other(format!("{count} rows; at most {ROWS_MAX} are run")));
        }
        let (mut rows, mut asked) = (Vec::new(), Vec::new());
        for reading in readings {
            for values in combinations_of(&design.axes) {
                let prepared = row(scenario, design, reading, &values)?;
                let mut parameters = Vec::new();
                if let Some(reading) = reading.filter(|_| design.readings.len() > 1) {
                    parameters.push(("profile".to_owned(), reading.written.clone()));
                }
                parameters.extend(values);
                let digest = prepared.digest(design.seeds.first);
                let digest = digest.map_err(|why| DesignError::Other(why.to_string()))?;
                asked.push(RowQuestion::new(parameters, &prepared, digest));
                rows.push(prepared);
            }
        }
        let question = Question::new(scenario, design, asked);
        Ok(Self { question, rows })
    }

    /// What is asked, apart from how it is run.
    #[must_use]
    pub const fn question(&self) -> &Question {
        &self.question
    }

    /// What to run for each row of the question.
    #[must_use]
    pub fn rows(&self) -> &[Prepared] {
        &self.rows
    }
}

/// Every combination of values, the last axis varying fastest.
fn combinations_of(axes: &[Axis]) -> Vec<Vec<(String, String)>> {
    axes.iter().fold(vec![Vec::new()], |rows, axis| {
        let longer = rows.into_iter().flat_map(|row| {
            axis.values.iter().map(move |value| {
                let mut row: Vec<(String, String)> = row.clone();
                row.push((axis.name.clone(), value.clone()));
                row
            })
        });
        longer.collect()
    })
}

fn row(
    scenario: &Scenario,
    design: &Design,
    reading: Option<&Reading>,
    values: &[(String, String)],
) -> Result<Prepared, DesignError> {
    let mut scenario = scenario.clone();
    let mut variant = design.variant.as_deref();
    let switches = reading.into_iter().flat_map(|reading| &reading.switches);
    for (name, value) in design.settings.iter().chain(switches).chain(values) {
        if name == VARIANT {
            variant = Some(value).filter(|name| *name != "base").map(String::as_str);
            continue;
        }
        scenario.apply_setting(name, value).map_err(|why| DesignError::Setting {
            name: name.clone(),
            value: value.clone(),
            why: why.to_string(),
        })?;
    }
    if let Some(found) = scenario.check().into_iter().find(Diagnostic::is_error) {
        return Err(DesignError::Contradiction(Box::new(found)));
    }
    let profile = reading.map(Reading::profile);
    Prepared::new(&scenario, profile, variant).map_err(|why| DesignError::Other(why.to_string()))
}
