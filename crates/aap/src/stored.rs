use addrspace::{Addr, Range};
use sansio::{Stored, UtcSecs};

use crate::config::Peer;
use crate::wire::Message;

/// One thing a MAAS must remember across power loss (AAP-3.1-01, -02). What is lost when several
/// lose their storage together may be allocated twice (AAP-3.1-04).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Item {
    /// An own allocation.
    Own {
        /// The addresses.
        range: Range,
        /// Until when.
        end: UtcSecs,
        /// The latest end ever announced for it.
        latest_end: UtcSecs,
        /// The request it was granted to.
        request: u32,
        /// Whether it is being deleted.
        deleted: bool,
    },
    /// An own preallocation.
    Preallocated {
        /// The addresses.
        range: Range,
        /// Until when.
        end: UtcSecs,
        /// The request it was made for, if a user asked for it.
        request: Option<u32>,
    },
    /// Another MAAS's allocation.
    Heard {
        /// The addresses.
        range: Range,
        /// Until when.
        end: UtcSecs,
        /// Who announced it; unknown if it was learned from a defender.
        owner: Peer,
        /// Whether it was first heard from a defender.
        by_defender: bool,
    },
    /// Another MAAS's preallocation: not required by the draft, but a restarted MAAS goes on
    /// avoiding it.
    Intended {
        /// The addresses.
        range: Range,
        /// Until when.
        end: UtcSecs,
        /// Who announced it.
        owner: Peer,
        /// When it was first heard, on our wall clock.
        heard: UtcSecs,
    },
    /// A deleted own allocation that others may still believe in (F-22).
    Tombstone {
        /// The addresses.
        range: Range,
        /// The end time that is announced if someone defends it.
        end: UtcSecs,
        /// How long it is remembered.
        until: UtcSecs,
    },
    /// The ASA processed last, as it was received.
    Space {
        /// The message.
        message: Message,
        /// When it was received, on our wall clock.
        received: UtcSecs,
    },
    /// Nothing is kept under this key any more.
    Forget(ItemKey),
}

/// Where an [`Item`] is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ItemKey {
    /// The cached ASA.
    Space,
    /// An own allocation, by its first address.
    Own(Addr),
    /// An own preallocation, by its first address.
    Preallocated(Addr),
    /// A tombstone, by its first address.
    Tombstone(Addr),
    /// Another's allocation, by its first address and announcer.
    Heard(Addr, Peer),
    /// Another's preallocation, likewise.
    Intended(Addr, Peer),
}

impl Stored for Item {
    type Key = ItemKey;

    fn key(&self) -> ItemKey {
        match self {
            Self::Own { range, .. } => ItemKey::Own(range.first()),
            Self::Preallocated { range, .. } => ItemKey::Preallocated(range.first()),
            Self::Heard { range, owner, .. } => ItemKey::Heard(range.first(), *owner),
            Self::Intended { range, owner, .. } => ItemKey::Intended(range.first(), *owner),
            Self::Tombstone { range, .. } => ItemKey::Tombstone(range.first()),
            Self::Space { .. } => ItemKey::Space,
            Self::Forget(key) => *key,
        }
    }

    fn removes(&self) -> bool {
        matches!(self, Self::Forget(_))
    }
}
