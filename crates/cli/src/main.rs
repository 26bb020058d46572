//! The `aap` command.
fn main() {}
