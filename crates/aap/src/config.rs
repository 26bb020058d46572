use std::net::{IpAddr, SocketAddr};

use sansio::Duration;

use addrspace::{Range, Scope, ScopeKind, TailPolicy};

use crate::policy::{Policy, ReservedTail};
use crate::timing::Timing;
use crate::wire::Rseq;

/// The UDP port registered for AAP: the destination of every message (AAP-2-01).
pub const AAP_PORT: u16 = 2878;

/// The largest UDP payload of a consolidated message, in octets (AAP-3.2.2-05, AAP-3.2.10.3-09).
pub const MAX_PAYLOAD: usize = 500;

/// What a participant must be told before it starts: who it is, which scope it serves and how
/// it reads the draft. One participant serves one scope: whoever serves several runs several, and
/// none of them can touch the state of another (AAP-2.1.3-01, AAP-3.2.10.1-04).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Config {
    /// The participant's own socket address: the identity others know it by (F-02).
    pub own: SocketAddr,
    /// Where messages of this scope go, and where its driver listens (AAP-3.2.1-01): the AAP group
    /// and port. For a small scope the group lies in the scope itself (AAP-2.1.2-01), for a large
    /// one it is to be that of the Allocation Scope (AAP-2.1.1-06), which the operator knows.
    pub group: SocketAddr,
    /// The scope served: administratively scoped or global (AAP-2.1-01), the latter a large scope
    /// although no zone announcement names it (AAP-2.1.1-07). A scope is a range of addresses, so
    /// that one by TTL cannot be configured (AAP-2.1-03).
    pub scope: Scope,
    /// Ranges of all scopes configured on the same group, the served one included: a message
    /// that mixes them is malformed, one about another scope is none of ours (F-04).
    pub scopes_on_group: Vec<Range>,
    /// The constants of Appendix B.
    pub timing: Timing,
    /// The reading of the draft.
    pub policy: Policy,
    /// Whether the start-up silence is observed.
    pub startup: Startup,
    /// Whether this MAAS takes part in sending ASRPs: it does unless told otherwise
    /// (AAP-3.2.10.3-01).
    pub reports: Reports,
    /// Whether an ANA on this group is credited to this scope (F-05).
    pub ana_scope: AnaScope,
    /// Ranges that must never be selected, besides the reserved tail.
    pub excluded: Vec<Range>,
    /// The first request sequence number after a start: 0 (AAP-5.1.4-01) but for tests of the
    /// wrap.
    pub first_rseq: Rseq,
    /// How long an ASA is valid; by default five times `[ASA-INTERVAL]` (AAP-3.2.10.2-01).
    pub asa_validity: Option<Duration>,
    /// Whether announcements proven to change nothing are passed over.
    pub shortcut: Shortcut,
}

/// Whether a MAAS passes over announcements proven to change nothing. The proof is exact: what
/// the MAAS does is the same either way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Shortcut {
    /// It does.
    On,
    /// Every announcement is processed in full.
    Off,
}

/// Whether a starting MAAS listens before it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Startup {
    /// It does, for 1 to 1.3 `[STARTUP-WAIT]` (section 3.2.4).
    Listen,
    /// It has done so already: for scenarios that begin with a settled domain.
    Settled,
}

/// Whether a MAAS sends ASRPs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reports {
    /// It takes its turn.
    Send,
    /// It leaves that to others.
    Never,
}

/// Whether the scopeless ANA counts for this scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AnaScope {
    /// It does.
    Ours,
    /// It belongs to another large scope on the same group.
    Other,
}

impl Config {
    /// A participant at `own` in `scope`, with the draft's constants, the repaired profile and
    /// the scope's own AAP group.
    #[must_use]
    pub fn new(own: SocketAddr, scope: Scope) -> Self {
        let group = SocketAddr::new(scope.group().to_ip(scope.family), AAP_PORT);
        Self {
            own,
            group,
            scopes_on_group: vec![scope.range],
            scope,
            timing: Timing::draft(),
            policy: Policy::repaired(),
            startup: Startup::Listen,
            reports: Reports::Send,
            ana_scope: AnaScope::Ours,
            excluded: Vec::new(),
            asa_validity: None,
            first_rseq: Rseq::wrapping(0),
            shortcut: Shortcut::On,
        }
    }

    /// The part of the scope that may be allocated at all.
    #[must_use]
    pub fn allocatable(&self) -> Vec<Range> {
        let mut parts = vec![self.scope.range];
        let tail = self.scope.reserved_tail(match self.policy.reserved_tail {
            ReservedTail::Last256 => TailPolicy::Reserved,
            ReservedTail::None => TailPolicy::Allocatable,
        });
        for hole in tail.into_iter().chain(self.excluded.iter().copied()) {
            parts = parts.into_iter().flat_map(|part| part.subtract(hole)).collect();
        }
        parts
    }

    /// Whether Prefix Coordinators divide this scope.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.scope.kind == ScopeKind::Large
    }

    /// Whether `peer` is this participant itself.
    #[must_use]
    pub fn is_own(&self, peer: SocketAddr) -> bool {
        self.identity(peer) == self.identity(self.own)
    }

    /// The identity `peer` is known by (F-02).
    #[must_use]
    pub fn identity(&self, peer: SocketAddr) -> Peer {
        match self.policy.identity {
            crate::policy::Identity::AddressAndPort => {
                Peer { address: peer.ip(), port: peer.port() }
            }
            crate::policy::Identity::AddressOnly => Peer { address: peer.ip(), port: 0 },
        }
    }
}

/// Who sent a message, as far as AAP can tell (F-02).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Peer {
    /// The source address.
    pub address: IpAddr,
    /// The source port, or 0 where identity is the address alone.
    pub port: u16,
}

impl From<SocketAddr> for Peer {
    fn from(socket: SocketAddr) -> Self {
        Self { address: socket.ip(), port: socket.port() }
    }
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.port == 0 {
            return self.address.fmt(f);
        }
        SocketAddr::new(self.address, self.port).fmt(f)
    }
}
