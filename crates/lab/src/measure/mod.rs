//! How often, how long, how much: a scenario run under many seeds and counted.
//!
//! ```text
//! Scenario ──▶ Prepared ──▶ Sample per seed ──▶ Tally ──▶ means, quantiles, intervals
//! ```
//!
//! Everything up to the tally is whole numbers, so that tallies of parts merge into exactly what
//! one process would have counted. Fractions appear only where a result is reported.

mod distribution;
mod duplicates;
mod gauge;
mod metric;
mod sample;
mod tally;

pub use distribution::Distribution;
pub(crate) use gauge::Gauge;
pub use metric::{Metric, Per, Unit};
pub use sample::{Ended, Role, Sample};
pub use tally::Tally;
