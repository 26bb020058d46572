//! A state of the whole network, as a handful of numbers.

use sansio::{Duration, Instant};

use crate::local::{Overlay, Renumbering};
use crate::print::{Print, Printer};
use crate::problem::{MAX_HOSTS, Subject};

/// How often the network has misbehaved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Used {
    pub(crate) losses: u8,
    pub(crate) duplicates: u8,
    pub(crate) crashes: u8,
}

/// A copy of a datagram under way to one host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Copy {
    pub(crate) datagram: u32,
    pub(crate) to: u8,
    /// Whether its receiver has, at this instant, been reached by a copy sent after it. Then it
    /// arrives a tick later at the earliest.
    pub(crate) passed: Passed,
    /// Whether it is the second of two.
    pub(crate) twin: Twin,
    /// When it arrives at the latest.
    pub(crate) latest: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Passed {
    No,
    Yes,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Twin {
    No,
    Yes,
}

impl Copy {
    const fn marks(&self) -> u8 {
        self.passed as u8 | (self.twin as u8) << 1
    }
}

/// The whole network at one moment.
///
/// At one instant things happen in one order: the script, timers by host, then copies in the order
/// in which they were sent. `cursor` says how far that has got; copies before it can arrive only
/// later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct State {
    pub(crate) now: Instant,
    /// How much of the script has happened.
    pub(crate) script: u16,
    pub(crate) cursor: u8,
    pub(crate) used: Used,
    /// The hosts, as bits, that have crashed out of turn and may start again.
    pub(crate) fallen: u8,
    pub(crate) slots: [u32; MAX_HOSTS],
    /// What is under way, in the order of sending.
    pub(crate) copies: Vec<Copy>,
}

const HEAD: usize = 16;
const COPY: usize = 9;

impl State {
    /// What stands for it: its hosts by what they are, not by their numbers.
    pub(crate) fn print<M: Subject>(&self, hosts: usize, overlay: &Overlay<'_, M>) -> Print {
        let mut printer = Printer::new();
        printer.word(self.now.as_micros());
        printer.word(self.head());
        for &slot in &self.slots[..hosts] {
            printer.both(overlay.slot(slot).print);
        }
        for copy in &self.copies {
            printer.both(overlay.datagram(copy.datagram).print);
            // Only what is left of its time matters, besides whom it goes to.
            let left = copy.latest.since(self.now).as_micros();
            printer.word(left << 16 | u64::from(copy.to) << 8 | u64::from(copy.marks()));
        }
        printer.print()
    }

    fn head(&self) -> u64 {
        let used = [self.used.losses, self.used.duplicates, self.used.crashes];
        let octets = [self.cursor, used[0], used[1], used[2], self.fallen, 0];
        octets.iter().fold(u64::from(self.script), |word, octet| word << 8 | u64::from(*octet))
    }

    /// Appends it in 16 octets, 4 more per host and 9 per copy.
    pub(crate) fn pack(&self, hosts: usize, out: &mut Vec<u8>) {
        out.extend(self.now.as_micros().to_le_bytes());
        out.extend(self.script.to_le_bytes());
        out.extend([self.cursor, self.used.losses, self.used.duplicates, self.used.crashes]);
        out.extend([self.fallen, self.copies.len() as u8]);
        self.slots[..hosts].iter().for_each(|slot| out.extend(slot.to_le_bytes()));
        for copy in &self.copies {
            out.extend(copy.datagram.to_le_bytes());
            let left = copy.latest.since(self.now).as_micros() as i32
                - self.now.since(copy.latest).as_micros() as i32;
            out.extend(left.to_le_bytes());
            out.push(copy.to << 2 | copy.marks());
        }
    }

    /// How many octets of these a packed state takes.
    pub(crate) fn packed_len(hosts: usize, octets: &[u8]) -> usize {
        HEAD + 4 * hosts + COPY * usize::from(octets[HEAD - 1])
    }

