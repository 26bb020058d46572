//! Things with fingerprints, each kept once.

use crate::print::Print;
use crate::table::Numbers;

/// Things, numbered in the order in which they came.
pub(super) struct Pool<T> {
    pub(super) items: Vec<T>,
    numbers: Numbers,
}

impl<T> Pool<T> {
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), numbers: Numbers::default() }
    }

    pub(super) fn number(&self, print: Print) -> Option<u32> {
        self.numbers.of(print)
    }

    pub(super) fn put(&mut self, print: Print, item: T) -> u32 {
        if let Some(number) = self.numbers.of(print) {
            return number;
        }
        let number = self.items.len() as u32;
        self.numbers.set(print, number);
        self.items.push(item);
        number
    }

    /// How much memory it takes, without what its items have elsewhere.
    pub(super) fn octets(&self) -> usize {
        self.items.capacity() * size_of::<T>() + self.numbers.octets()
    }
}
