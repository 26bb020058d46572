//! One level of a search: workers find successors, one thread takes them in, in order.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use sansio::Machine;

use super::batch::{Batch, Head};
use super::frontier::{Chunk, Frontier};
use super::{Budget, Origin, Pace, Search, Shortage, Tally};
use crate::local::{Arena, Found};
use crate::problem::{Problem, Subject};
use crate::table::Seen;
use crate::walk::{Keep, Reach, Walker};

/// How many pieces each worker gets before what was found is taken in.
const PIECES_EACH: usize = 4;

/// How many octets of machines are not worth forgetting.
const MACHINES: usize = 16 << 20;

/// One of so many moments of a host keeps its machine where machines take too much memory: the
/// others are a few calls away.
const STRIDE: u16 = 8;

/// What a worker needs to know; it stands still while they work.
struct Ground<'a, M: Machine> {
    problem: &'a Problem<M>,
    reach: &'a Reach,
    arena: &'a Arena<M>,
    seen: &'a Seen,
}

/// What came of one piece.
struct Yield<M: Machine> {
    /// States that were not known when they were found.
    candidates: Batch,
    found: Found<M>,
    generated: u64,
    ends: u64,
}

impl<M: Subject> Search<'_, M> {
    /// Looks at every state of this price and depth; says what ran out, if anything did.
    pub(super) fn expand_level(
        &mut self,
        jobs: usize,
        budget: &Budget,
        watch: &mut dyn FnMut(&Tally) -> Pace,
    ) -> Option<Shortage> {
        let mut left = std::mem::replace(&mut self.current, Frontier::new(0)).take();
        self.current = std::mem::replace(&mut self.next, Frontier::new(self.problem.hosts.len()));
        left.reverse();
        while !left.is_empty() && self.found.is_none() {
            let shortage = self.shortage(budget, &left, watch);
            if shortage.is_some() {
                left.reverse();
                self.next = std::mem::replace(&mut self.current, Frontier::new(0));
                self.current = Frontier::new(self.problem.hosts.len());
                self.current.put_back(left);
                return shortage;
            }
            self.forget_machines(&left);
            let wave = left.split_off(left.len().saturating_sub(jobs.max(1) * PIECES_EACH));
            let wave: Vec<Chunk> = wave.into_iter().rev().collect();
            for yielded in self.work(jobs, &wave) {
                self.take_in(yielded);
                if self.found.is_some() {
                    break;
                }
            }
        }
        self.depth += 1;
        self.tally.depth = self.tally.depth.max(self.depth);
        self.sow();
        None
    }

    /// Forgets the machines of which no state is made that waits to be looked at with the faults
    /// of now, if that is worth it and there are a quarter more of them than were kept last time.
    /// If machines take more memory than states, only some stay, that the others can be made of.
    fn forget_machines(&mut self, left: &[Chunk]) {
        let machines = self.arena.machines();
        let octets = machines * self.machine_octets;
        let others = self.octets() - octets;
        if octets < MACHINES.max(others / 2) || machines < self.kept / 4 * 5 {
            return;
        }
        let (hosts, mut wanted) = (self.problem.hosts.len(), vec![false; self.arena.moments()]);
        let mut want = |slot: u32| wanted[slot as usize] = true;
        left.iter().for_each(|chunk| chunk.slots(hosts).for_each(&mut want));
        self.current.slots().for_each(want);
        self.arena.forget_all_but(wanted, if octets > others { STRIDE } else { 1 });
        self.kept = self.arena.machines();
    }

    fn shortage(
        &mut self,
        budget: &Budget,
        left: &[Chunk],
        watch: &mut dyn FnMut(&Tally) -> Pace,
    ) -> Option<Shortage> {
        let octets = self.octets() + left.iter().map(Chunk::octets).sum::<usize>();
        self.tally.octets_max = self.tally.octets_max.max(octets);
        let tally = Tally { octets, ..self.tally() };
        if octets > budget.octets {
            return Some(Shortage::Memory);
        }
        if tally.unique >= budget.states {
            return Some(Shortage::States);
        }
        (watch(&tally) == Pace::Stop).then_some(Shortage::Patience)
    }

    /// Finds the successors of the states of some pieces.
    fn work(&self, jobs: usize, wave: &[Chunk]) -> Vec<Yield<M>> {
        let ground = Ground {
            problem: self.problem,
            reach: &self.reach,
            arena: &self.arena,
            seen: &self.seen,
        };
        if jobs <= 1 || wave.len() <= 1 {
            return wave.iter().map(|chunk| ground.expand(chunk)).collect();
        }
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<Option<Yield<M>>>> = Mutex::new(wave.iter().map(|_| None).collect());
        thread::scope(|scope| {
            for _ in 0..jobs.min(wave.len()) {
                scope.spawn(|| {
                    while let Some((at, chunk)) = claim(&next, wave) {
                        let yielded = ground.expand(chunk);
                        let mut done =
                            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        done[at] = Some(yielded);
                    }
                });
            }
        });
        let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        done.into_iter().flatten().collect()
    }

    /// Adds what is new of what a worker has found.
    fn take_in(&mut self, yielded: Yield<M>) {
        let hosts = self.problem.hosts.len();
        let Yield { mut candidates, found, generated, ends } = yielded;
        self.tally.generated += generated;
        self.tally.ends += ends;
        let renumbering = self.arena.absorb(found);
        if !renumbering.changes_nothing() {
            candidates.renumber(hosts, &renumbering);
        }
        let (price, depth) = (self.price, self.depth + 1);
        candidates.drain(|head, packed| {
            if head.price == 0 {
                self.admit(head, packed);
            } else if !self.seen.contains(head.print) {
                self.seeds.entry((price + head.price, depth)).or_default().push(head, packed);
            }
        });
    }
}

fn claim<'c>(next: &AtomicUsize, wave: &'c [Chunk]) -> Option<(usize, &'c Chunk)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    wave.get(at).map(|chunk| (at, chunk))
}

impl<M: Subject> Ground<'_, M> {
    fn expand(&self, chunk: &Chunk) -> Yield<M> {
        let hosts = self.problem.hosts.len();
        let mut walker = Walker::new(self.problem, self.reach, self.arena, Keep::Nothing);
        let (mut candidates, mut generated, mut ends) = (Batch::default(), 0, 0);
        for (parent, state) in chunk.states(hosts) {
            let successors = walker.successors(&state);
            generated += successors.len() as u64;
            ends += u64::from(successors.is_empty());
            for (successor, step) in successors.into_iter().zip(0..) {
                let print = successor.state.print(hosts, &walker.overlay);
                if !self.seen.contains(print) {
                    let mut head = Head::new(print, Origin { parent, step }, successor.price);
                    head.violation = successor.violation.map(Box::new);
                    candidates.push(head, hosts, &successor.state);
                }
            }
        }
        Yield { candidates, found: walker.finish(), generated, ends }
    }
}
