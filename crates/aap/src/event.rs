use std::fmt;

use addrspace::Range;
use sansio::UtcSecs;

use crate::command::RequestId;
use crate::config::Peer;
use crate::wire::{MessageType, Request};

/// Addresses with the end time they carry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Lease {
    /// The addresses.
    pub range: Range,
    /// Until when.
    pub end: UtcSecs,
}

/// What a participant tells its user or operator.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// The start-up silence is over.
    Ready,
    /// A request has its addresses.
    Granted {
        /// The request.
        request: RequestId,
        /// What it got.
        leases: Vec<Lease>,
        /// How it got them.
        path: GrantPath,
    },
    /// A preallocation stood long enough: its addresses can be allocated at once.
    Held {
        /// The request, if a user made it; the pool's own have none.
        request: Option<RequestId>,
        /// The addresses.
        leases: Vec<Lease>,
    },
    /// A request failed for good.
    Refused {
        /// The request.
        request: RequestId,
        /// Why.
        why: Refusal,
    },
    /// Someone else wants or has what a claim or a tentative preallocation lists.
    Clash {
        /// The request.
        request: Option<RequestId>,
        /// The addresses given up.
        given_up: Vec<Range>,
        /// Who said so.
        peer: Peer,
        /// By which message.
        message: MessageType,
        /// What the other side listed of them.
        listed: Vec<Lease>,
    },
    /// A held preallocation is given up.
    Abandoned {
        /// The request, if a user made it.
        request: Option<RequestId>,
        /// The addresses.
        ranges: Vec<Range>,
        /// Why.
        why: Loss,
    },
    /// Someone else has allocated what we have allocated (section 3.2.3).
    Conflict {
        /// Our allocation.
        ours: Lease,
        /// Theirs, as far as it overlaps.
        theirs: Lease,
        /// Who announced it.
        peer: Peer,
        /// Which way it went.
        outcome: Outcome,
    },
    /// Own addresses must no longer be used.
    Lost {
        /// Which.
        lease: Lease,
        /// Why.
        why: Loss,
    },
    /// Own addresses are about to reach their end: their users should stop now (F-45).
    Ending {
        /// Which.
        lease: Lease,
    },
    /// Own addresses are being deleted: users must stop now, others will know by this end.
    Released {
        /// The addresses with the end that is announced now.
        lease: Lease,
    },
    /// Everything was given back and nothing is held any more.
    Retired,
    /// Own addresses reached their end, or their deletion was announced long enough.
    Ended {
        /// Which.
        range: Range,
    },
    /// The end time of own addresses changed.
    EndChanged {
        /// The addresses with their new end.
        lease: Lease,
    },
    /// A command named addresses we do not hold, or an end we cannot give.
    NotDone {
        /// The addresses.
        range: Range,
        /// Why not.
        why: Refusal,
    },
    /// A message was heard and ignored as a whole.
    Ignored {
        /// The reason's name.
        reason: Ignored,
        /// Who sent it.
        peer: Peer,
        /// Its type.
        message: MessageType,
    },
    /// An ASA took addresses away or shortened them before their time (section 3.2.10.1).
    Invalidated {
        /// What is gone, or ends earlier than announced.
        ranges: Vec<Range>,
    },
    /// The ASA in use has expired without a newer one (section 3.2.10.2).
    SpaceExpired,
    /// The wall clock reads earlier than the newest time in stable storage (F-47).
    ClockBehindStorage,
    /// A Prefix Coordinator now leads.
    Leads,
    /// A Prefix Coordinator follows another.
    Follows {
        /// The one that leads.
        peer: Peer,
    },
    /// Another Prefix Coordinator announces a different set: the operator must act.
    Inconsistent {
        /// Who.
        peer: Peer,
    },
    /// A Prefix Coordinator took its set from a resent ASA.
    Adopted {
        /// The set.
        leases: Vec<Lease>,
    },
    /// The lead Prefix Coordinator heard how the space is used.
    Demand {
        /// Each announced range with the number of addresses in use.
        usage: Vec<(Range, u32)>,
        /// What was asked for beyond.
        requests: Vec<Request>,
    },
    /// A Prefix Coordinator has more ranges than it may announce at once (F-30).
    SpaceTooLarge {
        /// How many it has.
        ranges: usize,
        /// How many it may announce.
        limit: usize,
    },
}

