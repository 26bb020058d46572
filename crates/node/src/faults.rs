//! Faults on the way in, for experiments on loopback and in namespaces: what a real network does
//! now and then, when asked to.
//!
//! Every fault of the network acts where a datagram of another node arrives. A cut between two nodes is set on
//! both, so that a pair can be parted although all share one interface.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sansio::Duration;

/// The faults datagrams meet, by the address they come from, and that of the clock. The default is
/// none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FaultPlan {
    /// For senders that have no entry of their own.
    pub everyone: LinkFault,
    /// For these senders.
    pub from: BTreeMap<IpAddr, LinkFault>,
    /// By how many microseconds the node's wall clock is ahead of the host's; negative if behind.
    /// A change while the node runs is a step of the clock.
    pub clock_ahead_us: i64,
}

/// What happens to datagrams of one sender.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LinkFault {
    /// Whether they get through at all.
    pub fate: Fate,
    /// How many of a million are lost.
    pub loss_ppm: u32,
    /// How many of a million arrive twice.
    pub duplicate_ppm: u32,
    /// By how much each is late.
    pub delay: Duration,
    /// By how much more it may be late, at random.
    pub jitter: Duration,
}

/// Whether datagrams get through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Fate {
    /// They do.
    #[default]
    Through,
    /// They are lost: a partition.
    Cut,
    /// They wait until the plan no longer holds them, then all arrive.
    Held,
}

impl FaultPlan {
    /// What datagrams from `sender` meet.
    #[must_use]
    pub fn link(&self, sender: IpAddr) -> LinkFault {
        self.from.get(&sender).copied().unwrap_or(self.everyone)
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let idle = LinkFault::default();
        self.clock_ahead_us == 0
            && self.everyone == idle
            && self.from.values().all(|link| *link == idle)
    }
}
