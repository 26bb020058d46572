use std::net::SocketAddr;

use aap::{Lease, Peer, Phase, RequestId, Role};
use addrspace::{Addr, Range};
use sansio::{Duration, Instant, UtcSecs};

use crate::counters::Counters;
use crate::event::Served;
use crate::faults::FaultPlan;

/// What a node is doing, at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The node's monotonic clock, which its events show too.
    pub at: Instant,
    /// Its wall clock.
    pub utc: UtcSecs,
    /// Each scope, in the order of the configuration.
    pub scopes: Vec<ScopeSnapshot>,
    /// Whoever was heard lately, by address.
    pub peers: Vec<PeerView>,
    /// Why stable storage does not work, if it does not.
    pub storage_failure: Option<String>,
    /// Whether the interface is there.
    pub interface_up: bool,
    /// The faults in force, if any were set.
    pub faults: Option<FaultPlan>,
}

/// One participant of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeSnapshot {
    /// The scope.
    pub served: Served,
    /// Where the participant is in its life.
    pub state: State,
    /// What its users may use.
    pub held: Vec<Lease>,
    /// What another has allocated too.
    pub conflicted: Vec<Lease>,
    /// What is being deleted.
    pub deleting: Vec<Lease>,
    /// What can be allocated without a claim, with the ends announced.
    pub preallocated: Vec<Lease>,
    /// Claims under way.
    pub claiming: Vec<ClaimView>,
    /// Preallocations that have not stood long enough yet.
    pub preallocating: Vec<ClaimView>,
    /// Entries of the Allocation Record.
    pub record_entries: usize,
    /// Addresses that could be claimed now.
    pub free: u64,
    /// Defences of other's or own addresses that are armed.
    pub defences: usize,
    /// What the ASA in use, or for a coordinator its own latest, lists.
    pub space: Option<Vec<Lease>>,
    /// What has been counted.
    pub counters: Counters,
}

/// Where a participant is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// An allocation server.
    Maas {
        /// Its phase.
        phase: Phase,
        /// How much of the start-up silence is left, during it.
        silence_left: Option<Duration>,
    },
    /// A Prefix Coordinator.
    Coordinator {
        /// Its role.
        role: Role,
        /// Whom it follows.
        follows: Option<Peer>,
    },
}

impl State {
    /// Whether requests are worked on now.
    #[must_use]
    pub const fn is_ready(self) -> bool {
        matches!(self, Self::Maas { phase: Phase::Ready, .. } | Self::Coordinator { .. })
    }
}

/// A claim or a preallocation under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimView {
    /// The request, if a user made it; those of the pool have none.
    pub request: Option<RequestId>,
    /// The addresses claimed.
    pub ranges: Vec<Range>,
    /// Which set of its request it is, counted from 1: each collision leads to another.
    pub attempt: u32,
    /// How long until it stands, if nobody objects; after a collision, until another set is chosen.
    pub left: Option<Duration>,
}

/// Someone who was heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PeerView {
    /// Its address and port.
    pub address: SocketAddr,
    /// When it was heard last.
    pub last_heard: Instant,
    /// How many well-formed messages came from it.
    pub messages: u64,
}

/// A part of an Allocation Record.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecordPage {
    /// The entries, in the order of addresses.
    pub entries: Vec<Entry>,
    /// Ask again with this `after` for the rest, if there is a rest.
    pub next: Option<Addr>,
}

/// What a participant believes about some addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The addresses.
    pub range: Range,
    /// Until when, on this node's clock.
    pub end: UtcSecs,
    /// Who announced it; `None` for this node's own.
    pub owner: Option<Peer>,
    /// What it is.
    pub kind: EntryKind,
}

/// What an [`Entry`] is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum EntryKind {
    /// An allocation.
    Allocated,
    /// A preallocation.
    Preallocated,
}
