//! A search put down in a file and taken up again.
//!
//! Machines are not written: what is known of a state is its fingerprint and which step of which
//! other state it is. The states that wait are found again by taking their steps once more.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hasher;

use super::batch::{Head, Seeds};
use super::frontier::Frontier;
use super::{NOBODY, Origin, Search};
use crate::print::{Print, Printer};
use crate::problem::Subject;
use crate::state::State;
use crate::walk::{Keep, Successor, Walker};

const MAGIC: &[u8] = b"exhaustive check, version 1\n";

/// Why a search cannot be taken up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResumeError {
    /// It is no saved search, or one of another version.
    Foreign,
    /// It belongs to another problem or other bounds.
    Other,
    /// It is damaged.
    Damaged,
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "this is no check that was put down, or one of another version",
            Self::Other => "this check is one of another scenario, or within other bounds",
            Self::Damaged => "this check is damaged",
        })
    }
}

impl std::error::Error for ResumeError {}

impl<M: Subject> Search<'_, M> {
    /// The whole search as octets. `identity` says what problem it is of.
    #[must_use]
    pub fn save(&self, identity: &str) -> Vec<u8> {
        let mut out = Writer(MAGIC.to_vec());
        out.print(Printer::of(identity));
        [self.price, self.depth, self.tally.depth].iter().for_each(|n| out.number(*n));
        [self.tally.generated, self.tally.ends].iter().for_each(|n| out.long(*n));
        out.number(self.seen.len() as u32);
        self.seen.prints().for_each(|print| out.print(print));
        out.number(self.origins.len() as u32);
        self.origins.iter().for_each(|origin| out.origin(*origin));
        for frontier in [&self.current, &self.next] {
            out.number(frontier.len() as u32);
            frontier.nodes().for_each(|node| out.number(node));
        }
        out.number(self.seeds.values().map(Seeds::len).sum::<usize>() as u32);
        for ((price, depth), seeds) in &self.seeds {
            for seed in seeds.heads() {
                [price, depth].iter().for_each(|n| out.number(**n));
                out.print(seed.print);
                out.origin(seed.origin);
            }
        }
        let rules: Vec<&str> = self.rules().collect();
        let rules = rules.join(" ");
        out.number(rules.len() as u32);
        out.0.extend(rules.as_bytes());
        let sum = checksum(&out.0);
        out.print(sum);
        out.0
    }

    /// Takes up what [`Search::save`] has put down, in place of what this search has seen.
    ///
    /// # Errors
    /// If the octets are none of that, of another problem, or damaged.
    pub fn resume(&mut self, identity: &str, octets: &[u8]) -> Result<(), ResumeError> {
        let body = octets.strip_prefix(MAGIC).ok_or(ResumeError::Foreign)?;
        let whole = octets.len().checked_sub(16).ok_or(ResumeError::Damaged)?;
        let mut sum = Reader(&octets[whole..]);
        if sum.print()? != checksum(&octets[..whole]) {
            return Err(ResumeError::Damaged);
        }
        let mut from = Reader(&body[..body.len() - 16]);
        if from.print()? != Printer::of(identity) {
            return Err(ResumeError::Other);
        }
        let mut fresh = Search::new(self.problem, self.machine_octets);
        fresh.forget();
        (fresh.price, fresh.depth, fresh.tally.depth) =
            (from.number()?, from.number()?, from.number()?);
        (fresh.tally.generated, fresh.tally.ends) = (from.long()?, from.long()?);
        for _ in 0..from.number()? {
            fresh.seen.insert(from.print()?);
        }
        for node in 0..from.number()? {
            let origin = from.origin()?;
            // Whoever was found first has the lower number.
            if origin.parent != NOBODY && origin.parent >= node {
                return Err(ResumeError::Damaged);
            }
            fresh.origins.push(origin);
        }
        let mut waiting = [Vec::new(), Vec::new()];
        for nodes in &mut waiting {
            for _ in 0..from.number()? {
                nodes.push(from.number()?);
            }
        }
        let mut seeds = Vec::new();
        for _ in 0..from.number()? {
            let key = (from.number()?, from.number()?);
            seeds.push((key, from.print()?, from.origin()?));
        }
        let length = from.number()? as usize;
        let rules = from.0.get(..length).ok_or(ResumeError::Damaged)?;
        let rules = std::str::from_utf8(rules).map_err(|_| ResumeError::Damaged)?;
        fresh.old_rules = rules.split_whitespace().map(str::to_owned).collect();
        fresh.regrow(&waiting, seeds)?;
        *self = fresh;
        Ok(())
    }

    /// Forgets where runs begin.
    fn forget(&mut self) {
        self.seen = crate::table::Seen::new();
        self.origins.clear();
        self.tally = super::Tally::default();
        let hosts = self.problem.hosts.len();
        (self.current, self.next) = (Frontier::new(hosts), Frontier::new(hosts));
        self.found = None;
    }

    /// Finds the states that wait again.
    fn regrow(
        &mut self,
        waiting: &[Vec<u32>; 2],
        seeds: Vec<((u32, u32), Print, Origin)>,
    ) -> Result<(), ResumeError> {
        let mut wanted = self.ancestors(waiting, &seeds)?;
        let mut states: BTreeMap<u32, State> = BTreeMap::new();
        let mut litter = Litter { parent: None, states: Vec::new() };
        for node in 0..self.origins.len() as u32 {
            if wanted[node as usize] == 0 {
                continue;
            }
            let origin = self.origins[node as usize];
            let (state, _) = self.bear(origin, &states, &mut litter)?;
            states.insert(node, state);
            release(origin.parent, &mut wanted, &mut states);
        }
        let [current, next] = waiting;
        for &node in current {
            let state = states.get(&node).ok_or(ResumeError::Damaged)?;
            self.current.push(node, state);
        }
        for &node in next {
            let state = states.get(&node).ok_or(ResumeError::Damaged)?;
            self.next.push(node, state);
        }
        for (key, print, origin) in seeds {
            let (state, violation) = self.bear(origin, &states, &mut litter)?;
            let mut packed = Vec::new();
            state.pack(self.problem.hosts.len(), &mut packed);
            let mut head = Head::new(print, origin, key.0.saturating_sub(self.price));
            head.violation = violation.map(Box::new);
            self.seeds.entry(key).or_default().push(head, &packed);
        }
        Ok(())
    }

    /// For how many others each state is needed, itself included if it waits or bears a seed.
    fn ancestors(
        &self,
        waiting: &[Vec<u32>; 2],
        seeds: &[((u32, u32), Print, Origin)],
    ) -> Result<Vec<u32>, ResumeError> {
        let mut wanted = vec![0_u32; self.origins.len()];
        let parents = seeds.iter().map(|(_, _, origin)| origin.parent);
        for node in waiting.iter().flatten().copied().chain(parents) {
            *wanted.get_mut(node as usize).ok_or(ResumeError::Damaged)? += 1;
        }
        for node in (0..self.origins.len()).rev() {
            let parent = self.origins[node].parent;
            if wanted[node] > 0 && parent != NOBODY {
                wanted[parent as usize] += 1;
            }
        }
        Ok(wanted)
    }

    /// The state that `origin` leads to.
    fn bear(
        &mut self,
        origin: Origin,
        states: &BTreeMap<u32, State>,
        litter: &mut Litter,
    ) -> Result<(State, Option<crate::walk::Violation>), ResumeError> {
        if litter.parent != Some(origin.parent) {
            let mut walker = Walker::new(self.problem, &self.reach, &self.arena, Keep::Nothing);
            let born = match origin.parent {
                NOBODY => walker.roots(),
                parent => walker.successors(states.get(&parent).ok_or(ResumeError::Damaged)?),
            };
            let renumbering = self.arena.absorb(walker.finish());
            litter.parent = Some(origin.parent);
            litter.states = born
                .into_iter()
                .map(|Successor { mut state, violation, .. }| {
                    state.renumber(self.problem.hosts.len(), &renumbering);
                    (state, violation)
                })
                .collect();
        }
        litter.states.get(usize::from(origin.step)).cloned().ok_or(ResumeError::Damaged)
    }
}

