use std::collections::VecDeque;

/// The last few of something, least recently seen first: a memory that no sender can make grow.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Recent<T> {
    items: VecDeque<T>,
    limit: usize,
}

impl<T: PartialEq> Recent<T> {
    /// A memory for `limit` items.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { items: VecDeque::new(), limit }
    }

    /// Remembers `item` as the latest, at the cost of the oldest; says whether it was news.
    pub(crate) fn note(&mut self, item: T) -> bool {
        let known = self.forget(&item);
        if self.items.len() == self.limit {
            self.items.pop_front();
        }
        self.items.push_back(item);
        !known
    }

    /// Forgets `item`; says whether it was known.
    pub(crate) fn forget(&mut self, item: &T) -> bool {
        let place = self.items.iter().position(|known| known == item);
        place.and_then(|place| self.items.remove(place)).is_some()
    }

    pub(crate) fn contains(&self, item: &T) -> bool {
        self.items.contains(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_seen_goes_first() {
        let mut recent = Recent::new(2);
        assert!(recent.note('a') && recent.note('b'));
        assert!(!recent.note('a'), "seen again, and no longer the oldest");
        assert!(recent.note('c'));
        assert!(recent.contains(&'a') && !recent.contains(&'b'));
    }
}
