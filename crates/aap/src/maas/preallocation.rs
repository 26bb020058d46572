//! Preallocating with AITU, and allocating what is preallocated (section 3.2.6): answers without a
//! wait (AAP-3.2.6.2-01), and without risk while the network is divided, if the addresses were
//! preallocated before (AAP-3.2.6.2-02).

use addrspace::{Range, RangeSet};
use sansio::{Cx, Duration, Instant, Question, UtcSecs};

use super::announce::THIRTY_PERCENT;
use super::holdings::Holding;
use super::timer::Timer;
use super::{Maas, persist, tell};
use crate::command::{Choice, Demand, Layout, RequestId};
use crate::config::Peer;
use crate::event::{Event, GrantPath, Lease, Loss, Refusal};
use crate::participant::Out;
use crate::policy::{FastPath, PreallocationLoss, PreallocationTie};
use crate::select::{Purpose, Wish, select};
use crate::stored::{Item, ItemKey};
use crate::wire::{Body, MessageType, Rseq};

const AITU_REPEAT: Question = Question("aitu-repeat");

/// Names one preallocation, also across the sets it goes through.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct PreallocationId(pub(super) u32);

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
pub(super) struct Preallocation {
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
    /// Addresses that others objected to while this preallocation has been looking for a set.
    avoided: RangeSet,
}

impl Preallocation {
    pub(super) const fn rseq(&self) -> Rseq {
        self.rseq
    }

    pub(super) const fn set(&self) -> &RangeSet {
        &self.set
    }

    pub(super) fn is_held(&self) -> bool {
        self.stage == Stage::Held
    }

    fn leases(&self) -> Vec<Lease> {
        self.set.iter().map(|range| Lease { range, end: self.end }).collect()
    }

    /// The form it is stored in.
    fn items(&self) -> Vec<Item> {
        let (end, request) = (self.end, self.request.map(|r| r.0));
        self.set.iter().map(|range| Item::Preallocated { range, end, request }).collect()
    }
}

impl Maas {
    /// Begins to preallocate for `demand`: with a request if a user asked, without for the pool.
    pub(super) fn preallocate(
        &mut self,
        cx: &mut Cx<'_>,
        request: Option<RequestId>,
        demand: Demand,
        out: &mut Out,
    ) {
        let chosen = match self.insisted(&demand) {
            Some(set) => Ok(set),
            None => self.select_for_preallocation(cx, &demand, &RangeSet::new()),
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
            avoided: RangeSet::new(),
        };
        self.preallocations.insert(id, preallocation);
        id
    }

    /// A preallocation from stable storage; it is announced, tentatively, after the start-up
    /// silence (F-07).
    pub(super) fn restore_preallocation(
        &mut self,
        request: Option<RequestId>,
        demand: Demand,
        range: Range,
    ) {
        let id = self.add_preallocation(request, demand, Instant::ZERO);
        self.record.take(range);
        if let Some(p) = self.preallocations.get_mut(&id) {
            p.set.insert(range);
        }
    }

    /// Announces what was restored.
    pub(super) fn begin_restored_preallocations(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let restored: Vec<_> =
            self.preallocations.iter().map(|(&id, p)| (id, p.set.clone())).collect();
        for (id, set) in restored {
            self.announce_intent(cx, id, set, "F-07", out);
        }
    }

