//! What a fuzzer runs, so that its corpus can be run again by an ordinary test.
//!
//! Each function takes octets that nobody has looked at and panics if something is wrong. The
//! package in `fuzz/` hands them to libFuzzer; `tests/corpus.rs` runs what is kept in `corpus/`.

mod control;
mod machine;
mod script;

pub use control::{control, control_can_run};
pub use machine::machine;

use aap::wire::Message;

/// Reads octets as a datagram: whatever is accepted is written as the same octets again, and is
/// then read as the same message.
///
/// # Panics
/// If that is not so.
pub fn decode(octets: &[u8]) {
    let Ok(message) = Message::decode(octets) else { return };
    let mut written = Vec::new();
    message.encode(&mut written);
    assert_eq!(written, octets, "another datagram means the same message");
    assert_eq!(written.len(), message.octets(), "the length that was promised");
    assert_eq!(Message::decode(&written).as_ref(), Ok(&message));
}
