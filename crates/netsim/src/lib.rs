//! A deterministic in-process network of protocol machines.
//!
//! A [`World`] holds hosts, each with a [`sansio::Machine`], clocks and stable storage of its
//! own, and a network of links that delay, lose, double and reorder datagrams. Time is virtual
//! and jumps from one thing that happens to the next; there are no ticks.
//!
//! - **Same seed, same run.** Chance comes from streams derived from the seed and a name, so a
//!   host more or a question more moves nobody else's draws. [`World::digest`] condenses a run;
//!   it does not depend on who watches, on how deliveries are batched, or on the machine.
//! - **A world is a value.** Clone it to take a snapshot, to fork a run or to go back.
//! - **Watching is separate.** Everything that happens is handed to an [`Observer`] at the moment
//!   it happens: a [`Recorder`] makes a journal of it, an [`Oracle`] judges it, [`Silent`] costs
//!   nothing.
//!
//! # What comes first at one instant
//!
//! 1. [`Action`]s, in the order in which they were scheduled;
//! 2. timers: hosts by index, each host's timers in the order its machine chooses;
//! 3. deliveries, in the order of sending, receivers by index.
//!
//! So a datagram sent without delay at some instant arrives at that instant, after every timer
//! that is due by then.

mod action;
mod agenda;
mod capture;
mod chance;
mod clock;
mod counters;
mod dice;
mod flight;
mod link;
mod network;
mod observe;
mod oracle;
mod record;
mod storage;
mod world;

pub use action::{Action, Fault, Fits, Injection, Pick, PickRule, Reach, Trust};
pub use capture::{Capture, Captured};
pub use chance::Stream;
pub use clock::Skew;
pub use counters::Counters;
pub use dice::{DrawFault, Drawn, DrawnBy, Otherwise};
pub use link::{Delay, Link, Loss, Ppm};
pub use observe::{DropCause, Observation, Observer, Seen, Silent, Stop};
pub use oracle::{Oracle, Verdict};
pub use record::{DebugDissector, Described, Dissect, Recorder};
pub use storage::Disk;
pub use world::{Batching, Config, Host, HostId, HostSpec, Loopback, World};