    fn select_for_preallocation(
        &mut self,
        cx: &mut Cx<'_>,
        demand: &Demand,
        excluded: &RangeSet,
    ) -> Result<RangeSet, Refusal> {
        self.record.claims.expire(cx.now.instant, self.config.timing.claim_silence());
        let wish = Wish {
            count: u128::from(demand.count),
            layout: demand.layout,
            end: demand.end,
            preferred: &demand.preferred,
            excluded,
            kept: &RangeSet::new(),
            purpose: Purpose::Preallocation,
        };
        select(cx, &self.config, &mut self.record, &wish)
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
        self.note_contest(cx, Peer::from(self.config.own), &leases);
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
    pub(super) fn repeat_preallocation(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        out: &mut Out,
    ) {
        self.send_intent(cx, id, "AAP-3.2.6-05", out);
        let longest = self.config.timing.repeat_interval;
        if let Some(p) = self.preallocations.get_mut(&id) {
            p.interval =
                Duration::from_micros((p.interval * 2).as_micros().min(longest.as_micros()));
        }
        self.schedule_intent(cx, id);
    }

    /// Nobody objected for `[ANNOUNCE-WAIT]` (AAP-3.2.6-10).
    pub(super) fn preallocation_stood(&mut self, id: PreallocationId, out: &mut Out) {
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        p.stage = Stage::Held;
        p.attempts = 0;
        p.avoided = RangeSet::new();
        let (request, leases) = (p.request, p.leases());
        for item in p.items() {
            persist(out, item, "AAP-3.1-01");
        }
        tell(out, Event::Held { request, leases }, "AAP-3.2.6-10");
    }

    /// A foreign ACLM, AITU or AIU lists `listed`: preallocations that list any of it are given up
    /// (AAP-3.2.6-07, AAP-3.2.6-11).
    pub(super) fn collide_preallocations(
        &mut self,
        cx: &mut Cx<'_>,
        listed: &[Lease],
        peer: Peer,
        message: MessageType,
        out: &mut Out,
    ) {
        let colliding: Vec<PreallocationId> = self
            .preallocations
            .iter()
            .filter(|(_, p)| listed.iter().any(|l| p.set.overlaps(l.range)))
            .map(|(&id, _)| id)
            .collect();
        for id in colliding {
            if message == MessageType::Aitu && self.insists_on_intent(cx, id, out) {
                continue;
            }
            self.yield_preallocation(cx, id, listed, peer, message, out);
        }
    }

    /// Whether a held preallocation stands against a foreign one (experiment F-12).
    fn insists_on_intent(&mut self, cx: &mut Cx<'_>, id: PreallocationId, out: &mut Out) -> bool {
        let held = self.preallocations.get(&id).is_some_and(Preallocation::is_held);
        let insists =
            held && self.config.policy.preallocation_tie == PreallocationTie::IncumbentWins;
        if insists {
            self.send_intent(cx, id, "F-12", out);
        }
        insists
    }

    fn yield_preallocation(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        listed: &[Lease],
        peer: Peer,
        message: MessageType,
        out: &mut Out,
    ) {
        let Some(p) = self.preallocations.get(&id) else { return };
        let hit: RangeSet = listed
            .iter()
            .flat_map(|l| p.set.overlapping(l.range).filter_map(|r| r.intersection(l.range)))
            .collect();
        let (stage, request) = (p.stage, p.request);
        let lost = match self.config.policy.preallocation_loss {
            PreallocationLoss::Whole => p.set.clone(),
            PreallocationLoss::Listed => hit.clone(),
        };
        let overlap: Vec<Lease> =
            listed.iter().filter(|l| p.set.overlaps(l.range)).copied().collect();
        if stage == Stage::Held {
            self.shrink_preallocation(id, &lost, "AAP-3.2.6-11", out);
            let why = Loss::Collision { message, peer };
            tell(
                out,
                Event::Abandoned { request, ranges: lost.iter().collect(), why },
                "AAP-3.2.6-11",
            );
            self.refill_pool(cx);
            return;
        }
        let ranges: Vec<Range> = lost.iter().collect();
        tell(
            out,
            Event::Clash { request, given_up: ranges, peer, message, listed: overlap },
            "AAP-3.2.6-07",
        );
        self.stop_intent(id);
        self.choose_intent_again(cx, id, &hit, out);
    }

    fn stop_intent(&mut self, id: PreallocationId) {
        for timer in [Timer::Preallocation(id), Timer::PreallocationRepeat(id)] {
            self.timers.cancel(timer);
        }
    }

    /// Another set under the same number (AAP-3.2.6-08), without `hit`, at once or after the time
    /// the environment says it takes.
    fn choose_intent_again(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        hit: &RangeSet,
        out: &mut Out,
    ) {
        let delay = self.reselect_after(cx);
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        p.stage = Stage::Choosing;
        let whole = std::mem::take(&mut p.set);
        p.avoided = p.avoided.union(hit);
        for range in whole.iter() {
            self.record.let_go(range);
        }
        match delay {
            Some(delay) => self.arm(cx, Timer::PreallocationRetry(id), delay),
            None => self.retry_preallocation(cx, id, out),
        }
    }

    /// A preallocator that collided looks for other addresses.
    pub(super) fn retry_preallocation(
        &mut self,
        cx: &mut Cx<'_>,
        id: PreallocationId,
        out: &mut Out,
    ) {
        let Some(p) = self.preallocations.get(&id) else { return };
        let (request, demand, avoided) = (p.request, p.demand.clone(), p.avoided.clone());
        let limit = self.config.policy.claim_attempts;
        let chosen = if limit > 0 && p.attempts >= limit {
            Err(Refusal::TooManyCollisions)
        } else {
            self.select_for_preallocation(cx, &demand, &avoided)
        };
        match chosen {
            Ok(set) => self.announce_intent(cx, id, set, "AAP-3.2.6-08", out),
            Err(why) => {
                self.remove_preallocation(id);
                if let Some(request) = request {
                    tell(out, Event::Refused { request, why }, "AAP-3.2.7-02");
                }
            }
        }
    }

    /// Takes `lost` out of a preallocation; one left empty is gone.
    pub(super) fn shrink_preallocation(
        &mut self,
        id: PreallocationId,
        lost: &RangeSet,
        rule: &'static str,
        out: &mut Out,
    ) {
        let Some(p) = self.preallocations.get_mut(&id) else { return };
        let (before, held) = (p.set.clone(), p.is_held());
        p.set = before.difference(lost);
        let (after, items) = (p.set.clone(), p.items());
        for range in before.intersection(lost).iter() {
            self.record.let_go(range);
        }
        if held {
            for range in before.iter() {
                persist(out, Item::Forget(ItemKey::Preallocated(range.first())), rule);
            }
            for item in items {
                persist(out, item, rule);
            }
        }
        if after.is_empty() {
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
    pub(super) fn drop_preallocations(&mut self, out: &mut Out) {
        for id in self.preallocations.keys().copied().collect::<Vec<_>>() {
            let set = self.preallocations.get(&id).map_or_else(RangeSet::new, |p| p.set.clone());
            self.shrink_preallocation(id, &set, "AAP-3.2.6-11", out);
            self.remove_preallocation(id);
        }
    }

    /// A preallocation reaches its end time.
    pub(super) fn end_preallocation(
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

    /// Grants `demand` from held preallocations, without a claim, if they can satisfy it
    /// (AAP-3.2.6.1-01).
    pub(super) fn grant_from_pool(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        out: &mut Out,
    ) -> bool {
        let usable = self.preallocations.iter().find_map(|(&id, p)| {
            self.is_usable(p, cx.now.instant, demand)
                .then(|| take_from(&p.set, demand))
                .flatten()
                .map(|set| (id, set))
        });
        let Some((id, set)) = usable else { return false };
        let end = self.spread_end(cx, demand.end);
        let leases = self.lawful_leases(&set, end);
        let holdings = leases.iter().map(|l| Holding::new(l.range, l.end, request)).collect();
        self.shrink_preallocation(id, &set, "AAP-3.2.6.1-03", out);
        self.allocate(cx, holdings, "AAP-3.2.6.1-02", out);
        tell(
            out,
            Event::Granted { request, leases, path: GrantPath::Preallocation },
            "AAP-3.2.6.1-01",
        );
        self.refill_pool(cx);
        true
    }

    /// Whether `p` may be allocated from without a claim (AAP-2-10, F-19).
    fn is_usable(&self, p: &Preallocation, now: Instant, demand: &Demand) -> bool {
        let announced = match self.config.policy.fast_path {
            FastPath::TimerExpired => true,
            FastPath::AnnouncedRecently => {
                p.sent >= 2 && now.since(p.last_sent) <= self.config.timing.recent()
            }
        };
        p.is_held()
            && announced
            && demand.end <= p.end.plus(i64::from(self.config.policy.end_tolerance))
    }

    /// The pool is looked after again soon.
    pub(super) fn refill_pool(&mut self, cx: &Cx<'_>) {
        if self.config.policy.pool_size > 0 {
            let soon = self.config.timing.resend_wait;
            self.arm(cx, Timer::Pool, soon);
        }
    }

    /// Preallocates what the pool lacks (AAP-2.2-02). Its size and the lifetime of its addresses
    /// are bounded, as they are lost to all if we die (AAP-3.2.5.1-02).
    pub(super) fn fill_pool(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let pooled: u128 =
            self.preallocations.values().filter(|p| p.request.is_none()).map(|p| p.set.len()).sum();
        let missing = u128::from(self.config.policy.pool_size).saturating_sub(pooled);
        if let Ok(count @ 1..) = u32::try_from(missing) {
            let end = cx.now.utc.plus(i64::from(self.config.policy.pool_lifetime));
            let demand = Demand {
                count,
                layout: Layout::Scattered,
                end,
                preferred: Vec::new(),
                choice: Choice::IfFree,
            };
            self.preallocate(cx, None, demand, out);
        }
        let interval = self.config.timing.repeat_interval;
        self.arm(cx, Timer::Pool, interval);
    }

    /// The user no longer wants what `request` preallocated.
    pub(super) fn withdraw_preallocation(&mut self, request: RequestId, out: &mut Out) -> bool {
        let Some((&id, p)) = self.preallocations.iter().find(|(_, p)| p.request == Some(request))
        else {
            return false;
        };
        let set = p.set.clone();
        self.shrink_preallocation(id, &set, "AAP-3.2.6-11", out);
        self.remove_preallocation(id);
        true
    }

    /// An ASA no longer offers all that is preallocated: tentative sets lose what is missing and
    /// start again (AAP-3.2.6-09), held ones are abandoned (AAP-3.2.6-12).
    pub(super) fn preallocations_leave(
        &mut self,
        cx: &mut Cx<'_>,
        offered: &RangeSet,
        out: &mut Out,
    ) {
        let hit: Vec<(PreallocationId, RangeSet)> = self
            .preallocations
            .iter()
            .map(|(&id, p)| (id, p.set.difference(offered)))
            .filter(|(_, missing)| !missing.is_empty())
            .collect();
        for (id, missing) in hit {
            let Some(p) = self.preallocations.get(&id) else { continue };
            let (stage, request, whole) = (p.stage, p.request, p.set.clone());
            if stage == Stage::Held {
                self.shrink_preallocation(id, &whole, "AAP-3.2.6-12", out);
                let ranges = whole.iter().collect();
                tell(
                    out,
                    Event::Abandoned { request, ranges, why: Loss::Invalidated },
                    "AAP-3.2.6-12",
                );
                self.refill_pool(cx);
                continue;
            }
            self.stop_intent(id);
            let rest = whole.difference(&missing);
            self.shrink_preallocation(id, &missing, "AAP-3.2.6-09", out);
            if !rest.is_empty() {
                self.announce_intent(cx, id, rest, "AAP-3.2.6-09", out);
            }
        }
    }

    /// Moves the end of preallocated addresses; returns whether any were concerned.
    pub(super) fn set_preallocation_end(
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
        let stored = if p.is_held() { p.items() } else { Vec::new() };
        for item in stored {
            persist(out, item, "AAP-3.1-01");
        }
        self.arm_at_utc(cx, Timer::PreallocationEnd(id), end);
        self.send_intent(cx, id, "AAP-3.2.8-05", out);
        tell(out, Event::EndChanged { lease: Lease { range, end } }, "AAP-3.2.8-05");
        true
    }
}

/// The part of `set` that satisfies `demand`, if any does: preferred addresses first, then the
/// lowest.
fn take_from(set: &RangeSet, demand: &Demand) -> Option<RangeSet> {
    let count = u128::from(demand.count);
    if demand.layout == Layout::Contiguous {
        let run = set.iter().find(|r| r.len() >= count)?;
        return Range::with_len(run.first(), count).map(RangeSet::from);
    }
    if !demand.preferred.is_empty() && !demand.preferred.iter().all(|p| set.contains_range(*p)) {
        return None;
    }
    let mut taken = RangeSet::new();
    for range in demand.preferred.iter().copied().chain(set.iter()) {
        for part in taken.gaps(range).collect::<Vec<_>>() {
            let missing = count - taken.len();
            if missing > 0 {
                taken.extend(Range::with_len(part.first(), part.len().min(missing)));
            }
        }
    }
    (taken.len() == count).then_some(taken)
}
