//! What the user asks for.

use addrspace::{Addr, Range};
use sansio::{Cx, UtcSecs};

use super::holdings::Standing;
use super::{Maas, Phase, tell};
use crate::command::{Choice, Command, Demand, RequestId};
use crate::event::{Event, Lease, Loss, Refusal};
use crate::participant::Out;
use crate::policy::Policy;
use crate::timing::Timing;

impl Maas {
    /// Takes a command; during the start-up silence it waits.
    pub(super) fn command(&mut self, cx: &mut Cx<'_>, command: &Command, out: &mut Out) {
        match self.phase {
            Phase::Listening if !matches!(command, Command::Retire) => {
                self.waiting.push(command.clone());
            }
            Phase::Off | Phase::Retired => refuse(command, out),
            Phase::Retiring if command.asks_for_more() => refuse(command, out),
            Phase::Listening | Phase::Ready | Phase::Retiring => self.obey(cx, command, out),
        }
    }

    fn obey(&mut self, cx: &mut Cx<'_>, command: &Command, out: &mut Out) {
        match command {
            Command::Allocate { request, demand } => self.allocate_for(cx, *request, demand, out),
            Command::Claim { request, demand } => self.claim_for(cx, *request, demand, out),
            Command::Preallocate { request, demand } => {
                self.preallocate_for(cx, *request, demand, out);
            }
            Command::Withdraw { request } => self.withdraw(*request, out),
            Command::SetEnd { range, end } => self.set_end(cx, *range, *end, out),
            Command::Release { range } => self.release(cx, *range, out),
            Command::Lose { range } => self.lose(cx, *range, out),
            Command::Retire => self.retire(cx, out),
            Command::Reconfigure { policy, timing } => self.reconfigure(cx, *policy, *timing),
            Command::Offer { .. } => refuse(command, out),
        }
    }

    fn allocate_for(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        out: &mut Out,
    ) {
        let insists = demand.choice == Choice::Insist && !demand.preferred.is_empty();
        let refused = self.refusal(cx, request, demand).is_some();
        if refused || insists || !self.grant_from_pool(cx, request, demand, out) {
            self.claim_for(cx, request, demand, out);
        }
    }

    fn claim_for(&mut self, cx: &mut Cx<'_>, request: RequestId, demand: &Demand, out: &mut Out) {
        match self.refusal(cx, request, demand) {
            Some(why) => tell(out, Event::Refused { request, why }, "AAP-3.2.5-01"),
            None => self.begin_claim(cx, request, demand.clone(), out),
        }
    }

    fn preallocate_for(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        out: &mut Out,
    ) {
        let again = self.is_preallocated_for(request).then_some(Refusal::DuplicateRequest);
        match again.or_else(|| self.refusal(cx, request, demand)) {
            Some(why) => tell(out, Event::Refused { request, why }, "AAP-3.2.6-03"),
            None => self.preallocate(cx, Some(request), demand.clone(), out),
        }
    }

    /// Why a request cannot even be tried, if it cannot.
    fn refusal(&self, cx: &Cx<'_>, request: RequestId, demand: &Demand) -> Option<Refusal> {
        if self.is_in_use(request) {
            return Some(Refusal::DuplicateRequest);
        }
        (!self.is_possible(cx, demand)).then_some(Refusal::Impossible)
    }

    fn is_in_use(&self, request: RequestId) -> bool {
        self.claims.contains_key(&request) || self.holdings.iter().any(|h| h.request == request)
    }

    fn withdraw(&mut self, request: RequestId, out: &mut Out) {
        let claiming = self.claims.contains_key(&request);
        self.withdraw_claim(request);
        self.end_plea(request);
        if self.withdraw_preallocation(request, out) || claiming {
            tell(out, Event::Refused { request, why: Refusal::Withdrawn }, "AAP-3.2.5-05");
        }
    }

    /// Moves the end of own allocations or preallocations (AAP-3.2.8-05).
    fn set_end(&mut self, cx: &mut Cx<'_>, range: Range, end: UtcSecs, out: &mut Out) {
        if let Some(why) = self.cannot_last(cx, range, end) {
            tell(out, Event::NotDone { range, why }, "AAP-3.2.8-03");
            return;
        }
        let changed = self.change_ends(cx, range, end, Standing::Good, out);
        if changed.is_empty() && !self.set_preallocation_end(cx, range, end, out) {
            tell(out, Event::NotDone { range, why: Refusal::NotOurs }, "AAP-3.2.8-05");
        }
    }

    /// Why own addresses cannot have this end, if they cannot: it is past, or after the end of
    /// the ASA's range.
    fn cannot_last(&self, cx: &Cx<'_>, range: Range, end: UtcSecs) -> Option<Refusal> {
        if end <= cx.now.utc {
            return Some(Refusal::Impossible);
        }
        let space = self.record.space.as_ref().filter(|_| self.config.is_large())?;
        let tolerance = i64::from(self.config.policy.end_tolerance);
        let mut ours = self.record.own().overlapping(range).filter_map(|r| r.intersection(range));
        // What is no longer offered at all cannot last longer either.
        let lasts = |part| space.end_of(part).is_some_and(|limit| end.minus(limit) <= tolerance);
        (!ours.all(lasts)).then_some(Refusal::LifetimeTooShort)
    }

