use std::net::SocketAddr;

use aap::wire::Message;
use aap::{Event, Peer};
use addrspace::{Family, Range, ScopeKind};
use sansio::{Duration, Instant, Rule};

use crate::handle::ScopeId;

/// One of the scopes a node serves, as far as it never changes while the node runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Served {
    /// Its place in the configuration.
    pub id: ScopeId,
    /// What people call it.
    pub name: String,
    /// The family of its addresses.
    pub family: Family,
    /// Its addresses.
    pub range: Range,
    /// Who divides it.
    pub kind: ScopeKind,
    /// The group and port its participants meet at.
    pub group: SocketAddr,
    /// The participant's own address and port: its identity (F-02).
    pub own: SocketAddr,
}

/// Something that happened on a node, for whoever watches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeEvent {
    /// Counts up by one per event of this life of the node: a gap means that some were missed.
    pub number: u64,
    /// The node's wall clock, in microseconds since 1970.
    pub wall_us: i64,
    /// The node's monotonic clock.
    pub at: Instant,
    /// The scope it concerns, unless it concerns the node.
    pub scope: Option<ScopeId>,
    /// What happened.
    pub happening: Happening,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Happening {
    /// The participant tells its user or operator something.
    Told {
        /// What.
        event: Event,
        /// The rule of the draft, or the finding, that led to it.
        rule: Rule,
    },
    /// The participant sent a message. Only made while someone watches.
    Sent {
        /// The message.
        message: Message,
        /// The rule that asked for it.
        rule: Rule,
    },
    /// The participant heard a message of another. Only made while someone watches.
    Heard {
        /// From whom.
        peer: Peer,
        /// The message.
        message: Message,
    },
    /// The wall clock was set while the node ran.
    ClockStepped {
        /// By how much, in microseconds; negative if it now shows an earlier time.
        by_us: i64,
    },
    /// The interface is gone or down: nothing can be heard or sent.
    InterfaceLost {
        /// Which.
        name: String,
    },
    /// The interface is back, and the groups are joined again.
    InterfaceBack {
        /// Which.
        name: String,
        /// For how long it was away, give or take the second between two looks.
        away: Duration,
        /// What becomes of the participants.
        then: Comeback,
    },
    /// A datagram could not be sent; told once per cause until one can be sent again.
    CannotSend {
        /// Why.
        why: String,
    },
    /// Stable storage failed: nothing is granted or sent until it works again. The participants
    /// then start anew from what it holds, as after a crash.
    StorageFailed {
        /// Why.
        why: String,
    },
    /// Stable storage works again.
    StorageBack,
    /// Faults were switched on, changed or switched off.
    FaultsChanged,
    /// Policy and constants were replaced.
    Reloaded,
}

/// What becomes of the participants when their interface is back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comeback {
    /// They go on.
    GoOn,
    /// They were away for so long that they start anew, with the silence of section 3.2.4.
    StartOver,
}

impl NodeEvent {
    /// The peer the event is about, if it is about one.
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        if let Happening::Heard { peer, .. } = &self.happening {
            return Some(*peer);
        }
        match self.told()? {
            Event::Clash { peer, .. }
            | Event::Conflict { peer, .. }
            | Event::Ignored { peer, .. }
            | Event::Follows { peer }
            | Event::Inconsistent { peer }
            | Event::Lost { why: aap::Loss::Collision { peer, .. }, .. }
            | Event::Abandoned { why: aap::Loss::Collision { peer, .. }, .. } => Some(*peer),
            _ => None,
        }
    }

    /// What the participant told, if that is what happened.
    #[must_use]
    pub fn told(&self) -> Option<&Event> {
        match &self.happening {
            Happening::Told { event, .. } => Some(event),
            _ => None,
        }
    }
}
