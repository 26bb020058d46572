use std::net::SocketAddr;

use sansio::UtcSecs;

use crate::{Link, Skew, Trust};

/// A host of a world, by its place in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HostId(pub(crate) u32);

impl HostId {
    /// The host at `index`, counted from 0 in the order in which hosts were added.
    #[must_use]
    pub const fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// Its place, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether hosts hear what they send to a group they have joined themselves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Loopback {
    /// They do, at once and without loss, as sockets do unless told otherwise.
    #[default]
    On,
    /// They do not.
    Off,
}

/// Whether a multicast whose copies arrive together is one entry in the queue.
///
/// It makes no difference to what happens; it can be turned off to prove that.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Batching {
    /// One entry per multicast.
    #[default]
    On,
    /// One entry per copy.
    Off,
}

/// What a world is made of before it has hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Where all chance comes from.
    pub seed: u64,
    /// What a right wall clock shows at the run's epoch.
    pub epoch: UtcSecs,
    /// The properties of every link until told otherwise.
    pub link: Link,
    /// Whether hosts hear themselves.
    pub loopback: Loopback,
    /// How many datagrams hosts may send before the run is stopped as a storm.
    pub message_cap: u64,
    /// How the queue is kept.
    pub batching: Batching,
}

impl Config {
    /// A world of this seed with perfect links, on 2000-01-01, with a cap of a million datagrams.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            epoch: UtcSecs(946_684_800),
            link: Link::default(),
            loopback: Loopback::On,
            message_cap: 1_000_000,
            batching: Batching::On,
        }
    }
}

/// What a host is made of.
#[derive(Clone, Debug)]
pub struct HostSpec<M> {
    /// Its name: what its draws depend on, so it should be unique.
    pub name: String,
    /// Where its datagrams come from.
    pub address: SocketAddr,
    /// The groups and ports it listens to.
    pub groups: Vec<SocketAddr>,
    /// Its machine as it is before every start.
    pub blank: M,
    /// How its clocks deviate.
    pub skew: Skew,
    /// Whether the transport vouches for what it sends.
    pub trust: Trust,
}

impl<M> HostSpec<M> {
    /// A host with right clocks that listens to nothing yet.
    #[must_use]
    pub fn new(name: impl Into<String>, address: SocketAddr, blank: M) -> Self {
        Self {
            name: name.into(),
            address,
            groups: Vec::new(),
            blank,
            skew: Skew::default(),
            trust: Trust::Open,
        }
    }
}
