use addrspace::{Addr, Entry, IntervalMap, Range};
use sansio::UtcSecs;

use crate::skew::ENDLESS;

/// Ranges of one scope with an end time and a value, overlaps allowed.
///
/// Addresses are kept relative to the scope, in four octets where the scope allows it: an IPv4
/// entry with its share of the index stays below 48 octets.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum AddrMap<V: Copy + Eq> {
    /// Scopes of at most 2³² addresses.
    Narrow(Addr, IntervalMap<u32, V>),
    /// All others.
    Wide(Addr, IntervalMap<u128, V>),
}

/// One entry of an [`AddrMap`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Kept<V> {
    /// The addresses.
    pub(crate) range: Range,
    /// Until when.
    pub(crate) end: UtcSecs,
    /// What is known about them.
    pub(crate) value: V,
}

impl<V: Copy + Eq> AddrMap<V> {
    pub(crate) fn new(scope: Range) -> Self {
        if scope.len() <= 1 << 32 {
            Self::Narrow(scope.first(), IntervalMap::new())
        } else {
            Self::Wide(scope.first(), IntervalMap::new())
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Narrow(_, map) => map.len(),
            Self::Wide(_, map) => map.len(),
        }
    }

    /// Adds an entry; `kept.range` must lie in the scope.
    pub(crate) fn insert(&mut self, kept: Kept<V>) {
        let (end, value) = (to_end(kept.end), kept.value);
        match self {
            Self::Narrow(base, map) => map.insert(Entry {
                first: narrow(*base, kept.range.first()),
                last: narrow(*base, kept.range.last()),
                end,
                value,
            }),
            Self::Wide(base, map) => map.insert(Entry {
                first: kept.range.first().0 - base.0,
                last: kept.range.last().0 - base.0,
                end,
                value,
            }),
        }
    }

    /// Takes out the entry equal to `kept`.
    pub(crate) fn remove(&mut self, kept: &Kept<V>) {
        match self {
            Self::Narrow(base, map) => {
                let last = narrow(*base, kept.range.last());
                map.remove(narrow(*base, kept.range.first()), |e| {
                    e.last == last && e.value == kept.value
                });
            }
            Self::Wide(base, map) => {
                let last = kept.range.last().0 - base.0;
                map.remove(kept.range.first().0 - base.0, |e| {
                    e.last == last && e.value == kept.value
                });
            }
        }
    }

    /// The entries that share an address with `range`, in order.
    pub(crate) fn overlapping(&self, range: Range) -> Vec<Kept<V>> {
        match self {
            Self::Narrow(base, map) => map
                .overlapping(narrow(*base, range.first()), narrow(*base, range.last()))
                .map(|e| kept(*base, e))
                .collect(),
            Self::Wide(base, map) => map
                .overlapping(range.first().0 - base.0, range.last().0 - base.0)
                .map(|e| kept(*base, e))
                .collect(),
        }
    }

    /// The only entry that shares an address with `range`, if there is exactly one: the common
    /// case of an announcement heard again.
    pub(crate) fn only(&self, range: Range) -> Option<Kept<V>> {
        fn single<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
            let first = found.next()?;
            found.next().is_none().then_some(first)
        }
        match self {
            Self::Narrow(base, map) => {
                single(map.overlapping(narrow(*base, range.first()), narrow(*base, range.last())))
                    .map(|e| kept(*base, e))
            }
            Self::Wide(base, map) => {
                single(map.overlapping(range.first().0 - base.0, range.last().0 - base.0))
                    .map(|e| kept(*base, e))
            }
        }
    }

    pub(crate) fn any_overlap(&self, range: Range) -> bool {
        match self {
            Self::Narrow(base, map) => {
                map.any_overlap(narrow(*base, range.first()), narrow(*base, range.last()))
            }
            Self::Wide(base, map) => {
                map.any_overlap(range.first().0 - base.0, range.last().0 - base.0)
            }
        }
    }

    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = Kept<V>> + '_> {
        match self {
            Self::Narrow(base, map) => Box::new(map.iter().map(|e| kept(*base, e))),
            Self::Wide(base, map) => Box::new(map.iter().map(|e| kept(*base, e))),
        }
    }

    /// The entries whose first address is above `after`, in order.
    pub(crate) fn above(&self, after: Option<Addr>) -> Box<dyn Iterator<Item = Kept<V>> + '_> {
        let Some(after) = after.filter(|after| *after >= self.base()) else { return self.iter() };
        // What begins before and reaches beyond was among the entries up to `after`.
        let begins = move |kept: &Kept<V>| kept.range.first() > after;
        match self {
            Self::Narrow(base, map) => match u32::try_from(after.0 - base.0) {
                Ok(offset) => Box::new(
                    map.overlapping(offset, u32::MAX).map(|e| kept(*base, e)).filter(begins),
                ),
                Err(_) => Box::new(std::iter::empty()),
            },
            Self::Wide(base, map) => Box::new(
                map.overlapping(after.0 - base.0, u128::MAX).map(|e| kept(*base, e)).filter(begins),
            ),
        }
    }

    const fn base(&self) -> Addr {
        match self {
            Self::Narrow(base, _) | Self::Wide(base, _) => *base,
        }
    }

    /// Takes out one entry whose end is not after `now`.
    pub(crate) fn pop_ended(&mut self, now: UtcSecs) -> Option<Kept<V>> {
        let now = to_end(now);
        match self {
            Self::Narrow(base, map) => map.pop_ended(now).map(|e| kept(*base, &e)),
            Self::Wide(base, map) => map.pop_ended(now).map(|e| kept(*base, &e)),
        }
    }

    /// Takes out the entry that ends first; if none ever ends, the first one.
    pub(crate) fn pop_first_to_end(&mut self) -> Option<Kept<V>> {
        if let Some(end) = self.next_end() {
            return self.pop_ended(end);
        }
        let endless = self.iter().next()?;
        self.remove(&endless);
        Some(endless)
    }

    /// The earliest end, if any entry has one.
    pub(crate) fn next_end(&self) -> Option<UtcSecs> {
        let end = match self {
            Self::Narrow(_, map) => map.next_end(),
            Self::Wide(_, map) => map.next_end(),
        };
        end.map(|e| UtcSecs(i64::from(e)))
    }
}

