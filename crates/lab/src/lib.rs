//! AAP on the deterministic network: scenarios run and judged, searched for harm, made small,
//! checked and measured.
//!
//! ```text
//! text ──▶ scenario::Scenario ──▶ scenario::Plan ──▶ domain (a netsim world of aap machines)
//!                                                       │ run
//!                                        tape, oracles, journal ──▶ judge ──▶ Report
//! ```

pub mod check;
mod dissect;
mod domain;
pub mod explore;
mod judge;
pub mod live;
pub mod many;
pub mod measure;
mod place;
mod run;
pub mod scenarios;
pub mod shrink;
mod tape;
pub mod theory;

pub use dissect::AapDissector;
pub use judge::Check;
pub use run::{DEFAULT_SEED, OracleReport, Prepared, Report, RunError, RunOptions, run};
