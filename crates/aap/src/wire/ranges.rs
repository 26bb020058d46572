use std::fmt;
use std::slice;

use addrspace::{Family, Range};

use super::WireTime;
use super::fingerprint::Fingerprint;
use super::items::{Item4, Item6, Items};

/// A range of addresses and when it ends: in an ACLM, AIU or AITU when the sender plans to stop
/// using it, in an ASA until when it may be allocated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimedRange {
    /// The addresses.
    pub range: Range,
    /// The end-time.
    pub end: WireTime,
}

/// The ranges of one message, in the order listed; they may overlap.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ranges(Stored);

/// As on the wire: an IPv4 range takes 12 octets.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Stored {
    V4(Vec<Item4>),
    V6(Vec<Item6>),
}

impl Ranges {
    /// The ranges of a message of `family`.
    ///
    /// All addresses are multicast addresses of `family`; a receiver ignores a message with any
    /// other.
    #[must_use]
    pub fn new(family: Family, ranges: impl IntoIterator<Item = TimedRange>) -> Self {
        let ranges = ranges.into_iter().inspect(|timed| {
            let (first, last) = (timed.range.first(), timed.range.last());
            debug_assert!(first.is_multicast(family) && last.is_multicast(family), "{timed:?}");
        });
        Self(match family {
            Family::V4 => Stored::V4(ranges.map(|r| Item4::new(r.range, r.end.0)).collect()),
            Family::V6 => Stored::V6(ranges.map(|r| Item6::new(r.range, r.end.0)).collect()),
        })
    }

    /// No range at all: in an ASA, nothing is available; elsewhere, a message without effect.
    #[must_use]
    pub const fn none(family: Family) -> Self {
        Self(match family {
            Family::V4 => Stored::V4(Vec::new()),
            Family::V6 => Stored::V6(Vec::new()),
        })
    }

    pub(super) fn from_items(items: Items<'_>) -> Self {
        Self(match items {
            Items::V4(items) => Stored::V4(items.iter().map(Item4::read).collect()),
            Items::V6(items) => Stored::V6(items.iter().map(Item6::read).collect()),
        })
    }

    /// The family of the addresses.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self.0 {
            Stored::V4(_) => Family::V4,
            Stored::V6(_) => Family::V6,
        }
    }

    /// How many ranges there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Stored::V4(items) => items.len(),
            Stored::V6(items) => items.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ranges, in the order listed.
    #[must_use]
    pub fn iter(&self) -> RangesIter<'_> {
        RangesIter(match &self.0 {
            Stored::V4(items) => Slices::V4(items.iter()),
            Stored::V6(items) => Slices::V6(items.iter()),
        })
    }

    /// Writes as many ranges as `octets` has room for.
    pub(super) fn write(&self, octets: &mut [u8]) {
        match &self.0 {
            Stored::V4(items) => {
                for (slot, item) in octets.as_chunks_mut().0.iter_mut().zip(items) {
                    item.write(slot);
                }
            }
            Stored::V6(items) => {
                for (slot, item) in octets.as_chunks_mut().0.iter_mut().zip(items) {
                    item.write(slot);
                }
            }
        }
    }

    pub(super) fn fingerprint(&self, start: Fingerprint) -> Fingerprint {
        match &self.0 {
            Stored::V4(items) => items.iter().fold(start, |print, item| {
                print.pair(u64::from(item.first) << 32 | u64::from(item.last), item.word.into())
            }),
            Stored::V6(items) => items.iter().fold(start, |print, item| {
                print.wide(item.first).wide(item.last).pair(item.word.into(), 0)
            }),
        }
    }
}

impl fmt::Debug for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<'a> IntoIterator for &'a Ranges {
    type Item = TimedRange;
    type IntoIter = RangesIter<'a>;

    fn into_iter(self) -> RangesIter<'a> {
        self.iter()
    }
}

/// The ranges of a message, in the order listed.
#[derive(Clone, Debug)]
pub struct RangesIter<'a>(Slices<'a>);

#[derive(Clone, Debug)]
enum Slices<'a> {
    V4(slice::Iter<'a, Item4>),
    V6(slice::Iter<'a, Item6>),
}

#[inline]
fn timed4(item: &Item4) -> TimedRange {
    TimedRange { range: item.range(), end: WireTime(item.word) }
}

#[inline]
fn timed6(item: &Item6) -> TimedRange {
    TimedRange { range: item.range(), end: WireTime(item.word) }
}

impl Iterator for RangesIter<'_> {
    type Item = TimedRange;

    #[inline]
    fn next(&mut self) -> Option<TimedRange> {
        match &mut self.0 {
            Slices::V4(items) => items.next().map(timed4),
            Slices::V6(items) => items.next().map(timed6),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Slices::V4(items) => items.size_hint(),
            Slices::V6(items) => items.size_hint(),
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, TimedRange) -> B>(self, init: B, f: F) -> B {
        match self.0 {
            Slices::V4(items) => items.map(timed4).fold(init, f),
            Slices::V6(items) => items.map(timed6).fold(init, f),
        }
    }
}

impl ExactSizeIterator for RangesIter<'_> {}
