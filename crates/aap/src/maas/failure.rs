//! Reporting that no addresses are available (section 3.2.9).

use sansio::{Cx, Duration, UtcSecs};

use super::Maas;
use super::timer::Timer;
use crate::command::{Demand, RequestId};
use crate::config::Peer;
use crate::participant::Out;
use crate::record::NotedRequest;
use crate::wire::{Body, Rseq};

/// An ANA on its way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Plea {
    count: u32,
    end: UtcSecs,
    rseq: Rseq,
    mseq: u8,
    interval: Duration,
}

impl Plea {
    pub(super) const fn rseq(&self) -> Rseq {
        self.rseq
    }
}

impl Maas {
    /// Sends an ANA for `demand` (AAP-2-11) and notes the request ourselves: one per unmet need, as
    /// ANAs are to be uncommon (AAP-3.2.9-12, F-36).
    pub(super) fn plead(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        out: &mut Out,
    ) {
        let same = |p: &Plea| p.count == demand.count && p.end == demand.end;
        if self.pleas.values().any(same) {
            return;
        }
        let timing = self.config.timing;
        let rseq = self.new_rseq();
        let plea = Plea {
            count: demand.count,
            end: demand.end,
            rseq,
            mseq: 0,
            interval: timing.resend_wait,
        };
        self.pleas.insert(request, plea);
        let noted = NotedRequest {
            peer: Peer::from(self.config.own),
            rseq,
            count: demand.count,
            end: demand.end,
        };
        self.record.requests.note(
            noted,
            self.config.policy.request_key,
            i64::from(self.config.policy.end_tolerance),
        );
        self.send_plea(cx, request, "AAP-3.2.9-06", out);
        self.arm(cx, Timer::AnaWindow(request), timing.announce_wait);
        self.arm(cx, Timer::AnaRepeat(request), timing.resend_wait);
    }

    /// Says how many addresses are wanted and until when (AAP-3.2.9-05).
    fn send_plea(&mut self, cx: &Cx<'_>, request: RequestId, rule: &'static str, out: &mut Out) {
        let Some(plea) = self.pleas.get_mut(&request) else { return };
        let (rseq, mseq) = (plea.rseq, plea.mseq);
        plea.mseq = mseq.wrapping_add(1);
        let body = Body::Ana { count: plea.count, end: super::sending::wire_end(plea.end) };
        self.send(cx.now, rseq, mseq, body, rule, out);
    }

    /// An ANA is due again (AAP-3.2.9-08).
    pub(super) fn repeat_plea(&mut self, cx: &mut Cx<'_>, request: RequestId, out: &mut Out) {
        self.send_plea(cx, request, "AAP-3.2.9-08", out);
        let Some(plea) = self.pleas.get_mut(&request) else { return };
        plea.interval = plea.interval * 2;
        let interval = plea.interval;
        let next = cx.now.instant + interval;
        if self.timers.at(Timer::AnaWindow(request)).is_some_and(|window| next < window) {
            self.arm(cx, Timer::AnaRepeat(request), interval);
        }
    }

    /// The ANA has been sent often enough (AAP-3.2.9-07), or is needed no longer.
    pub(super) fn end_plea(&mut self, request: RequestId) {
        self.pleas.remove(&request);
        self.timers.cancel(Timer::AnaWindow(request));
        self.timers.cancel(Timer::AnaRepeat(request));
    }

    /// Drops requests that the present space can satisfy (AAP-3.2.10.1-12): enough free addresses
    /// that last long enough.
    pub(super) fn drop_satisfied_requests(&mut self, now: UtcSecs) {
        let leases: Vec<_> = self.record.space().unwrap_or_default().to_vec();
        let free = self.record.free().clone();
        let room = |end: UtcSecs| -> u128 {
            let lasting = leases.iter().filter(|l| l.end >= end && l.end > now);
            lasting.map(|l| free.free_in(l.range)).sum()
        };
        self.record.requests.retain(|r| room(r.end) < u128::from(r.count));
        let met: Vec<RequestId> = self
            .pleas
            .iter()
            .filter(|(_, p)| room(p.end) >= u128::from(p.count))
            .map(|(&r, _)| r)
            .collect();
        for request in met {
            self.end_plea(request);
        }
    }
}
