//! The floors: flat arrays of a fixed size, nothing lazy, no ranges, no clipping.

/// Addresses per block, as a power of two: one cache line of bits.
const BLOCK_BITS: u32 = 9;
const BLOCK_WORDS: usize = 8;
/// Counts summed up by one of the level above, as a power of two.
const FAN_BITS: u32 = 4;

/// A bit per address, set when free, and free counts in levels of sixteen: the floor of P9.
pub(crate) struct CountedBitmap {
    words: Vec<u64>,
    /// Per block first, then per sixteen of the level before.
    levels: Vec<Vec<u32>>,
}

impl CountedBitmap {
    pub(crate) fn new(log: u32) -> Self {
        let mut levels = vec![vec![1 << BLOCK_BITS; 1 << (log - BLOCK_BITS)]];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let sums = below.chunks(1 << FAN_BITS).map(|part| part.iter().sum()).collect();
            levels.push(sums);
        }
        Self { words: vec![u64::MAX; 1 << (log - 6)], levels }
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn free(&self) -> u32 {
        self.levels[self.levels.len() - 1][0]
    }

    pub(crate) fn occupy(&mut self, from: u32, to: u32) {
        for at in from..=to {
            if self.words[at as usize >> 6] >> (at & 63) & 1 == 1 {
                self.flip(at);
            }
        }
    }

    pub(crate) fn flip(&mut self, at: u32) {
        let word = &mut self.words[at as usize >> 6];
        *word ^= 1 << (at & 63);
        let change = if *word >> (at & 63) & 1 == 1 { 1 } else { u32::MAX };
        let mut place = at as usize >> BLOCK_BITS;
        for level in &mut self.levels {
            level[place] = level[place].wrapping_add(change);
            place >>= FAN_BITS;
        }
    }

    pub(crate) fn select(&self, mut rank: u32) -> u32 {
        let mut place = 0;
        for level in self.levels.iter().rev().skip(1) {
            place <<= FAN_BITS;
            while rank >= level[place] {
                rank -= level[place];
                place += 1;
            }
        }
        let mut word = place * BLOCK_WORDS;
        while rank >= self.words[word].count_ones() {
            rank -= self.words[word].count_ones();
            word += 1;
        }
        let mut bits = self.words[word];
        for _ in 0..rank {
            bits &= bits - 1;
        }
        word as u32 * 64 + bits.trailing_zeros()
    }
}

/// Free addresses at the start, at the end, and the longest run between.
type Runs = (u32, u32, u32);

/// A binary tree of free runs over blocks of bits: the floor of P10.
pub(crate) struct RunTree {
    words: Vec<u64>,
    /// The root is at 1, the children of `i` at `2 i` and `2 i + 1`, the blocks at the end.
    nodes: Vec<Runs>,
    blocks: usize,
    log: u32,
}

impl RunTree {
    pub(crate) fn new(log: u32) -> Self {
        let blocks = 1 << (log - BLOCK_BITS);
        Self { words: Vec::new(), nodes: vec![(0, 0, 0); 2 * blocks], blocks, log }
    }

    pub(crate) fn fill(&mut self, words: &[u64]) {
        self.words = words.to_vec();
        for block in 0..self.blocks {
            self.nodes[self.blocks + block] = block_runs(self.block(block));
        }
        for node in (1..self.blocks).rev() {
            self.nodes[node] = self.joined(node);
        }
    }

    /// Takes over the word that holds `at`.
    pub(crate) fn update(&mut self, at: u32, words: &[u64]) {
        self.words[at as usize >> 6] = words[at as usize >> 6];
        let block = at as usize >> BLOCK_BITS;
        let mut node = self.blocks + block;
        let mut runs = block_runs(self.block(block));
        while self.nodes[node] != runs {
            self.nodes[node] = runs;
            if node == 1 {
                break;
            }
            node /= 2;
            runs = self.joined(node);
        }
    }

    /// Some free run of `len`, the search beginning in the block of `from`.
    pub(crate) fn find(&self, from: u32, len: u32) -> Option<u32> {
        if self.nodes[1].2 < len {
            return None;
        }
        let mut node = self.blocks + (from as usize >> BLOCK_BITS);
        while self.nodes[node].2 < len {
            while node & 1 == 1 && node > 1 {
                node /= 2;
            }
            // The right sibling, or once around from the right edge.
            node = if node <= 1 { 1 } else { node + 1 };
        }
        while node < self.blocks {
            let (left, right) = (self.nodes[2 * node], self.nodes[2 * node + 1]);
            if left.2 >= len {
                node *= 2;
            } else if left.1 + right.0 >= len {
                let half = self.span(node) / 2;
                let index = node - (1 << node.ilog2());
                return Some(index as u32 * self.span(node) + half - left.1);
            } else {
                node = 2 * node + 1;
            }
        }
        let block = node - self.blocks;
        scan(self.block(block), len).map(|at| ((block as u32) << BLOCK_BITS) + at)
    }

    fn block(&self, block: usize) -> &[u64] {
        &self.words[block * BLOCK_WORDS..][..BLOCK_WORDS]
    }

    fn span(&self, node: usize) -> u32 {
        1 << (self.log - node.ilog2())
    }

    fn joined(&self, node: usize) -> Runs {
        join(self.nodes[2 * node], self.nodes[2 * node + 1], self.span(node) / 2)
    }
}

fn join(left: Runs, right: Runs, half: u32) -> Runs {
    (
        if left.0 == half { half + right.0 } else { left.0 },
        if right.1 == half { half + left.1 } else { right.1 },
        left.2.max(right.2).max(left.1 + right.0),
    )
}

/// The lengths of the free runs of a block with their starts, word by word.
fn runs_of(words: &[u64], mut visit: impl FnMut(u32, u32) -> bool) {
    let (mut start, mut length) = (0, 0);
    for (index, &word) in words.iter().enumerate() {
        let mut bit = 0;
        while bit < 64 {
            let rest = word >> bit;
            let ones = rest.trailing_ones().min(64 - bit);
            if ones > 0 {
                if length == 0 {
                    start = index as u32 * 64 + bit;
                }
                length += ones;
                bit += ones;
            } else {
                if length > 0 && visit(start, length) {
                    return;
                }
                length = 0;
                bit += rest.trailing_zeros().min(64 - bit);
            }
        }
    }
    if length > 0 {
        visit(start, length);
    }
}

fn block_runs(words: &[u64]) -> Runs {
    let mut runs = (0, 0, 0);
    runs_of(words, |start, length| {
        if start == 0 {
            runs.0 = length;
        }
        if start + length == 1 << BLOCK_BITS {
            runs.1 = length;
        }
        runs.2 = runs.2.max(length);
        false
    });
    runs
}

fn scan(words: &[u64], len: u32) -> Option<u32> {
    let mut found = None;
    runs_of(words, |start, length| {
        found = (length >= len).then_some(start);
        found.is_some()
    });
    found
}
