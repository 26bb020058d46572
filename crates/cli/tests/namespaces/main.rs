//! Real `aap node` processes, each a host with its own addresses in a network namespace: what
//! loopback cannot show. Where this machine does not allow it, the tests say so and end.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, says what it skips, and real hosts take real time"
)]

mod capture;
mod hosts;
mod lan;
mod wire;
mod zones;
