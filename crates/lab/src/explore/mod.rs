//! Search: which scenarios bring harm, found by chance and made small.
//!
//! ```text
//! seed ──▶ generate ──▶ Scenario ──▶ examine ──▶ Sightings ──▶ Exhibit: a file to replay
//! ```

mod case;
mod exhibit;
mod generate;
mod harm;
mod search;

pub use case::{Case, examine, examine_seed};
pub use exhibit::{Exhibit, Origin};
pub use generate::generate;
pub(crate) use harm::Harms;
pub use harm::{Harm, Sighting};
pub use search::{Discovery, Findings, Goal, Progress, Search};
