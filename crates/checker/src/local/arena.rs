//! Every host's moment, every datagram and every reaction that has come up, each kept once.
//!
//! Whole states are many, but the moments of single hosts that they are combined from are few: a
//! state is a handful of numbers, and a machine runs once for each thing that can happen to it.

use std::collections::BTreeSet;
use std::hash::Hash;

use sansio::{Instant, Machine};

use super::{Datagram, Local, Slot, reactions};
use crate::print::{Print, Printer};
use crate::problem::Problem;
use crate::table::Numbers;

/// What a host does, as numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) slot: u32,
    pub(crate) sends: Box<[u32]>,
}

/// Things with fingerprints, each once, numbered in the order in which they came.
struct Pool<T> {
    items: Vec<T>,
    numbers: Numbers,
}

impl<T> Pool<T> {
    fn new() -> Self {
        Self { items: Vec::new(), numbers: Numbers::default() }
    }

    fn put(&mut self, print: Print, item: T) -> u32 {
        if let Some(number) = self.numbers.of(print) {
            return number;
        }
        let number = self.items.len() as u32;
        self.numbers.set(print, number);
        self.items.push(item);
        number
    }
}

impl<T> Pool<T> {
    /// Keeps what is wanted, in its order; says what numbers it has then.
    fn keep(&mut self, wanted: &[bool], print: impl Fn(&T) -> Print) -> Vec<u32> {
        let mut kept = Self::new();
        let old = std::mem::take(&mut self.items).into_iter().zip(wanted);
        let numbers = old.map(|(item, wanted)| match wanted {
            true => kept.put(print(&item), item),
            false => GONE,
        });
        let numbers = numbers.collect();
        kept.items.shrink_to_fit();
        *self = kept;
        numbers
    }
}

/// The number of what was not kept.
const GONE: u32 = u32::MAX;

/// What is known so far.
pub(crate) struct Arena<M: Machine> {
    slots: Pool<Slot<M>>,
    datagrams: Pool<Datagram<M>>,
    reactions: Pool<(Print, Box<[Outcome]>)>,
    /// How many moments of hosts there have been.
    moments: usize,
    /// The ids of rules that made a machine act.
    pub(crate) rules: BTreeSet<&'static str>,
}

impl<M: Machine> Arena<M> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Pool::new(),
            datagrams: Pool::new(),
            reactions: Pool::new(),
            moments: 0,
            rules: BTreeSet::new(),
        }
    }

    /// How many moments of single hosts there have been.
    pub(crate) const fn moments(&self) -> usize {
        self.moments
    }

    /// How many moments of single hosts, and how many datagrams, it keeps.
    pub(crate) const fn sizes(&self) -> (usize, usize) {
        (self.slots.items.len(), self.datagrams.items.len())
    }

    /// Forgets everything but these moments and datagrams, and what is known about nothing else.
    pub(crate) fn keep(&mut self, slots: &[bool], datagrams: &[bool]) -> Renumbering {
        let slots = self.slots.keep(slots, |slot| slot.print);
        let datagrams = self.datagrams.keep(datagrams, |datagram| datagram.print);
        let stays = |outcome: &Outcome| {
            slots[outcome.slot as usize] != GONE
                && outcome.sends.iter().all(|sent| datagrams[*sent as usize] != GONE)
        };
        let known: Vec<bool> =
            self.reactions.items.iter().map(|(_, outcomes)| outcomes.iter().all(stays)).collect();
        self.reactions.keep(&known, |(print, _)| *print);
        for outcome in self.reactions.items.iter_mut().flat_map(|(_, outcomes)| outcomes) {
            outcome.slot = slots[outcome.slot as usize];
            outcome.sends.iter_mut().for_each(|sent| *sent = datagrams[*sent as usize]);
        }
        Renumbering { known: Known { slots: 0, datagrams: 0 }, slots, datagrams }
    }

    /// About how much memory it takes, if a machine takes so much.
    pub(crate) fn octets(&self, machine: usize) -> usize {
        let outcome = size_of::<Outcome>() + 16;
        self.slots.items.len() * (size_of::<Slot<M>>() + machine)
            + self.datagrams.items.len() * (size_of::<Datagram<M>>() + 128)
            + self.reactions.items.len() * (size_of::<(Print, Box<[Outcome]>)>() + outcome)
            + self.slots.numbers.octets()
            + self.datagrams.numbers.octets()
            + self.reactions.numbers.octets()
    }

    /// Takes over what an overlay of it has found, and says what its numbers are here.
    pub(crate) fn absorb(&mut self, found: Found<M>) -> Renumbering {
        let Found { slots, datagrams, reactions, rules, known } = found;
        let before = self.slots.items.len();
        let slots: Vec<u32> =
            slots.items.into_iter().map(|slot| self.slots.put(slot.print, slot)).collect();
        self.moments += self.slots.items.len() - before;
        let datagrams: Vec<u32> = datagrams
            .items
            .into_iter()
            .map(|datagram| self.datagrams.put(datagram.print, datagram))
            .collect();
        let renumbering = Renumbering { known, slots, datagrams };
        for (print, mut outcomes) in reactions {
            for outcome in &mut outcomes {
                outcome.slot = renumbering.slot(outcome.slot);
                for number in &mut outcome.sends {
                    *number = renumbering.datagram(*number);
                }
            }
            self.reactions.put(print, (print, outcomes));
        }
        self.rules.extend(rules);
        renumbering
    }
}

