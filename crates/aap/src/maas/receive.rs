//! What a MAAS does with a message: checks first, then the record, then the machines it concerns.

use std::net::SocketAddr;

use sansio::{Cx, Now, UtcSecs};

use super::{Maas, Phase, addresses, persist, tell};
use crate::config::{AnaScope, Peer, Shortcut};
use crate::event::{Event, Ignored, Lease};
use crate::participant::Out;
use crate::policy::{Deletion, ForeignEnd, HeardClaims, RequireAuth};
use crate::record::{NotedRequest, Proof, Reading};
use crate::skew::{ENDLESS, Skew};
use crate::wire::{Body, Message, MessageType, Ranges, Rseq};

impl Maas {
    /// A message arrives: each type has its own meaning, and only that (AAP-5.2-02).
    pub(super) fn receive(
        &mut self,
        cx: &mut Cx<'_>,
        from: SocketAddr,
        message: &Message,
        authenticated: bool,
        out: &mut Out,
    ) {
        if matches!(self.phase, Phase::Off | Phase::Retired) {
            return;
        }
        let peer = self.config.identity(from);
        let skew = Skew::of(message.current_time(), cx.now.utc);
        if self.config.is_own(from) {
            if !self.sequence.did_send(message) {
                ignore(out, Ignored::SpoofedSelf, peer, message, "F-02");
            }
            return;
        }
        let judged = self.admission.judge(&self.config, peer, message, skew, authenticated);
        if let Err((reason, rule)) = judged {
            ignore(out, reason, peer, message, rule);
            return;
        }
        match message.body() {
            Body::Aclm(ranges) => self.hear_claim(cx, peer, message, ranges, skew, out),
            Body::Aiu(ranges) => self.hear_allocation(cx, peer, message, ranges, skew, out),
            Body::Aitu(ranges) => self.hear_intent(cx, peer, message, ranges, skew, out),
            Body::Asa { .. } => self.hear_space(cx, peer, message, skew, out),
            Body::Asrp { reports, .. } => self.hear_report(cx, reports),
            Body::Ana { count, end } => self.hear_plea(peer, message, *count, skew.adjust(*end)),
        }
    }

    /// Whether a message is an announcement heard before that changes nothing, which is then
    /// noted as heard again: in a steady domain nearly every one, so this asks for little.
    #[inline]
    pub(super) fn passes_over(&mut self, now: Now, from: SocketAddr, message: &Message) -> bool {
        if message.kind() != MessageType::Aiu
            || !self.may_pass_over()
            || matches!(self.phase, Phase::Off | Phase::Retired)
            || self.has_ended(now.utc)
        {
            return false;
        }
        let skew = Skew::of(message.current_time(), now.utc).secs();
        let peer = self.config.identity(from);
        self.record.heard_unchanged(peer, message.fingerprint(), skew, now)
    }

    /// Whether repeated announcements may be passed over: not where each one must be judged.
    fn may_pass_over(&self) -> bool {
        self.config.shortcut == Shortcut::On
            && self.config.policy.require_auth == RequireAuth::None
            && self.config.policy.max_skew == 0
    }

    /// The ranges of a message inside our scope, with ends on our clock.
    fn leases(&self, ranges: &Ranges, skew: Skew) -> Vec<Lease> {
        ranges
            .iter()
            .filter_map(|r| {
                Some(Lease { range: self.record.inside(r.range)?, end: skew.adjust(r.end) })
            })
            .collect()
    }

    /// ACLM: someone wants addresses.
    fn hear_claim(
        &mut self,
        cx: &mut Cx<'_>,
        peer: Peer,
        message: &Message,
        ranges: &Ranges,
        skew: Skew,
        out: &mut Out,
    ) {
        let listed = live(self.leases(ranges, skew), cx.now.utc);
        if listed.is_empty() {
            return;
        }
        self.note_contest(cx, (peer, message.rseq()), &listed);
        let set = addresses(&listed);
        if self.config.policy.heard_claims == HeardClaims::Remember {
            self.record.claims.expire(cx.now.instant, self.config.timing.claim_silence());
            self.record.claims.note(peer, message.rseq(), set.clone(), cx.now.instant);
            // The next AIU for these addresses ends the claim, which makes it one with an effect.
            if set.iter().any(|range| self.record.is_allocated(range)) {
                self.record.touch();
            }
        }
        if self.is_active() {
            self.consider_defence(cx, peer, message.rseq(), &set);
            self.collide_claims(cx, &listed, peer, MessageType::Aclm, out);
            self.collide_preallocations(cx, &listed, peer, MessageType::Aclm, out);
        }
    }

