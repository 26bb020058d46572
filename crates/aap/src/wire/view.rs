use addrspace::Family;

use super::header::{Header, MessageType, RawHeader};
use super::items::Items;
use super::layout::{self, ANA_FIXED, ASRP_FIXED, FIXED, REQUEST};
use super::malformed::{Detail, Malformed, Reason};
use super::message::{Report, Request};
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
    /// The first of the checks, in the order of [`Reason`], that the octets fail.
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

/// The part that all messages share.
fn parse_fixed(octets: &[u8]) -> Result<(MessageType, Header, WireTime), Malformed> {
    let (Some(raw), Some(&[t3, t2, t1, t0])) =
        (RawHeader::peek(octets), octets.get(8..).and_then(|rest| rest.first_chunk()))
    else {
        return Err(too_short(octets.len()));
    };
    let undefined = |reason, field, offset, number, defined| Malformed {
        reason,
        field,
        offset,
        detail: Detail::Undefined { number, defined },
    };
    if raw.version != 0 {
        return Err(undefined(Reason::BadVersion, "version", 0, raw.version.into(), "0"));
    }
    let Some(kind) = raw.kind() else {
        return Err(undefined(Reason::UnknownType, "msgtype", 1, raw.msgtype.into(), "0 to 5"));
    };
    let Some(family) = raw.family() else {
        let number = raw.addrfamily;
        let defined = "1 (IPv4) or 2 (IPv6)";
        return Err(undefined(Reason::UnknownFamily, "addrfamily", 2, number, defined));
    };
    let header = Header { family, rseq: raw.rseq, mseq: raw.mseq };
    Ok((kind, header, WireTime(u32::from_be_bytes([t3, t2, t1, t0]))))
}

#[cold]
fn too_short(length: usize) -> Malformed {
    let (field, offset, need) = match length {
        0 => ("version", 0, 1),
        1 => ("msgtype", 1, 1),
        2..4 => ("addrfamily", 2, 2),
        4..7 => ("rseq", 4, 3),
        7 => ("mseq", 7, 1),
        _ => ("current-time", 8, 4),
    };
    let detail = Detail::Cut { have: length - offset, need };
    Malformed { reason: Reason::TooShort, field, offset, detail }
}

fn bad_length(field: &'static str, offset: usize, detail: Detail) -> Malformed {
    Malformed { reason: Reason::BadLength, field, offset, detail }
}

/// Takes the body apart, from its first octet to its last.
struct Reader<'a> {
    octets: &'a [u8],
    offset: usize,
    family: Family,
    leniency: Leniency,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.octets.get(self.offset..).unwrap_or_default()
    }

    fn word(&mut self, field: &'static str) -> Result<u32, Malformed> {
        let Some(&word) = self.rest().first_chunk() else {
            let detail = Detail::Cut { have: self.rest().len(), need: 4 };
            return Err(bad_length(field, self.offset, detail));
        };
        self.offset += 4;
        Ok(u32::from_be_bytes(word))
    }

    /// All ranges up to the end of the datagram.
    fn ranges(&mut self) -> Result<RangesView<'a>, Malformed> {
        let (items, left_over) = Items::split(self.family, self.rest());
        if left_over > 0 {
            self.forgive_cut("ranges", items.len(), left_over, layout::item(self.family))?;
        }
        items.check(self.offset)?;
        self.offset += items.len() * layout::item(self.family);
        Ok(RangesView(items))
    }

    fn asrp(&mut self) -> Result<BodyView<'a>, Malformed> {
        // Below the type's minimum nothing is forgiven: one of the counts is missing.
        if self.octets.len() < ASRP_FIXED {
            self.leniency = Leniency::Strict;
        }
        let counted = self.count("n")?;
        let reports_offset = self.offset;
        let size = layout::item(self.family);
        let octets = self.counted("reports", counted, size)?;
        let (reports, _) = Items::split(self.family, octets);
        let counted = if reports.len() == counted { self.count("m")? } else { 0 };
        let octets = self.counted("requests", counted, REQUEST)?;
        let requests = RequestsView(octets.as_chunks().0);
        self.end("end of message")?;
        // Lengths are judged before ranges, in the whole message.
        reports.check(reports_offset)?;
        Ok(BodyView::Asrp { reports: ReportsView(reports), requests })
    }

    fn ana(&mut self) -> Result<BodyView<'a>, Malformed> {
        let count = self.word("address-count")?;
        let end = WireTime(self.word("end-time")?);
        debug_assert_eq!(self.offset, ANA_FIXED);
        self.end("end of message")?;
        Ok(BodyView::Ana { count, end })
    }

    /// A one-octet count; absent ones count nothing where that is forgiven.
    fn count(&mut self, field: &'static str) -> Result<usize, Malformed> {
        match (self.rest().first(), self.leniency) {
            (Some(&count), _) => {
                self.offset += 1;
                Ok(usize::from(count))
            }
            (None, Leniency::Trailing) => Ok(0),
            (None, Leniency::Strict) => {
                Err(bad_length(field, self.offset, Detail::Cut { have: 0, need: 1 }))
            }
        }
    }

    /// The octets of `count` items, or of those that are complete where that is forgiven.
    fn counted(
        &mut self,
        field: &'static str,
        count: usize,
        size: usize,
    ) -> Result<&'a [u8], Malformed> {
        let rest = self.rest();
        let octets = match rest.get(..count * size) {
            Some(octets) => octets,
            None => {
                let complete = rest.len() / size;
                self.forgive_cut(field, complete, rest.len() % size, size)?;
                &rest[..complete * size]
            }
        };
        self.offset += octets.len();
        Ok(octets)
    }

    fn forgive_cut(
        &self,
        field: &'static str,
        complete: usize,
        have: usize,
        need: usize,
    ) -> Result<(), Malformed> {
        let detail = Detail::CutItem { item: complete + 1, have, need };
        match self.leniency {
            Leniency::Trailing => Ok(()),
            Leniency::Strict => Err(bad_length(field, self.offset + complete * need, detail)),
        }
    }

    fn end(&self, field: &'static str) -> Result<(), Malformed> {
        match (self.rest().len(), self.leniency) {
            (0, _) | (_, Leniency::Trailing) => Ok(()),
            (octets, Leniency::Strict) => {
                Err(bad_length(field, self.offset, Detail::LeftOver { octets }))
            }
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
