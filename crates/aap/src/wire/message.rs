use std::fmt;
use std::hash::{Hash, Hasher};

use addrspace::{Family, Range};

use super::body::{Body, Report};
use super::fingerprint::Fingerprint;
use super::header::{Header, MessageType, RawHeader, Rseq};
use super::items::{Item4, Item6};
use super::layout::{self, FIXED, MAX_COUNT, REQUEST};
use super::malformed::Malformed;
use super::ranges::{Ranges, TimedRange};
use super::time::WireTime;
use super::view::{BodyView, Leniency, View};

/// One message, with all that its octets say (draft 5), and when it was sent, whatever its type
/// (AAP-5.3.1-01).
///
/// Equal messages have equal octets, except that octets dropped by [`Leniency::Trailing`] are
/// not remembered.
#[derive(Clone)]
pub struct Message {
    header: Header,
    current_time: WireTime,
    body: Body,
    /// Of the body and the header but for mseq, kept because receivers ask far more often than
    /// senders build.
    fingerprint: u64,
}

impl Message {
    /// A message to send.
    ///
    /// Of an ASRP only the first 255 reports and requests are kept, as its counts cannot state
    /// more (finding F-30).
    ///
    /// # Panics
    /// If the ranges are of another family than the header's.
    #[must_use]
    pub fn new(header: Header, current_time: WireTime, mut body: Body) -> Self {
        if let Some(ranges) = body.ranges() {
            assert_eq!(ranges.family(), header.family, "one family per message");
        }
        if let Body::Asrp { reports, requests } = &mut body {
            reports.truncate(MAX_COUNT);
            requests.truncate(MAX_COUNT);
        }
        let fingerprint = fingerprint(header, &body);
        Self { header, current_time, body, fingerprint }
    }

    /// Reads a datagram, strictly.
    ///
    /// # Errors
    /// As [`View::parse`].
    pub fn decode(octets: &[u8]) -> Result<Self, Malformed> {
        View::parse(octets).map(Self::from)
    }

    /// Reads a datagram as strictly as asked.
    ///
    /// # Errors
    /// As [`View::parse_with`].
    pub fn decode_with(octets: &[u8], leniency: Leniency) -> Result<Self, Malformed> {
        View::parse_with(octets, leniency).map(Self::from)
    }

    /// Appends the octets of this message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + self.octets(), 0);
        self.write(&mut out[start..]);
    }

    /// Writes the octets of this message to the front of `out` and says how many they are.
    ///
    /// # Errors
    /// If `out` is too small; it is then unchanged.
    pub fn encode_into(&self, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let (need, have) = (self.octets(), out.len());
        let out = out.get_mut(..need).ok_or(BufferTooSmall { need, have })?;
        self.write(out);
        Ok(need)
    }

    /// The same content sent again: only mseq and current-time differ, and the fingerprint does
    /// not.
    #[must_use]
    pub fn resent(mut self, mseq: u8, current_time: WireTime) -> Self {
        self.header.mseq = mseq;
        self.current_time = current_time;
        self
    }

    /// The family and the sequence numbers.
    #[must_use]
    pub const fn header(&self) -> Header {
        self.header
    }

    /// The family of every address in the message.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.header.family
    }

    /// The number of the request.
    #[must_use]
    pub const fn rseq(&self) -> Rseq {
        self.header.rseq
    }

    /// The number of this message within the request.
    #[must_use]
    pub const fn mseq(&self) -> u8 {
        self.header.mseq
    }

    /// The sender's clock when it sent this.
    #[must_use]
    pub const fn current_time(&self) -> WireTime {
        self.current_time
    }

    /// What follows.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// The message type.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        self.body.kind()
    }

    /// The ranges with an end time: those of an ACLM, AIU, AITU or ASA.
    #[must_use]
    pub const fn ranges(&self) -> Option<&Ranges> {
        self.body.ranges()
    }

    /// Every range the message speaks of, those of an ASRP's reports included.
    pub fn addresses(&self) -> impl Iterator<Item = Range> + '_ {
        let reports: &[Report] = match &self.body {
            Body::Asrp { reports, .. } => reports,
            _ => &[],
        };
        let timed = self.ranges().into_iter().flatten().map(|TimedRange { range, .. }| range);
        timed.chain(reports.iter().map(|report| report.range))
    }

    /// The size of the UDP payload.
    #[must_use]
    pub fn octets(&self) -> usize {
        let items = match &self.body {
            Body::Asrp { reports, requests } => {
                reports.len() * layout::item(self.family()) + requests.len() * REQUEST
            }
            body => body.ranges().map_or(0, |ranges| ranges.len() * layout::item(self.family())),
        };
        layout::fixed(self.kind()) + items
    }

    /// 64 bits that are equal for messages that differ only in mseq and current-time.
    ///
    /// The same on every machine, and cheap to ask for. Different messages differ in it except
    /// with probability 2^-64, unless a sender set out to make them equal.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Writes this message to exactly as many octets as it has.
    fn write(&self, octets: &mut [u8]) {
        let Some((fixed, rest)) = octets.split_first_chunk_mut::<FIXED>() else {
            return;
        };
        *fixed = RawHeader::octets(self.kind(), self.header, self.current_time);
        match &self.body {
            Body::Aclm(ranges) | Body::Aiu(ranges) | Body::Aitu(ranges) => ranges.write(rest),
            Body::Asa { expiration, ranges } => {
                ranges.write(put(rest, &expiration.0.to_be_bytes()));
            }
            Body::Asrp { reports, requests } => {
                let mut rest = put(rest, &[reports.len() as u8]);
                for report in reports {
                    rest = put_report(rest, self.family(), *report);
                }
                let mut rest = put(rest, &[requests.len() as u8]);
                for request in requests {
                    rest = put(rest, &request.addresses.to_be_bytes());
                    rest = put(rest, &request.end.0.to_be_bytes());
                }
            }
            Body::Ana { count, end } => {
                put(put(rest, &count.to_be_bytes()), &end.0.to_be_bytes());
            }
        }
    }
}

