//! The repeated part of most messages: two addresses and a 32-bit word, which is the end time of
//! a range or the in-use-count of a report.

use std::slice;

use addrspace::{Addr, Family, Range};

use super::layout::{self, ITEM_V4, ITEM_V6};
use super::malformed::{Detail, Malformed, Reason};

/// An IPv4 item, as compact as on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Item4 {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) word: u32,
}

/// An IPv6 item.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Item6 {
    pub(super) first: u128,
    pub(super) last: u128,
    pub(super) word: u32,
}

impl Item4 {
    const LOWEST: u32 = 0xe000_0000;
    const HIGHEST: u32 = 0xefff_ffff;

    #[inline]
    pub(super) fn new(range: Range, word: u32) -> Self {
        Self { first: range.first().0 as u32, last: range.last().0 as u32, word }
    }

    #[inline]
    pub(super) fn read(octets: &[u8; ITEM_V4]) -> Self {
        Self { first: word(octets, 0), last: word(octets, 4), word: word(octets, 8) }
    }

    #[inline]
    pub(super) fn write(self, octets: &mut [u8; ITEM_V4]) {
        octets[..4].copy_from_slice(&self.first.to_be_bytes());
        octets[4..8].copy_from_slice(&self.last.to_be_bytes());
        octets[8..].copy_from_slice(&self.word.to_be_bytes());
    }

    #[inline]
    pub(super) fn range(self) -> Range {
        span(self.first.into(), self.last.into())
    }

    /// Without branches, so that a whole message is checked at the speed of its octets.
    #[inline]
    fn is_bad(self) -> bool {
        (self.first > self.last) | (self.first < Self::LOWEST) | (self.last > Self::HIGHEST)
    }
}

impl Item6 {
    const LOWEST: u128 = 0xff << 120;

    #[inline]
    pub(super) fn new(range: Range, word: u32) -> Self {
        Self { first: range.first().0, last: range.last().0, word }
    }

    #[inline]
    pub(super) fn read(octets: &[u8; ITEM_V6]) -> Self {
        Self { first: long_word(octets, 0), last: long_word(octets, 16), word: word(octets, 32) }
    }

    #[inline]
    pub(super) fn write(self, octets: &mut [u8; ITEM_V6]) {
        octets[..16].copy_from_slice(&self.first.to_be_bytes());
        octets[16..32].copy_from_slice(&self.last.to_be_bytes());
        octets[32..].copy_from_slice(&self.word.to_be_bytes());
    }

    #[inline]
    pub(super) fn range(self) -> Range {
        span(self.first, self.last)
    }

    #[inline]
    fn is_bad(self) -> bool {
        (self.first > self.last) | (self.first < Self::LOWEST)
    }
}

/// Items are checked before they are handed out, and built from ranges otherwise.
#[inline]
fn span(first: u128, last: u128) -> Range {
    debug_assert!(first <= last, "an item that runs backwards");
    Range::new(Addr(first), Addr(last)).unwrap_or(Range::single(Addr(first)))
}

#[inline]
fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}

#[inline]
fn long_word(octets: &[u8], at: usize) -> u128 {
    (0..4).fold(0, |high, part| high << 32 | u128::from(word(octets, at + 4 * part)))
}

/// Items still in the datagram.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Items<'a> {
    V4(&'a [[u8; ITEM_V4]]),
    V6(&'a [[u8; ITEM_V6]]),
}

impl<'a> Items<'a> {
    /// The complete items in `octets`, and how many octets are left over.
    pub(super) fn split(family: Family, octets: &'a [u8]) -> (Self, usize) {
        match family {
            Family::V4 => {
                let (items, rest) = octets.as_chunks();
                (Self::V4(items), rest.len())
            }
            Family::V6 => {
                let (items, rest) = octets.as_chunks();
                (Self::V6(items), rest.len())
            }
        }
    }

    pub(super) fn family(self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::V4(items) => items.len(),
            Self::V6(items) => items.len(),
        }
    }

    /// Refuses an item that runs backwards or is not multicast; the items begin at `offset`.
    pub(super) fn check(self, offset: usize) -> Result<(), Malformed> {
        let bad = match self {
            Self::V4(items) => {
                items.iter().fold(false, |bad, item| bad | Item4::read(item).is_bad())
            }
            Self::V6(items) => {
                items.iter().fold(false, |bad, item| bad | Item6::read(item).is_bad())
            }
        };
        if bad { self.first_bad(offset) } else { Ok(()) }
    }

    #[cold]
    fn first_bad(self, offset: usize) -> Result<(), Malformed> {
        let family = self.family();
        let ends = |index| match self {
            Self::V4(items) => {
                let item = Item4::read(&items[index]);
                (Addr(item.first.into()), Addr(item.last.into()))
            }
            Self::V6(items) => {
                let item = Item6::read(&items[index]);
                (Addr(item.first), Addr(item.last))
            }
        };
        for (index, (first, last)) in (0..self.len()).map(ends).enumerate() {
            let first_offset = offset + index * layout::item(family);
            let last_offset = first_offset + family.octets();
            let item = index + 1;
            let (field, offset, detail) = if !first.is_multicast(family) {
                ("first", first_offset, Detail::NotMulticast { item, family, addr: first })
            } else if last < first {
                ("last", last_offset, Detail::Backwards { item, family, first, last })
            } else if !last.is_multicast(family) {
                ("last", last_offset, Detail::NotMulticast { item, family, addr: last })
            } else {
                continue;
            };
            return Err(Malformed { reason: Reason::BadRange, field, offset, detail });
        }
        Ok(())
    }

    #[inline]
    pub(super) fn iter(self) -> ItemsIter<'a> {
        match self {
            Self::V4(items) => ItemsIter::V4(items.iter()),
            Self::V6(items) => ItemsIter::V6(items.iter()),
        }
    }
}

/// Yields each item's range and word.
#[derive(Clone, Debug)]
pub(super) enum ItemsIter<'a> {
    V4(slice::Iter<'a, [u8; ITEM_V4]>),
    V6(slice::Iter<'a, [u8; ITEM_V6]>),
}

#[inline]
fn read4(octets: &[u8; ITEM_V4]) -> (Range, u32) {
    let item = Item4::read(octets);
    (item.range(), item.word)
}

#[inline]
fn read6(octets: &[u8; ITEM_V6]) -> (Range, u32) {
    let item = Item6::read(octets);
    (item.range(), item.word)
}

impl Iterator for ItemsIter<'_> {
    type Item = (Range, u32);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::V4(items) => items.next().map(read4),
            Self::V6(items) => items.next().map(read6),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::V4(items) => items.size_hint(),
            Self::V6(items) => items.size_hint(),
        }
    }

    /// Asks for the family once instead of once an item.
    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        match self {
            Self::V4(items) => items.map(read4).fold(init, f),
            Self::V6(items) => items.map(read6).fold(init, f),
        }
    }
}

impl ExactSizeIterator for ItemsIter<'_> {}
