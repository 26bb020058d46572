//! The journal of a run: one line of JSON per thing that happened, each naming its cause.
//!
//! A journal is the product of a run. Oracles, diagrams, golden files and counterexamples all
//! read the same lines, so the format is described to the byte in `docs/trace.md`.
//!
//! - [`Journal`] is a run as a value: a [`Header`] and its [`Entry`]s.
//! - [`write()`] and [`read`] turn it into text and back.
//! - [`why`] follows an entry's causes back to the root.
//! - [`Digest`] condenses a run into 64 bits without needing a journal at all.

mod digest;
mod entry;
mod read;
mod why;
mod write;

pub use digest::{Digest, Fingerprint, fingerprint};
pub use entry::{Conclusion, DrawnBy, Entry, Fields, Header, Host, Journal, SCHEMA, VERSION, What};
pub use read::{ReadError, ReadErrorKind, read};
pub use why::{Index, why};
pub use write::{Writer, line, write};

/// The values of [`Fields`].
pub use serde_json::Value;
