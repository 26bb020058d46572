//! Sending ASAs (section 4.2.1).

use sansio::{Cx, Question, Rule, UtcSecs};

use super::{Phase, PrefixCoordinator, Timer, tell};
use crate::config::Peer;
use crate::event::{Event, Lease};
use crate::participant::{OneOutput, Out};
use crate::wire::{Body, Header, Message, MessageType, Ranges, TimedRange, WireTime, max_ranges};

const ASA_SEND: Question = Question("asa-send");

/// Between two ASAs of the lead, in tenths of `[ASA-INTERVAL]` (AAP-4.2.1-04).
const LEAD_TENTHS: (u64, u64) = (7, 13);
/// How long a follower waits for another's, in tenths of `[ASA-INTERVAL]` (AAP-4.2.1-03, -06).
const FOLLOWER_TENTHS: (u64, u64) = (17, 23);
/// How many `[ASA-INTERVAL]`s an ASA stays valid: several newer ones come before it expires
/// (AAP-3.2.10.2-01, F-25).
const VALIDITY_INTERVALS: u64 = 5;
/// The largest UDP payload over IPv4: an ASA must not be split (AAP-4.2.1-02), so no larger set
/// can be announced at all.
const UDP_PAYLOAD_MAX: usize = 65_507;

const MICROS_PER_SEC: u64 = 1_000_000;

impl PrefixCoordinator {
    /// Begins to wait for its turn, if there is a set to announce (AAP-4.2.1-03).
    pub(super) fn become_ready(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        if self.source.leases_at(cx.now.utc).is_none() {
            return;
        }
        _ = self.announceable(cx.now.utc, out);
        self.follow(cx, None);
    }

    /// Waits whether someone announces: nobody yet (AAP-4.2.1-03; after a quiet period F-28), or
    /// `lead` again, who has just done so (AAP-4.2.1-06).
    pub(super) fn follow(&mut self, cx: &mut Cx<'_>, lead: Option<Peer>) {
        self.phase = Phase::Follower { lead };
        self.arm_asa_send(cx, FOLLOWER_TENTHS);
    }

    /// AAP-4.2.1-04: nobody else has announced, so this one does, each time under a new rseq
    /// (AAP-5.1.4-05).
    pub(super) fn on_asa_send(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let Some(leases) = self.announceable(cx.now.utc, out) else {
            return self.follow(cx, None);
        };
        let message = self.asa(cx.now.utc, &leases);
        self.next_rseq = self.next_rseq.next();
        self.sent.note(message.fingerprint());
        self.announced = Some(leases);
        let rule = Rule("AAP-4.2.1-04");
        out.push(OneOutput::Transmit { to: self.config.group, message, rule });
        match self.phase {
            Phase::Lead => {}
            Phase::Follower { lead: Some(_) } => tell(out, "AAP-4.2.1-08", Event::Leads),
            _ => tell(out, "AAP-4.2.1-07", Event::Leads),
        }
        self.phase = Phase::Lead;
        self.arm_asa_send(cx, LEAD_TENTHS);
    }

    /// The complete set (AAP-3.2.10.1-01), unless it is unknown or too large for one ASA (F-30): a
    /// part of it would read as the withdrawal of the rest, which is why it is never split
    /// (AAP-3.2.10.1-02).
    pub(super) fn announceable(&self, now: UtcSecs, out: &mut Out) -> Option<Vec<Lease>> {
        let leases = self.source.leases_at(now)?;
        let (ranges, limit) = (leases.len(), self.range_limit());
        if ranges > limit {
            tell(out, "F-30", Event::SpaceTooLarge { ranges, limit });
            return None;
        }
        Some(leases)
    }

    fn range_limit(&self) -> usize {
        let fit = max_ranges(self.config.scope.family, MessageType::Asa, UDP_PAYLOAD_MAX);
        match self.config.policy.max_asa_ranges {
            0 => fit,
            limit => fit.min(usize::try_from(limit).unwrap_or(usize::MAX)),
        }
    }

    fn asa(&self, now: UtcSecs, leases: &[Lease]) -> Message {
        let family = self.config.scope.family;
        let usual = self.config.timing.asa_interval * VALIDITY_INTERVALS;
        let validity = self.config.asa_validity.unwrap_or(usual);
        // Rounded up, so that an ASA under shortened constants is not born expired.
        let validity = validity.as_micros().div_ceil(MICROS_PER_SEC);
        let current = WireTime::saturating_from(now.0);
        let expiration = current.saturating_add(u32::try_from(validity).unwrap_or(u32::MAX));
        let ranges = leases.iter().map(|&Lease { range, end }| TimedRange {
            range,
            end: WireTime::saturating_from(end.0),
        });
        let header = Header { family, rseq: self.next_rseq, mseq: 0 };
        Message::new(header, current, Body::Asa { expiration, ranges: Ranges::new(family, ranges) })
    }

    fn arm_asa_send(&mut self, cx: &mut Cx<'_>, tenths: (u64, u64)) {
        let timing = self.config.timing;
        let after = timing.jittered(cx, ASA_SEND, timing.asa_interval, tenths);
        let now = cx.now.instant;
        self.timers.set(Timer::AsaSend, now + after, now, cx.cause);
    }
}
