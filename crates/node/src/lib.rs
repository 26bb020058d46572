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
//! | `net` | multicast sockets and the interface they are on |
//! | `auth` | the HMAC trailer, where keys are configured |
//! | `store` | stable storage |
//! | `answer` | what clients may ask for again |
//! | `capture` | inputs and draws of a live node, to run it again offline |
//! | `faults` | what a real network does now and then, when asked to |
//! | `say` | events in words |
//! | [`control`] | HTTP and JSON over a Unix socket, for applications and operators |

mod answer;
mod auth;
mod capture;
mod clock;
mod config;
mod counters;
mod draws;
mod engine;
mod event;
mod faults;
mod handle;
mod hex;
mod log;
mod net;
mod notify;
mod service;
mod snapshot;
mod store;

pub mod control;
pub mod say;

pub use auth::{Auth, KeyError, Keys, Seal, SealVerdict};
pub use capture::{
    CAPTURE_SCHEMA, CAPTURE_VERSION, CaptureReplay, CapturedMember, Difference, Occurrence,
    ReplayError, Replayed, Step, is_capture, replay_capture,
};
pub use config::{
    Fault, KEYS, Limits, LogConfig, Loopback, Mistake, NodeConfig, NodeRole, Place, Reloaded,
    ScopeConfig, SpaceEnd, Table, Trust, read_file, settle,
};
pub use counters::{Counters, Histogram, Row};
pub use draws::FixedDraw;
pub use engine::{Node, StartError};
pub use event::{Comeback, Happening, NodeEvent, Served};
pub use faults::{Fate, FaultPlan, LinkFault};
pub use handle::{
    CommandError, EVENT_BACKLOG, FaultsRefused, Handle, Pending, REQUEST_BACKLOG, Reply, ScopeId,
    Stopped, Verdict,
};
pub use log::{LogControl, LogFormat, start_log};
pub use net::{Ear, Interface, InterfaceChoice, Overheard, SocketError, is_contained};
pub use service::serve;
pub use snapshot::{
    ClaimView, Entry, EntryKind, PeerView, RecordPage, ScopeSnapshot, Snapshot, State,
};
pub use store::{
    FORMAT as STORE_FORMAT, StoreError, StoreView, StoredItem, inspect, prepare as prepare_store,
};
