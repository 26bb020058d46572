//! Fingerprints: 128 bits that stand for a value.

use std::hash::{Hash, Hasher};

/// What stands for a value: two values of the same fingerprint are taken to be the same.
///
/// With a billion states the chance that any two different ones share one is about 10^-21.
pub(crate) type Print = u128;

const LEFT: u64 = 0x9e37_79b9_7f4a_7c15;
const RIGHT: u64 = 0xd6e8_feb8_6659_fd93;

/// A hasher of two independent 64-bit lanes. It has no key: the same value has the same
/// fingerprint in every process, so that a search can be resumed in another.
#[derive(Clone, Copy)]
pub(crate) struct Printer {
    left: u64,
    right: u64,
}

impl Printer {
    pub(crate) const fn new() -> Self {
        Self { left: 0x243f_6a88_85a3_08d3, right: 0x1319_8a2e_0370_7344 }
    }

    /// The fingerprint of one value.
    pub(crate) fn of(value: &(impl Hash + ?Sized)) -> Print {
        let mut printer = Self::new();
        value.hash(&mut printer);
        printer.print()
    }

    #[inline]
    pub(crate) const fn word(&mut self, word: u64) {
        self.left = fold(self.left ^ word, LEFT);
        self.right = fold(self.right.rotate_left(23) ^ word, RIGHT);
    }

    #[inline]
    pub(crate) const fn both(&mut self, print: Print) {
        self.word(print as u64);
        self.word((print >> 64) as u64);
    }

    /// The fingerprint of everything written; never 0, which tables keep for themselves.
    pub(crate) fn print(self) -> Print {
        let left = fold(self.left ^ RIGHT, self.right | 1);
        let right = fold(self.right ^ LEFT, self.left | 1);
        (Print::from(left) << 64 | Print::from(right)).max(1)
    }
}

/// The two halves of a product laid over each other: every bit depends on every bit.
#[inline]
const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    // The sum keeps a factor of zero from swallowing the other.
    (product as u64 ^ (product >> 64) as u64).wrapping_add(one.rotate_left(32))
}

impl Hasher for Printer {
    fn finish(&self) -> u64 {
        self.print() as u64
    }

    fn write(&mut self, octets: &[u8]) {
        let mut words = octets.chunks_exact(8);
        for word in &mut words {
            self.word(word.iter().rev().fold(0, |sum, octet| sum << 8 | u64::from(*octet)));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            let sum = rest.iter().rev().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
            self.word(sum ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.word(value.into());
    }

    fn write_u16(&mut self, value: u16) {
        self.word(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.word(value.into());
    }

    fn write_u64(&mut self, value: u64) {
        self.word(value);
    }

    fn write_u128(&mut self, value: u128) {
        self.both(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.word(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.word(value as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn small_differences_show_in_both_halves() {
        let prints: Vec<Print> = (0..10_000_u64).map(|n| Printer::of(&(n, 7_u8))).collect();
        let halves = |shift: u32| prints.iter().map(|p| (p >> shift) as u64 as u32).collect();
        let (low, high): (BTreeSet<u32>, BTreeSet<u32>) = (halves(0), halves(64));
        // Of 10 000 random 32-bit values about 0.01 pairs are equal.
        assert!(low.len() >= 9_998 && high.len() >= 9_998);
    }

    #[test]
    fn order_and_length_count() {
        assert_ne!(Printer::of(&(1_u8, 2_u8)), Printer::of(&(2_u8, 1_u8)));
        assert_ne!(Printer::of(&[0_u8; 3][..]), Printer::of(&[0_u8; 4][..]));
        assert_ne!(Printer::of(&0_u64), Printer::of(&(0_u64, 0_u64)));
    }
}
