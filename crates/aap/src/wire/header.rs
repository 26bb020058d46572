use std::fmt;

use addrspace::Family;

use super::WireTime;

/// The six messages (AAP-5.2-01).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MessageType {
    /// Address Claim: a MAAS wants these addresses.
    Aclm,
    /// Address In Use: these addresses are allocated.
    Aiu,
    /// Address Intent To Use: these addresses are preallocated.
    Aitu,
    /// Address Space Announce: all the addresses that may be allocated.
    Asa,
    /// Address Space Report: how much of the space is in use, and what is asked for.
    Asrp,
    /// Address Not Available: an allocation failed.
    Ana,
}

impl MessageType {
    /// All types, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Aclm, Self::Aiu, Self::Aitu, Self::Asa, Self::Asrp, Self::Ana];

    /// The number in the msgtype field.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type with this number, if there is one.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The draft's abbreviation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aclm => "ACLM",
            Self::Aiu => "AIU",
            Self::Aitu => "AITU",
            Self::Asa => "ASA",
            Self::Asrp => "ASRP",
            Self::Ana => "ANA",
        }
    }

    /// The draft's full name.
    #[must_use]
    pub const fn long_name(self) -> &'static str {
        match self {
            Self::Aclm => "Address Claim",
            Self::Aiu => "Address In Use",
            Self::Aitu => "Address Intent To Use",
            Self::Asa => "Address Space Announce",
            Self::Asrp => "Address Space Report",
            Self::Ana => "Address Not Available",
        }
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A request sequence number: 24 bits that wrap (draft 5.1.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Rseq(u32);

impl Rseq {
    /// The largest; the next one is zero.
    pub const MAX: Self = Self(0x00ff_ffff);

    /// The low 24 bits of `number`.
    #[must_use]
    pub const fn wrapping(number: u32) -> Self {
        Self(number & Self::MAX.0)
    }

    /// The number, below 2^24.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The number that follows; zero follows the largest.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::wrapping(self.0 + 1)
    }
}

impl fmt::Display for Rseq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What precedes the body, apart from the message type, which the body implies (draft 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// The family of every address in the message (AAP-5.1.3-01).
    pub family: Family,
    /// Numbers the sender's requests.
    pub rseq: Rseq,
    /// Numbers the messages of one request; wraps.
    pub mseq: u8,
}

/// The header of any datagram of at least 8 octets, with whatever numbers it holds, so that
/// messages of another version, type or family can still be shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RawHeader {
    /// The version; ours is 0.
    pub version: u8,
    /// The message type's number.
    pub msgtype: u8,
    /// The IANA address family number.
    pub addrfamily: u16,
    /// The request sequence number.
    pub rseq: Rseq,
    /// The message sequence number.
    pub mseq: u8,
}

impl RawHeader {
    /// The header at the start of `octets`, if they are long enough to hold one.
    #[must_use]
    pub fn peek(octets: &[u8]) -> Option<Self> {
        let &[version, msgtype, family_high, family_low, r2, r1, r0, mseq, ..] = octets else {
            return None;
        };
        Some(Self {
            version,
            msgtype,
            addrfamily: u16::from_be_bytes([family_high, family_low]),
            rseq: Rseq(u32::from_be_bytes([0, r2, r1, r0])),
            mseq,
        })
    }

    /// The message type, if it is a known one.
    #[must_use]
    pub fn kind(&self) -> Option<MessageType> {
        MessageType::from_number(self.msgtype)
    }

    /// The address family, if it is one that messages use.
    #[must_use]
    pub fn family(&self) -> Option<Family> {
        Family::from_number(self.addrfamily)
    }

    /// The octets sent: version 0 (AAP-5.1.1-01), then the fields in order.
    pub(super) fn octets(kind: MessageType, header: Header, current_time: WireTime) -> [u8; 12] {
        let [_, r2, r1, r0] = header.rseq.0.to_be_bytes();
        let [family_high, family_low] = header.family.number().to_be_bytes();
        let [t3, t2, t1, t0] = current_time.0.to_be_bytes();
        [0, kind.number(), family_high, family_low, r2, r1, r0, header.mseq, t3, t2, t1, t0]
    }
}

/// `ACLM 27/0`, or `type 9 27/0` with the version and family where they are strange too.
impl fmt::Display for RawHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Some(kind) => write!(f, "{kind}")?,
            None => write!(f, "type {}", self.msgtype)?,
        }
        write!(f, " {}/{}", self.rseq, self.mseq)?;
        if self.version != 0 {
            write!(f, " version {}", self.version)?;
        }
        match self.family() {
            Some(_) => Ok(()),
            None => write!(f, " family {}", self.addrfamily),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rseq_wraps_from_its_largest_to_zero() {
        assert_eq!(Rseq::MAX.next(), Rseq::default());
        assert_eq!(Rseq::wrapping(0x0100_0005).number(), 5);
    }

    #[test]
    fn numbers_of_types_are_their_places() {
        for kind in MessageType::ALL {
            assert_eq!(MessageType::from_number(kind.number()), Some(kind));
        }
        assert_eq!(MessageType::from_number(6), None);
    }

    #[test]
    fn unknown_codes_survive() {
        let raw = RawHeader::peek(&[2, 9, 0, 3, 0, 0, 27, 4]).unwrap();
        assert_eq!(raw.to_string(), "type 9 27/4 version 2 family 3");
        assert_eq!((raw.kind(), raw.family()), (None, None));
        assert_eq!(RawHeader::peek(&[0; 7]), None);
    }
}
