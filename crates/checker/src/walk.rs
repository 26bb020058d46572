//! The steps that lead from one state to the next: what the environment may do.

mod trail;

use sansio::{Duration, Instant, Machine};

use crate::local::{Arena, Found, Overlay, Sheaf, What};
use crate::problem::{Act, Disk, MAX_HOSTS, Problem, Subject};
use crate::state::{Copy, Passed, State, Twin, Used};

pub use trail::{By, Happened, Happening, Parcel};

/// The least time there is.
const TICK: Duration = Duration::from_micros(1);
/// How much may happen while time stands still.
const SPIN_CAP: u32 = 10_000;
/// How many copies may be under way.
const FLIGHT_CAP: usize = 200;

/// A broken property.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Its name.
    pub property: &'static str,
    /// How it is broken.
    pub why: String,
}

/// Where a step leads.
pub(crate) struct Successor<M: Machine> {
    pub(crate) state: State,
    /// How often the network misbehaves in this step.
    pub(crate) price: u32,
    pub(crate) violation: Option<Violation>,
    /// What happened on the way, for a walker that keeps a trail.
    pub(crate) trail: Vec<Happened<M>>,
}

/// Whether a walker writes down what happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    Nothing,
    Trail,
}

/// Finds the successors of states.
pub(crate) struct Walker<'a, M: Machine> {
    problem: &'a Problem<M>,
    /// Who reaches whom after so much of the script.
    reach: &'a Reach,
    pub(crate) overlay: Overlay<'a, M>,
    keep: Keep,
    trail: Vec<Happened<M>>,
    spins: u32,
    out: Vec<Successor<M>>,
}

/// Whom each host reaches, for every length of the part of the script that has happened.
#[derive(Debug)]
pub(crate) struct Reach(Vec<[u64; MAX_HOSTS]>);

impl Reach {
    pub(crate) fn new<M: Machine>(problem: &Problem<M>) -> Self {
        let mut now = [u64::MAX; MAX_HOSTS];
        let mut all = vec![now];
        for scripted in &problem.script {
            if let Act::Reach(words) = &scripted.act {
                now = std::array::from_fn(|host| words.get(host).copied().unwrap_or(u64::MAX));
            }
            all.push(now);
        }
        Self(all)
    }
}

impl<'a, M: Subject> Walker<'a, M> {
    pub(crate) fn new(
        problem: &'a Problem<M>,
        reach: &'a Reach,
        arena: &'a Arena<M>,
        keep: Keep,
    ) -> Self {
        let overlay = Overlay::new(problem, arena);
        Self { problem, reach, overlay, keep, trail: Vec::new(), spins: 0, out: Vec::new() }
    }

    pub(crate) fn finish(self) -> Found<M> {
        self.overlay.finish()
    }

    /// Where a run may be once everything due at its very beginning has happened.
    pub(crate) fn roots(&mut self) -> Vec<Successor<M>> {
        let mut slots = [0; MAX_HOSTS];
        for (host, slot) in slots[..self.problem.hosts.len()].iter_mut().enumerate() {
            *slot = self.overlay.first(host);
        }
        let (used, copies) = (Used::default(), Vec::new());
        let now = Instant::ZERO;
        self.settle(State { now, script: 0, cursor: 0, used, fallen: 0, slots, copies }, 0);
        std::mem::take(&mut self.out)
    }

    /// Every state that one step leads to, in an order that depends on nothing but the state.
    pub(crate) fn successors(&mut self, state: &State) -> Vec<Successor<M>> {
        self.arrivals(state);
        self.passage_of_time(state);
        std::mem::take(&mut self.out)
    }

    /// A copy arrives, arrives for the first of two times, or is lost.
    ///
    /// Deliveries to different hosts at one instant commute: only the order of sending is looked
    /// at. A copy that is due goes before those for other hosts that were sent after it; those for
    /// the same host may pass it.
    fn arrivals(&mut self, state: &State) {
        let bounds = &self.problem.bounds;
        let mut due_to: Option<u8> = None;
        for at in usize::from(state.cursor)..state.copies.len() {
            let copy = state.copies[at];
            if due_to.is_none_or(|to| to == copy.to) {
                self.deliver(state, at, Twin::No);
                if copy.twin == Twin::No && u32::from(state.used.duplicates) < bounds.duplicates {
                    self.deliver(state, at, Twin::Yes);
                }
            }
            if copy.latest > state.now {
                continue;
            }
            // When it was lost makes no difference, so that it is lost last.
            if due_to.is_none() && u32::from(state.used.losses) < bounds.losses {
                self.lose(state, at);
            }
            if due_to.is_some_and(|to| to != copy.to) {
                break;
            }
            due_to = Some(copy.to);
        }
    }