    /// AITU: someone intends to use addresses. It is defended against like a claim (AAP-2-09) and
    /// costs us our preallocation of them, but no claim (AAP-3.2.5-09).
    fn hear_intent(
        &mut self,
        cx: &mut Cx<'_>,
        peer: Peer,
        message: &Message,
        ranges: &Ranges,
        skew: Skew,
        out: &mut Out,
    ) {
        let listed = live(self.leases(ranges, skew), cx.now.utc);
        if listed.is_empty() {
            return;
        }
        self.note_contest(cx, (peer, message.rseq()), &listed);
        let tolerance = i64::from(self.config.policy.end_tolerance);
        let by = self.record.hear(peer, message.rseq(), cx.now.instant);
        let pairs: Vec<_> = listed.iter().map(|l| (l.range, l.end)).collect();
        for item in self.record.note_intents(by, &pairs, tolerance, cx.now.utc) {
            persist(out, item, "AAP-3.2.1-03");
        }
        self.record.close(by);
        if self.is_active() {
            self.consider_defence(cx, peer, message.rseq(), &addresses(&listed));
            self.collide_preallocations(cx, &listed, peer, MessageType::Aitu, out);
        }
    }

    /// A bidder, which may be ourselves, bids for addresses: AIUs about them may now be defences.
    pub(super) fn note_contest(&mut self, cx: &Cx<'_>, bidder: (Peer, Rseq), listed: &[Lease]) {
        let span = self.config.timing.defence_span();
        self.record.contests.note(bidder, listed.iter().map(|l| l.range), cx.now.instant, span);
    }

    /// AIU: someone has allocated addresses, or defends them. It is recorded before anything else,
    /// so that whoever gives an address up because of it also knows why (AAP-A-03).
    fn hear_allocation(
        &mut self,
        cx: &mut Cx<'_>,
        peer: Peer,
        message: &Message,
        ranges: &Ranges,
        skew: Skew,
        out: &mut Out,
    ) {
        let mut listed = self.leases(ranges, skew);
        if self.drop_too_large(&mut listed) {
            ignore(out, Ignored::RangeTooLarge, peer, message, "F-48");
        }
        let (version, told) = (self.record.version(), out.len());
        self.record_allocations(cx, peer, message, &listed, out);
        let effective = match self.config.policy.deletion {
            Deletion::Literal => listed.clone(),
            Deletion::Tombstone => live(listed.clone(), cx.now.utc),
        };
        let ours = listed.iter().any(|l| self.is_ours(l));
        if self.is_active() {
            self.heed_defender(cx, peer, &effective);
            self.collide_claims(cx, &effective, peer, MessageType::Aiu, out);
            self.collide_preallocations(cx, &effective, peer, MessageType::Aiu, out);
        }
        for lease in &listed {
            self.meet_foreign_aiu(cx, *lease, peer, out);
        }
        if self.is_active() {
            self.consider_late_defence(cx, peer, message.rseq(), &effective);
        }
        if !self.tombstones.is_empty() {
            self.meet_revival(cx, &listed, out);
        }
        let without_effect = self.record.version() == version && out.len() == told && !ours;
        if without_effect && self.defences.is_empty() {
            self.settle(cx, peer, message, ranges, skew);
        }
    }

    /// Whether an AIU about `lease` concerns anything of ours.
    fn is_ours(&self, lease: &Lease) -> bool {
        self.record.own().overlaps(lease.range)
            || (!self.tombstones.is_empty()
                && self.tombstones.values().any(|t| t.covers(lease.range)))
    }

