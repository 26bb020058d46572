//! Parts of results as files.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::metric::{Metric, Per};
use super::question::{Question, Seeds};
use super::result::Part;
use super::tally::Tally;

/// Value of the `schema` field of a part.
pub const PART_SCHEMA: &str = "aap.measure.part";
/// Value of its `version` field; it grows when older readers would misread a document.
pub const PART_VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    version: u32,
    question: Question,
    seeds: Seeds,
    rows: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    runs: u64,
    early: u64,
    met: Vec<u64>,
    metrics: Vec<Counted>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    metric: String,
    /// As text: it may be greater than any number of JSON readers.
    sum: String,
    squares: String,
    least: u64,
    greatest: u64,
    classes: Vec<(u64, u64)>,
}

/// Why a document is no part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PartError {
    /// Not JSON of this shape; the message names line and column.
    Shape(String),
    /// Another schema or version.
    Version(String),
    /// The numbers contradict each other.
    Numbers(String),
}

impl fmt::Display for PartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(why) => write!(f, "not a part of a measurement: {why}"),
            Self::Version(found) => {
                write!(f, "expected schema {PART_SCHEMA} version {PART_VERSION}, found {found}")
            }
            Self::Numbers(what) => write!(f, "damaged: {what}"),
        }
    }
}

impl std::error::Error for PartError {}

impl Part {
    /// The part as a JSON document, which ends in a newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        let row = |tally: &Tally| Row {
            runs: tally.runs,
            early: tally.early,
            met: tally.met.clone(),
            metrics: tally.metrics.iter().map(|(metric, found)| counted(*metric, found)).collect(),
        };
        let document = Document {
            schema: PART_SCHEMA.to_owned(),
            version: PART_VERSION,
            question: self.question().clone(),
            seeds: self.seeds(),
            rows: self.tallies().iter().map(row).collect(),
        };
        let mut text = serde_json::to_string(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads a document of [`Part::to_json`].
    ///
    /// # Errors
    /// If it is none, or its numbers contradict each other.
    pub fn from_json(text: &str) -> Result<Self, PartError> {
        let document: Document = serde_json::from_str(text).map_err(|shape| {
            #[derive(Deserialize)]
            struct Tag {
                schema: String,
                version: u32,
            }
            match serde_json::from_str::<Tag>(text) {
                Ok(tag) if (tag.schema.as_str(), tag.version) != (PART_SCHEMA, PART_VERSION) => {
                    PartError::Version(format!("{} version {}", tag.schema, tag.version))
                }
                _ => PartError::Shape(shape.to_string()),
            }
        })?;
        let Document { schema, version, question, seeds, rows } = document;
        if (schema.as_str(), version) != (PART_SCHEMA, PART_VERSION) {
            return Err(PartError::Version(format!("{schema} version {version}")));
        }
        let asked = question.seeds;
        let within = asked.first <= seeds.first && seeds.last <= asked.last;
        if !within || seeds.first > seeds.last || seeds.count() == u64::MAX {
            return Err(PartError::Numbers(format!("seeds {}..{}", seeds.first, seeds.last)));
        }
        if rows.len() != question.rows.len() {
            return Err(PartError::Numbers(format!("{} rows", rows.len())));
        }
        let rows = rows.into_iter().zip(&question.rows).enumerate();
        let tallies = rows.map(|(at, (row, asked))| {
            tally(row, seeds, asked.checks.len())
                .map_err(|what| PartError::Numbers(format!("row {}: {what}", at + 1)))
        });
        let tallies = tallies.collect::<Result<_, _>>()?;
        Ok(Self::new(question, seeds, tallies))
    }
}

fn counted(metric: Metric, found: &Distribution) -> Counted {
    Counted {
        metric: metric.to_string(),
        sum: found.sum().to_string(),
        squares: found.squares().to_string(),
        least: found.least(),
        greatest: found.greatest(),
        classes: found.classes().collect(),
    }
}

fn tally(row: Row, seeds: Seeds, checks: usize) -> Result<Tally, String> {
    let Row { runs, early, met, metrics } = row;
    if runs != seeds.count() || early > runs {
        return Err(format!("{runs} runs of {} seeds", seeds.count()));
    }
    if met.len() != checks || met.iter().any(|count| *count > runs) {
        return Err("checks".to_owned());
    }
    let mut tally = Tally { runs, early, met, ..Tally::default() };
    for entry in metrics {
        let Counted { metric: name, sum, squares, least, greatest, classes } = entry;
        let metric = Metric::find(&name).ok_or_else(|| format!("no metric is called {name}"))?;
        let sums = sum.parse().ok().zip(squares.parse().ok()).ok_or_else(|| name.clone())?;
        let found = Distribution::from_parts(sums, (least, greatest), classes)
            .filter(|found| metric.per() == Per::Incident || found.count() == runs)
            .ok_or_else(|| name.clone())?;
        if tally.metrics.insert(metric, found).is_some() {
            return Err(format!("{name} twice"));
        }
    }
    Ok(tally)
}
