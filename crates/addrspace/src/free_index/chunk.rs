//! The leaves of the dense form: 4096 addresses, one bit each.

use std::hash::{Hash, Hasher};

use super::runs::Runs;

/// Addresses per chunk, as a power of two.
pub(super) const CHUNK_BITS: u32 = 12;

const WORDS: usize = 1 << (CHUNK_BITS - 6);

/// Words whose free runs are summed up together: one cache line.
const BLOCK: usize = 8;

/// Addresses per block.
const BLOCK_SPAN: u32 = 64 * BLOCK as u32;

/// A bit for each address, set when it is free, with the sums that make look-ups short.
#[derive(Clone)]
pub(super) struct Chunk {
    words: [u64; WORDS],
    /// How many addresses are free in the words before this one. Kept as running sums, so that a
    /// rank is one load and a selection is a count of comparisons without branches.
    before: [u16; WORDS],
    blocks: [Runs<u16>; WORDS / BLOCK],
    free: u16,
}

impl Chunk {
    pub(super) fn all_free() -> Self {
        let full = BLOCK_SPAN as u16;
        Self {
            words: [u64::MAX; WORDS],
            before: std::array::from_fn(|word| 64 * word as u16),
            blocks: [Runs { prefix: full, suffix: full, longest: full }; WORDS / BLOCK],
            free: 1 << CHUNK_BITS,
        }
    }

    pub(super) fn all_used() -> Self {
        Self {
            words: [0; WORDS],
            before: [0; WORDS],
            blocks: [Runs { prefix: 0, suffix: 0, longest: 0 }; WORDS / BLOCK],
            free: 0,
        }
    }

    pub(super) fn free(&self) -> u32 {
        self.free.into()
    }

    pub(super) fn runs(&self) -> Runs<u32> {
        Runs::join(self.blocks.iter().map(|block| block.widen()), BLOCK_SPAN)
    }

    pub(super) fn is_free(&self, at: u32) -> bool {
        self.words[at as usize >> 6] >> (at & 63) & 1 == 1
    }

    /// How many free addresses lie below `at`.
    pub(super) fn rank(&self, at: u32) -> u32 {
        let word = at as usize >> 6;
        let below = self.words[word] & !(u64::MAX << (at & 63));
        u32::from(self.before[word]) + below.count_ones()
    }

    /// The free address with `rank` free ones below it, which must exist.
    pub(super) fn select(&self, rank: u32) -> u32 {
        // Sums of 4096 at most, so the signed comparison is right; it is the one that vector
        // units have.
        let sums = self.before.iter();
        let word = sums.map(|&sum| u16::from(sum as i16 <= rank as i16)).sum::<u16>() - 1;
        let within = rank - u32::from(self.before[word as usize]);
        u32::from(word) * 64 + select_in_word(self.words[word as usize], within)
    }

    /// Sets the addresses `from..=to` free or used.
    pub(super) fn set(&mut self, from: u32, to: u32, free: bool) {
        let (low, high) = (from as usize >> 6, to as usize >> 6);
        for word in low..=high {
            let start = if word == low { from & 63 } else { 0 };
            let stop = if word == high { to & 63 } else { 63 };
            let mask = (u64::MAX << start) & (u64::MAX >> (63 - stop));
            let old = self.words[word];
            let new = if free { old | mask } else { old & !mask };
            self.words[word] = new;
            let change = (new.count_ones() as u16).wrapping_sub(old.count_ones() as u16);
            if change != 0 {
                self.before[word + 1..].iter_mut().for_each(|sum| *sum = sum.wrapping_add(change));
                self.free = self.free.wrapping_add(change);
            }
        }
        for block in low / BLOCK..=high / BLOCK {
            self.blocks[block] = block_runs(&self.words[block * BLOCK..][..BLOCK]);
        }
    }

    /// The lowest free run of `len` that begins at `from` or later, and otherwise, in `carry`, the
    /// length of the free run at the end. On entry `carry` is the free run just below `from`,
    /// which counts only when `from` is zero.
    ///
    /// The start is relative to the chunk and negative when the run begins before it.
    pub(super) fn find_run(&self, from: u32, len: u32, carry: &mut u32) -> Option<i64> {
        let first = (from / BLOCK_SPAN) as usize;
        for (index, block) in self.blocks.iter().enumerate().skip(first) {
            let block = block.widen();
            let start = if index == first { from % BLOCK_SPAN } else { 0 };
            if !block.decides(len, *carry) {
                *carry = block.carry_from(start, *carry, BLOCK_SPAN);
                continue;
            }
            let mut mask = u64::MAX << (start & 63);
            for word in index * BLOCK + (start as usize >> 6)..(index + 1) * BLOCK {
                if let Some(at) = find_in_word(self.words[word] & mask, len, carry) {
                    return Some(word as i64 * 64 + at);
                }
                mask = u64::MAX;
            }
        }
        None
    }

    /// The lowest used address at `from` or later.
    pub(super) fn next_used(&self, from: u32) -> Option<u32> {
        let mut mask = u64::MAX << (from & 63);
        for word in from as usize >> 6..WORDS {
            let used = !self.words[word] & mask;
            if used != 0 {
                return Some(word as u32 * 64 + used.trailing_zeros());
            }
            mask = u64::MAX;
        }
        None
    }
}

