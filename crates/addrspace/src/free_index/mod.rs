//! Which addresses of a range are free, and how to choose one of them.

mod chunk;
mod dense;
mod runs;

use std::fmt;

use crate::{Addr, Range, RangeSet};
use dense::Dense;

/// The largest range kept as a bitmap; every IPv4 scope fits.
const DENSE_MAX: u128 = 1 << 28;

/// Which addresses of a range are free.
///
/// Made for a uniform choice that costs the same whether the range is nearly empty or nearly
/// full: draw a number below [`free_in`](Self::free_in), then [`select`](Self::select) the address
/// of that rank. Up to 2^28 addresses are a bitmap with counts and run lengths, whose memory
/// follows what is used (at most 1.5 bits per address); there every question costs a logarithm of
/// the size. Larger ranges (IPv6) keep the used ranges, and a question costs a walk over those in
/// its way.
///
/// An address is used or free, however often it was occupied: who lets several holders share an
/// address must vacate it only when the last one leaves.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct FreeIndex {
    range: Range,
    form: Form,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    /// Addresses count from the start of the range.
    Dense(Dense),
    /// The used addresses.
    Sparse(RangeSet),
}

impl FreeIndex {
    /// The index of a range in which every address is free.
    #[must_use]
    pub fn new(range: Range) -> Self {
        let form = if range.len() <= DENSE_MAX {
            Form::Dense(Dense::new(range.len() as u32))
        } else {
            Form::Sparse(RangeSet::new())
        };
        Self { range, form }
    }

    /// The addresses the index is about.
    #[must_use]
    pub const fn range(&self) -> Range {
        self.range
    }

    /// Marks every address of `range` used; the part outside the index is ignored.
    pub fn occupy(&mut self, range: Range) {
        self.set(range, false);
    }

    /// Marks every address of `range` free; the part outside the index is ignored.
    pub fn vacate(&mut self, range: Range) {
        self.set(range, true);
    }

    /// Whether `addr` is in the index and free.
    #[must_use]
    pub fn is_free(&self, addr: Addr) -> bool {
        self.range.contains(addr)
            && match &self.form {
                Form::Dense(dense) => dense.is_free(self.offset(addr)),
                Form::Sparse(used) => !used.contains(addr),
            }
    }

    /// Whether every address of `range` is in the index and free.
    #[must_use]
    pub fn is_run_free(&self, range: Range) -> bool {
        self.range.contains_range(range)
            && match &self.form {
                Form::Dense(_) => self.free_in(range) == range.len(),
                Form::Sparse(used) => !used.overlaps(range),
            }
    }

    /// How many addresses are free; the whole of IPv6 counts as `u128::MAX`.
    #[must_use]
    pub fn free_total(&self) -> u128 {
        match &self.form {
            Form::Dense(dense) => dense.free().into(),
            Form::Sparse(used) => self.range.len() - used.len(),
        }
    }

    /// How many addresses of `range` are free.
    #[must_use]
    pub fn free_in(&self, range: Range) -> u128 {
        let Some(range) = self.range.intersection(range) else { return 0 };
        match &self.form {
            Form::Dense(dense) => {
                let below = dense.rank(self.offset(range.first()));
                (dense.rank(self.offset(range.last()) + 1) - below).into()
            }
            Form::Sparse(used) => {
                used.gaps(range).map(Range::len).fold(0, |sum: u128, free| sum.saturating_add(free))
            }
        }
    }

    /// The free address of `range` that has `rank` free ones of `range` below it; `None` unless
    /// `rank` is less than [`free_in`](Self::free_in).
    #[must_use]
    pub fn select(&self, range: Range, rank: u128) -> Option<Addr> {
        let range = self.range.intersection(range)?;
        match &self.form {
            Form::Dense(dense) => {
                let below = if range.first() == self.range.first() {
                    0
                } else {
                    dense.rank(self.offset(range.first()))
                };
                let rank = u32::try_from(rank).ok()?.checked_add(below)?;
                dense.select(rank).map(|at| self.addr(at)).filter(|&addr| range.contains(addr))
            }
            Form::Sparse(used) => {
                let mut left = rank;
                for gap in used.gaps(range) {
                    if left < gap.len() {
                        return gap.first().checked_add(left);
                    }
                    left -= gap.len();
                }
                None
            }
        }
    }

