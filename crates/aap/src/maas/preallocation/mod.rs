//! Preallocating with AITU, and allocating what is preallocated (section 3.2.6): answers without a
//! wait (AAP-3.2.6.2-01), and without risk while the network is divided, if the addresses were
//! preallocated before (AAP-3.2.6.2-02).

mod collision;
mod pool;
mod storage;

use addrspace::{Range, RangeSet};
use sansio::{Cx, Duration, Instant, Question, UtcSecs};

use crate::command::{Demand, RequestId};
use crate::config::Peer;
use crate::event::{Event, Lease, Loss};
use crate::maas::announce::THIRTY_PERCENT;
use crate::maas::timer::Timer;
use crate::maas::{Maas, tell};
use crate::participant::Out;
use crate::select::Purpose;
use crate::wire::{Body, Rseq};

const AITU_REPEAT: Question = Question("aitu-repeat");

/// Names one preallocation, also across the sets it goes through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(in crate::maas) struct PreallocationId(pub(in crate::maas) u32);

/// How far a preallocation has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Stage {
    /// Announced for less than `[ANNOUNCE-WAIT]`.
    Tentative,
    /// Its addresses can be allocated at once.
    Held,
    /// It collided and looks for another set.
    Choosing,
}

/// Addresses we intend to use.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) struct Preallocation {
    request: Option<RequestId>,
    demand: Demand,
    set: RangeSet,
    end: UtcSecs,
    rseq: Rseq,
    mseq: u8,
    interval: Duration,
    stage: Stage,
    /// AITUs sent for the present set, and when the last was.
    sent: u32,
    last_sent: Instant,
    attempts: u32,
    /// What stable storage holds of it: the set once it is held, or what was restored of it.
    stored: RangeSet,
    /// Addresses that others objected to while this preallocation has been looking for a set.
    avoided: RangeSet,
}

impl Preallocation {
    pub(in crate::maas) const fn rseq(&self) -> Rseq {
        self.rseq
    }

    pub(in crate::maas) const fn set(&self) -> &RangeSet {
        &self.set
    }

    pub(in crate::maas) fn is_held(&self) -> bool {
        self.stage == Stage::Held
    }

    pub(in crate::maas) const fn request(&self) -> Option<RequestId> {
        self.request
    }

    /// How many sets it has tried, the present one included.
    pub(in crate::maas) const fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(in crate::maas) fn leases(&self) -> Vec<Lease> {
        self.set.iter().map(|range| Lease { range, end: self.end }).collect()
    }
}

impl Maas {
    /// Begins to preallocate for `demand`: with a request if a user asked, without for the pool.
    pub(in crate::maas) fn preallocate(
        &mut self,
        cx: &mut Cx<'_>,
        request: Option<RequestId>,
        demand: Demand,
        out: &mut Out,
    ) {
        let none = RangeSet::new();
        let chosen = match self.insisted(&demand, cx.now.utc) {
            Some(set) => Ok(set),
            None => self.select_for(cx, Purpose::Preallocation, &demand, &none, &none),
        };
        match chosen {
            Ok(set) => {
                let id = self.add_preallocation(request, demand, cx.now.instant);
                self.announce_intent(cx, id, set, "AAP-3.2.6-03", out);
            }
            Err(why) => {
                if let Some(request) = request {
                    tell(out, Event::Refused { request, why }, "AAP-3.2.7-02");
                }
            }
        }
    }

    fn add_preallocation(
        &mut self,
        request: Option<RequestId>,
        demand: Demand,
        now: Instant,
    ) -> PreallocationId {
        let id =
            PreallocationId(self.preallocations.last_key_value().map_or(0, |(id, _)| id.0 + 1));
        let preallocation = Preallocation {
            request,
            end: demand.end,
            demand,
            set: RangeSet::new(),
            rseq: self.new_rseq(),
            mseq: 0,
            interval: self.config.timing.resend_wait,
            stage: Stage::Tentative,
            sent: 0,
            last_sent: now,
            attempts: 0,
            stored: RangeSet::new(),
            avoided: RangeSet::new(),
        };
        self.preallocations.insert(id, preallocation);
        id
    }

    /// Announces `set` from now on, tentatively for a full `[ANNOUNCE-WAIT]` (AAP-3.2.6-04).
    fn announce_intent(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        set: RangeSet,
        rule: &'static str,
        out: &mut Out,
    ) {
        let timing = self.config.timing;
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        let old = std::mem::replace(&mut p.set, set.clone());
        p.stage = Stage::Tentative;
        p.interval = timing.resend_wait;
        p.sent = 0;
        p.attempts += 1;
        let end = p.end;
        for range in old.difference(&set).iter() {
            self.record.let_go(range);
        }
        for range in set.iter() {
            self.record.take(range);
        }
        self.send_intent(cx, id, rule, out);
        self.arm(cx, Timer::Preallocation(id), timing.announce_wait);
        self.schedule_intent(cx, id);
        self.arm_at_utc(cx, Timer::PreallocationEnd(id), end);
    }

    fn send_intent(&mut self, cx: &Cx<'_>, id: PreallocationId, rule: &'static str, out: &mut Out) {
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        let (rseq, mseq) = (p.rseq, p.mseq);
        p.mseq = mseq.wrapping_add(1);
        p.sent = p.sent.saturating_add(1);
        p.last_sent = cx.now.instant;
        let (set, end) = (p.set.clone(), p.end);
        let leases = self.lawful_leases(&set, end);
        self.note_contest(cx, (Peer::from(self.config.own), rseq), &leases);
        let body = Body::Aitu(self.ranges(leases));
        self.send(cx.now, rseq, mseq, body, rule, out);
    }

