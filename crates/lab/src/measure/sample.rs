//! What was measured in one run.

use aap::wire::MessageType;

/// In what capacity a host sends a datagram.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// It holds something the datagram lists: its own AIUs and the AITUs of held preallocations.
    Owner,
    /// A MAAS that neither holds nor wants it: a defence of others' addresses, a resent ASA, an
    /// ASRP.
    Bystander,
    /// It wants it: ACLMs, tentative AITUs, ANAs.
    Claimant,
    /// A Prefix Coordinator.
    Coordinator,
}

impl Role {
    /// All roles, in the order of tables.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Bystander, Self::Claimant, Self::Coordinator];

    /// Its name in tables and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Bystander => "bystander",
            Self::Claimant => "claimant",
            Self::Coordinator => "coordinator",
        }
    }
}

/// What was measured in one run. Whole numbers only: they can be added and compared exactly.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sample {
    /// The seed of the run.
    pub seed: u64,
    /// How long it lasted, in microseconds of virtual time.
    pub lasted: u64,
    /// Whether the message cap or endless timers ended it before its time.
    pub ended: Ended,
    /// Datagrams by type (in the order of their numbers on the wire) and role.
    pub(super) sent: [[u64; Role::ALL.len()]; MessageType::ALL.len()],
    /// Octets of all datagrams.
    pub octets: u64,
    /// Requests for addresses.
    pub requests: u64,
    /// Requests that failed for good.
    pub refusals: u64,
    /// Collisions of claims and tentative preallocations.
    pub clashes: u64,
    /// Conflicts over own allocations.
    pub conflicts: u64,
    /// Own allocations undone.
    pub undone: u64,
    /// Held preallocations given up.
    pub abandoned: u64,
    /// Grants that no request asked for in this run.
    pub unasked_grants: u64,
    /// From each granted request to its addresses, in microseconds; in the order of the grants.
    pub grant_times: Vec<u64>,
    /// How long each duplicate lasted, in microseconds; in the order of their ends.
    pub duplicate_times: Vec<u64>,
    /// Duplicates at the end of the run.
    pub duplicates_left: u64,
    /// When the first conflict was noticed, in microseconds from the last heal before it, else
    /// from the start of the run.
    pub first_conflict: Option<u64>,
    /// Different addresses allocated at the end.
    pub held: u64,
    /// The same in millionths of the first scope.
    pub utilisation: u64,
    /// Whether each check of [`crate::Prepared::checks`] was met.
    pub met: Vec<bool>,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ended {
    /// At its time.
    #[default]
    InTime,
    /// Before: it was a storm.
    Early,
}

impl Sample {
    /// Datagrams of one type or all, in one role or all.
    #[must_use]
    pub fn messages(&self, kind: Option<MessageType>, role: Option<Role>) -> u64 {
        let types = match kind {
            Some(kind) => &self.sent[kind as usize..=kind as usize],
            None => &self.sent[..],
        };
        let of = |counts: &[u64; Role::ALL.len()]| match role {
            Some(role) => counts[role as usize],
            None => counts.iter().sum(),
        };
        types.iter().map(of).sum()
    }

    /// `count` in the whole run as thousandths per second, rounded down.
    pub(super) fn thousandths_per_second(&self, count: u64) -> u64 {
        let thousandths = u128::from(count) * 1_000_000_000;
        u64::try_from(thousandths / u128::from(self.lasted.max(1))).unwrap_or(u64::MAX)
    }
}
