//! The Multicast Address Allocation Server (section 3).
//!
//! One [`Maas`] serves one scope. Its parts are the state machines of the draft, one file each;
//! this file only says which of them an input concerns.
//!
//! No part ever waits for a particular other host: it decides by its own record and timers. That
//! is why service goes on when others fail or are cut off for a while (AAP-1.4-01, AAP-2.2-01).

mod announce;
mod attempt;
mod claim;
mod command;
mod conflict;
mod defence;
mod defended;
mod deletion;
mod failure;
mod first_wait;
mod holdings;
mod preallocation;
mod receive;
mod report;
mod retry;
mod sending;
mod space;
mod startup;
#[cfg(test)]
mod tests;
mod timer;
mod witness;

use std::collections::BTreeMap;

use addrspace::{Addr, Range, RangeSet};
use sansio::{Cx, Deadlines, Input, Instant, Rule, UtcSecs};

use crate::admission::Admission;
use crate::command::{Command, RequestId};
use crate::config::Config;
use crate::event::{Event, Lease};
use crate::participant::{OneOutput, Out, Participant};
use crate::record::AllocationRecord;
use crate::stored::Item;

pub use attempt::Attempt;

use claim::Claim;
use defence::{Defence, DefenceKey};
use deletion::Tombstone;
use failure::Plea;
use holdings::Holdings;
use preallocation::{Preallocation, PreallocationId};
use sending::Sequence;
use timer::Timer;

/// An allocation server for one scope: a plain value that is driven by inputs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Maas {
    config: Config,
    phase: Phase,
    timers: Deadlines<Timer>,
    sequence: Sequence,
    admission: Admission,
    record: AllocationRecord,
    holdings: Holdings,
    claims: BTreeMap<RequestId, Claim>,
    preallocations: BTreeMap<PreallocationId, Preallocation>,
    defences: BTreeMap<DefenceKey, Defence>,
    pleas: BTreeMap<RequestId, Plea>,
    tombstones: BTreeMap<Addr, Tombstone>,
    /// Commands given during the start-up silence, in order.
    waiting: Vec<Command>,
}

/// Where a MAAS is in its life (section 3.2.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// Not started.
    Off,
    /// In the start-up silence: it hears and remembers, and sends nothing.
    Listening,
    /// At work: from here on it takes part at all times, until it retires (AAP-3.1-05).
    Ready,
    /// At work for what it holds, but giving everything back.
    Retiring,
    /// It has stopped taking part.
    Retired,
}

impl Maas {
    /// A MAAS that has not been started.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            record: AllocationRecord::new(&config),
            config,
            phase: Phase::Off,
            timers: Deadlines::default(),
            sequence: Sequence::default(),
            admission: Admission::default(),
            holdings: Holdings::default(),
            claims: BTreeMap::new(),
            preallocations: BTreeMap::new(),
            defences: BTreeMap::new(),
            pleas: BTreeMap::new(),
            tombstones: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    /// What it was configured with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Where it is in its life.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// What it believes about the scope.
    #[must_use]
    pub const fn record(&self) -> &AllocationRecord {
        &self.record
    }

