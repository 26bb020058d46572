//! Open tables of fingerprints. Nobody ever walks through them, so their order decides nothing.

use crate::print::Print;

/// Tables are split by the highest bits, so that each part grows by itself: what doubles at once is
/// a small share of the whole.
const PARTS: usize = 64;

/// The states seen so far: 16 octets each, in tables filled to between 3/8 and 3/4.
#[derive(Debug)]
pub(crate) struct Seen {
    parts: Vec<Part>,
    len: usize,
}

#[derive(Debug, Default)]
struct Part {
    slots: Vec<Print>,
    len: usize,
}

impl Seen {
    pub(crate) fn new() -> Self {
        Self { parts: (0..PARTS).map(|_| Part::default()).collect(), len: 0 }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// How much memory it takes.
    pub(crate) fn octets(&self) -> usize {
        self.parts.iter().map(|part| part.slots.len() * size_of::<Print>()).sum()
    }

    #[inline]
    pub(crate) fn contains(&self, print: Print) -> bool {
        let part = &self.parts[part_of(print)];
        !part.slots.is_empty() && part.slots[part.find(print)] == print
    }

    /// Adds a fingerprint; tells whether it is new.
    pub(crate) fn insert(&mut self, print: Print) -> bool {
        let new = self.parts[part_of(print)].insert(print);
        self.len += usize::from(new);
        new
    }

    /// Every fingerprint, in no order that means anything.
    pub(crate) fn prints(&self) -> impl Iterator<Item = Print> + '_ {
        self.parts.iter().flat_map(|part| part.slots.iter().copied().filter(|print| *print != 0))
    }
}

const fn part_of(print: Print) -> usize {
    (print >> 122) as usize
}

impl Part {
    /// Where `print` is, or where it would go.
    #[inline]
    fn find(&self, print: Print) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = print as usize & mask;
        while self.slots[at] != 0 && self.slots[at] != print {
            at = (at + 1) & mask;
        }
        at
    }

    fn insert(&mut self, print: Print) -> bool {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let at = self.find(print);
        if self.slots[at] == print {
            return false;
        }
        self.slots[at] = print;
        self.len += 1;
        true
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        let old = std::mem::replace(&mut self.slots, vec![0; size]);
        for print in old.into_iter().filter(|print| *print != 0) {
            let at = self.find(print);
            self.slots[at] = print;
        }
    }
}

/// A number for every fingerprint.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    slots: Vec<(u64, u64, u32)>,
    len: usize,
}

impl Numbers {
    pub(crate) fn octets(&self) -> usize {
        self.slots.len() * size_of::<(u64, u64, u32)>()
    }

    pub(crate) fn of(&self, print: Print) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let slot = self.slots[self.find(print)];
        (key(slot) == print).then_some(slot.2)
    }

    /// Gives `print`, which has none, a number.
    pub(crate) fn set(&mut self, print: Print, number: u32) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            let size = (self.slots.len() * 2).max(16);
            let old = std::mem::replace(&mut self.slots, vec![(0, 0, 0); size]);
            for slot in old.into_iter().filter(|slot| key(*slot) != 0) {
                let at = self.find(key(slot));
                self.slots[at] = slot;
            }
        }
        let at = self.find(print);
        self.slots[at] = (print as u64, (print >> 64) as u64, number);
        self.len += 1;
    }

    fn find(&self, print: Print) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = print as usize & mask;
        while key(self.slots[at]) != 0 && key(self.slots[at]) != print {
            at = (at + 1) & mask;
        }
        at
    }
}

/// Two halves, because a whole would be aligned to 16 octets.
const fn key((low, high, _): (u64, u64, u32)) -> Print {
    (high as Print) << 64 | low as Print
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::Printer;

    #[test]
    fn what_was_inserted_is_found_and_nothing_else() {
        let (mut seen, mut numbers) = (Seen::new(), Numbers::default());
        for n in 0..5_000_u32 {
            let print = Printer::of(&n);
            assert!(!seen.contains(print));
            assert!(seen.insert(print) && !seen.insert(print));
            assert_eq!(numbers.of(print), None);
            numbers.set(print, n);
        }
        assert_eq!((seen.len(), seen.prints().count()), (5_000, 5_000));
        assert!((0..5_000).all(|n| numbers.of(Printer::of(&n)) == Some(n)));
        assert_eq!(numbers.of(Printer::of(&5_000_u32)), None);
    }
}
