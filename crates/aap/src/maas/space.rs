//! The available addresses of a large scope (section 3.2.10.1 and 3.2.10.2, findings F-25 to
//! F-27).

use addrspace::{Range, RangeSet};
use sansio::{Cx, Duration, Question, UtcSecs};

use super::timer::Timer;
use super::{Maas, persist, tell};
use crate::config::Peer;
use crate::event::{Event, Ignored, Loss};
use crate::participant::Out;
use crate::policy::{AsaFreshness, Invalidation, StaleAsa};
use crate::record::Space;
use crate::skew::Skew;
use crate::stored::Item;
use crate::wire::{Body, Message, MessageType, WireTime};

const ASA_RESEND: Question = Question("asa-resend");

/// An ASA must expire this many seconds later than the cached one to be newer (F-25).
const NEWER_BY: i64 = 2;

impl Maas {
    /// ASA: what may be allocated.
    pub(super) fn hear_space(
        &mut self,
        cx: &mut Cx<'_>,
        peer: Peer,
        message: &Message,
        skew: Skew,
        out: &mut Out,
    ) {
        // In a small scope an ASA may be sent for other reasons; it means nothing to us
        // (AAP-2.1.2-04).
        if !self.config.is_large() {
            return;
        }
        let Some(space) = Space::of(message, self.config.scope.range, cx.now.instant, skew) else {
            return;
        };
        if self.lasts_too_long(message) {
            let ignored =
                Event::Ignored { reason: Ignored::AsaValidity, peer, message: MessageType::Asa };
            tell(out, ignored, "F-25");
            return;
        }
        if self.is_newer(&space) {
            self.process_space(cx, space, out);
        } else {
            self.meet_old_space(cx, message, out);
        }
    }

    fn lasts_too_long(&self, message: &Message) -> bool {
        let limit = i64::from(self.config.policy.max_asa_validity);
        let Body::Asa { expiration, .. } = message.body() else { return false };
        limit > 0 && expiration.secs_since(message.current_time()) > limit
    }

    /// AAP-3.2.10.1-05 to -07, with the guards of F-25.
    fn is_newer(&self, space: &Space) -> bool {
        let Some(known) = &self.record.space else { return true };
        let later_by = space.expiration.minus(known.expiration);
        match self.config.policy.asa_freshness {
            AsaFreshness::Literal => later_by > 0,
            AsaFreshness::Guarded => {
                let copy = space.message.body() == known.message.body();
                let fine_grained = self.config.timing.asa_interval >= Duration::from_secs(4);
                !copy && later_by > if fine_grained { NEWER_BY } else { 0 }
            }
        }
    }

    /// A newer ASA replaces the set of available addresses; if it brings more, requests that it
    /// satisfies are dropped (AAP-3.2.10.1-11).
    fn process_space(&mut self, cx: &mut Cx<'_>, space: Space, out: &mut Out) {
        let now = cx.now.utc;
        let tolerance = match self.config.policy.invalidation {
            Invalidation::Literal => 0,
            Invalidation::Tolerant => i64::from(self.config.policy.end_tolerance),
        };
        let old = self.record.space.take();
        let losses =
            old.as_ref().map_or_else(Vec::new, |old| old.taken_away_by(&space, now, tolerance));
        let grows = old.as_ref().is_none_or(|old| old.grows_to(&space, tolerance));
        let item = Item::Space { message: space.message.clone(), received: now };
        self.record.space = Some(space);
        self.record.touch();
        if !losses.is_empty() {
            self.conform(cx, &losses, out);
        }
        // Not before: if power fails in between, the same change has to be found again.
        persist(out, item, "AAP-3.2.10.1-10");
        if grows {
            self.drop_satisfied_requests(now);
        }
        if self.is_active() {
            self.leave_unavailable(cx, out);
        }
        self.watch_space(cx, out);
    }

    /// An invalidating change: everything is revised to fit (AAP-3.2.10.1-13 to -15).
    fn conform(&mut self, cx: &mut Cx<'_>, losses: &[(Range, Option<UtcSecs>)], out: &mut Out) {
        let ranges = losses.iter().map(|(range, _)| *range).collect();
        tell(out, Event::Invalidated { ranges }, "AAP-3.2.10.1-15");
        for &(range, end) in losses {
            for item in self.record.clip_allocations(range, end) {
                persist(out, item, "AAP-3.2.10.1-13");
            }
            for item in self.record.clip_intents(range, end) {
                persist(out, item, "AAP-3.2.10.1-13");
            }
            match end {
                None => self.undo(cx, range, Loss::Invalidated, out),
                Some(end) => self.shorten_to(cx, range, end, out),
            }
        }
        self.drop_idle_defences(cx);
    }

