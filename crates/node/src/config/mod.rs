//! What a node must be told before it starts.

mod auth;
mod control;
#[cfg(test)]
mod control_tests;
#[cfg(test)]
mod example_tests;
mod file;
mod mistake;
mod settle;
mod table;
#[cfg(test)]
mod tests;
mod values;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use addrspace::{Addr, Family, Range};
use sansio::{Duration, UtcSecs};

use crate::auth::Auth;
use crate::control::Settings;
use crate::draws::FixedDraw;
use crate::log::LogFormat;
use crate::net::InterfaceChoice;

pub use file::read_file;
pub use mistake::{Fault, Mistake, Place};
pub use settle::{KEYS, settle};
pub use table::Table;

/// A configuration without contradictions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeConfig {
    /// What kind of participant it is, in every scope.
    pub role: NodeRole,
    /// The scopes it serves; at least one.
    pub scopes: Vec<ScopeConfig>,
    /// The interface it speaks on.
    pub interface: InterfaceChoice,
    /// The TTL or hop limit of what it sends.
    pub hops: u8,
    /// Whether what it sends is heard on its own host too.
    pub loopback: Loopback,
    /// Where stable storage is; a Prefix Coordinator needs none.
    pub data: Option<PathBuf>,
    /// Where the control API listens and how much it takes. Without a Unix socket, the standard
    /// one is tried.
    pub control: Settings,
    /// What is logged.
    pub log: LogConfig,
    /// Where inputs and draws are recorded, if anywhere.
    pub trace: Option<PathBuf>,
    /// Answers to questions of chance that are fixed beforehand: for experiments, on loopback and in
    /// network namespaces only.
    pub draws: Vec<FixedDraw>,
    /// Senders that are not listened to.
    pub deny: Vec<(Family, Range)>,
    /// Whether the transport vouches for senders.
    pub trust: Trust,
    /// How datagrams are authenticated by keys of our own, if they are.
    pub auth: Option<Auth>,
    /// What bounds memory and work.
    pub limits: Limits,
}

/// What reading a configuration again came to, by the names of settings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reloaded {
    /// Taken over.
    pub changed: Vec<&'static str>,
    /// Different, and only taken over by a new start.
    pub fixed: Vec<&'static str>,
}

/// What kind of participant a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeRole {
    /// An allocation server (draft section 3).
    Maas,
    /// A Prefix Coordinator (draft section 4).
    Coordinator,
}

/// One scope of a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeConfig {
    /// What its participant is told.
    pub machine: aap::Config,
    /// What a Prefix Coordinator offers.
    pub space: Vec<(Range, SpaceEnd)>,
}

/// Until when a Prefix Coordinator offers a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpaceEnd {
    /// So long after the node's start.
    After(Duration),
    /// Until this time.
    At(UtcSecs),
}

impl SpaceEnd {
    /// The end for a node that starts at `start`.
    #[must_use]
    pub const fn from(self, start: UtcSecs) -> UtcSecs {
        match self {
            Self::After(span) => start.plus(span.as_secs() as i64),
            Self::At(end) => end,
        }
    }
}

/// Whether what a node sends is heard on its own host too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loopback {
    /// It is: other nodes on the host hear it.
    On,
    /// It is not.
    Off,
}

/// Whether the transport vouches for senders (draft section 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trust {
    /// It does not: anyone may have sent a datagram.
    None,
    /// The kernel's IPsec policy lets nothing else through to the group.
    Ipsec,
}

/// What is logged on standard error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogConfig {
    /// Of what: `info`, `debug`, `node=trace` and the like.
    pub filter: String,
    /// How.
    pub format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Human }
    }
}

/// What bounds memory and work (F-48).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Octets of the largest datagram that is read.
    pub datagram: usize,
    /// Requests for addresses that may be under way at once.
    pub requests: usize,
    /// Peers that are listed.
    pub peers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { datagram: 8192, requests: 1024, peers: 1024 }
    }
}

impl NodeConfig {
    /// A node with one scope and the defaults: `machine` says where and how it speaks.
    #[must_use]
    pub fn new(role: NodeRole, machine: aap::Config) -> Self {
        let own = machine.own.ip();
        Self {
            role,
            interface: InterfaceChoice::Address(own),
            hops: default_hops(own),
            scopes: vec![ScopeConfig { machine, space: Vec::new() }],
            loopback: Loopback::On,
            data: None,
            control: Settings::default(),
            log: LogConfig::default(),
            trace: None,
            draws: Vec::new(),
            deny: Vec::new(),
            trust: Trust::None,
            auth: None,
            limits: Limits::default(),
        }
    }

    /// Whether none of its addresses can reach a real network.
    #[must_use]
    pub fn is_contained(&self) -> bool {
        self.scopes.iter().all(|scope| crate::net::is_contained(scope.machine.own.ip()))
    }

    /// The names of settings that differ in `other`: those that a running node can take over, and
    /// those that it cannot.
    pub(crate) fn differences(&self, other: &Self) -> Reloaded {
        let of_scopes = |field: fn(&aap::Config, &aap::Config) -> bool| {
            other.scopes.iter().any(|new| {
                let name = &new.machine.scope.name;
                let own = self.scopes.iter().find(|old| old.machine.scope.name == *name);
                own.is_some_and(|own| field(&own.machine, &new.machine))
            })
        };
        let changed = [
            ("constants", of_scopes(|old, new| old.timing != new.timing)),
            ("switches", of_scopes(|old, new| old.policy != new.policy)),
            ("deny", self.deny != other.deny),
            ("trust", self.trust != other.trust),
            ("auth", self.auth != other.auth),
            ("limits", self.limits != other.limits),
            ("log.filter", self.log.filter != other.log.filter),
        ];
        let changed = changed.into_iter().filter_map(|(name, differs)| differs.then_some(name));
        Reloaded { changed: changed.collect(), fixed: self.fixed_differences(other) }
    }

    /// The names of settings that differ in `other` and that a running node cannot take over.
    fn fixed_differences(&self, other: &Self) -> Vec<&'static str> {
        let shape = |config: &Self| -> Vec<ScopeConfig> {
            let mut scopes = config.scopes.clone();
            for scope in &mut scopes {
                // These two can be taken over.
                scope.machine.timing = aap::Timing::draft();
                scope.machine.policy = aap::policy::Policy::repaired();
            }
            scopes
        };
        [
            ("scope", shape(self) != shape(other)),
            ("interface", self.interface != other.interface),
            ("ttl", self.hops != other.hops),
            ("loopback", self.loopback != other.loopback),
            ("data", self.data != other.data),
            ("control", self.control != other.control),
            ("log.format", self.log.format != other.log.format),
            ("trace", self.trace != other.trace),
            ("draws", self.draws != other.draws),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }

    pub(crate) fn denies(&self, sender: SocketAddr) -> bool {
        let (family, address) = (Family::of(sender.ip()), Addr::from(sender.ip()));
        self.deny.iter().any(|(of, range)| *of == family && range.contains(address))
    }
}

/// 255, as the first drafts asked for administrative scopes; 1 where nothing may leave the host.
const fn default_hops(own: IpAddr) -> u8 {
    if own.is_loopback() { 1 } else { 255 }
}
