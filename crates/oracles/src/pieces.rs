use std::collections::BTreeMap;

use addrspace::{Addr, Range};

/// Disjoint ranges of addresses, each with a value.
#[derive(Clone, Debug)]
pub(super) struct Pieces<V> {
    by_first: BTreeMap<Addr, (Addr, V)>,
}

impl<V> Default for Pieces<V> {
    fn default() -> Self {
        Self { by_first: BTreeMap::new() }
    }
}

impl<V: Clone> Pieces<V> {
    pub(super) fn clear(&mut self) {
        self.by_first.clear();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Range, &V)> {
        self.by_first.iter().filter_map(|(&first, (last, v))| Some((Range::new(first, *last)?, v)))
    }

    /// The value of a piece that is exactly `range`: most of the time it is.
    pub(super) fn exact(&mut self, range: Range) -> Option<&mut V> {
        self.by_first
            .get_mut(&range.first())
            .filter(|(last, _)| *last == range.last())
            .map(|(_, v)| v)
    }

    /// Gives `range`, all of it, the value `v`.
    pub(super) fn set(&mut self, range: Range, v: V) {
        self.take(range);
        self.by_first.insert(range.first(), (range.last(), v));
    }

    /// Takes out the parts of pieces that lie in `range`, lowest first.
    pub(super) fn take(&mut self, range: Range) -> Vec<(Range, V)> {
        let mut taken = Vec::new();
        while let Some((whole, v)) = self.highest_up_to(range) {
            self.by_first.remove(&whole.first());
            for rest in whole.subtract(range) {
                self.by_first.insert(rest.first(), (rest.last(), v.clone()));
            }
            taken.extend(whole.intersection(range).map(|part| (part, v)));
        }
        taken.reverse();
        taken
    }

    fn highest_up_to(&self, range: Range) -> Option<(Range, V)> {
        let (&first, (last, v)) = self.by_first.range(..=range.last()).next_back()?;
        let whole = Range::new(first, *last).filter(|whole| whole.overlaps(range))?;
        Some((whole, v.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u128, last: u128) -> Range {
        Range::new(Addr(first), Addr(last)).unwrap()
    }

    #[test]
    fn taking_splits_pieces_and_leaves_the_rest() {
        let mut pieces = Pieces::default();
        pieces.set(range(0, 9), 'a');
        pieces.set(range(20, 29), 'b');
        assert_eq!(pieces.take(range(5, 22)), [(range(5, 9), 'a'), (range(20, 22), 'b')]);
        assert!(pieces.iter().eq([(range(0, 4), &'a'), (range(23, 29), &'b')]));
        pieces.set(range(3, 25), 'c');
        assert_eq!(pieces.exact(range(0, 2)), Some(&mut 'a'));
        assert_eq!(pieces.exact(range(3, 24)), None);
    }
}
