//! Allocating with ACLM (section 3.2.5).

use addrspace::{Range, RangeSet};
use sansio::{Cx, Duration, Question, UtcSecs};

use super::holdings::Holding;
use super::timer::Timer;
use super::{Maas, meeting, tell};
use crate::command::{Choice, Demand, Layout, RequestId};
use crate::config::Peer;
use crate::event::{Event, GrantPath, Lease, Refusal};
use crate::participant::Out;
use crate::policy::ClaimTie;
use crate::select::{Purpose, Wish, select};
use crate::wire::{Body, MessageType, Rseq};

/// Most addresses of one request: choosing them must not take long, however large the scope.
const MAX_DEMAND: u32 = 1 << 16;

const END_SPREAD: Question = Question("end-spread");

/// A request for addresses on its way through claims.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Claim {
    pub(super) demand: Demand,
    /// The end announced: what was asked for, moved a little (F-14).
    pub(super) end: UtcSecs,
    /// The addresses claimed now.
    set: RangeSet,
    rseq: Rseq,
    /// The number of the next message.
    mseq: u8,
    /// The interval that led to the next repetition.
    interval: Duration,
    /// When the present set was first claimed.
    begun: sansio::Instant,
    /// Sets tried.
    pub(super) attempts: u32,
    /// Waits for other claims to end, in a row.
    pub(super) waits: u32,
    /// Addresses lost to others while this request has been running.
    pub(super) given_up: RangeSet,
}

impl Claim {
    pub(super) const fn rseq(&self) -> Rseq {
        self.rseq
    }

    pub(super) const fn set(&self) -> &RangeSet {
        &self.set
    }
}

impl Maas {
    /// Begins to claim addresses for `demand`.
    pub(super) fn begin_claim(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: Demand,
        out: &mut Out,
    ) {
        let end = self.spread_end(cx, demand.end);
        let none = RangeSet::new();
        let chosen = match self.insisted(&demand, cx.now.utc) {
            Some(set) => Ok(set),
            None => self.select_for(cx, Purpose::Claim, &demand, &none, &none),
        };
        match chosen {
            Ok(set) => {
                let rseq = self.new_rseq();
                let claim = Claim {
                    end,
                    set: RangeSet::new(),
                    rseq,
                    mseq: 0,
                    interval: self.config.timing.resend_wait,
                    begun: cx.now.instant,
                    attempts: 0,
                    waits: 0,
                    given_up: RangeSet::new(),
                    demand,
                };
                self.claims.insert(request, claim);
                self.claim_set(cx, request, set, "AAP-3.2.5-01", out);
            }
            Err(why) => self.fail(cx, request, &demand, why, out),
        }
    }

    /// The addresses a demand insists on, as far as they lie in the scope, are available in it and
    /// are not ours.
    pub(super) fn insisted(&self, demand: &Demand, now: UtcSecs) -> Option<RangeSet> {
        if demand.choice == Choice::IfFree {
            return None;
        }
        let inside = demand.preferred.iter().filter_map(|&r| self.record.inside(r));
        let mut set = inside.collect::<RangeSet>().difference(self.record.own());
        if self.config.is_large() {
            set = set.intersection(&self.offered(now));
        }
        (!set.is_empty()).then_some(set)
    }

    /// Chooses addresses for `purpose` that satisfy `demand`, `kept` among them and none of
    /// `excluded`.
    pub(super) fn select_for(
        &mut self,
        cx: &mut Cx<'_>,
        purpose: Purpose,
        demand: &Demand,
        kept: &RangeSet,
        excluded: &RangeSet,
    ) -> Result<RangeSet, Refusal> {
        self.record.claims.expire(cx.now.instant, self.config.timing.claim_silence());
        let wish = Wish {
            count: u128::from(demand.count),
            layout: demand.layout,
            end: demand.end,
            preferred: &demand.preferred,
            excluded,
            kept,
            purpose,
        };
        select(cx, &self.config, &mut self.record, &wish)
    }

    /// An end time at which two allocations of one address rarely agree (F-14).
    pub(super) fn spread_end(&self, cx: &mut Cx<'_>, end: UtcSecs) -> UtcSecs {
        let spread = u64::from(self.config.policy.end_spread);
        if spread == 0 || end.0 >= crate::skew::ENDLESS {
            return end;
        }
        end.plus(cx.draw.between(END_SPREAD, 0, spread) as i64)
    }

