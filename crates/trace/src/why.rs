use crate::Entry;

/// Finds entries by number.
///
/// Journals number their entries in growing order, but may leave numbers out.
#[derive(Clone, Copy, Debug)]
pub struct Index<'a>(&'a [Entry]);

impl<'a> Index<'a> {
    /// An index of `entries`, which must be in the order of their numbers.
    #[must_use]
    pub const fn new(entries: &'a [Entry]) -> Self {
        Self(entries)
    }

    /// The entry with this number.
    #[must_use]
    pub fn entry(&self, id: u64) -> Option<&'a Entry> {
        let at = self.0.binary_search_by_key(&id, |entry| entry.id).ok()?;
        self.0.get(at)
    }
}

/// Why entry `id` happened: the entry itself, its cause, the cause of that, back to the root.
///
/// Empty if there is no such entry; ends early where a cause was not recorded.
#[must_use]
pub fn why(entries: &[Entry], id: u64) -> Vec<&Entry> {
    let index = Index::new(entries);
    let mut chain = Vec::new();
    let mut next = index.entry(id);
    while let Some(entry) = next {
        chain.push(entry);
        // A cause that does not precede would make a circle; the reader refuses it, a journal
        // made by hand may hold it.
        next = entry.cause.filter(|cause| *cause < entry.id).and_then(|cause| index.entry(cause));
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::What;

    fn entry(id: u64, cause: Option<u64>) -> Entry {
        let what = What::Said { text: String::new() };
        Entry { id, cause, at: id, host: None, rule: None, what }
    }

    fn chain(entries: &[Entry], id: u64) -> Vec<u64> {
        why(entries, id).iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn the_chain_ends_at_the_root() {
        let entries = [entry(1, None), entry(2, None), entry(5, Some(1)), entry(9, Some(5))];
        assert_eq!(chain(&entries, 9), [9, 5, 1]);
        assert_eq!(chain(&entries, 2), [2]);
        assert_eq!(chain(&entries, 3), [0u64; 0]);
    }

    #[test]
    fn a_circle_or_a_gap_ends_the_chain() {
        let entries = [entry(1, Some(1)), entry(4, Some(3))];
        assert_eq!(chain(&entries, 1), [1]);
        assert_eq!(chain(&entries, 4), [4]);
    }
}