    /// Whether the start-up silence is over and the MAAS still takes part.
    fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Ready | Phase::Retiring)
    }

    /// Its own allocations that users may use: neither in conflict nor being deleted.
    pub fn held(&self) -> impl Iterator<Item = Lease> + '_ {
        self.holdings.leases(holdings::Standing::Good)
    }

    /// Its own allocations that another MAAS has allocated too and that could not be undone.
    pub fn conflicted(&self) -> impl Iterator<Item = Lease> + '_ {
        self.holdings.leases(holdings::Standing::Conflicted)
    }

    /// Its own allocations that are being deleted.
    pub fn deleting(&self) -> impl Iterator<Item = Lease> + '_ {
        self.holdings.leases(holdings::Standing::Deleting)
    }

    /// Its own allocations whose first address is above `after`, whatever became of them, by
    /// address.
    pub fn own_above(&self, after: Option<Addr>) -> impl Iterator<Item = Lease> + '_ {
        self.holdings.above(after).map(holdings::Holding::lease)
    }

    /// Its preallocations that can be allocated without a claim, with the ends announced.
    pub fn preallocated(&self) -> impl Iterator<Item = Lease> + '_ {
        self.preallocations.values().filter(|p| p.is_held()).flat_map(Preallocation::leases)
    }

    /// Requests with a claim under way, with the addresses claimed.
    pub fn claiming(&self) -> impl Iterator<Item = (RequestId, Vec<Range>)> + '_ {
        self.claims.iter().map(|(&request, claim)| (request, claim.set().iter().collect()))
    }

    /// How many claims and tentative preallocations are under way.
    #[must_use]
    pub fn attempts(&self) -> usize {
        self.claims.len() + self.preallocations.values().filter(|p| !p.is_held()).count()
    }

    /// How many defences are armed.
    #[must_use]
    pub fn defences(&self) -> usize {
        self.defences.len()
    }

    /// Every armed timer by its name, with when it is due.
    pub fn timers(&self) -> impl Iterator<Item = (&'static str, Instant)> + '_ {
        self.timers.iter().map(|(timer, at)| (sansio::TimerKind::name(&timer), at))
    }

    #[inline]
    pub(crate) fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Participant>, out: &mut Out) {
        if let Input::Message { from, message, .. } = input
            && self.passes_over(cx.now, from, message)
        {
            return;
        }
        self.heed(cx, input, out);
    }

    /// Kept apart, or all that may come of an input would be set up for each that nothing comes of.
    #[inline(never)]
    fn heed(&mut self, cx: &mut Cx<'_>, input: Input<'_, Participant>, out: &mut Out) {
        // A timeout purges for itself: the report of the timer has to come first.
        if !matches!(input, Input::Timeout) {
            self.purge(cx.now.utc, out);
        }
        match input {
            Input::Start { restored } => self.start(cx, restored, out),
            Input::Message { from, message, authenticated, .. } => {
                self.receive(cx, from, message, authenticated, out);
            }
            Input::Timeout => self.timeout(cx, out),
            Input::Command(command) => self.command(cx, command, out),
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    fn timeout(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let Some(due) = self.timers.pop_due(cx.now.instant) else { return };
        out.push(OneOutput::Fired {
            timer: sansio::TimerKind::name(&due.timer),
            armed_by: due.armed_by,
        });
        self.purge(cx.now.utc, out);
        match due.timer {
            Timer::Startup => self.become_ready(cx, out),
            Timer::Claim(request) => self.claim_stood(cx, request, out),
            Timer::ClaimRepeat(request) => self.repeat_claim(cx, request, out),
            Timer::ClaimRetry(request) => self.retry_claim(cx, request, out),
            Timer::Preallocation(id) => self.preallocation_stood(id, out),
            Timer::PreallocationRepeat(id) => self.repeat_preallocation(cx, id, out),
            Timer::PreallocationRetry(id) => self.retry_preallocation(cx, id, out),
            Timer::PreallocationEnd(id) => self.end_preallocation(cx, id, out),
            Timer::Announce(id) => self.announce(cx, id, out),
            Timer::HoldingEnd => self.end_holdings(cx, out),
            Timer::Defence(key) => self.defend(cx, key, out),
            Timer::Burial => self.bury_again(cx, out),
            Timer::AnaWindow(request) => self.end_plea(request),
            Timer::AnaRepeat(request) => self.repeat_plea(cx, request, out),
            Timer::AsaExpiry => self.space_expired(cx, out),
            Timer::AsaResend => self.resend_space(cx, out),
            Timer::AsrpSend => self.send_report(cx, out),
            Timer::Pool => self.fill_pool(cx, out),
        }
    }

    /// Whether [`Self::purge`] would drop anything.
    #[inline]
    fn has_ended(&self, now: UtcSecs) -> bool {
        self.record.has_ended(now) || self.tombstone_has_ended(now)
    }

    /// Drops what has ended from the record and from the memory of deletions.
    fn purge(&mut self, now: UtcSecs, out: &mut Out) {
        for item in self.record.purge(now) {
            persist(out, item, "AAP-3.2.1-04");
        }
        self.purge_tombstones(now, out);
    }
}

/// The addresses of `leases`.
fn addresses(leases: &[Lease]) -> RangeSet {
    leases.iter().map(|lease| lease.range).collect()
}

/// Where `listed` meets `set`: the addresses of `set` concerned, and the leases that concern it.
fn meeting(set: &RangeSet, listed: &[Lease]) -> (RangeSet, Vec<Lease>) {
    let concerned: Vec<Lease> = listed.iter().filter(|l| set.overlaps(l.range)).copied().collect();
    let parts = concerned
        .iter()
        .flat_map(|l| set.overlapping(l.range).filter_map(|r| r.intersection(l.range)))
        .collect();
    (parts, concerned)
}

/// Asks for `item` to be written down.
fn persist(out: &mut Out, record: Item, rule: &'static str) {
    out.push(OneOutput::Persist { record, rule: Rule(rule) });
}

/// Tells the user.
fn tell(out: &mut Out, event: Event, rule: &'static str) {
    out.push(OneOutput::Event { event, rule: Rule(rule) });
}
