//! The layers of an interval map: pages of entries, groups of pages.
//!
//! Every node carries a summary of what is below it: where it begins, how far its ranges reach
//! and when its first entry ends. The reach finds long ranges that begin in an earlier node, the
//! ends make the summaries their own expiry index, at no cost per entry.

use super::{Entry, Key};

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
            children: vec![child],
        }
    }

    /// Brings the summary up to date with the children, which must not be empty.
    fn summarise(&mut self) {
        if let Some(lowest) = self.children.first() {
            self.first = lowest.first();
            self.max_last = self.children.iter().map(C::max_last).fold(lowest.max_last(), K::max);
            self.min_end = min_end(&self.children);
        }
    }

    /// Brings the summary up to date after something with `last` and `end` has left or changed;
    /// looks at the children only as far as that can matter.
    fn summarise_without(&mut self, last: K, end: u32) {
        if last == self.max_last || end == self.min_end {
            self.summarise();
        } else if let Some(lowest) = self.children.first() {
            self.first = lowest.first();
        }
    }

    /// Makes the summary cover `entry` too.
    pub(super) fn widen<V>(&mut self, entry: &Entry<K, V>) {
        self.first = self.first.min(entry.first);
        self.max_last = self.max_last.max(entry.last);
        self.min_end = self.min_end.min(entry.end);
    }

    fn split(&mut self) -> Self {
        let children = self.children.split_off(self.children.len() / 2);
        self.children.shrink_to(self.children.len() + step(self.children.len()));
        let mut upper = Self { children, ..*self };
        upper.summarise();
        self.summarise();
        upper
    }

    fn absorb(&mut self, upper: Self) {
        self.max_last = self.max_last.max(upper.max_last);
        self.min_end = self.min_end.min(upper.min_end);
        self.children.reserve_exact(upper.children.len());
        self.children.extend(upper.children);
    }
}

/// Something that can stand in an ordered list of siblings and take part in an insertion.
pub(super) trait Sibling<K, V>: Summary<K> + Sized {
    /// Puts `entry` behind every entry whose `first` is not larger.
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>);
}

impl<K: Key, V> Sibling<K, V> for Entry<K, V> {
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) {
        let at = siblings.partition_point(|sibling| sibling.first <= entry.first);
        insert_at(siblings, at, entry);
    }
}

impl<K: Key, V> Sibling<K, V> for Node<K, Entry<K, V>> {
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) {
        insert_below(siblings, entry, Self::of);
    }
}

impl<K: Key, V> Sibling<K, V> for Node<K, Node<K, Entry<K, V>>> {
    fn insert(siblings: &mut Vec<Self>, entry: Entry<K, V>) {
        insert_below(siblings, entry, |entry| Self::of(Node::of(entry)));
    }
}

fn insert_below<K: Key, V, C: Sibling<K, V>>(
    siblings: &mut Vec<Node<K, C>>,
    entry: Entry<K, V>,
    found: impl FnOnce(Entry<K, V>) -> Node<K, C>,
) {
    let above = siblings.partition_point(|sibling| sibling.first <= entry.first);
    let at = above.saturating_sub(1);
    let Some(home) = siblings.get_mut(at) else {
        siblings.push(found(entry));
        return;
    };
    home.widen(&entry);
    C::insert(&mut home.children, entry);
    if home.children.len() > FANOUT {
        let upper = home.split();
        insert_at(siblings, at + 1, upper);
    }
}

/// Restores order among `siblings` after something with `last` and `end` has left, or has changed
/// within, the one at `at`: summary up to date, no empty node, no needlessly sparse one.
pub(super) fn settle<K: Key, C: Summary<K>>(
    siblings: &mut Vec<Node<K, C>>,
    at: usize,
    last: K,
    end: u32,
) {
    let count = siblings[at].children.len();
    if count == 0 {
        siblings.remove(at);
        return;
    }
    siblings[at].summarise_without(last, end);
    if count >= SPARSE {
        return;
    }
    // Half full after a merge at most: the next insertions must not split it again at once.
    let fits = |other: usize| {
        siblings.get(other).is_some_and(|other| other.children.len() + count <= FANOUT / 2)
    };
    let lower = if fits(at + 1) {
        at
    } else if at > 0 && fits(at - 1) {
        at - 1
    } else {
        return;
    };
    let upper = siblings.remove(lower + 1);
    siblings[lower].absorb(upper);
}

/// The children with an address in `first..=last`, in order.
pub(super) fn reach<K: Key, C: Summary<K>>(
    children: &[C],
    first: K,
    last: K,
) -> impl DoubleEndedIterator<Item = &C> {
    let until = children.partition_point(|child| child.first() <= last);
    children[..until].iter().filter(move |child| child.max_last() >= first)
}

/// The earliest end among `children`; `u32::MAX` when there are none.
pub(super) fn min_end<K, C: Summary<K>>(children: &[C]) -> u32 {
    children.iter().map(C::min_end).fold(u32::MAX, u32::min)
}

/// The heap memory of a vector itself, in bytes.
pub(super) fn capacity_bytes<T>(vec: &Vec<T>) -> usize {
    vec.capacity() * size_of::<T>()
}

/// How much a vector of this length grows when it is full: less than doubling, because most of
/// the memory of a large map is the slack of its pages.
const fn step(len: usize) -> usize {
    if len == 0 { 1 } else { 3 + len / 8 }
}

fn insert_at<T>(vec: &mut Vec<T>, at: usize, item: T) {
    if vec.len() == vec.capacity() {
        // Above a node's size only the topmost list is left, and that one may double.
        let more = if vec.len() > FANOUT { vec.len() } else { step(vec.len()) };
        vec.reserve_exact(more);
    }
    vec.insert(at, item);
}