    /// The copy at this place arrives; with a twin, it will once more.
    fn deliver(&mut self, state: &State, at: usize, twin: Twin) {
        let (mut next, copy) = (state.clone(), state.copies[at]);
        let before = next.copies[..at].iter_mut();
        before.filter(|other| other.to == copy.to).for_each(|other| other.passed = Passed::Yes);
        if twin == Twin::Yes {
            (next.copies[at].twin, next.copies[at].passed) = (Twin::Yes, Passed::Yes);
            next.used.duplicates += 1;
            next.cursor = at as u8 + 1;
        } else {
            next.copies.remove(at);
            next.cursor = at as u8;
        }
        let (price, host) = (u32::from(twin == Twin::Yes), usize::from(copy.to));
        let slot = next.slots[host];
        self.spins = 0;
        if !self.overlay.slot(slot).is_up() {
            let length = self.trail.len();
            self.trail_arrival(state.now, copy);
            self.settle(next, price);
            return self.trail.truncate(length);
        }
        let (now, script, what) =
            (state.now, usize::from(state.script), What::Message(copy.datagram));
        let sheaf = self.overlay.react(host, slot, now, what);
        self.branch(next, host, sheaf, price, |this, nth| {
            this.trail_arrival(now, copy);
            this.trail_reaction(host, slot, now, script, what, nth);
        });
    }

    fn lose(&mut self, state: &State, at: usize) {
        let mut next = state.clone();
        let copy = next.copies.remove(at);
        next.used.losses += 1;
        let length = self.trail.len();
        self.trail_loss(state.now, copy);
        self.settle(next, 1);
        self.trail.truncate(length);
    }

    /// Nothing arrives any more at this instant, and time goes on to the next one at which
    /// something can happen; a host may crash or start again before anything else there.
    fn passage_of_time(&mut self, state: &State) {
        let is_due = |copy: &Copy| copy.latest <= state.now && copy.passed == Passed::No;
        if state.copies.iter().any(is_due) {
            return;
        }
        let Some(stop) = self.next_stop(state) else { return };
        let mut next = state.clone();
        (next.now, next.cursor) = (stop, 0);
        next.copies.iter_mut().for_each(|copy| copy.passed = Passed::No);
        if u32::from(next.used.crashes) < self.problem.bounds.crashes {
            for host in 0..self.problem.hosts.len() {
                self.crash_out_of_turn(&next, host);
            }
        }
        for host in (0..self.problem.hosts.len()).filter(|host| next.fallen >> host & 1 == 1) {
            let mut next = next.clone();
            next.fallen &= !(1 << host);
            self.start(next, host, 0, By::Checker);
        }
        self.spins = 0;
        self.settle(next, 0);
    }

    /// The next instant at which something can happen, up to the horizon.
    ///
    /// That is where a timer is due, the script goes on or a copy must arrive; a tick before a
    /// timer or the script, so that a copy can arrive before it; a tick from now for what has been
    /// passed.
    fn next_stop(&self, state: &State) -> Option<Instant> {
        let mut stop = Instant::FAR_FUTURE;
        let mut consider = |at: Instant| {
            if at > state.now {
                stop = stop.min(at);
            }
        };
        let mut expecting = 0_u64;
        for copy in &state.copies {
            expecting |= 1 << copy.to;
            consider(copy.latest);
            if copy.passed == Passed::Yes {
                consider(state.now + TICK);
            }
        }
        for host in 0..self.problem.hosts.len() {
            let deadline = self.overlay.slot(state.slots[host]).deadline;
            consider(deadline);
            if expecting >> host & 1 == 1 && deadline != Instant::FAR_FUTURE {
                consider(deadline - TICK);
            }
        }
        if let Some(scripted) = self.problem.script.get(usize::from(state.script)) {
            consider(scripted.at);
            if expecting != 0 {
                consider(scripted.at - TICK);
            }
        }
        (stop <= self.problem.bounds.horizon).then_some(stop)
    }

    fn crash_out_of_turn(&mut self, state: &State, host: usize) {
        if !self.overlay.slot(state.slots[host]).is_up() {
            return;
        }
        let mut next = state.clone();
        next.used.crashes += 1;
        next.fallen |= 1 << host;
        self.crash(next, host, Disk::Keep, 1, By::Checker);
    }

    fn crash(&mut self, mut state: State, host: usize, disk: Disk, price: u32, by: By) {
        state.slots[host] = self.overlay.crash(state.slots[host], disk);
        let length = self.trail.len();
        self.note(state.now, || Happening::Crashed { host, by });
        self.settle(state, price);
        self.trail.truncate(length);
    }