    /// Claims `set` for `request` from now on, for a full `[ANNOUNCE-WAIT]` (AAP-3.2.5-02).
    pub(super) fn claim_set(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        set: RangeSet,
        rule: &'static str,
        out: &mut Out,
    ) {
        let timing = self.config.timing;
        let Some(claim) = self.claims.get_mut(&request) else { return };
        claim.attempts += 1;
        claim.waits = 0;
        claim.begun = cx.now.instant;
        claim.interval = timing.resend_wait;
        let old = std::mem::replace(&mut claim.set, set.clone());
        for range in old.difference(&set).iter() {
            self.record.let_go(range);
        }
        for range in set.iter() {
            self.record.take(range);
        }
        self.send_claim(cx, request, rule, out);
        self.arm(cx, Timer::Claim(request), timing.announce_wait);
        self.schedule_claim(cx, request);
    }

    /// Sends what `request` claims, each time under the next mseq of the same rseq (AAP-5.1.5-01),
    /// a new set after a clash likewise (AAP-5.1.4-03).
    fn send_claim(&mut self, cx: &Cx<'_>, request: RequestId, rule: &'static str, out: &mut Out) {
        let Some(claim) = self.claims.get_mut(&request) else { return };
        let mseq = claim.mseq;
        claim.mseq = mseq.wrapping_add(1);
        let (rseq, leases) = (claim.rseq, self.claim_leases(request));
        self.note_contest(cx, (Peer::from(self.config.own), rseq), &leases);
        self.send(cx.now, rseq, mseq, Body::Aclm(self.ranges(leases)), rule, out);
    }

    /// What `request` claims, cut at the borders of the ASA's ranges, each with the end chosen for
    /// it (AAP-3.2.8-01), or an earlier one if its range allows no more (AAP-3.2.8-03).
    fn claim_leases(&self, request: RequestId) -> Vec<Lease> {
        self.claims
            .get(&request)
            .map_or_else(Vec::new, |claim| self.lawful_leases(&claim.set, claim.end))
    }

    /// `set` with `end`, or with the end of the ASA's range where that is earlier.
    pub(super) fn lawful_leases(&self, set: &RangeSet, end: UtcSecs) -> Vec<Lease> {
        let Some(space) = self.record.space().filter(|_| self.config.is_large()) else {
            return set.iter().map(|range| Lease { range, end }).collect();
        };
        let mut leases = Vec::new();
        for range in set.iter() {
            for offered in space {
                if let Some(part) = range.intersection(offered.range) {
                    leases.push(Lease { range: part, end: end.min(offered.end) });
                }
            }
        }
        leases
    }

    /// As [`Self::lawful_leases`], if every address of `set` is still available after `now`.
    pub(super) fn lasting_leases(
        &self,
        set: &RangeSet,
        end: UtcSecs,
        now: UtcSecs,
    ) -> Option<Vec<Lease>> {
        let mut leases = self.lawful_leases(set, end);
        leases.retain(|lease| lease.end > now);
        let lasting: u128 = leases.iter().map(|lease| lease.range.len()).sum();
        (lasting == set.len()).then_some(leases)
    }

    /// A repetition is scheduled only if it comes before the verdict: on a tie the verdict wins.
    fn schedule_claim(&mut self, cx: &Cx<'_>, request: RequestId) {
        if let Some(claim) = self.claims.get(&request) {
            self.arm(cx, Timer::ClaimRepeat(request), claim.interval);
        }
    }

    /// An ACLM is due again, after twice the interval before (AAP-3.2.5-03, AAP-2-05).
    pub(super) fn repeat_claim(&mut self, cx: &mut Cx<'_>, request: RequestId, out: &mut Out) {
        self.send_claim(cx, request, "AAP-3.2.5-03", out);
        let Some(claim) = self.claims.get_mut(&request) else { return };
        claim.interval = claim.interval * 2;
        let next = cx.now.instant + claim.interval;
        if self.timers.at(Timer::Claim(request)).is_some_and(|verdict| next < verdict) {
            self.schedule_claim(cx, request);
        }
    }

