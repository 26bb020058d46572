//! What a claimant does after a collision (section 3.2.5, findings F-10 and F-44).

use addrspace::RangeSet;
use sansio::{Cx, Duration, Question};

use super::timer::Timer;
use super::{Maas, tell};
use crate::command::{Demand, RequestId};
use crate::event::{Event, Refusal};
use crate::participant::Out;
use crate::policy::ExhaustedRetry;
use crate::select::Purpose;

/// The time a claimant takes to choose again: none unless the environment insists.
pub(super) const RESELECT: Question = Question("reselect");
const RETRY: Question = Question("claim-retry");

impl Maas {
    /// The claim of `request` has lost addresses: it looks for others (AAP-2-07) at once, or after
    /// the time the environment says it takes.
    pub(super) fn choose_again(&mut self, cx: &mut Cx<'_>, request: RequestId, out: &mut Out) {
        match self.reselect_after(cx) {
            Some(delay) => self.arm(cx, Timer::ClaimRetry(request), delay),
            None => self.retry_claim(cx, request, out),
        }
    }

    /// How long choosing again takes, if it takes time at all.
    pub(super) fn reselect_after(&self, cx: &mut Cx<'_>) -> Option<Duration> {
        let limit = u128::from(self.config.timing.announce_wait.as_micros());
        let micros = cx.draw.fixed(RESELECT, &|micros| micros <= limit)?;
        u64::try_from(micros).ok().map(Duration::from_micros)
    }

    /// Chooses a new set for a claim that collided, or gives up. Whoever is answered by an AIU each
    /// time never gets further than this: that contains a member that misbehaves (AAP-1.4-04).
    pub(super) fn retry_claim(&mut self, cx: &mut Cx<'_>, request: RequestId, out: &mut Out) {
        let Some(claim) = self.claims.get(&request) else { return };
        let (demand, limit) = (claim.demand.clone(), self.config.policy.claim_attempts);
        if demand.end <= cx.now.utc {
            self.abandon_claim(cx, request, &demand, Refusal::Impossible, out);
            return;
        }
        if limit > 0 && claim.attempts >= limit {
            self.abandon_claim(cx, request, &demand, Refusal::TooManyCollisions, out);
            return;
        }
        let (kept, given_up) = (claim.set().clone(), claim.given_up.clone());
        match self.select_for(cx, Purpose::Claim, &demand, &kept, &given_up) {
            Ok(set) => self.claim_set(cx, request, set, "AAP-3.2.5-07", out),
            Err(why) => self.retry_given_up(cx, request, &demand, why, out),
        }
    }

    /// Only addresses that were given up before may be left (F-10).
    fn retry_given_up(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        why: Refusal,
        out: &mut Out,
    ) {
        let kept =
            self.claims.get(&request).map_or_else(RangeSet::new, |claim| claim.set().clone());
        match self.config.policy.exhausted_retry {
            ExhaustedRetry::GiveUp => self.abandon_claim(cx, request, demand, why, out),
            ExhaustedRetry::Immediately => {
                match self.select_for(cx, Purpose::Claim, demand, &kept, &RangeSet::new()) {
                    Ok(set) => self.claim_set(cx, request, set, "F-10", out),
                    Err(why) => self.abandon_claim(cx, request, demand, why, out),
                }
            }
            ExhaustedRetry::RandomWait => self.wait_or_retry(cx, request, demand, &kept, why, out),
        }
    }

    /// Waits at random while anything could still become free, and claims it when it is: under
    /// scarcity the last addresses are to be allocated, not fought over for ever (AAP-1.4-03).
    fn wait_or_retry(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        kept: &RangeSet,
        why: Refusal,
        out: &mut Out,
    ) {
        let waited = self.claims.get(&request).is_some_and(|claim| claim.waits > 0);
        let again = self.select_for(cx, Purpose::Claim, demand, kept, &RangeSet::new());
        match again {
            Ok(set) if waited => self.claim_set(cx, request, set, "F-10", out),
            Ok(_) => self.wait(cx, request),
            // Blocked by claims of others that may yet fail; otherwise nothing will come free.
            Err(_) if self.could_be_free(cx, demand, kept) => self.wait(cx, request),
            Err(_) => self.abandon_claim(cx, request, demand, why, out),
        }
    }

    /// Whether the demand could be met if every claim heard were to fail.
    fn could_be_free(&mut self, cx: &mut Cx<'_>, demand: &Demand, kept: &RangeSet) -> bool {
        let claims = std::mem::take(&mut self.record.claims);
        let possible = self.select_quietly(cx, demand, kept);
        self.record.claims = claims;
        possible
    }

    /// Whether a selection would succeed, asking no question of chance.
    fn select_quietly(&mut self, cx: &mut Cx<'_>, demand: &Demand, kept: &RangeSet) -> bool {
        struct First;
        impl sansio::Draw for First {
            fn between(&mut self, _: Question, low: u64, _: u64) -> u64 {
                low
            }
        }
        let mut quiet = Cx { now: cx.now, draw: &mut First, cause: cx.cause };
        self.select_for(&mut quiet, Purpose::Claim, demand, kept, &RangeSet::new()).is_ok()
    }

    /// Waits U[RW, min(RW·2^k, AW)].
    fn wait(&mut self, cx: &mut Cx<'_>, request: RequestId) {
        let timing = self.config.timing;
        let Some(claim) = self.claims.get_mut(&request) else { return };
        let k = claim.attempts.min(20);
        claim.waits += 1;
        let longest = Duration::from_micros(
            (timing.resend_wait * (1 << k)).as_micros().min(timing.announce_wait.as_micros()),
        );
        let delay = cx.span_between(RETRY, timing.resend_wait, longest);
        self.arm(cx, Timer::ClaimRetry(request), delay);
    }

    pub(super) fn abandon_claim(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        why: Refusal,
        out: &mut Out,
    ) {
        self.withdraw_claim(request);
        self.fail(cx, request, demand, why, out);
    }

    /// A request cannot be met: the user is told (AAP-3.2.9-04), and in a large scope, never in a
    /// small one, the domain (AAP-3.2.9-01, -03).
    pub(super) fn fail(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        why: Refusal,
        out: &mut Out,
    ) {
        tell(out, Event::Refused { request, why }, "AAP-3.2.9-01");
        if self.config.is_large() && matches!(why, Refusal::NoneFree | Refusal::LifetimeTooShort) {
            self.plead(cx, request, demand, out);
        }
    }
}
