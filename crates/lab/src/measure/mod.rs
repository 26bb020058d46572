//! How often, how long, how much: a scenario run under many seeds and counted.
//!
//! ```text
//! Scenario, Design ──▶ Experiment ──▶ a Sample per row and seed ──▶ a Tally per row ──▶ Part
//!                                                  Parts ──▶ Part::merge ──▶ share, mean, ...
//! ```
//!
//! Everything up to the tally is whole numbers, so that parts merge into exactly what one process
//! would have counted, whatever the number of threads. Fractions appear only where a result is
//! reported ([`share`], [`mean`]).

mod axis;
mod conduct;
mod distribution;
mod document;
mod duplicates;
mod experiment;
mod gauge;
mod interval;
mod metric;
mod question;
mod result;
mod sample;
mod tally;

#[cfg(test)]
mod tests;

pub use axis::Axis;
pub use conduct::{Samples, Step, Unfinished};
pub use distribution::Distribution;
pub use document::{PART_SCHEMA, PART_VERSION, PartError};
pub use experiment::{Design, DesignError, Experiment, Reading};
pub(crate) use gauge::Gauge;
pub use interval::{Estimate, Z95, deviation, mean, share};
pub use metric::{Metric, Per, Unit};
pub use question::{Question, RowQuestion, Seeds};
pub use result::{MergeError, Part};
pub use sample::{Ended, Role, Sample};
pub use tally::Tally;