/// How much of an arena an overlay of it knew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    slots: u32,
    datagrams: u32,
}

/// From an overlay's numbers to those of its arena.
pub(crate) struct Renumbering {
    known: Known,
    slots: Vec<u32>,
    datagrams: Vec<u32>,
}

impl Renumbering {
    pub(crate) fn changes_nothing(&self) -> bool {
        self.slots.is_empty() && self.datagrams.is_empty()
    }

    pub(crate) fn slot(&self, number: u32) -> u32 {
        match number.checked_sub(self.known.slots) {
            Some(new) => self.slots[new as usize],
            None => number,
        }
    }

    pub(crate) fn datagram(&self, number: u32) -> u32 {
        match number.checked_sub(self.known.datagrams) {
            Some(new) => self.datagrams[new as usize],
            None => number,
        }
    }
}

/// What an overlay has added.
pub(crate) struct Found<M: Machine> {
    known: Known,
    slots: Pool<Slot<M>>,
    datagrams: Pool<Datagram<M>>,
    reactions: Vec<(Print, Box<[Outcome]>)>,
    rules: BTreeSet<&'static str>,
}

/// A worker's view: an arena that stands still while all work, and what this one adds to it.
pub(crate) struct Overlay<'a, M: Machine> {
    problem: &'a Problem<M>,
    base: &'a Arena<M>,
    known: Known,
    slots: Pool<Slot<M>>,
    datagrams: Pool<Datagram<M>>,
    reactions: Pool<Box<[Outcome]>>,
    prints: Vec<Print>,
    rules: BTreeSet<&'static str>,
}

/// Where the outcomes of something are kept.
#[derive(Clone, Copy)]
enum Place {
    Base(u32),
    New(u32),
}