    /// How many free addresses of `range` lie below `addr`: the inverse of
    /// [`select`](Self::select).
    #[must_use]
    pub fn rank_of(&self, range: Range, addr: Addr) -> u128 {
        let below = addr.checked_sub(1).map(|last| last.min(range.last()));
        below.and_then(|last| Range::new(range.first(), last)).map_or(0, |part| self.free_in(part))
    }

    /// The start of a free run of `len` addresses inside `range`: the lowest that begins at `from`
    /// or later, or else the lowest of all. `None` only when there is no such run, or for no
    /// addresses.
    #[must_use]
    pub fn find_run(&self, range: Range, from: Addr, len: u128) -> Option<Addr> {
        let range = self.range.intersection(range)?;
        let upper = Range::new(from.max(range.first()), range.last());
        upper.and_then(|upper| self.lowest_run(upper, len)).or_else(|| self.lowest_run(range, len))
    }

    /// The lowest free address that is `addr` or above.
    #[must_use]
    pub fn next_free(&self, addr: Addr) -> Option<Addr> {
        let rest = Range::new(addr.max(self.range.first()), self.range.last())?;
        match &self.form {
            Form::Dense(dense) => {
                let rank = dense.rank(self.offset(rest.first()));
                dense.select(rank).map(|at| self.addr(at))
            }
            Form::Sparse(used) => used.gaps(rest).next().map(Range::first),
        }
    }

    /// The free parts of `range`, lowest first, each as long as possible.
    pub fn free_runs(&self, range: Range) -> impl Iterator<Item = Range> + '_ {
        let mut rest = self.range.intersection(range);
        std::iter::from_fn(move || {
            let within = rest.take()?;
            let first = self.next_free(within.first()).filter(|&addr| within.contains(addr))?;
            let stop = self.next_used(first).filter(|&addr| within.contains(addr));
            rest = stop.and_then(|stop| Range::new(stop, within.last()));
            let last = stop.map_or(within.last(), |stop| stop.saturating_sub(1));
            Range::new(first, last)
        })
    }

    /// The heap memory in use, in bytes; for a range past 2^28 addresses an estimate.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Dense(dense) => dense.heap_bytes(),
            // The nodes of a B-tree are about two thirds full.
            Form::Sparse(used) => used.iter().count() * size_of::<Range>() * 3 / 2,
        }
    }

    fn set(&mut self, range: Range, free: bool) {
        let Some(range) = self.range.intersection(range) else { return };
        let (from, to) = (self.offset(range.first()), self.offset(range.last()));
        match &mut self.form {
            Form::Dense(dense) => dense.set(from, to, free),
            Form::Sparse(used) if free => used.remove(range),
            Form::Sparse(used) => used.insert(range),
        }
    }

    fn lowest_run(&self, range: Range, len: u128) -> Option<Addr> {
        if len == 0 || len > range.len() {
            return None;
        }
        match &self.form {
            Form::Dense(dense) => {
                let at = dense.find_run(self.offset(range.first()), len as u32)?;
                let run = Range::with_len(self.addr(at), len)?;
                range.contains_range(run).then_some(run.first())
            }
            Form::Sparse(used) => used.gaps(range).find(|gap| gap.len() >= len).map(Range::first),
        }
    }

    /// The lowest used address that is `addr` or above; `addr` must be in the index.
    fn next_used(&self, addr: Addr) -> Option<Addr> {
        match &self.form {
            Form::Dense(dense) => dense
                .next_used(self.offset(addr))
                .map(|at| self.addr(at))
                .filter(|&addr| self.range.contains(addr)),
            Form::Sparse(used) => {
                let rest = Range::new(addr, self.range.last())?;
                used.overlapping(rest).next().map(Range::first)
            }
        }
    }

    /// The place of `addr`, which must be in the index, in the dense form.
    const fn offset(&self, addr: Addr) -> u32 {
        (addr.0 - self.range.first().0) as u32
    }

    fn addr(&self, offset: u32) -> Addr {
        self.range.first().saturating_add(offset.into())
    }
}

