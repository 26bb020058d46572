//! Preallocations that meet others (sections 3.2.6 and 3.2.10.1, findings F-09 and F-12).

use addrspace::{Range, RangeSet};
use sansio::Cx;

use super::{Preallocation, PreallocationId, Stage};
use crate::config::Peer;
use crate::event::{Event, Lease, Loss, Refusal};
use crate::maas::timer::Timer;
use crate::maas::{Maas, meeting, tell};
use crate::participant::Out;
use crate::policy::{PreallocationLoss, PreallocationTie};
use crate::select::Purpose;
use crate::wire::MessageType;

impl Maas {
    /// A foreign ACLM, AITU or AIU lists `listed`: preallocations that list any of it are given up
    /// (AAP-3.2.6-07, AAP-3.2.6-11).
    pub(in crate::maas) fn collide_preallocations(
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
        let (hit, overlap) = meeting(&p.set, listed);
        let (stage, request) = (p.stage, p.request);
        let lost = match self.config.policy.preallocation_loss {
            PreallocationLoss::Whole => p.set.clone(),
            PreallocationLoss::Listed => hit.clone(),
        };

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
        p.store(RangeSet::new(), "AAP-3.2.6-07", out);
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
    pub(in crate::maas) fn retry_preallocation(
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
            self.select_for(cx, Purpose::Preallocation, &demand, &RangeSet::new(), &avoided)
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

    /// An ASA no longer offers all that is preallocated: tentative sets lose what is missing and
    /// start again (AAP-3.2.6-09), held ones are abandoned (AAP-3.2.6-12).
    pub(in crate::maas) fn preallocations_leave(
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
}
