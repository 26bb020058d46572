//! Bounded exhaustive exploration of networks of [`sansio`] machines, of any protocol.
//!
//! A [`Problem`] is a handful of hosts, a script of what happens to them, [`Bounds`] on how far the
//! network may misbehave, and [`Property`]s that must hold in every state. A [`Search`] looks at
//! every run within the bounds and ends with a proof, with the shortest run that breaks a
//! property, or because its budget is used up.
//!
//! # What is explored
//!
//! A state is the hosts' machines, the copies of datagrams under way with the latest time at which
//! each arrives, and the clock. A step is one of:
//!
//! - a copy arrives, at any instant between its sending and its latest time at which something
//!   happens anyway;
//! - a copy is lost, or arrives the first of two times, or a host crashes or starts again, as far
//!   as the bounds allow;
//! - nothing arrives any more at this instant, and time goes on to the next.
//!
//! What must happen at an instant (the script, then timers that are due) happens as part of the
//! step that leads there. Questions of chance are answered by every combination of the
//! [`Representative`] values.
//!
//! # Time
//!
//! Time is kept: safety of such protocols rests on durations. It is dense, and only these instants
//! are looked at: those of timers, of the script and of the latest arrivals, those of datagrams
//! sent, and the tick (a microsecond) before a timer or a line of the script, so that a copy can
//! arrive before it. The order of two copies for one host at one instant is turned around by a
//! tick. This is exact for a machine that only compares times and whose constants, script and
//! answers are multiples of the bound on delays: such runs can be moved onto that grid without
//! changing the order of anything. For others it is a choice of extreme delays: what needs a delay
//! strictly between, in a response to a response, is not found.
//!
//! # Reductions
//!
//! Deliveries to different hosts at one instant commute, since a machine sees only its own inputs:
//! they are explored in the order of sending. A lost copy is lost at its latest time, since when it
//! was lost makes no difference. Both keep every state of every host that was reachable.
//!
//! # Order
//!
//! States are explored by how often the network misbehaved on the way to them, then by the number
//! of steps. The first run that breaks a property thus needs the fewest faults, and with so many
//! the fewest steps. Nothing depends on the number of threads.

mod local;
mod print;
mod problem;
mod search;
mod state;
mod table;
mod walk;

pub use problem::{
    Act, Bounds, Disk, Host, MAX_HOSTS, Problem, Property, Representative, Scripted, Subject,
    Vouched,
};
pub use search::{Budget, Conclusion, Counterexample, Pace, ResumeError, Search, Shortage, Tally};
pub use walk::{By, Happened, Happening, Parcel, Violation};