/// The successors of one state: those of others are often wanted one after the other.
struct Litter {
    parent: Option<u32>,
    states: Vec<(State, Option<crate::walk::Violation>)>,
}

/// One who needed `node` is there; whom nobody needs any more can go.
fn release(node: u32, wanted: &mut [u32], states: &mut BTreeMap<u32, State>) {
    if node == NOBODY {
        return;
    }
    let left = &mut wanted[node as usize];
    *left = left.saturating_sub(1);
    if *left == 0 {
        states.remove(&node);
    }
}

fn checksum(octets: &[u8]) -> Print {
    let mut printer = Printer::new();
    printer.write(octets);
    printer.write_usize(octets.len());
    printer.print()
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn long(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    fn print(&mut self, print: Print) {
        self.0.extend(print.to_le_bytes());
    }

    fn origin(&mut self, origin: Origin) {
        self.number(origin.parent);
        self.0.extend(origin.step.to_le_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ResumeError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(ResumeError::Damaged)?;
        self.0 = rest;
        Ok(*head)
    }

    fn number(&mut self) -> Result<u32, ResumeError> {
        self.take().map(u32::from_le_bytes)
    }

    fn long(&mut self) -> Result<u64, ResumeError> {
        self.take().map(u64::from_le_bytes)
    }

    fn print(&mut self) -> Result<Print, ResumeError> {
        self.take().map(Print::from_le_bytes)
    }

    fn origin(&mut self) -> Result<Origin, ResumeError> {
        Ok(Origin { parent: self.number()?, step: self.take().map(u16::from_le_bytes)? })
    }
}
