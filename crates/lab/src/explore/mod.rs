//! Search: which scenarios bring harm, found by chance and made small.

mod case;
mod generate;
mod harm;

pub use case::{Case, examine, examine_seed};
pub use generate::generate;
pub(crate) use harm::Harms;
pub use harm::{Harm, Sighting};