    /// The moments of hosts that a packed state is made of.
    pub(crate) fn packed_slots(hosts: usize, packed: &[u8]) -> impl Iterator<Item = u32> + '_ {
        packed[HEAD..].chunks_exact(4).take(hosts).map(|slot| u32::from_le_bytes(take(slot, 0)))
    }

    /// Reads what [`State::pack`] wrote.
    pub(crate) fn unpack(hosts: usize, octets: &[u8]) -> Self {
        let now = Instant::from_micros(u64::from_le_bytes(take(octets, 0)));
        let mut slots = [0; MAX_HOSTS];
        for (host, slot) in slots[..hosts].iter_mut().enumerate() {
            *slot = u32::from_le_bytes(take(octets, HEAD + 4 * host));
        }
        let first = HEAD + 4 * hosts;
        let count = usize::from(octets[HEAD - 1]);
        let copies = (0..count).map(|nth| unpack_copy(now, &octets[first + nth * COPY..]));
        Self {
            now,
            script: u16::from_le_bytes(take(octets, 8)),
            cursor: octets[10],
            used: Used { losses: octets[11], duplicates: octets[12], crashes: octets[13] },
            fallen: octets[14],
            slots,
            copies: copies.collect(),
        }
    }

    /// Gives a packed state the numbers of another arena.
    pub(crate) fn renumber_packed(hosts: usize, packed: &mut [u8], by: &Renumbering) {
        let (slots, copies) = packed[HEAD..].split_at_mut(4 * hosts);
        for slot in slots.chunks_exact_mut(4) {
            slot.copy_from_slice(&by.slot(u32::from_le_bytes(take(slot, 0))).to_le_bytes());
        }
        for copy in copies.chunks_exact_mut(COPY) {
            let datagram = by.datagram(u32::from_le_bytes(take(copy, 0)));
            copy[..4].copy_from_slice(&datagram.to_le_bytes());
        }
    }

    /// The same with the numbers of another arena.
    pub(crate) fn renumber(&mut self, hosts: usize, by: &Renumbering) {
        for slot in &mut self.slots[..hosts] {
            *slot = by.slot(*slot);
        }
        for copy in &mut self.copies {
            copy.datagram = by.datagram(copy.datagram);
        }
    }
}

fn unpack_copy(now: Instant, octets: &[u8]) -> Copy {
    let left = i64::from(i32::from_le_bytes(take(octets, 4)));
    let span = Duration::from_micros(left.unsigned_abs());
    let marks = octets[8];
    Copy {
        datagram: u32::from_le_bytes(take(octets, 0)),
        to: marks >> 2,
        passed: if marks & 1 == 0 { Passed::No } else { Passed::Yes },
        twin: if marks & 2 == 0 { Twin::No } else { Twin::Yes },
        latest: if left < 0 { now - span } else { now + span },
    }
}

fn take<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    let mut taken = [0; N];
    taken.copy_from_slice(&octets[at..at + N]);
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_state_comes_back_whole() {
        let copy = |to, latest| Copy {
            datagram: 70_000,
            to,
            passed: if to == 0 { Passed::Yes } else { Passed::No },
            twin: if to == 7 { Twin::Yes } else { Twin::No },
            latest: Instant::from_micros(latest),
        };
        let state = State {
            now: Instant::from_micros(10_000_000_003),
            script: 300,
            cursor: 2,
            used: Used { losses: 4, duplicates: 1, crashes: 9 },
            fallen: 0b101,
            slots: [1, 1 << 31, 3, 0, 0, 0, 0, 0],
            copies: vec![copy(0, 10_000_000_001), copy(7, 10_020_000_000)],
        };
        let mut octets = Vec::new();
        state.pack(3, &mut octets);
        assert_eq!(octets.len(), 16 + 12 + 18);
        octets.extend([1, 2, 3]);
        assert_eq!(State::packed_len(3, &octets), 16 + 12 + 18);
        assert_eq!(State::packed_slots(3, &octets).collect::<Vec<_>>(), state.slots[..3]);
        assert_eq!(State::unpack(3, &octets), state);
    }
}