impl<'a, M: Machine + Hash> Overlay<'a, M>
where
    M::Record: Hash,
{
    pub(crate) fn new(problem: &'a Problem<M>, base: &'a Arena<M>) -> Self {
        let known = Known {
            slots: base.slots.items.len() as u32,
            datagrams: base.datagrams.items.len() as u32,
        };
        Self {
            problem,
            base,
            known,
            slots: Pool::new(),
            datagrams: Pool::new(),
            reactions: Pool::new(),
            prints: Vec::new(),
            rules: BTreeSet::new(),
        }
    }

    pub(crate) fn finish(self) -> Found<M> {
        Found {
            known: self.known,
            slots: self.slots,
            datagrams: self.datagrams,
            reactions: self.prints.into_iter().zip(self.reactions.items).collect(),
            rules: self.rules,
        }
    }

    #[inline]
    pub(crate) fn slot(&self, number: u32) -> &Slot<M> {
        match number.checked_sub(self.known.slots) {
            Some(new) => &self.slots.items[new as usize],
            None => &self.base.slots.items[number as usize],
        }
    }

    #[inline]
    pub(crate) fn datagram(&self, number: u32) -> &Datagram<M> {
        match number.checked_sub(self.known.datagrams) {
            Some(new) => &self.datagrams.items[new as usize],
            None => &self.base.datagrams.items[number as usize],
        }
    }

    pub(crate) fn put_slot(&mut self, slot: Slot<M>) -> u32 {
        match self.base.slots.numbers.of(slot.print) {
            Some(number) => number,
            None => self.known.slots + self.slots.put(slot.print, slot),
        }
    }

    fn put_datagram(&mut self, datagram: Datagram<M>) -> u32 {
        match self.base.datagrams.numbers.of(datagram.print) {
            Some(number) => number,
            None => self.known.datagrams + self.datagrams.put(datagram.print, datagram),
        }
    }

    /// The outcomes of a message that arrives.
    pub(crate) fn deliver(&mut self, host: usize, slot: u32, datagram: u32, at: Instant) -> Sheaf {
        let print = self.datagram(datagram).print;
        self.look_up(host, slot, at, print, |this, each| {
            let what = Local::Message(this.datagram(datagram));
            reactions(this.problem, host, this.slot(slot), at, &what, each);
        })
    }

    /// The outcomes of a timer that is due.
    pub(crate) fn fire(&mut self, host: usize, slot: u32, at: Instant) -> Sheaf {
        self.look_up(host, slot, at, 1, |this, each| {
            reactions(this.problem, host, this.slot(slot), at, &Local::Timeout, each);
        })
    }

    /// The outcomes of a start.
    pub(crate) fn start(&mut self, host: usize, slot: u32, at: Instant) -> Sheaf {
        self.look_up(host, slot, at, 2, |this, each| {
            reactions(this.problem, host, this.slot(slot), at, &Local::Start, each);
        })
    }

    /// The outcomes of a command, the one at this place of the script.
    pub(crate) fn command(
        &mut self,
        host: usize,
        slot: u32,
        at: Instant,
        place: usize,
        command: &M::Command,
    ) -> Sheaf {
        self.look_up(host, slot, at, 3 + place as Print, |this, each| {
            reactions(this.problem, host, this.slot(slot), at, &Local::Command(command), each);
        })
    }

    fn look_up(
        &mut self,
        host: usize,
        slot: u32,
        at: Instant,
        what: Print,
        run: impl FnOnce(&Self, &mut dyn FnMut(super::Reaction<M>)),
    ) -> Sheaf {
        let mut printer = Printer::new();
        printer.both(self.slot(slot).print);
        printer.both(what);
        printer.word(at.as_micros() << 3 | host as u64);
        let print = printer.print();
        if let Some(number) = self.base.reactions.numbers.of(print) {
            return Sheaf(Place::Base(number));
        }
        if let Some(number) = self.reactions.numbers.of(print) {
            return Sheaf(Place::New(number));
        }
        let mut found = Vec::new();
        run(self, &mut |reaction| found.push(reaction));
        let outcomes: Vec<Outcome> = found
            .into_iter()
            .map(|reaction| {
                self.rules.extend(reaction.rules.iter().map(|rule| rule.0));
                let slot = self.put_slot(reaction.slot);
                let sends = reaction.sends.into_iter().map(|d| self.put_datagram(d)).collect();
                Outcome { slot, sends }
            })
            .collect();
        self.prints.push(print);
        Sheaf(Place::New(self.reactions.put(print, outcomes.into())))
    }

    pub(crate) fn outcomes(&self, sheaf: Sheaf) -> &[Outcome] {
        match sheaf.0 {
            Place::Base(number) => &self.base.reactions.items[number as usize].1,
            Place::New(number) => &self.reactions.items[number as usize],
        }
    }
}

/// All outcomes of one thing that happens to one host.
#[derive(Clone, Copy)]
pub(crate) struct Sheaf(Place);
