//! The layers of an interval map: pages of entries, groups of pages.
//!
//! Every node carries a summary of what is below it: where it begins, how far its ranges reach
//! and when its first entry ends. The reach finds long ranges that begin in an earlier node, the
//! ends make the summaries their own expiry index, at no cost per entry.
//!
//! Overlaps are rare, and without them the last addresses ascend as the first ones do. A node
//! remembers whether that holds among its children; then a query is a binary search in it.

use super::{Entry, Key, NEVER};

/// Children a node may have before it splits. Small enough that shifting or scanning a node stays
/// within a few cache lines, large enough that two layers above the entries carry a million.
const FANOUT: usize = 64;

/// A node with fewer children than this looks for a neighbour to merge with.
const SPARSE: usize = FANOUT / 4;

/// What a node needs to know of a child; an entry is the summary of itself.
pub(super) trait Summary<K> {
    fn first(&self) -> K;
    fn max_last(&self) -> K;
    fn min_end(&self) -> u32;
}

impl<K: Key, V> Summary<K> for Entry<K, V> {
    fn first(&self) -> K {
        self.first
    }

    fn max_last(&self) -> K {
        self.last
    }

    fn min_end(&self) -> u32 {
        self.end
    }
}

/// Children in order, never none, with their summary.
#[derive(Clone)]
pub(super) struct Node<K, C> {
    first: K,
    max_last: K,
    min_end: u32,
    /// Whether `max_last` is known to ascend from child to child.
    pub(super) ascending: bool,
    pub(super) children: Vec<C>,
}

impl<K: Key, C> Summary<K> for Node<K, C> {
    fn first(&self) -> K {
        self.first
    }

    fn max_last(&self) -> K {
        self.max_last
    }

    fn min_end(&self) -> u32 {
        self.min_end
    }
}

impl<K: Key, C: Summary<K>> Node<K, C> {
    fn of(child: C) -> Self {
        Self {
            first: child.first(),
            max_last: child.max_last(),
            min_end: child.min_end(),
            ascending: true,
            children: vec![child],
        }
    }

    /// The children with an address in `first..=last`, in order.
    pub(super) fn reach(&self, first: K, last: K) -> impl DoubleEndedIterator<Item = &C> {
        reach(&self.children, self.ascending, first, last)
    }

    /// Whether `test` accepts any of the children with an address in `first..=last`.
    pub(super) fn any_in_reach(&self, first: K, last: K, test: impl Fn(&C) -> bool) -> bool {
        any_in_reach(&self.children, self.ascending, first, last, test)
    }

    /// Makes the summary cover `entry` too.
    fn widen<V>(&mut self, entry: &Entry<K, V>) {
        self.first = self.first.min(entry.first);
        self.max_last = self.max_last.max(entry.last);
        self.min_end = self.min_end.min(entry.end);
    }

    /// Brings the summary up to date with the children.
    pub(super) fn summarise(&mut self) {
        let Some(lowest) = self.children.first() else { return };
        self.first = lowest.first();
        self.max_last = lowest.max_last();
        self.min_end = NEVER;
        self.ascending = true;
        for child in &self.children {
            self.ascending &= self.max_last <= child.max_last();
            self.max_last = self.max_last.max(child.max_last());
            self.min_end = self.min_end.min(child.min_end());
        }
    }

    /// Brings the summary up to date after something with `last` and `end` has left; looks only
    /// at what that can have changed.
    fn summarise_without(&mut self, last: K, end: u32) {
        let (Some(lowest), Some(highest)) = (self.children.first(), self.children.last()) else {
            return;
        };
        if !self.ascending {
            // The one out of order may be gone.
            return self.summarise();
        }
        self.first = lowest.first();
        if last == self.max_last {
            self.max_last = highest.max_last();
        }
        if end == self.min_end {
            self.min_end = min_end(&self.children);
        }
    }

    fn split(&mut self) -> Self {
        let children = self.children.split_off(self.children.len() / 2);
        self.children.shrink_to(self.children.len() + step(self.children.len()));
        let mut upper = Self { children, ..*self };
        upper.summarise();
        self.summarise();
        upper
    }
}

/// Something that can stand in an ordered list of siblings and take part in an insertion.
pub(super) trait Sibling<K, V>: Summary<K> + Sized {
    /// Puts `entry` behind every entry whose `first` is not larger. Returns whether `max_last`
    /// ascends around the change.
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) -> bool;
}

impl<K: Key, V> Sibling<K, V> for Entry<K, V> {
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) -> bool {
        let at = siblings.partition_point(|sibling| sibling.first <= entry.first);
        insert_at(siblings, at, entry);
        ascend_around(siblings, at)
    }
}

impl<K: Key, V> Sibling<K, V> for Node<K, Entry<K, V>> {
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) -> bool {
        insert_below(siblings, entry, Self::of)
    }
}

