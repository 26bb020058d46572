//! Every host's moment, every datagram and every reaction that has come up, each kept once.
//!
//! Whole states are many, but the moments of single hosts that they are combined from are few: a
//! state is a handful of numbers, and a machine runs once for each thing that can happen to it.
//! Machines are large, and most are never needed again: those of moments that no state to be looked
//! at next is made of are forgotten, and made again by the way that led to them if they must be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use sansio::Machine;

use super::overlay::{Found, Known};
use super::pool::Pool;
use super::{Body, Datagram, Making, Recipe, Slot, What};
use crate::print::Print;
use crate::problem::Subject;

/// What a host does, as numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) slot: u32,
    pub(crate) sends: Box<[u32]>,
}

/// What is known so far.
pub(crate) struct Arena<M: Machine> {
    pub(super) slots: Pool<Slot<M>>,
    pub(super) datagrams: Pool<Datagram<M>>,
    pub(super) reactions: Pool<Box<[Outcome]>>,
    /// The ids of rules that made a machine act.
    pub(crate) rules: BTreeSet<&'static str>,
    /// How many slots have their machines.
    machines: usize,
    /// What items of the pools have elsewhere, but for machines.
    elsewhere: usize,
    /// Machines that overlays have made since the last one was absorbed: those of several
    /// overlays are often the same.
    fresh: Mutex<BTreeMap<Print, Arc<Body<M>>>>,
}

impl<M: Subject> Arena<M> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Pool::new(),
            datagrams: Pool::new(),
            reactions: Pool::new(),
            rules: BTreeSet::new(),
            machines: 0,
            elsewhere: 0,
            fresh: Mutex::new(BTreeMap::new()),
        }
    }

    /// How many moments of single hosts there have been.
    pub(crate) const fn moments(&self) -> usize {
        self.slots.items.len()
    }

    /// About how much memory it takes, if a machine takes so much.
    pub(crate) fn octets(&self, machine: usize) -> usize {
        self.slots.octets()
            + self.datagrams.octets()
            + self.reactions.octets()
            + self.elsewhere
            + self.machines * machine
    }

    /// How many machines there are.
    pub(crate) const fn machines(&self) -> usize {
        self.machines
    }

    /// Forgets machines. Those stay that are made of one that stays, or that stay themselves, in
    /// at most `stride` steps; `wanted` says by their numbers which moments that is to hold for.
    pub(crate) fn forget_all_but(&mut self, mut wanted: Vec<bool>, stride: u16) {
        // Whatever a moment is made of has a lower number.
        for number in (0..wanted.len()).rev().filter(|_| stride > 1) {
            let slot = &self.slots.items[number];
            if let (true, Recipe::Made { of, .. }) = (wanted[number], slot.recipe)
                && !slot.age.is_multiple_of(stride)
            {
                (wanted[number], wanted[of as usize]) = (false, true);
            }
        }
        let slots = self.slots.items.iter_mut().zip(wanted);
        for (slot, _) in slots.filter(|(_, wanted)| !wanted) {
            self.machines -= usize::from(slot.body.take().is_some());
        }
    }

    /// The same machine as others have made it, so that it is there once.
    pub(super) fn share(&self, print: Print, body: &mut Arc<Body<M>>) {
        let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        *body = fresh.entry(print).or_insert_with(|| body.clone()).clone();
    }

    /// Takes over what an overlay of it has found, and says what its numbers are here.
    pub(crate) fn absorb(&mut self, found: Found<M>) -> Renumbering {
        let Found { slots, datagrams, reactions, rules, known, needed } = found;
        self.fresh.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        for (number, body) in needed {
            let slot = &mut self.slots.items[number as usize];
            self.machines += usize::from(slot.body.is_none());
            slot.body = Some(body);
        }
        let mut numbers = Renumbering {
            known,
            slots: Vec::with_capacity(slots.items.len()),
            datagrams: Vec::new(),
        };
        for datagram in datagrams.items {
            let before = self.datagrams.items.len();
            numbers.datagrams.push(self.datagrams.put(datagram.print, datagram));
            self.elsewhere += DATAGRAM * (self.datagrams.items.len() - before);
        }
        for slot in slots.items {
            let number = self.absorb_slot(slot, &numbers);
            numbers.slots.push(number);
        }
        for (print, mut outcomes) in reactions {
            for outcome in &mut outcomes {
                outcome.slot = numbers.slot(outcome.slot);
                outcome.sends.iter_mut().for_each(|sent| *sent = numbers.datagram(*sent));
            }
            let sends = outcomes.iter().map(|outcome| size_of_val(&*outcome.sends));
            let octets = size_of_val(&*outcomes) + sends.sum::<usize>();
            let before = self.reactions.items.len();
            self.reactions.put(print, outcomes);
            self.elsewhere += octets * (self.reactions.items.len() - before);
        }
        self.rules.extend(rules);
        numbers
    }

    fn absorb_slot(&mut self, mut slot: Slot<M>, numbers: &Renumbering) -> u32 {
        if let Some(number) = self.slots.number(slot.print) {
            let known = &mut self.slots.items[number as usize];
            self.machines += usize::from(known.body.is_none());
            known.body = slot.body;
            return number;
        }
        slot.recipe = numbers.recipe(slot.recipe);
        self.machines += 1;
        self.elsewhere += slot.octets() - size_of::<Slot<M>>();
        self.slots.put(slot.print, slot)
    }
}

/// About what a datagram has elsewhere.
const DATAGRAM: usize = 128;

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

    fn recipe(&self, recipe: Recipe) -> Recipe {
        let Recipe::Made { of, mut by } = recipe else { return recipe };
        if let Making::Reaction { what: What::Message(datagram), .. } = &mut by {
            *datagram = self.datagram(*datagram);
        }
        Recipe::Made { of: self.slot(of), by }
    }
}
