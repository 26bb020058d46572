//! The search: states by price and depth, workers, budgets.

mod batch;
mod frontier;
mod path;
mod save;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use sansio::Machine;

use crate::local::Arena;
use crate::problem::{MAX_HOSTS, Problem, Subject};
use crate::table::Seen;
use crate::walk::{Happened, Keep, Reach, Violation, Walker};

use batch::{Head, Seeds};
use frontier::Frontier;

pub use save::ResumeError;

/// How much a search may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Octets of memory, counted by the search itself.
    pub octets: usize,
    /// States.
    pub states: u64,
}

/// What a search has seen so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Steps taken, whether or not they led to something new.
    pub generated: u64,
    /// Different states.
    pub unique: u64,
    /// States without a step within the horizon.
    pub ends: u64,
    /// The most steps from the beginning.
    pub depth: u32,
    /// How many faults the states being looked at have seen.
    pub faults: u32,
    /// States found and not yet looked at.
    pub waiting: u64,
    /// Different moments of single hosts that the states are combined from.
    pub moments: u64,
    /// Octets of memory in use.
    pub octets: usize,
    /// The most octets that were in use.
    pub octets_max: usize,
}

/// Whether a search is to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pace {
    /// It is.
    On,
    /// It is not.
    Stop,
}

/// How a search has ended.
#[derive(Debug)]
pub enum Conclusion<M: Machine> {
    /// Every run within the bounds keeps every property.
    Proved,
    /// A run that does not, with the fewest faults, and the fewest steps with so many.
    Violated(Box<Counterexample<M>>),
    /// Nothing was found before this ran out.
    Inconclusive(Shortage),
}

/// What ran out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shortage {
    /// The memory allowed.
    Memory,
    /// The states allowed.
    States,
    /// The patience of the caller.
    Patience,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::States => "states",
            Self::Patience => "time",
        })
    }
}

/// A run that breaks a property.
#[derive(Clone, Debug)]
pub struct Counterexample<M: Machine> {
    /// How.
    pub violation: Violation,
    /// Everything that happens, in order.
    pub run: Vec<Happened<M>>,
    /// The machines at its end; none for a host that is down.
    pub machines: Vec<Option<M>>,
    /// How often the network misbehaves.
    pub faults: u32,
    /// How many steps it takes.
    pub steps: u32,
}

/// How a state was first reached: from which other, by which of its steps.
#[derive(Clone, Copy, Debug)]
struct Origin {
    parent: u32,
    step: u16,
}

/// The parent of a state where a run begins.
const NOBODY: u32 = u32::MAX;

/// A search under way.
pub struct Search<'p, M: Machine> {
    problem: &'p Problem<M>,
    reach: Reach,
    arena: Arena<M>,
    seen: Seen,
    origins: Vec<Origin>,
    /// What is to be looked at next.
    current: Frontier,
    /// What a level that was interrupted has led to so far.
    next: Frontier,
    /// What one more fault leads to, by price and depth.
    seeds: BTreeMap<(u32, u32), Seeds>,
    price: u32,
    depth: u32,
    tally: Tally,
    found: Option<(u32, Violation)>,
    /// Rules that acted before this search was taken up again.
    old_rules: BTreeSet<String>,
    /// About how many octets a machine takes.
    machine_octets: usize,
    /// How many machines there were after some were last forgotten.
    kept: usize,
}

impl<'p, M: Subject> Search<'p, M> {
    /// A search at its beginning. `machine_octets` says about how much memory a machine takes.
    ///
    /// # Panics
    /// If there are more than [`MAX_HOSTS`] hosts, more than 65 535 lines of script, no
    /// representative, or a delay of more than half an hour.
    #[must_use]
    pub fn new(problem: &'p Problem<M>, machine_octets: usize) -> Self {
        assert!(problem.hosts.len() <= MAX_HOSTS, "at most {MAX_HOSTS} hosts");
        assert!(problem.script.len() < 1 << 16, "too long a script");
        assert!(!problem.representatives.is_empty(), "no answers to questions of chance");
        assert!(problem.bounds.delay.as_secs() <= 1_800, "delays of more than half an hour");
        let mut search = Self {
            problem,
            reach: Reach::new(problem),
            arena: Arena::new(),
            seen: Seen::new(),
            origins: Vec::new(),
            current: Frontier::new(problem.hosts.len()),
            next: Frontier::new(problem.hosts.len()),
            seeds: BTreeMap::new(),
            price: 0,
            depth: 0,
            tally: Tally::default(),
            found: None,
            old_rules: BTreeSet::new(),
            machine_octets,
            kept: 0,
        };
        search.begin();
        search
    }

