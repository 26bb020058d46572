//! Recognising a repeated message without comparing it.

const SEED: u64 = 0x6a09_e667_f3bc_c908;
const STEP: u64 = 0xbb67_ae85_84ca_a73b;

/// Folds pairs of words into 64 bits. Fast and the same on every machine; a sender who wants two
/// messages to collide can make them.
#[derive(Clone, Copy)]
pub(super) struct Fingerprint(u64);

impl Fingerprint {
    pub(super) const fn new() -> Self {
        Self(SEED)
    }

    /// One widening multiplication per pair: both halves of the product depend on all bits of
    /// both factors.
    #[inline]
    pub(super) fn pair(self, left: u64, right: u64) -> Self {
        let product = u128::from(self.0 ^ left) * u128::from(right ^ STEP);
        Self((product as u64) ^ ((product >> 64) as u64).wrapping_add(STEP))
    }

    #[inline]
    pub(super) fn wide(self, word: u128) -> Self {
        self.pair((word >> 64) as u64, word as u64)
    }

    pub(super) fn finish(self) -> u64 {
        self.pair(STEP, SEED).0
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
