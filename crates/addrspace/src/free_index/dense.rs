//! The dense form: a tree of sixteen-fold nodes over chunks of bits, with nothing stored where
//! all addresses are free or all are used.

use super::chunk::{CHUNK_BITS, Chunk};
use super::runs::Runs;

/// Children per inner node, as a power of two.
const FAN_BITS: u32 = 4;
const FAN: usize = 1 << FAN_BITS;

/// Which of the addresses `0..size` are free, for sizes up to 2^28.
///
/// The representation is canonical: what is wholly free or wholly used has no node below it. So
/// equality and hash of the tree are those of the content.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Dense {
    root: Slot,
    /// The tree spans `1 << span_bits` addresses; those past the size count as used for good.
    span_bits: u32,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Slot {
    Free,
    Used,
    Chunk(Box<Chunk>),
    Inner(Box<Inner>),
}

#[derive(Clone)]
struct Inner {
    /// How many addresses are free in the children before this one.
    before: [u32; FAN],
    free: u32,
    runs: [Runs<u32>; FAN],
    children: [Slot; FAN],
}

impl Dense {
    pub(super) fn new(size: u32) -> Self {
        let mut span_bits = CHUNK_BITS;
        while size > 1 << span_bits {
            span_bits += FAN_BITS;
        }
        let mut dense = Self { root: Slot::Free, span_bits };
        if size < 1 << span_bits {
            dense.set(size, (1 << span_bits) - 1, false);
        }
        dense
    }

    /// Sets the addresses `from..=to` free or used.
    pub(super) fn set(&mut self, from: u32, to: u32, free: bool) {
        self.root.set(self.span_bits, from, to, free);
    }

    pub(super) fn free(&self) -> u32 {
        self.root.free(self.span_bits)
    }

    pub(super) fn is_free(&self, at: u32) -> bool {
        let (mut slot, mut bits) = (&self.root, self.span_bits);
        loop {
            match slot {
                Slot::Free => return true,
                Slot::Used => return false,
                Slot::Chunk(chunk) => return chunk.is_free(at & low_bits(CHUNK_BITS)),
                Slot::Inner(inner) => {
                    bits -= FAN_BITS;
                    slot = &inner.children[child_of(at, bits)];
                }
            }
        }
    }

    /// How many free addresses lie below `at`.
    pub(super) fn rank(&self, at: u32) -> u32 {
        let (mut slot, mut bits) = (&self.root, self.span_bits);
        if at >> bits != 0 {
            return self.free();
        }
        let mut rank = 0;
        loop {
            match slot {
                Slot::Free => return rank + (at & low_bits(bits)),
                Slot::Used => return rank,
                Slot::Chunk(chunk) => return rank + chunk.rank(at & low_bits(CHUNK_BITS)),
                Slot::Inner(inner) => {
                    bits -= FAN_BITS;
                    let child = child_of(at, bits);
                    rank += inner.before[child];
                    slot = &inner.children[child];
                }
            }
        }
    }

    /// The free address with `rank` free ones below it.
    pub(super) fn select(&self, mut rank: u32) -> Option<u32> {
        if rank >= self.free() {
            return None;
        }
        let (mut slot, mut bits, mut base) = (&self.root, self.span_bits, 0);
        loop {
            match slot {
                Slot::Free => return Some(base + rank),
                Slot::Used => return None,
                Slot::Chunk(chunk) => return Some(base + chunk.select(rank)),
                Slot::Inner(inner) => {
                    bits -= FAN_BITS;
                    // Sums of 2^28 at most, so the signed comparison is right; it is the one
                    // that vector units have.
                    let sums = inner.before.iter();
                    let child =
                        sums.map(|&sum| u32::from(sum as i32 <= rank as i32)).sum::<u32>() - 1;
                    rank -= inner.before[child as usize];
                    base += child << bits;
                    slot = &inner.children[child as usize];
                }
            }
        }
    }

    /// The start of the lowest free run of `len` that begins at `from` or later.
    pub(super) fn find_run(&self, from: u32, len: u32) -> Option<u32> {
        self.root.find_run(self.span_bits, from, len, &mut 0).and_then(|at| at.try_into().ok())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.root.heap_bytes()
    }

    /// The lowest used address at `from` or later; those past the size count.
    pub(super) fn next_used(&self, from: u32) -> Option<u32> {
        if from >> self.span_bits != 0 { None } else { self.root.next_used(self.span_bits, from) }
    }
}

impl Slot {
    fn uniform(free: bool) -> Self {
        if free { Self::Free } else { Self::Used }
    }

    fn free(&self, bits: u32) -> u32 {
        match self {
            Self::Free => 1 << bits,
            Self::Used => 0,
            Self::Chunk(chunk) => chunk.free(),
            Self::Inner(inner) => inner.free,
        }
    }

    fn runs(&self, bits: u32) -> Runs<u32> {
        match self {
            Self::Free => Runs::uniform(1 << bits),
            Self::Used => Runs::uniform(0),
            Self::Chunk(chunk) => chunk.runs(),
            Self::Inner(inner) => Runs::join(inner.runs.iter().copied(), 1 << (bits - FAN_BITS)),
        }
    }

