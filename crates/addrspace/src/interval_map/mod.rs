//! Ranges with an end time and a value, overlaps allowed.

mod key;
mod node;

use std::fmt;
use std::hash::{Hash, Hasher};

pub use key::Key;
use node::{Node, Sibling, Summary, any_in_reach, capacity_bytes, min_end, reach, settle};

/// The [`Entry::end`] of an entry that never ends.
pub const NEVER: u32 = u32::MAX;

/// A range of addresses with a value, until an end time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry<K, V> {
    /// The lowest address.
    pub first: K,
    /// The highest address; not below `first`.
    pub last: K,
    /// The second in which the entry ends; [`NEVER`] for none.
    pub end: u32,
    /// What the range stands for.
    pub value: V,
}

/// Entries ordered by their first address, and among equals by insertion.
///
/// Ranges may overlap, even be the same. Equality, hash and debug output speak of the entries in
/// their order, never of the way they are stored.
///
/// Inserting, removing, finding overlaps and taking out the entry that ends first cost a
/// logarithm of the number of entries and touch a few short arrays. A map of 100 000 entries uses
/// little more memory than the entries themselves.
#[derive(Clone)]
pub struct IntervalMap<K, V> {
    groups: Vec<Group<K, V>>,
    len: usize,
    min_end: u32,
    /// Whether `max_last` is known to ascend from group to group.
    ascending: bool,
}

type Page<K, V> = Node<K, Entry<K, V>>;
type Group<K, V> = Node<K, Page<K, V>>;

/// Where an entry is: group, page, place in the page.
type Path = (usize, usize, usize);

impl<K: Key, V: Copy + Eq> IntervalMap<K, V> {
    /// A map without entries; it allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { groups: Vec::new(), len: 0, min_end: NEVER, ascending: true }
    }

    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry<K, V>> {
        self.groups.iter().flat_map(|group| &group.children).flat_map(|page| &page.children)
    }

    /// The entries that share an address with `first..=last`, in order.
    pub fn overlapping(&self, first: K, last: K) -> impl DoubleEndedIterator<Item = &Entry<K, V>> {
        reach(&self.groups, self.ascending, first, last)
            .flat_map(move |group| group.reach(first, last))
            .flat_map(move |page| page.reach(first, last))
    }

    /// Whether any entry shares an address with `first..=last`.
    #[must_use]
    pub fn any_overlap(&self, first: K, last: K) -> bool {
        any_in_reach(&self.groups, self.ascending, first, last, |group| {
            group.any_in_reach(first, last, |page| page.any_in_reach(first, last, |_| true))
        })
    }

    /// The end time of the entry that ends first, if any ends at all.
    #[must_use]
    pub fn next_end(&self) -> Option<u32> {
        (self.min_end != NEVER).then_some(self.min_end)
    }

    /// Adds an entry, behind those with the same first address.
    ///
    /// `entry.first` must not be above `entry.last`.
    pub fn insert(&mut self, entry: Entry<K, V>) {
        debug_assert!(entry.first <= entry.last, "a range must not be inverted");
        self.ascending &= Group::insert(&mut self.groups, entry);
        self.len += 1;
        self.min_end = self.min_end.min(entry.end);
    }

    /// Takes out the first of the entries at `first` that `wanted` accepts.
    pub fn remove(
        &mut self,
        first: K,
        wanted: impl FnMut(&Entry<K, V>) -> bool,
    ) -> Option<Entry<K, V>> {
        self.find(first, wanted).map(|path| self.remove_at(path))
    }

    /// Changes the first of the entries at `first` that `wanted` accepts, and returns it as it
    /// was. It keeps its place in the order, unless `change` moves its first address.
    pub fn update(
        &mut self,
        first: K,
        wanted: impl FnMut(&Entry<K, V>) -> bool,
        change: impl FnOnce(Entry<K, V>) -> Entry<K, V>,
    ) -> Option<Entry<K, V>> {
        let path @ (group, page, place) = self.find(first, wanted)?;
        let pages = &mut self.groups[group].children;
        let entry = &mut pages[page].children[place];
        let old = *entry;
        let new = change(old);
        if new.first != old.first {
            self.remove_at(path);
            self.insert(new);
            return Some(old);
        }
        debug_assert!(new.first <= new.last, "a range must not be inverted");
        *entry = new;
        pages[page].summarise();
        self.groups[group].summarise();
        self.summarise();
        Some(old)
    }

    /// Takes out the entry that ends first, if it ends no later than in second `now`; among equal
    /// ends the first in order.
    pub fn pop_ended(&mut self, now: u32) -> Option<Entry<K, V>> {
        let end = self.next_end().filter(|&end| end <= now)?;
        let group = ending(&self.groups, end)?;
        let page = ending(&self.groups[group].children, end)?;
        let place = ending(&self.groups[group].children[page].children, end)?;
        Some(self.remove_at((group, page, place)))
    }

    /// Keeps only the entries that `keep` accepts; costs a visit to every entry.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry<K, V>) -> bool) {
        *self = self.iter().filter(|entry| keep(entry)).copied().collect();
    }

    /// Takes out every entry.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// The heap memory in use, in bytes, spare capacity included.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let pages = self.groups.iter().flat_map(|group| &group.children);
        capacity_bytes(&self.groups)
            + self.groups.iter().map(|group| capacity_bytes(&group.children)).sum::<usize>()
            + pages.map(|page| capacity_bytes(&page.children)).sum::<usize>()
    }

    fn find(&self, first: K, mut wanted: impl FnMut(&Entry<K, V>) -> bool) -> Option<Path> {
        for group in holding(&self.groups, first) {
            let pages = &self.groups[group].children;
            for page in holding(pages, first) {
                let entries = &pages[page].children;
                let from = entries.partition_point(|entry| entry.first < first);
                let here = entries[from..].iter().take_while(|entry| entry.first == first);
                if let Some(place) = here.enumerate().find(|(_, entry)| wanted(entry)) {
                    return Some((group, page, from + place.0));
                }
            }
        }
        None
    }

    fn remove_at(&mut self, (group, page, place): Path) -> Entry<K, V> {
        let home = &mut self.groups[group];
        let entry = home.children[page].children.remove(place);
        home.ascending &= settle(&mut home.children, page, entry.last, entry.end);
        self.ascending &= settle(&mut self.groups, group, entry.last, entry.end);
        if entry.end == self.min_end {
            self.min_end = min_end(&self.groups);
        }
        self.len -= 1;
        entry
    }

    fn summarise(&mut self) {
        self.min_end = min_end(&self.groups);
        self.ascending = self.groups.is_sorted_by_key(Summary::max_last);
    }
}

