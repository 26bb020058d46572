//! The loop that drives the machines.
//!
//! A *turn* takes whatever is ready: timers first, then a bounded number of datagrams and requests.
//! What the machines want done is collected, and the turn ends with one commit to stable storage
//! for all of it, after which datagrams are sent and users are told, in order. Nothing is sent or
//! granted that a power loss could undo.
//!
//! When stable storage fails, what waited for it is dropped as if the node had crashed at that
//! moment. As soon as storage works again, the participants start anew from what it holds: that is
//! a case the protocol is made for, and no other answer keeps its promises.
//!
//! While the interface is gone nothing is claimed, as nobody could object; see `presence`.

mod echo;
mod inject;
mod member;
mod outbox;
mod peers;
mod presence;
mod requests;
mod settle;
mod start;
#[cfg(test)]
mod tests;
mod turn;
mod wait;

use std::sync::Arc;

use aap::Participant;
use sansio::{Instant, Output};

use crate::auth::Guard;
use crate::capture::Capture;
use crate::clock::Clock;
use crate::config::NodeConfig;
use crate::draws::Draws;
use crate::event::{Happening, NodeEvent};
use crate::handle::{Ends, Handle, ScopeId};
use crate::net::Interface;
use crate::notify::Notifier;
use crate::store::Store;

use inject::Injector;
use member::Member;
use outbox::Outbox;
use peers::Peers;
use presence::Presence;
use requests::{Ticket, Waiters};
use settle::Wanted;

pub use start::StartError;

/// A node that is ready to run.
#[derive(Debug)]
pub struct Node {
    config: NodeConfig,
    members: Vec<Member>,
    clock: Clock,
    draws: Draws,
    storage: Storage,
    presence: Presence,
    interface: Interface,
    ends: Ends,
    handle: Handle,
    peers: Peers,
    guard: Guard,
    injector: Injector,
    capture: Option<Capture>,
    notifier: Notifier,
    /// What the machines wanted done in this turn, in order.
    wanted: Vec<Wanted>,
    /// Empty between inputs; what a machine wants of one is written into it.
    outputs: Vec<Output<Participant>>,
    outbox: Outbox,
    /// Commands of this turn, to be answered once what they led to is durable.
    tickets: Vec<Ticket>,
    waiters: Waiters,
    housekeeping_at: Instant,
    /// Inputs so far: the cause handed to the machines.
    inputs: u64,
    events: u64,
    buffer: Vec<u8>,
}

/// Where stable storage stands.
#[derive(Debug)]
enum Storage {
    /// A node that needs none.
    None,
    /// It works.
    Open(Store),
    /// It failed; it is tried again at a time.
    Failed { why: String, retry_at: Instant },
}

impl Node {
    /// The way in for others.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Whether nobody watches, so that events need not be made.
    fn is_watched(&self) -> bool {
        self.ends.events.receiver_count() > 0
    }

    /// Tells whoever watches, and the log.
    fn tell(
        &mut self,
        at: Instant,
        wall_us: i64,
        scope: Option<usize>,
        happening: Happening,
    ) -> Arc<NodeEvent> {
        self.events += 1;
        let scope = scope.map(ScopeId);
        let event = Arc::new(NodeEvent { number: self.events, wall_us, at, scope, happening });
        crate::say::log(&event, self.handle.scopes());
        // Without a subscriber nobody is told, which is no failure.
        let _ = self.ends.events.send(Arc::clone(&event));
        event
    }
}
