//! What the rules of the draft imply, in closed form, to hold measurements against.
//!
//! Every formula is derived from the constants of appendix B and from draws that are uniform; its
//! derivation stands beside it. Times are in seconds. Fractions: nothing is decided by them.
#![expect(clippy::float_arithmetic, reason = "probabilities and means are computed, not decided")]

mod claims;
mod conflicts;
mod defence;
mod formula;
mod timeline;
mod traffic;

pub use claims::{dead_owner_taken, live_owner_missed, regular_announcement_missed};
pub use conflicts::{conflict_unnoticed, mean_notice, notice_quantile};
pub use defence::{
    Wait, answer_probabilities, lone_answers, lone_answers_probability, mean_answers,
    mean_lone_answers,
};
pub use formula::{Facts, Formula};
pub use timeline::{announcements, claims, owners_answers};
pub use traffic::{regular_announcements, regular_messages};
