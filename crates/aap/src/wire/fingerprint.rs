//! Recognising a repeated message without comparing it.

const SEED: u64 = 0x6a09_e667_f3bc_c908;
const STEP: u64 = 0xbb67_ae85_84ca_a73b;

/// Adds up the hashes of pairs of words, each keyed by its place. Fast and the same on every
/// machine; a sender who wants two messages to collide can make them.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint {
    key: u64,
    sum: u64,
}

impl Fingerprint {
    pub(super) const fn new() -> Self {
        Self { key: SEED, sum: 0 }
    }

    /// One widening multiplication, whose halves depend on all bits of both factors. No pair
    /// waits for the product of the one before, which is why they are added and not chained.
    #[inline]
    pub(super) const fn pair(self, left: u64, right: u64) -> Self {
        let key = self.key.wrapping_add(STEP);
        let product = (left ^ key) as u128 * (right ^ key.rotate_left(32)) as u128;
        let hash = (product as u64) ^ ((product >> 64) as u64);
        Self { key, sum: self.sum.wrapping_add(hash) }
    }

    #[inline]
    pub(super) const fn wide(self, word: u128) -> Self {
        self.pair((word >> 64) as u64, word as u64)
    }

    pub(super) const fn finish(self) -> u64 {
        Self { key: self.key, sum: 0 }.pair(self.sum, SEED).sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_place_matter() {
        let of = |pairs: &[(u64, u64)]| {
            pairs.iter().fold(Fingerprint::new(), |print, &(l, r)| print.pair(l, r)).finish()
        };
        let prints = [
            of(&[]),
            of(&[(0, 0)]),
            of(&[(0, 0), (0, 0)]),
            of(&[(1, 2), (3, 4)]),
            of(&[(3, 4), (1, 2)]),
            of(&[(2, 1), (3, 4)]),
        ];
        for (at, print) in prints.iter().enumerate() {
            assert!(!prints[..at].contains(print), "{at} repeats an earlier one");
        }
    }
}
