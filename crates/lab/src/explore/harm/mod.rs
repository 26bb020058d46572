//! What can come of a run that nobody wants, told apart by what can be seen from outside.
//!
//! The oracles say whether the draft keeps a promise, each within its assumption. A harm is an
//! outcome, owed to nobody: an allocation undone by its own defender is a harm whatever was lost
//! on the way. [`Harms`] watches one run and names the harms it sees; each is told once, when it
//! is seen first.

mod believed;
mod cell;
mod contact;
mod livelock;
mod onlooker;
mod scene;
mod taken;
mod undone;

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;

use sansio::Instant;

pub(crate) use onlooker::Harms;

/// A kind of outcome that nobody wants.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Harm {
    /// Two hosts hold an address, each hears the other, and both undo: nobody has it (F-13).
    BothUndone,
    /// An owner undoes its allocation because of an AIU from one who never had the address:
    /// from a bystander who speaks up for the owner (F-14, F-15).
    UndoneByDefender,
    /// An owner undoes its allocation because an earlier owner repeats that it has deleted its
    /// own (F-22).
    UndoneByDeletion,
    /// An owner undoes its allocation because of an AIU about an earlier one that is no more: on
    /// its way for long, or from a bystander who does not know yet (F-13, F-38).
    UndoneByOldNews,
    /// An address is defended by those who never had it, four `[REPEAT-INTERVAL]`s after anyone
    /// last bid for it (F-15).
    EndlessDefence,
    /// An address is granted although its owner, who is gone, had it for longer, and somebody
    /// who knew could hear and be heard (F-35).
    DeadOwnersAddressTaken,
    /// An address is granted although its owner is there, and could hear and be heard.
    LiveOwnersAddressTaken,
    /// Somebody who had heard of a deletion believes for two `[REPEAT-INTERVAL]`s in the
    /// allocation that was deleted (F-21, F-22).
    DeletedAddressRevived,
    /// Preallocations collide again and again and nobody comes to hold any, though nobody asks
    /// for anything any more (F-12).
    PreallocationLivelock,
    /// The claims of one request meet others without end (F-10, F-44).
    ClaimLivelock,
    /// The run had to be stopped: messages beget messages (F-16).
    Storm,
    /// An oracle objects: the draft breaks a promise within the assumption it is made under.
    Oracle(&'static str),
}

impl Harm {
    /// Every harm but those the oracles name.
    pub const ALL: [Self; 11] = [
        Self::BothUndone,
        Self::UndoneByDefender,
        Self::UndoneByDeletion,
        Self::UndoneByOldNews,
        Self::EndlessDefence,
        Self::DeadOwnersAddressTaken,
        Self::LiveOwnersAddressTaken,
        Self::DeletedAddressRevived,
        Self::PreallocationLivelock,
        Self::ClaimLivelock,
        Self::Storm,
    ];

    /// Its name, in lower case with dashes: of files, and in documents for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BothUndone => "both-undone",
            Self::UndoneByDefender => "undone-by-defender",
            Self::UndoneByDeletion => "undone-by-deletion",
            Self::UndoneByOldNews => "undone-by-old-news",
            Self::EndlessDefence => "endless-defence",
            Self::DeadOwnersAddressTaken => "dead-owners-address-taken",
            Self::LiveOwnersAddressTaken => "live-owners-address-taken",
            Self::DeletedAddressRevived => "deleted-address-revived",
            Self::PreallocationLivelock => "preallocation-livelock",
            Self::ClaimLivelock => "claim-livelock",
            Self::Storm => "storm",
            Self::Oracle(name) => name,
        }
    }

    /// Whether the readings of the profile `repaired` claim to have removed it, where it comes
    /// about like this; other shapes of the same harm need a clock that steps, a datagram that
    /// is held back, storage that loses what it has acknowledged, losses that nobody can see, or a
    /// speaker who may be a new owner.
    #[must_use]
    pub const fn is_repaired(self, shape: &str) -> bool {
        match self {
            Self::UndoneByDefender | Self::UndoneByDeletion | Self::DeletedAddressRevived => {
                shape.is_empty()
            }
            Self::EndlessDefence | Self::ClaimLivelock | Self::Storm | Self::Oracle(_) => true,
            Self::BothUndone
            | Self::UndoneByOldNews
            | Self::DeadOwnersAddressTaken
            | Self::LiveOwnersAddressTaken
            | Self::PreallocationLivelock => false,
        }
    }

    /// It in a sentence.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BothUndone => "Two owners of one address, and both undo",
            Self::UndoneByDefender => "An owner is undone by its own defender",
            Self::UndoneByDeletion => "A deletion that is repeated undoes the next owner",
            Self::UndoneByOldNews => "An owner is undone for one who no longer has the address",
            Self::EndlessDefence => "An address is defended without end",
            Self::DeadOwnersAddressTaken => "The address of a dead owner is taken",
            Self::LiveOwnersAddressTaken => "The address of a live owner is taken",
            Self::DeletedAddressRevived => "A deleted address comes back to life",
            Self::PreallocationLivelock => "Preallocations take from each other without end",
            Self::ClaimLivelock => "Claims meet each other without end",
            Self::Storm => "Messages beget messages",
            Self::Oracle(_) => "A promise is broken",
        }
    }

    /// The findings about it, as a scenario cites them.
    #[must_use]
    pub const fn cites(self) -> &'static str {
        match self {
            Self::BothUndone => "F-13 AAP-3.2.3-01",
            Self::UndoneByDefender => "F-14 F-15",
            Self::UndoneByDeletion => "F-22",
            Self::UndoneByOldNews => "F-13 F-38",
            Self::EndlessDefence => "F-15",
            Self::DeadOwnersAddressTaken => "F-35",
            Self::LiveOwnersAddressTaken => "AAP-3.2.5-01",
            Self::DeletedAddressRevived => "F-21 F-22",
            Self::PreallocationLivelock => "F-12",
            Self::ClaimLivelock => "F-10 F-44",
            Self::Storm => "F-16",
            Self::Oracle(_) => "AAP-1.4-02",
        }
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A harm that was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// What it is.
    pub harm: Harm,
    /// How it came about, in a word or two, where that makes a difference.
    pub shape: &'static str,
    /// The sentence about it, with names and times.
    pub why: String,
    /// When, from the start of the scenario.
    pub at: Instant,
    /// Whom it happened to, by name.
    pub victim: Option<String>,
    /// Who did it, if somebody did.
    pub culprit: Option<String>,
    /// About which address, if about one.
    pub address: Option<IpAddr>,
}

impl Sighting {
    /// One of which no more is known.
    pub(crate) const fn new(harm: Harm, why: String, at: Instant) -> Self {
        Self { harm, shape: "", why, at, victim: None, culprit: None, address: None }
    }
}