/// How a request got its addresses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GrantPath {
    /// By a claim that stood.
    Claim,
    /// From a held preallocation, without a claim.
    Preallocation,
}

/// Why a request fails.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// No address is free that meets the need.
    NoneFree,
    /// Addresses are free, but none for as long as asked.
    LifetimeTooShort,
    /// No Prefix Coordinator has said yet which addresses there are.
    NoAddressSpace,
    /// Every set that was tried collided.
    TooManyCollisions,
    /// The end time is in the past, or the count is zero or beyond the scope.
    Impossible,
    /// The request id is in use.
    DuplicateRequest,
    /// The user withdrew it.
    Withdrawn,
    /// The addresses are not ours.
    NotOurs,
    /// The participant has retired or is of another kind.
    NotServing,
}

/// Why addresses are lost.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loss {
    /// Another MAAS's message.
    Collision {
        /// Its type.
        message: MessageType,
        /// Who sent it.
        peer: Peer,
    },
    /// An ASA no longer offers them.
    Invalidated,
    /// The user asked to lose them.
    Asked,
    /// Their end time came.
    Ended,
}

/// Who keeps an address two have allocated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// We undo.
    Undone,
    /// We keep it, marked, and go on announcing.
    Marked,
    /// We keep it and say so at once: the other side has to undo.
    Kept,
}

/// Why a well-formed message is ignored as a whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ignored {
    /// Its ranges lie in more than one configured scope, or partly outside all of them.
    BadScope,
    /// It is about a scope this participant does not serve.
    OtherScope,
    /// Policy wants authentication and there was none (F-42).
    Unauthenticated,
    /// Its current-time is too far from our clock (F-38).
    Skew,
    /// It carries our own address, but we never sent it (F-02).
    SpoofedSelf,
    /// An ASA valid for longer than policy allows (F-25).
    AsaValidity,
    /// An AIU about more addresses than policy records (F-48).
    RangeTooLarge,
    /// An ASRP about other ranges than those announced (section 4.2.2).
    StaleReport,
}

impl Ignored {
    /// The name under which it is counted.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadScope => "bad_scope",
            Self::OtherScope => "other_scope",
            Self::Unauthenticated => "unauthenticated",
            Self::Skew => "skew",
            Self::SpoofedSelf => "spoofed_self",
            Self::AsaValidity => "asa_validity",
            Self::RangeTooLarge => "range_too_large",
            Self::StaleReport => "stale_report",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoneFree => "no address is free",
            Self::LifetimeTooShort => "no address is available for that long",
            Self::NoAddressSpace => "no address space has been announced",
            Self::TooManyCollisions => "every set that was tried collided",
            Self::Impossible => "the request cannot be met by any scope",
            Self::DuplicateRequest => "the request id is in use",
            Self::Withdrawn => "withdrawn",
            Self::NotOurs => "not ours",
            Self::NotServing => "not serving",
        })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collision { message, peer } => write!(f, "{message} from {peer}"),
            Self::Invalidated => f.write_str("the ASA no longer offers it"),
            Self::Asked => f.write_str("the user asked to lose it"),
            Self::Ended => f.write_str("its end time came"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_user_is_told_is_in_words() {
        assert_eq!(Refusal::NoneFree.to_string(), "no address is free");
        let peer = Peer { address: [10, 0, 0, 2].into(), port: 2878 };
        let loss = Loss::Collision { message: MessageType::Aclm, peer };
        assert_eq!(loss.to_string(), "ACLM from 10.0.0.2:2878");
        let by_address = Peer { port: 0, ..peer };
        assert_eq!(by_address.to_string(), "10.0.0.2", "where that alone identifies");
    }
}