impl<K: Key, V> Sibling<K, V> for Node<K, Node<K, Entry<K, V>>> {
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) -> bool {
        insert_below(siblings, entry, |entry| Self::of(Node::of(entry)))
    }
}

fn insert_below<K: Key, V, C: Sibling<K, V>>(
    siblings: &mut Vec<Node<K, C>>,
    entry: Entry<K, V>,
    found: impl FnOnce(Entry<K, V>) -> Node<K, C>,
) -> bool {
    let above = siblings.partition_point(|sibling| sibling.first <= entry.first);
    let at = above.saturating_sub(1);
    let Some(home) = siblings.get_mut(at) else {
        siblings.push(found(entry));
        return true;
    };
    home.widen(&entry);
    home.ascending &= C::insert(&mut home.children, entry);
    if home.children.len() > FANOUT {
        let upper = home.split();
        insert_at(siblings, at + 1, upper);
    }
    ascend_around(siblings, at)
}

/// Restores order among `siblings` after something with `last` and `end` has left the one at
/// `at`: summary up to date, no empty node, no needlessly sparse one. Returns whether `max_last`
/// ascends around the change.
pub(super) fn settle<K: Key, C: Summary<K>>(
    siblings: &mut Vec<Node<K, C>>,
    at: usize,
    last: K,
    end: u32,
) -> bool {
    let count = siblings[at].children.len();
    if count == 0 {
        siblings.remove(at);
        return true;
    }
    siblings[at].summarise_without(last, end);
    if count < SPARSE {
        // Half full after a merge at most: the next insertions must not split it again at once.
        let fits = |other: usize| {
            siblings.get(other).is_some_and(|other| other.children.len() + count <= FANOUT / 2)
        };
        if fits(at + 1) {
            merge(siblings, at);
        } else if at > 0 && fits(at - 1) {
            merge(siblings, at - 1);
        }
    }
    ascend_around(siblings, at)
}

/// Unites the sibling at `lower` with the next one.
fn merge<K: Key, C: Summary<K>>(siblings: &mut Vec<Node<K, C>>, lower: usize) {
    let upper = siblings.remove(lower + 1);
    let home = &mut siblings[lower];
    home.children.reserve_exact(upper.children.len());
    home.children.extend(upper.children);
    home.summarise();
}

/// Whether `max_last` ascends from the sibling before `at` to the second one behind it: as far as
/// a change at `at`, a split or a merge there can be seen.
fn ascend_around<K: Key, C: Summary<K>>(siblings: &[C], at: usize) -> bool {
    let until = siblings.len().min(at + 3);
    siblings[at.saturating_sub(1).min(until)..until]
        .is_sorted_by(|lower, upper| lower.max_last() <= upper.max_last())
}

/// The children with an address in `first..=last`, in order.
pub(super) fn reach<K: Key, C: Summary<K>>(
    children: &[C],
    ascending: bool,
    first: K,
    last: K,
) -> impl DoubleEndedIterator<Item = &C> {
    let until = children.partition_point(|child| child.first() <= last);
    let mut below = &children[..until];
    if ascending {
        let reaching = below.iter().rev().take_while(|child| child.max_last() >= first).count();
        below = &below[until - reaching..];
    }
    below.iter().filter(move |child| child.max_last() >= first)
}

/// Whether `test` accepts any of the children with an address in `first..=last`.
///
/// Asks the highest first, because the nearest neighbour is the likeliest to overlap.
pub(super) fn any_in_reach<K: Key, C: Summary<K>>(
    children: &[C],
    ascending: bool,
    first: K,
    last: K,
    test: impl Fn(&C) -> bool,
) -> bool {
    let until = children.partition_point(|child| child.first() <= last);
    for child in children[..until].iter().rev() {
        if child.max_last() < first {
            if ascending {
                return false;
            }
        } else if test(child) {
            return true;
        }
    }
    false
}

/// The earliest end among `children`; [`NEVER`] when there are none.
pub(super) fn min_end<K, C: Summary<K>>(children: &[C]) -> u32 {
    children.iter().map(C::min_end).fold(NEVER, u32::min)
}

/// The heap memory of a vector itself, in bytes.
pub(super) fn capacity_bytes<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}

/// How much a vector of this length grows when it is full: less than doubling, because most of
/// the memory of a large map is the slack of its pages.
const fn step(len: usize) -> usize {
    if len == 0 {
        1
    } else if len < 8 {
        len
    } else {
        8
    }
}

fn insert_at<T>(vec: &mut Vec<T>, at: usize, item: T) {
    if vec.len() == vec.capacity() {
        // Above a node's size only the topmost list is left, and that one may double.
        let more = if vec.len() > FANOUT { vec.len() } else { step(vec.len()) };
        vec.reserve_exact(more);
    }
    vec.insert(at, item);
}