/// The nodes that may hold an entry beginning at `first`.
fn holding<K: Key, C: Summary<K>>(
    nodes: &[Node<K, C>],
    first: K,
) -> impl Iterator<Item = usize> + use<'_, K, C> {
    // Equal first addresses may begin at the end of the node before.
    let from = nodes.partition_point(|node| node.first() < first).saturating_sub(1);
    (from..nodes.len()).take_while(move |&at| nodes[at].first() <= first)
}

fn ending<K, C: Summary<K>>(children: &[C], end: u32) -> Option<usize> {
    children.iter().position(|child| child.min_end() == end)
}

impl<K: Key, V: Copy + Eq> Default for IntervalMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key, V: Copy + Eq> PartialEq for IntervalMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Key, V: Copy + Eq> Eq for IntervalMap<K, V> {}

impl<K: Key, V: Copy + Eq + Hash> Hash for IntervalMap<K, V> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<K: Key, V: Copy + Eq + fmt::Debug> fmt::Debug for IntervalMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<K: Key, V: Copy + Eq> Extend<Entry<K, V>> for IntervalMap<K, V> {
    fn extend<I: IntoIterator<Item = Entry<K, V>>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.insert(entry));
    }
}

impl<K: Key, V: Copy + Eq> FromIterator<Entry<K, V>> for IntervalMap<K, V> {
    fn from_iter<I: IntoIterator<Item = Entry<K, V>>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(first: u32, last: u32, end: u32, value: u8) -> Entry<u32, u8> {
        Entry { first, last, end, value }
    }