    /// Gives the holdings in `range` another end and announces it; returns which were changed.
    fn change_ends(
        &mut self,
        cx: &mut Cx<'_>,
        range: Range,
        end: UtcSecs,
        standing: Standing,
        out: &mut Out,
    ) -> Vec<Addr> {
        let (firsts, fresh) = self.holdings.split(range);
        self.store_split(&fresh, out);
        let mut changed = Vec::new();
        for first in firsts {
            let Some(holding) = self.holdings.get_mut(first) else { continue };
            if holding.standing == Standing::Deleting {
                continue;
            }
            holding.set_end(end);
            if standing == Standing::Deleting {
                holding.standing = standing;
            }
            let (lease, item) = (holding.lease(), holding.item());
            super::persist(out, item, "AAP-3.1-01");
            if standing == Standing::Deleting {
                tell(out, Event::Released { lease }, "AAP-3.2.8-06");
            } else {
                tell(out, Event::EndChanged { lease }, "AAP-3.2.8-05");
            }
            changed.push(first);
        }
        if !changed.is_empty() {
            self.record.touch();
            // In the start-up silence an ASA may shorten what was restored (AAP-3.2.4-02).
            if self.is_active() {
                self.announce_afresh(cx, &changed, "AAP-3.2.8-05", out);
            }
            self.arm_holding_end(cx);
        }
        changed
    }

    /// Deletes own allocations: their end moves to the deletion margin from now (AAP-3.2.8-06).
    fn release(&mut self, cx: &mut Cx<'_>, range: Range, out: &mut Out) {
        let margin = i64::from(self.config.policy.deletion_margin);
        let affected: Vec<Lease> = self
            .holdings
            .overlapping(range)
            .filter(|h| h.standing != Standing::Deleting)
            .filter_map(|h| Some(Lease { range: h.range.intersection(range)?, end: h.end }))
            .collect();
        if affected.is_empty() {
            tell(out, Event::NotDone { range, why: Refusal::NotOurs }, "AAP-3.2.8-06");
        }
        for lease in affected {
            let end = lease.end.min(cx.now.utc.plus(margin));
            self.change_ends(cx, lease.range, end, Standing::Deleting, out);
        }
    }

    fn lose(&mut self, cx: &mut Cx<'_>, range: Range, out: &mut Out) {
        if self.holdings.overlaps(range) {
            self.undo(cx, range, Loss::Asked, out);
        } else {
            tell(out, Event::NotDone { range, why: Refusal::NotOurs }, "AAP-3.2.3-02");
        }
    }

    /// An ASA gives own addresses less time (AAP-3.2.10.1-13).
    pub(super) fn shorten_to(
        &mut self,
        cx: &mut Cx<'_>,
        range: Range,
        end: UtcSecs,
        out: &mut Out,
    ) {
        let longer: Vec<Range> = self
            .holdings
            .overlapping(range)
            .filter(|h| h.end > end)
            .filter_map(|h| h.range.intersection(range))
            .collect();
        for part in longer {
            self.change_ends(cx, part, end, Standing::Good, out);
        }
    }

    /// Gives everything back: what is allocated is deleted as the draft has it, and the MAAS
    /// stays until that has been announced long enough.
    fn retire(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        if self.phase == Phase::Retiring {
            return;
        }
        let silent = self.phase == Phase::Listening;
        self.waiting.clear();
        for request in self.claims.keys().copied().collect::<Vec<_>>() {
            self.withdraw(request, out);
        }
        for request in self.pleas.keys().copied().collect::<Vec<_>>() {
            self.end_plea(request);
        }
        self.drop_preallocations(out);
        if silent {
            self.leave(out);
            return;
        }
        self.phase = Phase::Retiring;
        self.timers.cancel(super::timer::Timer::Pool);
        let held: Vec<Range> = self.holdings.iter().map(|h| h.range).collect();
        for range in held {
            self.release(cx, range, out);
        }
        self.leave_if_empty(out);
    }

    /// Stops taking part once nothing is held any more.
    pub(super) fn leave_if_empty(&mut self, out: &mut Out) {
        if self.phase == Phase::Retiring && self.holdings.iter().next().is_none() {
            self.leave(out);
        }
    }

    fn leave(&mut self, out: &mut Out) {
        self.phase = Phase::Retired;
        self.timers.clear();
        self.defences.clear();
        tell(out, Event::Retired, "AAP-3.2.8-06");
    }

    /// Reads the draft another way from now on; timers already armed keep their deadlines.
    fn reconfigure(&mut self, cx: &Cx<'_>, policy: Policy, timing: Timing) {
        self.config.policy = policy;
        self.config.timing = timing;
        self.record.touch();
        self.refill_pool(cx);
    }
}

/// A command that this participant cannot take now.
fn refuse(command: &Command, out: &mut Out) {
    let why = Refusal::NotServing;
    match command {
        Command::Allocate { request, .. }
        | Command::Claim { request, .. }
        | Command::Preallocate { request, .. }
        | Command::Withdraw { request } => {
            tell(out, Event::Refused { request: *request, why }, "AAP-3.2.4-02");
        }
        Command::SetEnd { range, .. } | Command::Release { range } | Command::Lose { range } => {
            tell(out, Event::NotDone { range: *range, why }, "AAP-3.2.4-02");
        }
        Command::Retire | Command::Offer { .. } | Command::Reconfigure { .. } => {}
    }
}