impl fmt::Debug for FreeIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut used = RangeSet::from(self.range);
        self.free_runs(self.range).for_each(|free| used.remove(free));
        f.debug_struct("FreeIndex").field("range", &self.range).field("used", &used).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u128, last: u128) -> Range {
        Range::new(Addr(first), Addr(last)).unwrap()
    }

    /// The same range of interest in a dense and in a sparse index.
    fn both() -> [FreeIndex; 2] {
        [range(1000, 9999), range(0, DENSE_MAX)].map(FreeIndex::new)
    }

    #[test]
    fn a_rank_selects_its_address() {
        for mut index in both() {
            index.occupy(range(1000, 5999));
            index.vacate(range(2000, 2001));
            let scope = range(1000, 9999);
            assert_eq!(index.free_in(scope), 4002);
            let picks = [0, 1, 2, 4001, 4002].map(|rank| index.select(scope, rank));
            assert_eq!(
                picks,
                [Some(2000), Some(2001), Some(6000), Some(9999), None].map(|at| at.map(Addr))
            );
            assert_eq!(index.select(range(2001, 6000), 1), Some(Addr(6000)));
            assert_eq!(index.select(range(2001, 6000), 2), None);
            assert_eq!(index.rank_of(scope, Addr(6000)), 2);
            assert_eq!(index.next_free(Addr(2002)), Some(Addr(6000)));
        }
    }

    #[test]
    fn a_run_is_found_wherever_it_is() {
        for mut index in both() {
            let scope = range(1000, 9999);
            index.occupy(scope);
            assert_eq!(index.find_run(scope, Addr(1000), 1), None);
            index.vacate(range(5000, 5099));
            for from in [1000, 4990, 5001, 9999] {
                assert_eq!(index.find_run(scope, Addr(from), 100), Some(Addr(5000)), "{from}");
            }
            assert_eq!(index.find_run(scope, Addr(5001), 99), Some(Addr(5001)));
            assert_eq!(index.find_run(scope, Addr(5001), 101), None);
            assert_eq!(index.find_run(range(1000, 5049), Addr(1000), 51), None);
            assert_eq!(index.find_run(scope, Addr(1000), 0), None);
            assert!(index.is_run_free(range(5000, 5099)) && !index.is_run_free(range(5000, 5100)));
        }
    }

    #[test]
    fn addresses_outside_are_neither_free_nor_occupied() {
        let mut index = FreeIndex::new(range(1000, 9999));
        index.occupy(range(0, 999));
        index.vacate(range(10_000, 20_000));
        assert_eq!(index.free_total(), 9000);
        assert!(!index.is_free(Addr(999)) && !index.is_free(Addr(10_000)));
        assert_eq!(index.next_free(Addr(10_000)), None);
        assert_eq!(index.free_in(range(20_000, 30_000)), 0);
    }

    #[test]
    fn equal_content_is_equal_whatever_happened_before() {
        for index in both() {
            let mut worn = index.clone();
            worn.occupy(range(1000, 7000));
            assert_ne!(worn, index);
            (1000..=7000).for_each(|at| worn.vacate(Range::single(Addr(at))));
            assert_eq!(worn, index);
            let mut full = index.clone();
            full.occupy(range(1000, 9999));
            (1000..=9999).for_each(|at| worn.occupy(Range::single(Addr(at))));
            assert_eq!(worn, full);
        }
    }

    #[test]
    fn the_largest_bitmap_works_to_its_last_address() {
        let all = range(0xe000_0000, 0xefff_ffff);
        let mut index = FreeIndex::new(all);
        assert_eq!(index.heap_bytes(), 0);
        index.occupy(range(0xe000_0001, 0xefff_fffe));
        assert!(index.heap_bytes() < 6000, "only the paths to both ends: {}", index.heap_bytes());
        assert_eq!(index.free_total(), 2);
        assert_eq!(index.select(all, 1), Some(all.last()));
        assert_eq!(index.find_run(all, Addr(0xe800_0000), 1), Some(all.last()));
        index.vacate(all);
        assert_eq!(index.find_run(all, all.last(), DENSE_MAX), Some(all.first()));
        assert_eq!(index.free_runs(all).collect::<Vec<_>>(), [all]);
    }

    #[test]
    fn the_whole_of_ipv6_is_a_range_like_others() {
        let all = range(0, u128::MAX);
        let mut index = FreeIndex::new(all);
        assert_eq!(index.free_total(), u128::MAX);
        index.occupy(range(0, u128::MAX - 1));
        assert_eq!(index.select(all, 0), Some(Addr(u128::MAX)));
        assert_eq!(index.find_run(all, Addr(0), 2), None);
    }

    #[test]
    fn debug_output_names_what_is_used() {
        for mut index in both() {
            index.occupy(range(1000, 1007));
            let text = format!("{index:?}");
            assert!(
                text.contains("used: {Range { first: Addr(1000), last: Addr(1007) }}"),
                "{text}"
            );
        }
    }
}