    fn values<'a>(entries: impl Iterator<Item = &'a Entry<u32, u8>>) -> Vec<u8> {
        entries.map(|entry| entry.value).collect()
    }

    #[test]
    fn the_same_range_may_be_there_twice() {
        let mut map: IntervalMap<_, _> =
            [entry(5, 9, 1, 1), entry(5, 9, 1, 2)].into_iter().collect();
        assert_eq!(values(map.overlapping(9, 9)), [1, 2]);
        assert_eq!(map.remove(5, |entry| entry.value == 2), Some(entry(5, 9, 1, 2)));
        assert_eq!(map.remove(5, |entry| entry.value == 2), None);
        assert_eq!(values(map.iter()), [1]);
    }

    #[test]
    fn a_long_range_is_found_far_from_where_it_begins() {
        let mut map: IntervalMap<_, _> = (0..10_000).map(|i| entry(i * 4, i * 4, 9, 0)).collect();
        map.insert(entry(10, 39_998, 9, 1));
        assert_eq!(values(map.overlapping(39_997, 39_998)), [1]);
        assert!(map.any_overlap(39_998, 39_999));
        assert!(!map.any_overlap(39_999, 40_000));
        assert!(map.remove(10, |_| true).is_some());
        assert!(!map.any_overlap(39_997, 39_998));
    }

    #[test]
    fn a_long_range_is_found_after_a_longer_one_above_it_has_gone() {
        // Two pages, then two groups: while the longer one is there, the ends ascend.
        for count in [70, 2400] {
            let top = count * 4;
            let mut map: IntervalMap<_, _> =
                (0..count).map(|i| entry(i * 4, i * 4, 9, 0)).collect();
            map.insert(entry(top, top + 200, 9, 1));
            map.insert(entry(10, top + 100, 9, 2));
            assert!(map.remove(top, |_| true).is_some());
            assert_eq!(values(map.overlapping(top, top)), [2]);
            assert!(map.any_overlap(top, top));
        }
    }

    #[test]
    fn entries_leave_by_end_then_by_order() {
        let mut map: IntervalMap<_, _> =
            [entry(7, 7, 20, 1), entry(3, 3, 20, 2), entry(3, 4, 20, 3), entry(9, 9, 10, 4)]
                .into_iter()
                .collect();
        assert_eq!(map.next_end(), Some(10));
        assert_eq!(map.pop_ended(9), None);
        let left: Vec<u8> = std::iter::from_fn(|| map.pop_ended(20)).map(|e| e.value).collect();
        assert_eq!(left, [4, 2, 3, 1]);
        assert!(map.is_empty());
    }

    #[test]
    fn what_never_ends_stays() {
        let mut map: IntervalMap<_, _> = [entry(7, 7, NEVER, 1)].into_iter().collect();
        assert_eq!(map.next_end(), None);
        assert_eq!(map.pop_ended(NEVER), None);
    }

    #[test]
    fn an_update_reaches_the_indexes() {
        let mut map: IntervalMap<_, _> =
            [entry(1, 2, 50, 1), entry(8, 9, 60, 2)].into_iter().collect();
        let old = map.update(1, |_| true, |old| Entry { last: 5, end: 70, ..old });
        assert_eq!(old, Some(entry(1, 2, 50, 1)));
        assert_eq!(map.next_end(), Some(60));
        assert!(map.any_overlap(5, 5));
        map.update(1, |_| true, |old| Entry { first: 20, last: 20, ..old });
        assert_eq!(values(map.iter()), [2, 1]);
        assert!(!map.any_overlap(1, 5));
    }

    #[test]
    fn equality_is_about_content() {
        let all = |order: &mut dyn Iterator<Item = u32>| -> IntervalMap<u32, u8> {
            order.map(|i| entry(i, i, i, 0)).collect()
        };
        let (up, mut down) = (all(&mut (0..1000)), all(&mut (0..1000).rev()));
        assert_eq!(up, down);
        down.pop_ended(0);
        assert_ne!(up, down);
    }

    #[test]
    fn memory_shrinks_with_the_content() {
        let mut map: IntervalMap<_, _> =
            (0..10_000).map(|i| entry(i * 7 % 10_007, 10_007, i, 0)).collect();
        let full = map.heap_bytes();
        for _ in 0..9_900 {
            assert!(map.pop_ended(NEVER).is_some());
        }
        assert!(map.heap_bytes() * 10 < full, "{} of {full}", map.heap_bytes());
        map.clear();
        assert_eq!(map.heap_bytes(), 0);
    }
}