// The sums follow from the words.
impl PartialEq for Chunk {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Chunk {}

impl Hash for Chunk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words.hash(state);
    }
}

fn block_runs(words: &[u64]) -> Runs<u16> {
    let joined = Runs::join(words.iter().map(|&word| word_runs(word)), 64);
    Runs {
        prefix: joined.prefix as u16,
        suffix: joined.suffix as u16,
        longest: joined.longest as u16,
    }
}

fn word_runs(word: u64) -> Runs<u32> {
    if word == 0 || word == u64::MAX {
        return Runs::uniform(word.count_ones());
    }
    // In `powers[i]`, the places where a run of 2^i begins.
    let mut powers = [word; 6];
    for i in 1..powers.len() {
        powers[i] = powers[i - 1] & powers[i - 1] >> (1 << (i - 1));
    }
    let (mut longest, mut starts) = (0, u64::MAX);
    for (i, power) in powers.iter().enumerate().rev() {
        let longer = starts & power >> longest;
        if longer != 0 {
            starts = longer;
            longest += 1 << i;
        }
    }
    Runs { prefix: word.trailing_ones(), suffix: word.leading_ones(), longest }
}

/// The position of the set bit with `rank` set bits below it, which must exist.
fn select_in_word(word: u64, rank: u32) -> u32 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Set bits of each octet, then of each octet and all below it.
    let pairs = word - (word >> 1 & 0x5555_5555_5555_5555);
    let fours = (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333);
    let sums = ((fours + (fours >> 4)) & 0x0f0f_0f0f_0f0f_0f0f).wrapping_mul(ONES);
    // An octet lies wholly below the wanted bit when its sum is not above the rank: compare all
    // eight at once, with the top bit of each octet as its answer.
    let not_above = (((u64::from(rank) * ONES) | (ONES << 7)) - sums) >> 7 & ONES;
    let octet = (not_above.wrapping_mul(ONES) >> 56) as u32 * 8;
    let (mut at, mut left) = (octet, rank - (((sums << 8) >> octet) as u32 & 0xff));
    // Then the nibble, the pair and the bit, each time past the lower half if that is too small.
    for (counts, mask, step) in [(fours, 0xf, 4), (pairs, 3, 2), (word, 1, 1)] {
        let lower = (counts >> at) as u32 & mask;
        if left >= lower {
            left -= lower;
            at += step;
        }
    }
    at
}

/// As [`Chunk::find_run`], for the bits of one word.
fn find_in_word(word: u64, len: u32, carry: &mut u32) -> Option<i64> {
    if *carry + word.trailing_ones() >= len {
        return Some(-i64::from(*carry));
    }
    if word == u64::MAX {
        *carry += 64;
        return None;
    }
    *carry = word.leading_ones();
    if len > 64 {
        return None;
    }
    // A bit of `starts` stays set while a run of `have` ones begins there.
    let (mut starts, mut have) = (word, 1);
    while have < len && starts != 0 {
        let more = have.min(len - have);
        starts &= starts >> more;
        have += more;
    }
    (starts != 0).then(|| starts.trailing_zeros().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn select_in_word_is_the_inverse_of_counting() {
        let mut word = 0x9e37_79b9_7f4a_7c15_u64;
        for shift in 0..64 {
            word = word.rotate_left(7).wrapping_mul(0xbf58_476d_1ce4_e5b9) | 1 << shift;
            for rank in 0..word.count_ones() {
                let at = select_in_word(word, rank);
                assert_eq!(word >> at & 1, 1);
                assert_eq!((word & !(u64::MAX << at)).count_ones(), rank, "{word:#x}");
            }
        }
        assert_eq!(select_in_word(u64::MAX, 63), 63);
        assert_eq!(select_in_word(1 << 63, 0), 63);
    }

    #[test]
    fn runs_of_a_word() {
        let runs = |word| {
            let Runs { prefix, suffix, longest } = word_runs(word);
            (prefix, suffix, longest)
        };
        assert_eq!(runs(u64::MAX), (64, 64, 64));
        assert_eq!(runs(0), (0, 0, 0));
        assert_eq!(runs(0xf000_0000_0ff8_0003), (2, 4, 9));
    }

    #[test]
    fn a_run_may_begin_before_its_word() {
        let mut carry = 5;
        assert_eq!(find_in_word(0b111, 8, &mut carry), Some(-5));
        assert_eq!(find_in_word(0b0111_0110, 3, &mut 0), Some(4));
        let mut carry = 3;
        assert_eq!(find_in_word(u64::MAX << 60, 70, &mut carry), None);
        assert_eq!(carry, 4);
    }

    #[test]
    fn used_and_free_are_symmetric() {
        let mut chunk = Chunk::all_free();
        chunk.set(0, 4095, false);
        assert!(chunk == Chunk::all_used() && chunk.free() == 0 && chunk.runs().longest == 0);
        chunk.set(100, 4000, true);
        assert_eq!((chunk.free(), chunk.runs().longest), (3901, 3901));
        assert_eq!((chunk.rank(100), chunk.rank(4001), chunk.select(3900)), (0, 3901, 4000));
        assert_eq!((chunk.next_used(100), chunk.next_used(7)), (Some(4001), Some(7)));
    }
}
