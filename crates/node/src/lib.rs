//! The real driver of AAP: the machines of the `aap` crate, unchanged, over UDP sockets, a clock,
//! an operating system's randomness and stable storage.
//!
//! One task, the *engine*, owns every participant of a node and does all protocol work; whoever
//! controls the node (a control API, a command, a test) holds a [`Handle`]. The engine never waits
//! for a holder of a handle: its channels are bounded, and whoever is slow misses events, not the
//! protocol its timers.
//!
//! | module | what it does |
//! |---|---|
//! | `handle` | what others may ask of a running node, and what they are told |
//! | `engine` | the loop: timers, datagrams, requests, then one commit, then what it allows |

mod clock;
mod counters;
mod draws;
mod event;
mod faults;
mod handle;
mod hex;
mod snapshot;
mod store;

pub use counters::{Counters, Histogram, Row};
pub use event::{Happening, NodeEvent, Served};
pub use faults::{Fate, FaultPlan, LinkFault};
pub use handle::{
    CommandError, EVENT_BACKLOG, FaultsRefused, Handle, Pending, REQUEST_BACKLOG, Reply, ScopeId,
    Stopped, Verdict,
};
pub use snapshot::{
    ClaimView, Entry, EntryKind, PeerView, RecordPage, ScopeSnapshot, Snapshot, State,
};
pub use store::{FORMAT as STORE_FORMAT, StoreError, StoreView, StoredItem, inspect};
