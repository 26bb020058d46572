//! Takes datagrams apart, field by field.

use addrspace::Family;

use super::{BodyView, Leniency, RangesView, ReportsView, RequestsView};
use crate::wire::header::{Header, MessageType, RawHeader};
use crate::wire::items::Items;
use crate::wire::layout::{self, ANA_FIXED, ASRP_FIXED, REQUEST};
use crate::wire::malformed::{Detail, Malformed, Reason};
use crate::wire::time::WireTime;

/// The part that all messages share.
pub(super) fn parse_fixed(octets: &[u8]) -> Result<(MessageType, Header, WireTime), Malformed> {
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
pub(super) struct Reader<'a> {
    pub(super) octets: &'a [u8],
    pub(super) offset: usize,
    pub(super) family: Family,
    pub(super) leniency: Leniency,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.octets.get(self.offset..).unwrap_or_default()
    }

    pub(super) fn word(&mut self, field: &'static str) -> Result<u32, Malformed> {
        let Some(&word) = self.rest().first_chunk() else {
            let detail = Detail::Cut { have: self.rest().len(), need: 4 };
            return Err(bad_length(field, self.offset, detail));
        };
        self.offset += 4;
        Ok(u32::from_be_bytes(word))
    }

    /// All ranges up to the end of the datagram.
    pub(super) fn ranges(&mut self) -> Result<RangesView<'a>, Malformed> {
        let (items, left_over) = Items::split(self.family, self.rest());
        if left_over > 0 {
            self.forgive_cut("ranges", items.len(), left_over, layout::item(self.family))?;
        }
        items.check(self.offset)?;
        self.offset += items.len() * layout::item(self.family);
        Ok(RangesView(items))
    }

    pub(super) fn asrp(&mut self) -> Result<BodyView<'a>, Malformed> {
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

    pub(super) fn ana(&mut self) -> Result<BodyView<'a>, Malformed> {
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
