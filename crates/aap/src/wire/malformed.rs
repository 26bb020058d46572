use std::fmt;

use addrspace::{Addr, Family};

/// Why a datagram is ignored; one counter each. In the order in which the checks run.
///
/// The draft decides the first three (5.1, 5.1.1, 5.2); the others are finding F-31 and F-32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// Fewer than 12 octets (AAP-5.1-02).
    TooShort,
    /// The version is not 0 (AAP-5.1.1-02).
    BadVersion,
    /// The message type is above 5 (AAP-5.2-03).
    UnknownType,
    /// The address family is neither 1 nor 2, so the size of an address is unknown.
    UnknownFamily,
    /// Shorter than the type's fixed part, or not a whole number of items, or octets left over.
    BadLength,
    /// A range runs backwards or is not multicast.
    BadRange,
}

impl Reason {
    /// All reasons, in the order in which the checks run.
    pub const ALL: [Self; 6] = [
        Self::TooShort,
        Self::BadVersion,
        Self::UnknownType,
        Self::UnknownFamily,
        Self::BadLength,
        Self::BadRange,
    ];

    /// The name of its counter, such as `bad_length`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::BadVersion => "bad_version",
            Self::UnknownType => "unknown_type",
            Self::UnknownFamily => "unknown_family",
            Self::BadLength => "bad_length",
            Self::BadRange => "bad_range",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The first check that a datagram failed. It has changed nothing and is answered by nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Malformed {
    /// Which check failed.
    pub reason: Reason,
    /// The draft's name of the field at fault, or what the octets should have been part of.
    pub field: &'static str,
    /// Where that field begins, in octets from the start of the UDP payload.
    pub offset: usize,
    /// What is wrong with it.
    pub detail: Detail,
}

/// What is wrong with the field that a [`Malformed`] names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Detail {
    /// The datagram ends within the field.
    Cut {
        /// Octets of it that are there.
        have: usize,
        /// Octets it should have.
        need: usize,
    },
    /// The datagram ends within one of several items.
    CutItem {
        /// Which one, from 1.
        item: usize,
        /// Octets of it that are there.
        have: usize,
        /// Octets it should have.
        need: usize,
    },
    /// Octets follow where the message should have ended.
    LeftOver {
        /// How many.
        octets: usize,
    },
    /// A number that is not defined.
    Undefined {
        /// The number.
        number: u16,
        /// The numbers that are.
        defined: &'static str,
    },
    /// A range whose last address precedes its first.
    Backwards {
        /// Which range or report, from 1.
        item: usize,
        /// The family of the addresses.
        family: Family,
        /// The first address.
        first: Addr,
        /// The last address.
        last: Addr,
    },
    /// An address outside 224.0.0.0/4 or ff00::/8.
    NotMulticast {
        /// Which range or report, from 1.
        item: usize,
        /// The family of the address.
        family: Family,
        /// The address.
        addr: Addr,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at octet {}: {}", self.reason, self.field, self.offset, self.detail)
    }
}

impl std::error::Error for Malformed {}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Cut { have, need } => {
                write!(f, "the datagram ends after {have} of {need} octets")
            }
            Self::CutItem { item, have, need } => {
                write!(f, "the datagram ends after {have} of the {need} octets of item {item}")
            }
            Self::LeftOver { octets } => {
                write!(f, "{octets} octet{} left over", if octets == 1 { "" } else { "s" })
            }
            Self::Undefined { number, defined } => write!(f, "{number} is not {defined}"),
            Self::Backwards { item, family, first, last } => write!(
                f,
                "item {item} ends at {}, before its first address {}",
                last.to_ip(family),
                first.to_ip(family)
            ),
            Self::NotMulticast { item, family, addr } => {
                write!(f, "{} in item {item} is not a multicast address", addr.to_ip(family))
            }
        }
    }
}
