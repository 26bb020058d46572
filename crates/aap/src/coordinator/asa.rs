//! Other coordinators' ASAs, and those that MAASs resend (sections 4.1, 4.2.1, 4.2.1.1).

use sansio::{Cx, Instant, UtcSecs};

use super::consistency::Difference;
use super::{Phase, PrefixCoordinator, SpaceSource, Timer, ignore, tell};
use crate::config::Peer;
use crate::event::{Event, Ignored, Lease};
use crate::participant::Out;
use crate::policy::{Consistency, Inconsistency};
use crate::skew::{ENDLESS, Skew};
use crate::wire::{Message, MessageType, Ranges, WireTime};

/// How long an inconsistent ASA silences, in `[ASA-INTERVAL]`s (AAP-4.2.1.1-05).
const QUIET_INTERVALS: u64 = 5;
/// How long a pure extension may take to reach all coordinators, in `[ASA-INTERVAL]`s (F-28).
const EXTENSION_INTERVALS: u64 = 2;

impl PrefixCoordinator {
    pub(super) fn on_asa(
        &mut self,
        cx: &mut Cx<'_>,
        from: Peer,
        message: &Message,
        (expiration, ranges): (WireTime, &Ranges),
        out: &mut Out,
    ) {
        let current = message.current_time();
        let limit = self.config.policy.max_asa_validity;
        if limit != 0 && expiration.secs_since(current) > i64::from(limit) {
            return ignore(out, "F-25", Ignored::AsaValidity, from, MessageType::Asa);
        }
        let theirs = self.leases_of(ranges, Skew::of(current, cx.now.utc));
        // F-24: the draft's sentence has it the wrong way round.
        if current > expiration {
            self.on_resent_asa(cx, theirs, out);
        } else {
            self.on_new_asa(cx, from, &theirs, out);
        }
    }

    /// AAP-4.1-03: a coordinator that has lost its set takes it from what the MAASs remember. To
    /// any other, a resent ASA means nothing (AAP-4.2.1-05).
    fn on_resent_asa(&mut self, cx: &mut Cx<'_>, theirs: Vec<Lease>, out: &mut Out) {
        if (&self.phase, &self.source) != (&Phase::Off, &SpaceSource::Unknown) {
            return;
        }
        tell(out, "AAP-4.1-03", Event::Adopted { leases: theirs.clone() });
        self.source = SpaceSource::Recovered(theirs);
        self.become_ready(cx, out);
    }

    fn on_new_asa(&mut self, cx: &mut Cx<'_>, from: Peer, theirs: &[Lease], out: &mut Out) {
        let Some(ours) = self.source.leases_at(cx.now.utc) else { return };
        let difference = match self.config.policy.consistency {
            Consistency::Strict => Difference::strict(&ours, theirs),
            Consistency::Tolerant => {
                let tolerance = i64::from(self.config.policy.end_tolerance);
                Difference::tolerant(&ours, theirs, cx.now.utc, tolerance)
            }
        };
        if self.tolerates(difference, cx.now.instant) {
            self.on_consistent(cx, from, out);
        } else {
            self.on_inconsistent(cx, from, out);
        }
    }

    /// Whether a difference may be no more than an extension on its way to all coordinators
    /// (F-28): when it reached the others first is seen only from here, when it reached us is
    /// known. Without an offer to us, a smaller set is a withdrawal, and a forger's favourite.
    fn tolerates(&mut self, difference: Difference, now: Instant) -> bool {
        let patience = self.config.timing.asa_interval * EXTENSION_INTERVALS;
        match (difference, self.config.policy.consistency) {
            (Difference::None, _) => {
                self.outgrown_since = None;
                true
            }
            (Difference::TheyOfferMore, Consistency::Tolerant) => {
                now.since(*self.outgrown_since.get_or_insert(now)) <= patience
            }
            (Difference::WeOfferMore, Consistency::Tolerant) => {
                self.offered_at.is_some_and(|offered| now.since(offered) <= patience)
            }
            (Difference::Contradiction, _) | (_, Consistency::Strict) => false,
        }
    }

    /// AAP-4.2.1-06: whoever hears an ASA lets its sender lead. A quiet one stays quiet: agreement
    /// on one ASA does not end the quarrel.
    fn on_consistent(&mut self, cx: &mut Cx<'_>, from: Peer, out: &mut Out) {
        let known = match self.phase {
            Phase::Follower { lead } => lead == Some(from),
            Phase::Lead => false,
            Phase::Off | Phase::Quiet | Phase::Retired => return,
        };
        if !known {
            tell(out, "AAP-4.2.1-06", Event::Follows { peer: from });
        }
        self.follow(cx, Some(from));
    }

    /// AAP-4.2.1.1-04 and -05: no two are to announce different sets (AAP-4.2.1.1-03), and if they
    /// do it is a serious error that a human must mend (AAP-3.2.10.1-17). A forger can provoke the
    /// silence, though not unnoticed (AAP-4.2.1.1-07).
    ///
    /// The operator is told once per quiet period, not once per ASA: a
    /// forger could otherwise flood the log as well.
    fn on_inconsistent(&mut self, cx: &mut Cx<'_>, from: Peer, out: &mut Out) {
        let alert = Event::Inconsistent { peer: from };
        match (&self.phase, self.config.policy.inconsistency) {
            (Phase::Off | Phase::Retired, _) => return,
            (Phase::Quiet, _) => {}
            (Phase::Follower { .. } | Phase::Lead, Inconsistency::Quiet) => {
                tell(out, "AAP-4.2.1.1-04", alert);
            }
            // AAP-4.2.1.1-06: the operator has decided whose set is right, so the other's ASA
            // neither silences nor demotes.
            (Phase::Follower { .. } | Phase::Lead, Inconsistency::Override) => {
                return tell(out, "AAP-4.2.1.1-04", alert);
            }
        }
        self.phase = Phase::Quiet;
        self.timers.cancel(Timer::AsaSend);
        let now = cx.now.instant;
        let until = now + self.config.timing.asa_interval * QUIET_INTERVALS;
        self.timers.set(Timer::Quiet, until, now, cx.cause);
    }

    /// The set an ASA lists, on our clock, as far as it lies in the scope (it does, unless policy
    /// has messages clipped).
    fn leases_of(&self, ranges: &Ranges, skew: Skew) -> Vec<Lease> {
        let ours = |range| self.config.scope.range.intersection(range);
        ranges
            .iter()
            .filter_map(|timed| {
                let end = skew.adjust(timed.end).min(UtcSecs(ENDLESS));
                Some(Lease { range: ours(timed.range)?, end })
            })
            .collect()
    }
}