    fn begin(&mut self) {
        let mut walker = Walker::new(self.problem, &self.reach, &self.arena, Keep::Nothing);
        let mut roots = Vec::new();
        for (root, step) in walker.roots().into_iter().zip(0..) {
            let print = root.state.print(self.problem.hosts.len(), &walker.overlay);
            roots.push((root, print, step));
        }
        let renumbering = self.arena.absorb(walker.finish());
        let mut packed = Vec::new();
        for (mut root, print, step) in roots {
            root.state.renumber(self.problem.hosts.len(), &renumbering);
            self.tally.generated += 1;
            packed.clear();
            root.state.pack(self.problem.hosts.len(), &mut packed);
            let mut head = Head::new(print, Origin { parent: NOBODY, step }, 0);
            head.violation = root.violation.map(Box::new);
            self.admit(head, &packed);
        }
    }

    /// Gives a state its number and a place among those to look at, if it is new.
    fn admit(&mut self, head: Head, packed: &[u8]) {
        if !self.seen.insert(head.print) {
            return;
        }
        let node = self.origins.len() as u32;
        self.origins.push(head.origin);
        match head.violation {
            Some(violation) if self.found.is_none() => self.found = Some((node, *violation)),
            Some(_) => {}
            None => self.current.push_packed(node, packed),
        }
    }

    /// Goes on until the end or until the budget is used up, with so many threads. `watch` is
    /// told every now and then how far it has got, and may stop it.
    ///
    /// Searches that were stopped can go on.
    pub fn run(
        &mut self,
        jobs: usize,
        budget: &Budget,
        watch: &mut dyn FnMut(&Tally) -> Pace,
    ) -> Conclusion<M> {
        loop {
            if let Some((node, violation)) = self.found.take() {
                return Conclusion::Violated(Box::new(self.counterexample(node, violation)));
            }
            if self.current.is_empty() && !self.turn_to_seeds() {
                return Conclusion::Proved;
            }
            if self.found.is_some() || self.current.is_empty() {
                continue;
            }
            if let Some(shortage) = self.expand_level(jobs, budget, watch) {
                return Conclusion::Inconclusive(shortage);
            }
        }
    }

    /// What the search has seen so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let octets = self.octets();
        Tally {
            unique: self.seen.len() as u64,
            depth: self.tally.depth.max(self.depth),
            faults: self.price,
            waiting: (self.current.len() + self.seeds.values().map(Seeds::len).sum::<usize>())
                as u64,
            moments: self.arena.moments() as u64,
            octets,
            octets_max: self.tally.octets_max.max(octets),
            ..self.tally
        }
    }

    /// The ids of the rules that made some machine act, in order.
    pub fn rules(&self) -> impl Iterator<Item = &str> + '_ {
        let old = self.old_rules.iter().map(String::as_str);
        let all: BTreeSet<&str> = old.chain(self.arena.rules.iter().copied()).collect();
        all.into_iter()
    }

    fn octets(&self) -> usize {
        let seeds: usize = self.seeds.values().map(Seeds::octets).sum();
        self.seen.octets()
            + self.origins.capacity() * size_of::<Origin>()
            + self.current.octets()
            + seeds
            + self.arena.octets(self.machine_octets)
    }

    /// Turns to the states of the least price and depth that are left, if any.
    fn turn_to_seeds(&mut self) -> bool {
        let Some(((price, depth), _)) = self.seeds.first_key_value() else { return false };
        (self.price, self.depth) = (*price, *depth);
        self.sow();
        true
    }

    /// Takes in the states that one more fault leads to at this price and depth.
    fn sow(&mut self) {
        if let Some(seeds) = self.seeds.remove(&(self.price, self.depth)) {
            seeds.drain(|head, packed| self.admit(head, packed));
        }
    }
}

impl<M: Machine> fmt::Debug for Search<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").field("tally", &self.tally).finish_non_exhaustive()
    }
}