    /// Nobody objected for `[ANNOUNCE-WAIT]`: the addresses are ours (AAP-3.2.5-10, AAP-2-08). The
    /// AIU that says so is a request of its own, with a new rseq and mseq 0 (AAP-5.1.5-02).
    pub(super) fn claim_stood(&mut self, cx: &mut Cx<'_>, request: RequestId, out: &mut Out) {
        let Some(claim) = self.claims.get(&request) else { return };
        let demand = claim.demand.clone();
        let Some(leases) = self.lasting_leases(&claim.set, claim.end, cx.now.utc) else {
            self.abandon_claim(cx, request, &demand, Refusal::LifetimeTooShort, out);
            return;
        };
        self.stop_claim(request);
        self.claims.remove(&request);
        let holdings = leases.iter().map(|l| Holding::new(l.range, l.end, request)).collect();
        self.allocate(cx, holdings, "AAP-3.2.5-10", out);
        tell(out, Event::Granted { request, leases, path: GrantPath::Claim }, "AAP-3.2.5-10");
    }

    /// A foreign ACLM or AIU lists `listed`: claims that list any of it collide (AAP-3.2.5-04).
    pub(super) fn collide_claims(
        &mut self,
        cx: &mut Cx<'_>,
        listed: &[Lease],
        peer: Peer,
        message: MessageType,
        out: &mut Out,
    ) {
        let colliding: Vec<RequestId> = self
            .claims
            .iter()
            .filter(|(_, claim)| listed.iter().any(|l| claim.set.overlaps(l.range)))
            .map(|(&request, _)| request)
            .collect();
        for request in colliding {
            if message == MessageType::Aclm && self.insists(cx, request, peer, out) {
                continue;
            }
            self.yield_claim(cx, request, listed, peer, message, out);
        }
    }

    /// Whether a claim stands against a competing one (experiment F-11): the earlier one does,
    /// and says so at once.
    fn insists(&mut self, cx: &mut Cx<'_>, request: RequestId, peer: Peer, out: &mut Out) -> bool {
        if self.config.policy.claim_tie == ClaimTie::HearerYields {
            return false;
        }
        let Some(claim) = self.claims.get(&request) else { return false };
        let age = cx.now.instant.since(claim.begun);
        let stands = age >= self.config.timing.resend_wait || Peer::from(self.config.own) < peer;
        if stands {
            self.send_claim(cx, request, "F-11", out);
        }
        stands
    }

    fn yield_claim(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        listed: &[Lease],
        peer: Peer,
        message: MessageType,
        out: &mut Out,
    ) {
        let Some(claim) = self.claims.get(&request) else { return };
        let (lost, overlap) = meeting(&claim.set, listed);
        self.give_up(request, &lost);
        let given_up: Vec<Range> = lost.iter().collect();
        let clash =
            Event::Clash { request: Some(request), given_up, peer, message, listed: overlap };
        tell(out, clash, "AAP-3.2.5-05");
        self.choose_again(cx, request, out);
    }

    /// Stops the timers of a claim and gives up `lost` for good (AAP-3.2.5-05, AAP-3.2.5-06).
    pub(super) fn give_up(&mut self, request: RequestId, lost: &RangeSet) {
        self.stop_claim(request);
        let Some(claim) = self.claims.get_mut(&request) else { return };
        for range in lost.iter() {
            claim.set.remove(range);
            claim.given_up.insert(range);
        }
        for range in lost.iter() {
            self.record.let_go(range);
        }
    }

    fn stop_claim(&mut self, request: RequestId) {
        for timer in [Timer::Claim, Timer::ClaimRepeat, Timer::ClaimRetry] {
            self.timers.cancel(timer(request));
        }
    }

    /// The user no longer wants what `request` asked for.
    pub(super) fn withdraw_claim(&mut self, request: RequestId) {
        self.stop_claim(request);
        if let Some(claim) = self.claims.remove(&request) {
            for range in claim.set.iter() {
                self.record.let_go(range);
            }
        }
    }

    /// Whether a demand can be met at all.
    pub(super) fn is_possible(&self, cx: &Cx<'_>, demand: &Demand) -> bool {
        let room: u128 = self.config.allocatable().iter().map(|r| r.len()).sum();
        let run = self.config.allocatable().iter().map(|r| r.len()).max().unwrap_or(0);
        let limit = match demand.layout {
            Layout::Scattered => room,
            Layout::Contiguous => run,
        };
        let count = 1..=u128::from(MAX_DEMAND).min(limit);
        count.contains(&u128::from(demand.count)) && demand.end > cx.now.utc
    }
}