    fn drop_too_large(&self, listed: &mut Vec<Lease>) -> bool {
        let limit = u128::from(self.config.policy.max_foreign_range);
        let before = listed.len();
        if limit > 0 {
            listed.retain(|l| l.range.len() <= limit);
        }
        listed.len() < before
    }

    fn record_allocations(
        &mut self,
        cx: &Cx<'_>,
        peer: Peer,
        message: &Message,
        listed: &[Lease],
        out: &mut Out,
    ) {
        let by = self.record.hear(peer, message.rseq(), cx.now.instant);
        for lease in listed {
            if self.config.policy.deletion == Deletion::Tombstone
                && self.is_buried(cx, *lease, peer)
            {
                continue;
            }
            let (policy, timing) = (self.config.policy, self.config.timing);
            let reading = Reading { policy: &policy, timing: &timing, now: cx.now, peer, by };
            for Lease { range, end } in self.believable(*lease, cx.now.utc) {
                for item in self.record.note_allocation(range, end, reading) {
                    persist(out, item, "AAP-3.1-01");
                }
            }
            for item in self.record.fulfil_intents(peer, lease.range) {
                persist(out, item, "AAP-3.2.1-03");
            }
            self.record.claims.settle(lease.range);
        }
        self.record.close(by);
    }

    /// A foreign allocation with the ends that are recorded for it (F-48).
    fn believable(&self, lease: Lease, now: UtcSecs) -> Vec<Lease> {
        let believed = self.config.policy.foreign_end == ForeignEnd::Believe || lease.end <= now;
        match self.record.space.as_ref().filter(|_| self.config.is_large() && !believed) {
            Some(space) => space.clip(lease),
            None => vec![lease],
        }
    }

    /// The message had no effect (AAP-A-04): hearing it again while nothing changes will have none
    /// either.
    fn settle(
        &mut self,
        cx: &Cx<'_>,
        peer: Peer,
        message: &Message,
        ranges: &Ranges,
        heard_at: Skew,
    ) {
        let tolerance = i64::from(self.config.policy.end_tolerance);
        let by = self.record.hear(peer, message.rseq(), cx.now.instant);
        let (mut skew, mut until) = ((i64::MIN, i64::MAX), i64::MAX);
        for listed in ranges.iter() {
            // What lies outside was passed over, where policy has messages clipped.
            let Some(range) = self.record.inside(listed.range) else { continue };
            let raw = i64::from(listed.end.secs());
            let Some((low, high)) = self.record.unchanged_skews(range, raw, by, tolerance) else {
                self.record.close(by);
                return;
            };
            if raw != ENDLESS {
                skew = (skew.0.max(low), skew.1.min(high));
                until = until.min(raw.saturating_add(low));
            }
        }
        let proof = Proof {
            fingerprint: message.fingerprint(),
            version: self.record.version(),
            heard_at: heard_at.secs(),
            skew,
            until: UtcSecs(until),
        };
        self.record.settle(by, proof);
        self.record.close(by);
    }

    /// ANA: someone found no address (AAP-3.2.9-09, -10), which the next ASRP tells the coordinator
    /// (AAP-3.2.9-02).
    fn hear_plea(&mut self, peer: Peer, message: &Message, count: u32, end: UtcSecs) {
        if self.config.is_large() && self.config.ana_scope == AnaScope::Ours {
            let noted = NotedRequest { peer, rseq: message.rseq(), count, end };
            let tolerance = i64::from(self.config.policy.end_tolerance);
            self.record.requests.note(noted, self.config.policy.request_key, tolerance);
        }
    }
}

/// The leases that have not ended.
fn live(mut leases: Vec<Lease>, now: UtcSecs) -> Vec<Lease> {
    leases.retain(|l| l.end > now);
    leases
}

fn ignore(out: &mut Out, reason: Ignored, peer: Peer, message: &Message, rule: &'static str) {
    tell(out, Event::Ignored { reason, peer, message: message.kind() }, rule);
}