    /// Claims and preallocations leave addresses that are not available (AAP-3.2.5-08,
    /// AAP-3.2.6-09, AAP-3.2.6-12).
    fn leave_unavailable(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let offered = self.offered(cx.now.utc);
        let claims: Vec<_> = self
            .claims
            .iter()
            .map(|(&request, claim)| (request, claim.set().difference(&offered)))
            .filter(|(_, missing)| !missing.is_empty())
            .collect();
        for (request, missing) in claims {
            self.give_up(request, &missing);
            self.choose_again(cx, request, out);
        }
        self.preallocations_leave(cx, &offered, out);
    }

    /// The available addresses of a large scope.
    pub(super) fn offered(&self, now: UtcSecs) -> RangeSet {
        let leases = self.record.space().unwrap_or_default();
        leases.iter().filter(|l| l.end > now).map(|l| l.range).collect()
    }

    /// Sets the timers that guard the space: its expiry, or the resending after it. A resending
    /// that was due under an older ASA is off (AAP-3.2.10.2-08).
    pub(super) fn watch_space(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let Some(expiration) = self.record.space.as_ref().map(|s| s.expiration) else { return };
        self.timers.cancel(Timer::AsaResend);
        if !self.is_active() {
            return;
        }
        if expiration > cx.now.utc {
            self.arm_at_utc(cx, Timer::AsaExpiry, expiration);
        } else {
            self.space_expired(cx, out);
        }
    }

    /// No newer ASA has come in time (AAP-3.2.10.2-05).
    pub(super) fn space_expired(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        self.timers.cancel(Timer::AsaExpiry);
        tell(out, Event::SpaceExpired, "AAP-3.2.10.2-02");
        self.arm_resend(cx);
    }

    fn arm_resend(&mut self, cx: &mut Cx<'_>) {
        let timing = self.config.timing;
        let after = timing.jittered(cx, ASA_RESEND, timing.asa_interval, (7, 13));
        self.arm(cx, Timer::AsaResend, after);
    }

    /// An ASA that is no newer puts off our own resending (AAP-3.2.10.2-09).
    fn meet_old_space(&mut self, cx: &mut Cx<'_>, message: &Message, out: &mut Out) {
        if self.timers.at(Timer::AsaResend).is_some() {
            self.arm_resend(cx);
        } else if self.config.policy.stale_asa == StaleAsa::Correct && self.is_active() {
            let stale = self
                .record
                .space
                .as_ref()
                .is_some_and(|known| known.message.body() != message.body());
            if stale {
                self.send_cached_space(cx, "F-27", out);
            }
        }
    }

    /// The ASA Resend timer fires (AAP-3.2.10.2-06): while no coordinator speaks, the MAASs keep
    /// its last word alive (AAP-2.2-06, AAP-3.2.10.2-04, AAP-4.1-02).
    pub(super) fn resend_space(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        self.send_cached_space(cx, "AAP-3.2.10.2-06", out);
        self.arm_resend(cx);
    }

    /// The ASA as received, with its current-time advanced by the time since, and always past
    /// its expiration so that nobody takes it for a fresh one (AAP-3.2.10.2-07, F-27).
    fn send_cached_space(&mut self, cx: &mut Cx<'_>, rule: &'static str, out: &mut Out) {
        let Some(space) = &self.record.space else { return };
        let Body::Asa { expiration, .. } = space.message.body() else { return };
        let elapsed = cx.now.instant.since(space.received).as_secs();
        let elapsed = u32::try_from(elapsed).unwrap_or(u32::MAX);
        let advanced = space.message.current_time().saturating_add(elapsed);
        let stamp = WireTime(advanced.secs().max(expiration.saturating_add(1).secs()));
        let body = space.message.body().clone();
        let rseq = self.new_rseq();
        self.send_stamped(stamp, rseq, 0, body, rule, out);
    }
}