    fn set(&mut self, bits: u32, from: u32, to: u32, free: bool) {
        if from == 0 && to == low_bits(bits) {
            *self = Self::uniform(free);
            return;
        }
        if let Self::Free | Self::Used = self {
            let was_free = matches!(self, Self::Free);
            if was_free == free {
                return;
            }
            *self = Self::detailed(bits, was_free);
        }
        match self {
            Self::Chunk(chunk) => chunk.set(from, to, free),
            Self::Inner(inner) => inner.set(bits - FAN_BITS, from, to, free),
            Self::Free | Self::Used => {}
        }
        let left = self.free(bits);
        if left == 0 {
            *self = Self::Used;
        } else if left == 1 << bits {
            *self = Self::Free;
        }
    }

    /// The same uniform content, with room for differences.
    fn detailed(bits: u32, free: bool) -> Self {
        if bits > CHUNK_BITS {
            Self::Inner(Box::new(Inner::uniform(bits - FAN_BITS, free)))
        } else if free {
            Self::Chunk(Box::new(Chunk::all_free()))
        } else {
            Self::Chunk(Box::new(Chunk::all_used()))
        }
    }

    /// As [`Chunk::find_run`].
    fn find_run(&self, bits: u32, from: u32, len: u32, carry: &mut u32) -> Option<i64> {
        match self {
            Self::Used => {
                *carry = 0;
                None
            }
            Self::Free => {
                let start = i64::from(from) - i64::from(*carry);
                *carry += (1 << bits) - from;
                (*carry >= len).then_some(start)
            }
            Self::Chunk(chunk) => chunk.find_run(from, len, carry),
            Self::Inner(inner) => inner.find_run(bits - FAN_BITS, from, len, carry),
        }
    }

    fn heap_bytes(&self) -> usize {
        match self {
            Self::Free | Self::Used => 0,
            Self::Chunk(_) => size_of::<Chunk>(),
            Self::Inner(inner) => {
                size_of::<Inner>() + inner.children.iter().map(Self::heap_bytes).sum::<usize>()
            }
        }
    }

    fn next_used(&self, bits: u32, from: u32) -> Option<u32> {
        match self {
            Self::Free => None,
            Self::Used => Some(from),
            Self::Chunk(chunk) => chunk.next_used(from),
            Self::Inner(inner) => inner.next_used(bits - FAN_BITS, from),
        }
    }
}

// The sums follow from the children.
impl PartialEq for Inner {
    fn eq(&self, other: &Self) -> bool {
        self.free == other.free && self.children == other.children
    }
}

impl Eq for Inner {}

impl std::hash::Hash for Inner {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.children.hash(state);
    }
}

/// In these, `bits` is the span of one child.
impl Inner {
    fn uniform(bits: u32, free: bool) -> Self {
        let each = if free { 1 << bits } else { 0 };
        Self {
            before: std::array::from_fn(|child| each * child as u32),
            free: each << FAN_BITS,
            runs: [Runs::uniform(each); FAN],
            children: std::array::from_fn(|_| Slot::uniform(free)),
        }
    }

    fn set(&mut self, bits: u32, from: u32, to: u32, free: bool) {
        let (low, high) = (child_of(from, bits), child_of(to, bits));
        for at in low..=high {
            let start = if at == low { from & low_bits(bits) } else { 0 };
            let stop = if at == high { to & low_bits(bits) } else { low_bits(bits) };
            let child = &mut self.children[at];
            let old = child.free(bits);
            child.set(bits, start, stop, free);
            let change = child.free(bits).wrapping_sub(old);
            if change != 0 {
                self.runs[at] = child.runs(bits);
                self.before[at + 1..].iter_mut().for_each(|sum| *sum = sum.wrapping_add(change));
                self.free = self.free.wrapping_add(change);
            }
        }
    }

    fn find_run(&self, bits: u32, from: u32, len: u32, carry: &mut u32) -> Option<i64> {
        let low = child_of(from, bits);
        for at in low..FAN {
            let start = if at == low { from & low_bits(bits) } else { 0 };
            let runs = self.runs[at];
            if !runs.decides(len, *carry) {
                *carry = runs.carry_from(start, *carry, 1 << bits);
                continue;
            }
            if let Some(found) = self.children[at].find_run(bits, start, len, carry) {
                return Some(found + ((at as i64) << bits));
            }
        }
        None
    }

    fn next_used(&self, bits: u32, from: u32) -> Option<u32> {
        let low = child_of(from, bits);
        (low..FAN).find_map(|at| {
            let start = if at == low { from & low_bits(bits) } else { 0 };
            let found = self.children[at].next_used(bits, start)?;
            Some(found + ((at as u32) << bits))
        })
    }
}

/// Which child of a node holds an address, when a child spans `1 << bits`.
const fn child_of(at: u32, bits: u32) -> usize {
    (at >> bits) as usize & (FAN - 1)
}

const fn low_bits(bits: u32) -> u32 {
    (1 << bits) - 1
}
