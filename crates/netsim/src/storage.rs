use std::collections::{BTreeMap, VecDeque};

use sansio::Stored;

/// What becomes of stable storage in a crash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Disk {
    /// Every write survives.
    Keep,
    /// Nothing survives.
    Lose,
    /// The last so many writes were never durable. At most [`Disk::UNDO`] writes can be lost.
    LoseLast(u32),
}

impl Disk {
    /// How many writes a host remembers how to undo.
    pub const UNDO: usize = 256;
}

/// Stable storage: the last record of every key, and how to undo the latest writes.
#[derive(Clone, Debug)]
pub(crate) struct Storage<R: Stored> {
    records: BTreeMap<R::Key, R>,
    undo: VecDeque<(R::Key, Option<R>)>,
}

impl<R: Stored> Default for Storage<R> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), undo: VecDeque::new() }
    }
}

impl<R: Stored> Storage<R> {
    pub(crate) fn write(&mut self, record: R) {
        let key = record.key();
        let before = if record.removes() {
            self.records.remove(&key)
        } else {
            self.records.insert(key.clone(), record)
        };
        if self.undo.len() == Disk::UNDO {
            self.undo.pop_front();
        }
        self.undo.push_back((key, before));
    }

    pub(crate) fn crash(&mut self, disk: Disk) {
        match disk {
            Disk::Keep => {}
            Disk::Lose => self.records.clear(),
            Disk::LoseLast(writes) => {
                for _ in 0..writes {
                    let Some((key, before)) = self.undo.pop_back() else { break };
                    match before {
                        Some(record) => self.records.insert(key, record),
                        None => self.records.remove(&key),
                    };
                }
            }
        }
        // Whatever a crash leaves behind is durable from then on.
        self.undo.clear();
    }

    /// The surviving records, in key order.
    pub(crate) fn records(&self) -> impl Iterator<Item = &R> {
        self.records.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, PartialEq, Debug)]
    struct Put(u8, Option<char>);

    impl Stored for Put {
        type Key = u8;
        fn key(&self) -> u8 {
            self.0
        }
        fn removes(&self) -> bool {
            self.1.is_none()
        }
    }

    fn after(disk: Disk) -> Vec<Put> {
        let mut storage = Storage::default();
        for put in [Put(2, Some('a')), Put(1, Some('b')), Put(2, Some('c')), Put(1, None)] {
            storage.write(put);
        }
        storage.crash(disk);
        storage.records().cloned().collect()
    }

    #[test]
    fn later_writes_replace_and_remove() {
        assert_eq!(after(Disk::Keep), [Put(2, Some('c'))]);
        assert_eq!(after(Disk::Lose), []);
    }

    #[test]
    fn lost_writes_are_undone_latest_first() {
        assert_eq!(after(Disk::LoseLast(1)), [Put(1, Some('b')), Put(2, Some('c'))]);
        assert_eq!(after(Disk::LoseLast(2)), [Put(1, Some('b')), Put(2, Some('a'))]);
        assert_eq!(after(Disk::LoseLast(9)), []);
    }
}