    fn start(&mut self, state: State, host: usize, price: u32, by: By) {
        let (slot, now, script) = (state.slots[host], state.now, usize::from(state.script));
        if self.overlay.slot(slot).is_up() {
            return self.settle(state, price);
        }
        let sheaf = self.overlay.react(host, slot, now, What::Start);
        self.branch(state, host, sheaf, price, |this, nth| {
            this.note(now, || Happening::Started { host, by });
            this.trail_reaction(host, slot, now, script, What::Start, nth);
        });
    }

    /// Lets everything happen that must happen before anyone has a choice: the script, then timers.
    fn settle(&mut self, state: State, price: u32) {
        if self.spins > SPIN_CAP || state.copies.len() > FLIGHT_CAP {
            let why = format!("more than anyone can follow happens at {}", state.now);
            return self.emit(state, price, Some(Violation { property: "progress", why }));
        }
        self.spins += 1;
        let (problem, place) = (self.problem, usize::from(state.script));
        if let Some(scripted) = problem.script.get(place).filter(|s| s.at <= state.now) {
            return self.act(state, place, &scripted.act, price);
        }
        let deadline = |host: &usize| self.overlay.slot(state.slots[*host]).deadline;
        let first = (0..self.problem.hosts.len()).min_by_key(deadline);
        let Some(host) = first.filter(|host| deadline(host) <= state.now) else {
            return self.emit(state, price, None);
        };
        let (slot, now) = (state.slots[host], state.now);
        let sheaf = self.overlay.react(host, slot, now, What::Timeout);
        self.branch(state, host, sheaf, price, |this, nth| {
            this.trail_reaction(host, slot, now, place, What::Timeout, nth);
        });
    }

    fn act(&mut self, mut state: State, place: usize, act: &Act<M>, price: u32) {
        state.script += 1;
        let now = state.now;
        match act {
            Act::Start(host) => self.start(state, *host, price, By::Script),
            Act::Crash(host, disk) => self.crash(state, *host, *disk, price, By::Script),
            Act::Reach(_) => self.settle(state, price),
            Act::Command(host, _) => {
                let (host, slot) = (*host, state.slots[*host]);
                if !self.overlay.slot(slot).is_up() {
                    return self.settle(state, price);
                }
                let what = What::Command(place as u16);
                let sheaf = self.overlay.react(host, slot, now, what);
                self.branch(state, host, sheaf, price, |this, nth| {
                    this.note(now, || Happening::Commanded { host, place });
                    this.trail_reaction(host, slot, now, place + 1, what, nth);
                });
            }
        }
    }

    /// Goes on from every outcome of something that happens to `host`.
    fn branch(
        &mut self,
        state: State,
        host: usize,
        sheaf: Sheaf,
        price: u32,
        tell: impl Fn(&mut Self, usize),
    ) {
        let count = self.overlay.outcomes(sheaf).len();
        for nth in 0..count {
            let mut next = state.clone();
            let length = self.trail.len();
            tell(self, nth);
            let violation = self.carry_out(&mut next, host, sheaf, nth);
            match violation {
                Some(_) => self.emit(next, price, violation),
                None => self.settle(next, price),
            }
            self.trail.truncate(length);
        }
    }

    /// Puts one outcome into effect; says what property that breaks.
    fn carry_out(
        &self,
        state: &mut State,
        host: usize,
        sheaf: Sheaf,
        nth: usize,
    ) -> Option<Violation> {
        let outcome = &self.overlay.outcomes(sheaf)[nth];
        let changed = std::mem::replace(&mut state.slots[host], outcome.slot) != outcome.slot;
        let reach = self.reach.0[usize::from(state.script)][host];
        let latest = state.now + self.problem.bounds.delay;
        for &datagram in &outcome.sends {
            let mut listeners = self.overlay.datagram(datagram).listeners & reach;
            while listeners != 0 {
                let to = listeners.trailing_zeros() as u8;
                listeners &= listeners - 1;
                let (passed, twin) = (Passed::No, Twin::No);
                state.copies.push(Copy { datagram, to, passed, twin, latest });
            }
        }
        if changed { self.broken(state) } else { None }
    }

    fn broken(&self, state: &State) -> Option<Violation> {
        let hosts = self.problem.hosts.len();
        self.problem.properties.iter().enumerate().find_map(|(at, property)| {
            let mut views = [None; MAX_HOSTS];
            for (view, &slot) in views.iter_mut().zip(&state.slots[..hosts]) {
                *view = self.overlay.slot(slot).view(at);
            }
            let why = property.violation(&views[..hosts], state.now)?;
            Some(Violation { property: property.name(), why })
        })
    }

    fn emit(&mut self, state: State, price: u32, violation: Option<Violation>) {
        let trail = self.trail.clone();
        self.out.push(Successor { state, price, violation, trail });
    }
}
