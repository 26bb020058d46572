//! Real nodes among peers of another making: `tests/foreign` speaks AAP as the draft's text has it
//! and shares no code with the crates. Whatever a node sends in these stories must be a message to
//! it, to the octet.

mod codec;
mod conflicts;
mod defending;
mod hostile;
mod peer;
mod site;
mod space;
