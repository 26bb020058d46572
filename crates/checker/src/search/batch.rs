//! States that have been found, packed, while it is not yet known whether they are new.

use super::Origin;
use crate::local::Renumbering;
use crate::print::Print;
use crate::state::State;
use crate::walk::Violation;

/// Some states in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Batch {
    heads: Vec<Head>,
    packed: Vec<u8>,
}

/// What is known of a found state besides the state.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) print: Print,
    pub(super) origin: Origin,
    /// How often the network misbehaves in the step that leads there.
    pub(super) price: u32,
    /// Where the packed state ends.
    end: u32,
    pub(super) violation: Option<Box<Violation>>,
}

impl Head {
    pub(super) const fn new(print: Print, origin: Origin, price: u32) -> Self {
        Self { print, origin, price, end: 0, violation: None }
    }
}

impl Batch {
    pub(super) fn push(&mut self, head: Head, hosts: usize, state: &State) {
        state.pack(hosts, &mut self.packed);
        self.heads.push(Head { end: self.packed.len() as u32, ..head });
    }

    fn push_packed(&mut self, head: Head, packed: &[u8]) {
        self.packed.extend(packed);
        self.heads.push(Head { end: self.packed.len() as u32, ..head });
    }

    /// Rewrites every state with the numbers of another arena.
    pub(super) fn renumber(&mut self, hosts: usize, by: &Renumbering) {
        let mut begin = 0;
        for head in &self.heads {
            State::renumber_packed(hosts, &mut self.packed[begin..head.end as usize], by);
            begin = head.end as usize;
        }
    }

    /// Takes every state out: what is known of it, and how it is packed.
    pub(super) fn drain(self, mut each: impl FnMut(Head, &[u8])) {
        let mut begin = 0;
        for head in self.heads {
            let end = head.end as usize;
            each(head, &self.packed[begin..end]);
            begin = end;
        }
    }

    fn octets(&self) -> usize {
        self.heads.capacity() * size_of::<Head>() + self.packed.capacity()
    }
}

/// How many states are in a piece: vectors that grow would take twice what they need.
const PIECE: usize = 1_024;

/// States that wait until all states with fewer faults have been looked at.
#[derive(Debug, Default)]
pub(super) struct Seeds(Vec<Batch>);

impl Seeds {
    pub(super) fn push(&mut self, head: Head, packed: &[u8]) {
        if self.0.last().is_none_or(|last| last.heads.len() == PIECE) {
            if let Some(last) = self.0.last_mut() {
                last.heads.shrink_to_fit();
                last.packed.shrink_to_fit();
            }
            self.0.push(Batch::default());
        }
        let last = self.0.len() - 1;
        self.0[last].push_packed(head, packed);
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|batch| batch.heads.len()).sum()
    }

    pub(super) fn octets(&self) -> usize {
        self.0.iter().map(Batch::octets).sum()
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = &Head> + '_ {
        self.0.iter().flat_map(|batch| &batch.heads)
    }

    /// Takes every state out, and gives back the memory of each piece as soon as it is through.
    pub(super) fn drain(self, mut each: impl FnMut(Head, &[u8])) {
        self.0.into_iter().for_each(|batch| batch.drain(&mut each));
    }
}
