//! Starting up and settling in (sections 3.1 and 3.2.4, findings F-06, F-07, F-47).

use addrspace::{Range, ScopeKind};
use sansio::{Cx, Question, Stored, UtcSecs};

use super::deletion::Tombstone;
use super::holdings::{Holding, Standing};
use super::timer::Timer;
use super::{Maas, Phase, persist, tell};
use crate::command::RequestId;
use crate::config::Startup;
use crate::event::{Event, Lease, Loss};
use crate::participant::Out;
use crate::policy::StartupAnnounce;
use crate::record::Space;
use crate::skew::Skew;
use crate::stored::Item;
use crate::wire::Message;

const STARTUP: Question = Question("startup");

impl Maas {
    /// Loads what stable storage holds and begins to listen.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>, restored: &[Item], out: &mut Out) {
        if self.phase != Phase::Off {
            return;
        }
        self.sequence.restart_at(self.config.first_rseq);
        let mut newest = UtcSecs(i64::MIN);
        for item in restored {
            newest = newest.max(self.restore(cx, item, out));
        }
        if newest > cx.now.utc {
            tell(out, Event::ClockBehindStorage, "F-47");
        }
        self.phase = Phase::Listening;
        self.arm_holding_end(cx);
        match self.config.startup {
            Startup::Listen => {
                let timing = self.config.timing;
                let silence = timing.jittered(cx, STARTUP, timing.startup_wait, (10, 13));
                self.arm(cx, Timer::Startup, silence);
            }
            Startup::Settled => self.become_ready(cx, out),
        }
    }

    /// Takes back one stored item; returns the time at which it must have been written at the
    /// latest known moment, so that a clock that went back is noticed. What has ended meanwhile
    /// is forgotten in storage too; what lies outside the scope is another scope's.
    fn restore(&mut self, cx: &mut Cx<'_>, item: &Item, out: &mut Out) -> UtcSecs {
        let (now, never) = (cx.now, UtcSecs(i64::MIN));
        let (range, until) = match item {
            Item::Space { message, received } => {
                self.restore_space(cx, message, *received);
                return *received;
            }
            Item::Own { range, end, .. }
            | Item::Preallocated { range, end, .. }
            | Item::Heard { range, end, .. }
            | Item::Intended { range, end, .. } => (*range, *end),
            Item::Tombstone { range, until, .. } => (*range, *until),
            Item::Forget(_) => return never,
        };
        if self.record.inside(range) != Some(range) {
            return never;
        }
        if until <= now.utc {
            self.restore_ended(cx, item, out);
            return never;
        }
        match item {
            Item::Own { end, latest_end, request, deleted, .. } => {
                let standing = if *deleted { Standing::Deleting } else { Standing::Good };
                let request = RequestId(*request);
                let holding = Holding::restored(range, *end, *latest_end, request, standing);
                if let Some(rest) = self.holdings.restore(holding).map(Holding::item) {
                    persist(out, rest, "AAP-3.1-02");
                }
                self.record.take(range);
            }
            Item::Preallocated { end, request, .. } => {
                self.restore_preallocation(cx, request.map(RequestId), range, *end, out);
            }
            Item::Heard { end, owner, by_defender, .. } => {
                self.record.restore(range, *end, *owner, *by_defender, now.instant);
            }
            Item::Intended { end, owner, heard, .. } => {
                let age = now.utc.minus(*heard).max(0) as u64;
                let heard = now.instant - sansio::Duration::from_secs(age);
                self.record.restore_intent(range, *end, *owner, heard);
            }
            Item::Tombstone { end, .. } => {
                self.tombstones.insert(range.first(), Tombstone::new(range, *end, until));
            }
            Item::Space { .. } | Item::Forget(_) => {}
        }
        never
    }

    /// A stored item that ended while we were off: nothing is left of it, but the memory of a
    /// deletion.
    fn restore_ended(&mut self, cx: &Cx<'_>, item: &Item, out: &mut Out) {
        if let Item::Own { range, end, latest_end, request, deleted } = *item {
            if deleted {
                let (request, standing) = (RequestId(request), Standing::Deleting);
                let holding = Holding::restored(range, end, latest_end, request, standing);
                self.bury(cx, &holding, out);
                tell(out, Event::Ended { range }, "AAP-3.2.8-06");
            } else {
                let lease = Lease { range, end };
                tell(out, Event::Lost { lease, why: Loss::Ended }, "AAP-3.2.8-02");
            }
        }
        persist(out, Item::Forget(item.key()), "AAP-3.2.1-04");
    }

    fn restore_space(&mut self, cx: &Cx<'_>, message: &Message, received: UtcSecs) {
        if self.config.scope.kind != ScopeKind::Large {
            return;
        }
        let skew = Skew::of(message.current_time(), received);
        // How long ago it was received is only known by the wall clock.
        let age = sansio::Duration::from_secs(cx.now.utc.minus(received).max(0) as u64);
        self.record.space = Space::of(message, self.config.scope.range, cx.now.instant - age, skew);
    }

    /// The start-up silence is over (AAP-3.2.4-01): only now may anything be allocated (AAP-2-04).
    /// In a large scope an ASA should have been heard by now; without one, claims are possible
    /// only in what a cached one still offers (AAP-3.2.4-03, -04). In a small scope neither ASAs
    /// nor ASRPs are sent (AAP-2.1.2-02).
    pub(super) fn become_ready(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        self.phase = Phase::Ready;
        tell(out, Event::Ready, "AAP-3.2.4-01");
        self.judge_restored(cx, out);
        match self.config.policy.startup_announce {
            StartupAnnounce::Consolidated => self.announce_restored(cx, out),
            StartupAnnounce::Fast => self.announce_restored_fast(cx, out),
        }
        self.bury_again(cx, out);
        self.begin_restored_preallocations(cx, out);
        if self.config.is_large() {
            self.begin_reports(cx);
            self.watch_space(cx, out);
        }
        if self.config.policy.pool_size > 0 {
            self.arm(cx, Timer::Pool, sansio::Duration::ZERO);
        }
        for command in std::mem::take(&mut self.waiting) {
            self.command(cx, &command, out);
        }
    }

    /// AIUs for restored allocations that were heard during the silence are judged now (F-07).
    fn judge_restored(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let suspects: Vec<(Range, crate::config::Peer, UtcSecs)> = self.holdings.take_suspicions();
        for (range, peer, end) in suspects {
            self.judge_conflict(cx, Lease { range, end }, peer, out);
        }
    }

    /// Writes `holding` down.
    pub(super) fn store_holding(&self, holding: &Holding, rule: &'static str, out: &mut Out) {
        persist(out, holding.item(), rule);
    }
}
