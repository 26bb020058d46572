//! A worker's view of the arena, and what it adds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sansio::{Instant, Machine};

use super::arena::{Arena, Outcome};
use super::pool::Pool;
use super::{Body, Datagram, Local, Making, Reaction, Recipe, Slot, What, reactions};
use crate::print::{Print, Printer};
use crate::problem::{Act, Disk, Problem, Subject};

/// How much of an arena an overlay of it knew.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) slots: u32,
    pub(super) datagrams: u32,
}

/// What an overlay has added.
pub(crate) struct Found<M: Machine> {
    pub(super) known: Known,
    pub(super) slots: Pool<Slot<M>>,
    pub(super) datagrams: Pool<Datagram<M>>,
    pub(super) reactions: Vec<(Print, Box<[Outcome]>)>,
    pub(super) rules: BTreeSet<&'static str>,
    /// Machines of the arena that were needed.
    pub(super) needed: BTreeMap<u32, Arc<Body<M>>>,
}

/// An arena that stands still while all workers look at it, and what this one adds to it.
pub(crate) struct Overlay<'a, M: Machine> {
    problem: &'a Problem<M>,
    base: &'a Arena<M>,
    known: Known,
    slots: Pool<Slot<M>>,
    datagrams: Pool<Datagram<M>>,
    reactions: Pool<Box<[Outcome]>>,
    prints: Vec<Print>,
    rules: BTreeSet<&'static str>,
    needed: BTreeMap<u32, Arc<Body<M>>>,
}

/// All outcomes of one thing that happens to one host: where they are kept.
#[derive(Clone, Copy)]
pub(crate) enum Sheaf {
    Base(u32),
    New(u32),
}

impl<'a, M: Subject> Overlay<'a, M> {
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
            needed: BTreeMap::new(),
        }
    }

    pub(crate) fn finish(self) -> Found<M> {
        Found {
            known: self.known,
            slots: self.slots,
            datagrams: self.datagrams,
            reactions: self.prints.into_iter().zip(self.reactions.items).collect(),
            rules: self.rules,
            needed: self.needed,
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

    fn put_slot(&mut self, body: Body<M>, recipe: Recipe) -> u32 {
        let age = match recipe {
            Recipe::First { .. } => 0,
            Recipe::Made { of, .. } => self.slot(of).age.saturating_add(1),
        };
        let mut slot = Slot::new(self.problem, body, recipe, age);
        if let Some(number) = self.base.slots.number(slot.print) {
            if let (None, Some(body)) = (&self.slot(number).body, slot.body) {
                self.needed.entry(number).or_insert(body);
            }
            return number;
        }
        if let Some(body) = &mut slot.body {
            self.base.share(slot.print, body);
        }
        self.known.slots + self.slots.put(slot.print, slot)
    }

    fn put_datagram(&mut self, datagram: Datagram<M>) -> u32 {
        match self.base.datagrams.number(datagram.print) {
            Some(number) => number,
            None => self.known.datagrams + self.datagrams.put(datagram.print, datagram),
        }
    }

    /// A host before its first start.
    pub(crate) fn first(&mut self, host: usize) -> u32 {
        self.put_slot(Body::first(self.problem, host), Recipe::First { host })
    }

    /// A host after a crash.
    pub(crate) fn crash(&mut self, slot: u32, disk: Disk) -> u32 {
        let body = self.body(slot).crashed(disk);
        self.put_slot(body, Recipe::Made { of: slot, by: Making::Crash(disk) })
    }

    /// The outcomes of something that happens to a host.
    pub(crate) fn react(&mut self, host: usize, slot: u32, at: Instant, what: What) -> Sheaf {
        let print = self.key(host, slot, at, what);
        if let Some(number) = self.base.reactions.number(print) {
            return Sheaf::Base(number);
        }
        if let Some(number) = self.reactions.number(print) {
            return Sheaf::New(number);
        }
        let mut outcomes = Vec::new();
        for (reaction, nth) in self.reactions(host, slot, at, what).into_iter().zip(0..) {
            let by = Making::Reaction { host: host as u8, at, what, nth };
            let next = self.put_slot(reaction.body, Recipe::Made { of: slot, by });
            let sends = reaction.sends.into_iter().map(|d| self.put_datagram(d)).collect();
            self.rules.extend(reaction.rules.iter().map(|rule| rule.0));
            outcomes.push(Outcome { slot: next, sends });
        }
        self.prints.push(print);
        Sheaf::New(self.reactions.put(print, outcomes.into()))
    }

    pub(crate) fn outcomes(&self, sheaf: Sheaf) -> &[Outcome] {
        match sheaf {
            Sheaf::Base(number) => &self.base.reactions.items[number as usize],
            Sheaf::New(number) => &self.reactions.items[number as usize],
        }
    }

    /// Everything a host may do about something: runs its machine.
    pub(crate) fn reactions(
        &mut self,
        host: usize,
        slot: u32,
        at: Instant,
        what: What,
    ) -> Vec<Reaction<M>> {
        let body = self.body(slot);
        self.reactions_of(host, &body, at, what)
    }

    /// The machine of a moment and what belongs to it: made again if it has been forgotten.
    pub(crate) fn body(&mut self, slot: u32) -> Arc<Body<M>> {
        let (mut makings, mut at) = (Vec::new(), slot);
        let mut body = loop {
            if let Some(body) = self.at_hand(at) {
                break body;
            }
            match self.slot(at).recipe {
                Recipe::First { host } => break Arc::new(Body::first(self.problem, host)),
                Recipe::Made { of, by } => {
                    makings.push(by);
                    at = of;
                }
            }
        };
        for making in makings.into_iter().rev() {
            body = Arc::new(self.make(&body, making));
        }
        if slot < self.known.slots {
            self.needed.entry(slot).or_insert_with(|| body.clone());
        }
        body
    }

    fn at_hand(&self, slot: u32) -> Option<Arc<Body<M>>> {
        self.slot(slot).body.as_ref().or_else(|| self.needed.get(&slot)).cloned()
    }

    fn make(&self, of: &Body<M>, by: Making) -> Body<M> {
        match by {
            Making::Crash(disk) => of.crashed(disk),
            Making::Reaction { host, at, what, nth } => {
                let mut reactions = self.reactions_of(host.into(), of, at, what);
                reactions.swap_remove(nth as usize).body
            }
        }
    }

    fn reactions_of(
        &self,
        host: usize,
        body: &Body<M>,
        at: Instant,
        what: What,
    ) -> Vec<Reaction<M>> {
        let local = match what {
            What::Start => Local::Start,
            What::Timeout => Local::Timeout,
            What::Message(datagram) => Local::Message(self.datagram(datagram)),
            What::Command(place) => match &self.problem.script[usize::from(place)].act {
                Act::Command(_, command) => Local::Command(command),
                _ => return Vec::new(),
            },
        };
        reactions(self.problem, host, body, at, &local)
    }

    /// What stands for something that happens to a host.
    fn key(&self, host: usize, slot: u32, at: Instant, what: What) -> Print {
        let mut printer = Printer::new();
        printer.both(self.slot(slot).print);
        printer.both(match what {
            What::Message(datagram) => self.datagram(datagram).print,
            What::Timeout => 1,
            What::Start => 2,
            What::Command(place) => 3 + Print::from(place),
        });
        printer.word(at.as_micros() << 3 | host as u64);
        printer.print()
    }
}
