//! The vocabulary that every protocol here shares.
//!
//! A protocol participant is a [`Machine`]: a plain value that is handed [`Input`]s and writes
//! [`Output`]s. It has no clock, no randomness, no queue and no task of its own. Whoever drives
//! it (the simulator, a UDP node, an exhaustive checker, a fuzzer) decides when time passes,
//! what arrives and how every [`Question`] of chance is answered; the machine cannot tell its
//! drivers apart.
//!
//! ```text
//!            Input::Message / Command / Timeout
//!   driver ────────────────────────────────────▶ machine
//!          ◀──────────────────────────────────── Vec<Output>, then poll_timeout()
//!            Output::Persist / Transmit / Event
//! ```
//!
//! Everything is a value: `Clone + Eq + Hash`, so that a world of machines can be
//! snapshotted, compared and explored.

mod cause;
mod deadlines;
mod draw;
mod machine;
mod time;

pub use cause::Cause;
pub use deadlines::{Deadlines, Due, TimerKind, Urgency};
pub use draw::{Draw, Question};
pub use machine::{Cx, Input, Machine, Output, Outputs, Rule, Stored};
pub use time::{Duration, Instant, Now, UtcSecs};