    /// All intervals vary by 30 % (AAP-3.2.6-06).
    fn schedule_intent(&mut self, cx: &mut Cx<'_>, id: PreallocationId) {
        let Some(p) = self.preallocations.get(&id) else { return };
        let (timing, interval) = (self.config.timing, p.interval);
        let after = timing.jittered(cx, AITU_REPEAT, interval, THIRTY_PERCENT);
        self.arm(cx, Timer::PreallocationRepeat(id), after);
    }

    /// An AITU is due again (AAP-3.2.6-05).
    pub(in crate::maas) fn repeat_preallocation(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        out: &mut Out,
    ) {
        // A wall clock that jumped ahead has passed an end whose timer still waits.
        if self.preallocations.get(&id).is_some_and(|p| p.end <= cx.now.utc) {
            self.end_preallocation(cx, id, out);
            return;
        }
        self.send_intent(cx, id, "AAP-3.2.6-05", out);
        let longest = self.config.timing.repeat_interval;
        if let Some(p) = self.preallocations.get_mut(&id) {
            p.interval =
                Duration::from_micros((p.interval * 2).as_micros().min(longest.as_micros()));
        }
        self.schedule_intent(cx, id);
    }

    /// Nobody objected for `[ANNOUNCE-WAIT]` (AAP-3.2.6-10).
    pub(in crate::maas) fn preallocation_stood(&mut self, id: PreallocationId, out: &mut Out) {
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        p.stage = Stage::Held;
        p.attempts = 0;
        p.avoided = RangeSet::new();
        let (request, leases) = (p.request, p.leases());
        p.store(p.set.clone(), "AAP-3.1-01", out);
        tell(out, Event::Held { request, leases }, "AAP-3.2.6-10");
    }

    fn stop_intent(&mut self, id: PreallocationId) {
        for timer in [Timer::Preallocation(id), Timer::PreallocationRepeat(id)] {
            self.timers.cancel(timer);
        }
    }

    /// Takes `lost` out of a preallocation; one left empty is gone.
    pub(in crate::maas) fn shrink_preallocation(
        &mut self,
        id: PreallocationId,
        lost: &RangeSet,
        rule: &'static str,
        out: &mut Out,
    ) {
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        let before = p.set.clone();
        p.set = before.difference(lost);
        let kept = p.stored.difference(lost);
        if kept != p.stored {
            p.store(kept, rule, out);
        }
        let is_over = p.set.is_empty();
        for range in before.intersection(lost).iter() {
            self.record.let_go(range);
        }
        if is_over {
            self.remove_preallocation(id);
        }
    }

    fn remove_preallocation(&mut self, id: PreallocationId) {
        self.stop_intent(id);
        self.timers.cancel(Timer::PreallocationRetry(id));
        self.timers.cancel(Timer::PreallocationEnd(id));
        if let Some(p) = self.preallocations.remove(&id) {
            for range in p.set.iter() {
                self.record.let_go(range);
            }
        }
    }

    /// Gives up every preallocation.
    pub(in crate::maas) fn drop_preallocations(&mut self, out: &mut Out) {
        for id in self.preallocations.keys().copied().collect::<Vec<_>>() {
            self.drop_preallocation(id, out);
        }
    }

    fn drop_preallocation(&mut self, id: PreallocationId, out: &mut Out) {
        let set = self.preallocations.get(&id).map_or_else(RangeSet::new, |p| p.set.clone());
        self.shrink_preallocation(id, &set, "AAP-3.2.6-11", out);
    }

    /// A preallocation reaches its end time.
    pub(in crate::maas) fn end_preallocation(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        out: &mut Out,
    ) {
        let Some(p) = self.preallocations.get(&id) else { return };
        if p.end > cx.now.utc {
            let end = p.end;
            self.arm_at_utc(cx, Timer::PreallocationEnd(id), end);
            return;
        }
        let (set, request) = (p.set.clone(), p.request);
        self.shrink_preallocation(id, &set, "AAP-3.2.1-04", out);
        tell(
            out,
            Event::Abandoned { request, ranges: set.iter().collect(), why: Loss::Ended },
            "AAP-3.2.1-04",
        );
        self.refill_pool(cx);
    }

    /// Whether `request` has preallocated anything, or is about to.
    pub(in crate::maas) fn is_preallocated_for(&self, request: RequestId) -> bool {
        self.preallocations.values().any(|p| p.request == Some(request))
    }

    /// The user no longer wants what `request` preallocated.
    pub(in crate::maas) fn withdraw_preallocation(
        &mut self,
        request: RequestId,
        out: &mut Out,
    ) -> bool {
        let of_request = |(_, p): &(&_, &Preallocation)| p.request == Some(request);
        let ids: Vec<_> =
            self.preallocations.iter().filter(of_request).map(|(&id, _)| id).collect();
        for &id in &ids {
            self.drop_preallocation(id, out);
        }
        !ids.is_empty()
    }

    /// Moves the end of preallocated addresses; returns whether any were concerned.
    pub(in crate::maas) fn set_preallocation_end(
        &mut self,
        cx: &mut Cx<'_>,
        range: Range,
        end: UtcSecs,
        out: &mut Out,
    ) -> bool {
        let Some((&id, _)) = self.preallocations.iter().find(|(_, p)| p.set.contains_range(range))
        else {
            return false;
        };
        let Some(p) = self.preallocations.get_mut(&id) else { return false };
        p.end = end;
        p.demand.end = end;
        p.store(p.stored.clone(), "AAP-3.1-01", out);
        self.arm_at_utc(cx, Timer::PreallocationEnd(id), end);
        self.send_intent(cx, id, "AAP-3.2.8-05", out);
        tell(out, Event::EndChanged { lease: Lease { range, end } }, "AAP-3.2.8-05");
        true
    }
}