/// Offsets in a narrow map fit 32 bits because the scope does.
fn narrow(base: Addr, addr: Addr) -> u32 {
    (addr.0 - base.0) as u32
}

fn to_end(utc: UtcSecs) -> u32 {
    utc.0.clamp(0, ENDLESS) as u32
}

fn kept<K: Copy + Into<u128>, V: Copy>(base: Addr, entry: &Entry<K, V>) -> Kept<V> {
    let (first, last): (u128, u128) = (entry.first.into(), entry.last.into());
    let range = Range::new(Addr(base.0 + first), Addr(base.0 + last));
    Kept {
        range: range.expect("entries are inserted in order"),
        end: UtcSecs(i64::from(entry.end)),
        value: entry.value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of a scope of `len` addresses from `base` on.
    fn map(base: u128, len: u128) -> AddrMap<u8> {
        AddrMap::new(Range::with_len(Addr(base), len).unwrap())
    }

    fn entry(base: u128, first: u128, last: u128, end: i64, value: u8) -> Kept<u8> {
        let range = Range::new(Addr(base + first), Addr(base + last)).unwrap();
        Kept { range, end: UtcSecs(end), value }
    }

    /// The same story of a scope that four octets are enough for, and of one that needs sixteen.
    #[test]
    fn a_scope_of_either_width_is_kept_alike() {
        for (base, len) in [(0xefff_0000, 1 << 16), (0xff18_u128 << 112, 1 << 64)] {
            let mut map = map(base, len);
            let at = |first, last| Range::new(Addr(base + first), Addr(base + last)).unwrap();
            let (low, high) = (entry(base, 2, 5, 90, 1), entry(base, 4, 9, 60, 2));
            let endless = entry(base, 20, 20, ENDLESS, 3);
            for kept in [low, high, endless] {
                map.insert(kept);
            }
            assert_eq!((map.len(), map.next_end()), (3, Some(UtcSecs(60))));
            assert_eq!(map.iter().collect::<Vec<_>>(), [low, high, endless]);
            assert_eq!(map.overlapping(at(5, 20)), [low, high, endless]);
            assert_eq!(map.overlapping(at(6, 19)), [high]);
            assert_eq!((map.only(at(2, 3)), map.only(at(4, 4))), (Some(low), None));
            assert!(map.any_overlap(at(0, 2)) && map.any_overlap(at(9, 30)));
            assert!(!map.any_overlap(at(0, 1)) && !map.any_overlap(at(10, 19)));
            let above = |after| map.above(after).collect::<Vec<_>>();
            assert_eq!(above(None), [low, high, endless]);
            assert_eq!(above(Some(Addr(base - 1))), [low, high, endless]);
            assert_eq!(above(Some(Addr(base + 2))), [high, endless]);
            assert_eq!(above(Some(Addr(base + 20))), []);

            // Nothing but the very entry is taken out.
            for other in [entry(base, 2, 4, 90, 1), entry(base, 2, 5, 90, 2)] {
                map.remove(&other);
            }
            assert_eq!(map.len(), 3);
            map.remove(&low);
            assert_eq!(map.pop_ended(UtcSecs(59)), None);
            assert_eq!(map.pop_ended(UtcSecs(60)), Some(high));
            assert_eq!((map.next_end(), map.pop_first_to_end()), (None, Some(endless)));
            assert_eq!((map.len(), map.pop_first_to_end()), (0, None));
        }
    }
}