fn fingerprint(header: Header, body: &Body) -> u64 {
    let codes = u64::from(body.kind().number()) << 16 | u64::from(header.family.number());
    let start = Fingerprint::new().pair(codes, header.rseq.number().into());
    body.fingerprint(start).finish()
}

/// Writes `field` to the front of `out` and hands back what follows it.
fn put<'a, const N: usize>(out: &'a mut [u8], field: &[u8; N]) -> &'a mut [u8] {
    match out.split_first_chunk_mut() {
        Some((front, rest)) => {
            *front = *field;
            rest
        }
        None => &mut [],
    }
}

fn put_report(out: &mut [u8], family: Family, report: Report) -> &mut [u8] {
    match family {
        Family::V4 => {
            let mut item = [0; layout::ITEM_V4];
            Item4::new(report.range, report.in_use).write(&mut item);
            put(out, &item)
        }
        Family::V6 => {
            let mut item = [0; layout::ITEM_V6];
            Item6::new(report.range, report.in_use).write(&mut item);
            put(out, &item)
        }
    }
}

impl From<View<'_>> for Message {
    fn from(view: View<'_>) -> Self {
        let body = match view.body() {
            BodyView::Aclm(ranges) => Body::Aclm(Ranges::from_items(ranges.0)),
            BodyView::Aiu(ranges) => Body::Aiu(Ranges::from_items(ranges.0)),
            BodyView::Aitu(ranges) => Body::Aitu(Ranges::from_items(ranges.0)),
            BodyView::Asa { expiration, ranges } => {
                Body::Asa { expiration, ranges: Ranges::from_items(ranges.0) }
            }
            BodyView::Asrp { reports, requests } => Body::Asrp {
                reports: reports.iter().collect(),
                requests: requests.iter().collect(),
            },
            BodyView::Ana { count, end } => Body::Ana { count, end },
        };
        Self::new(view.header(), view.current_time(), body)
    }
}

// The fingerprint follows from the rest and is no part of a message's identity.

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        (self.header, self.current_time) == (other.header, other.current_time)
            && self.body == other.body
    }
}

impl Eq for Message {}

impl Hash for Message {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.header, self.current_time, &self.body).hash(state);
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self} at {}>", self.current_time)
    }
}

/// A buffer that a message does not fit in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct BufferTooSmall {
    /// Octets the message has.
    pub need: usize,
    /// Octets the buffer has.
    pub have: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a message of {} octets does not fit in {}", self.need, self.have)
    }
}

impl std::error::Error for BufferTooSmall {}

#[cfg(test)]
mod tests;
