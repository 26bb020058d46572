mod reader;

use reader::{Reader, parse_fixed};

use super::body::{Report, Request};
use super::header::{Header, MessageType};
use super::items::Items;
use super::layout::{FIXED, REQUEST};
use super::malformed::Malformed;
use super::ranges::TimedRange;
use super::time::WireTime;

/// What to do with octets that do not form a whole item, and with octets after the end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Leniency {
    /// Ignore the whole message.
    #[default]
    Strict,
    /// Use the complete items and drop the rest (`lenient_trailing`). The fixed part of the type
    /// must still be complete.
    Trailing,
}

/// A well-formed datagram, checked and borrowed; reading it allocates nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct View<'a> {
    header: Header,
    current_time: WireTime,
    body: BodyView<'a>,
    octets: usize,
}

/// What follows current-time, by message type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BodyView<'a> {
    /// The addresses claimed.
    Aclm(RangesView<'a>),
    /// The addresses allocated.
    Aiu(RangesView<'a>),
    /// The addresses preallocated.
    Aitu(RangesView<'a>),
    /// The addresses available.
    Asa {
        /// When MAASs start to resend this ASA.
        expiration: WireTime,
        /// All of the address space, not a change of it.
        ranges: RangesView<'a>,
    },
    /// What is in use of the space, and what is asked for.
    Asrp {
        /// One for each range of the ASA processed last.
        reports: ReportsView<'a>,
        /// Wants that the space cannot meet.
        requests: RequestsView<'a>,
    },
    /// A failed allocation.
    Ana {
        /// How many addresses are wanted.
        count: u32,
        /// Until when they are needed.
        end: WireTime,
    },
}

impl<'a> View<'a> {
    /// Checks a datagram, strictly.
    ///
    /// # Errors
    /// The first of the checks, in the order of [`Reason`](super::Reason), that the octets fail.
    #[inline]
    pub fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        Self::parse_with(octets, Leniency::Strict)
    }

    /// Checks a datagram as strictly as asked.
    ///
    /// # Errors
    /// As [`View::parse`], except that [`Leniency::Trailing`] forgives incomplete items and
    /// octets after the end.
    pub fn parse_with(octets: &'a [u8], leniency: Leniency) -> Result<Self, Malformed> {
        let (kind, header, current_time) = parse_fixed(octets)?;
        let mut reader = Reader { octets, offset: FIXED, family: header.family, leniency };
        let body = match kind {
            MessageType::Aclm => BodyView::Aclm(reader.ranges()?),
            MessageType::Aiu => BodyView::Aiu(reader.ranges()?),
            MessageType::Aitu => BodyView::Aitu(reader.ranges()?),
            MessageType::Asa => BodyView::Asa {
                expiration: WireTime(reader.word("expiration-time")?),
                ranges: reader.ranges()?,
            },
            MessageType::Asrp => reader.asrp()?,
            MessageType::Ana => reader.ana()?,
        };
        Ok(Self { header, current_time, body, octets: reader.offset })
    }

    /// The family and the sequence numbers.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.header
    }

    /// The sender's clock when it sent this.
    #[must_use]
    pub const fn current_time(&self) -> WireTime {
        self.current_time
    }

    /// What follows.
    #[must_use]
    pub const fn body(&self) -> BodyView<'a> {
        self.body
    }

    /// How many octets were used: all, unless [`Leniency::Trailing`] dropped some.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.octets
    }

    /// The message type.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        match self.body {
            BodyView::Aclm(_) => MessageType::Aclm,
            BodyView::Aiu(_) => MessageType::Aiu,
            BodyView::Aitu(_) => MessageType::Aitu,
            BodyView::Asa { .. } => MessageType::Asa,
            BodyView::Asrp { .. } => MessageType::Asrp,
            BodyView::Ana { .. } => MessageType::Ana,
        }
    }

    /// The ranges with an end time: those of an ACLM, AIU, AITU or ASA, and none for the others.
    #[inline]
    pub fn ranges(&self) -> impl ExactSizeIterator<Item = TimedRange> + Clone + use<'a> {
        match self.body {
            BodyView::Aclm(ranges)
            | BodyView::Aiu(ranges)
            | BodyView::Aitu(ranges)
            | BodyView::Asa { ranges, .. } => ranges.iter(),
            BodyView::Asrp { .. } | BodyView::Ana { .. } => RangesView(Items::V4(&[])).iter(),
        }
    }
}

/// The ranges of a datagram, in the order listed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RangesView<'a>(pub(super) Items<'a>);

impl<'a> RangesView<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The ranges.
    #[inline]
    pub fn iter(self) -> impl ExactSizeIterator<Item = TimedRange> + Clone + use<'a> {
        self.0.iter().map(|(range, end)| TimedRange { range, end: WireTime(end) })
    }
}

/// The reports of an ASRP.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReportsView<'a>(pub(super) Items<'a>);

impl<'a> ReportsView<'a> {
    /// How many there are, at most 255.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The reports, in the order listed.
    #[inline]
    pub fn iter(self) -> impl ExactSizeIterator<Item = Report> + Clone + use<'a> {
        self.0.iter().map(|(range, in_use)| Report { range, in_use })
    }
}

/// The requests of an ASRP.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RequestsView<'a>(&'a [[u8; REQUEST]]);

impl<'a> RequestsView<'a> {
    /// How many there are, at most 255.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The requests, in the order listed.
    #[inline]
    pub fn iter(self) -> impl ExactSizeIterator<Item = Request> + Clone + use<'a> {
        self.0.iter().map(|&[a3, a2, a1, a0, e3, e2, e1, e0]| Request {
            addresses: u32::from_be_bytes([a3, a2, a1, a0]),
            end: WireTime(u32::from_be_bytes([e3, e2, e1, e0])),
        })
    }
}

#[cfg(test)]
mod tests;
