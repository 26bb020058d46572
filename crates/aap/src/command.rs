use addrspace::Range;
use sansio::UtcSecs;

use crate::policy::Policy;
use crate::timing::Timing;

/// A request's name, chosen by whoever makes it; events about the request carry it. Whether that is
/// the MAAS's own host or a server that serves others is all the same (AAP-3-01).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u32);

/// What a user wants addresses for: how many, together or not, until when. There is no start:
/// allocations begin at once (AAP-3.2.8-09), and asking ahead of demand is allowed
/// (AAP-3.2.5.1-01).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Demand {
    /// How many addresses.
    pub count: u32,
    /// Whether they must be consecutive.
    pub layout: Layout,
    /// Until when they are needed, on this participant's wall clock.
    pub end: UtcSecs,
    /// Addresses to begin with, as `choice` says.
    pub preferred: Vec<Range>,
    /// What the preferred addresses mean.
    pub choice: Choice,
}

/// What the preferred addresses of a demand mean.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Choice {
    /// Take them if they are free.
    IfFree,
    /// Try exactly them first, whatever the record says: for users who provoke a collision.
    Insist,
}

/// How the addresses of one grant lie.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Layout {
    /// Anywhere.
    Scattered,
    /// One after the other.
    Contiguous,
}

/// What the user of a MAAS, or the operator of a Prefix Coordinator, asks for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    /// Allocate addresses: from the preallocated pool if it serves, by a claim otherwise
    /// (sections 3.2.5 and 3.2.6.1).
    Allocate {
        /// The request.
        request: RequestId,
        /// What is needed.
        demand: Demand,
    },
    /// Allocate addresses by a claim, leaving preallocated ones alone (section 3.2.5).
    Claim {
        /// The request.
        request: RequestId,
        /// What is needed.
        demand: Demand,
    },
    /// Preallocate addresses for later (section 3.2.6).
    Preallocate {
        /// The request.
        request: RequestId,
        /// What is needed.
        demand: Demand,
    },
    /// Give up a request that has not been granted yet.
    Withdraw {
        /// The request.
        request: RequestId,
    },
    /// Move the end time of own allocations or preallocations: later to renew, earlier to
    /// shorten (section 3.2.8).
    SetEnd {
        /// The addresses.
        range: Range,
        /// Their new end.
        end: UtcSecs,
    },
    /// Delete own allocations by shortening them to the deletion margin (section 3.2.8).
    Release {
        /// The addresses.
        range: Range,
    },
    /// Lose own allocations at once, as if a conflict had been heard: for users who want to see
    /// how their application takes it.
    Lose {
        /// The addresses.
        range: Range,
    },
    /// Give everything back, take no more requests, and stop once nothing is held any more.
    Retire,
    /// Read the draft another way from now on, with these constants.
    Reconfigure {
        /// The switches.
        policy: Policy,
        /// The constants.
        timing: Timing,
    },
    /// Prefix Coordinators: replace the set of available addresses.
    Offer {
        /// Each range with the time until which it is available.
        space: Vec<(Range, UtcSecs)>,
    },
}

impl Command {
    /// Whether it asks for addresses.
    pub(crate) const fn asks_for_more(&self) -> bool {
        matches!(self, Self::Allocate { .. } | Self::Claim { .. } | Self::Preallocate { .. })
    }
}
