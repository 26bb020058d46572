//! Announcing own allocations (sections 3.2.2 and 3.2.6.1): again and again, as long as they last
//! (AAP-2-03).

use addrspace::Addr;
use sansio::{Cx, Duration, Question};

use super::holdings::{AnnouncementId, Content, Holding, Notice, Pace, Standing};
use super::timer::Timer;
use super::{Maas, persist, tell};
use crate::event::{Event, Loss};
use crate::participant::Out;
use crate::policy::{ConflictTie, FastJitter};
use crate::stored::Item;
use crate::wire::{Body, MessageType, max_ranges};

const AIU_REPEAT: Question = Question("aiu-repeat");

/// ± 30 % in tenths (AAP-3.2.2-03).
pub(super) const THIRTY_PERCENT: (u64, u64) = (7, 13);

impl Maas {
    /// How many ranges fit a message of 500 octets: 40 for IPv4, 13 for IPv6.
    pub(super) fn ranges_per_message(&self) -> usize {
        max_ranges(self.config.scope.family, MessageType::Aiu, crate::config::MAX_PAYLOAD)
    }

    /// Takes `holdings` into possession: stores them, then announces them from now on, each address
    /// in some AIU (AAP-3.2.2-01).
    pub(super) fn allocate(
        &mut self,
        cx: &mut Cx<'_>,
        mut holdings: Vec<Holding>,
        rule: &'static str,
        out: &mut Out,
    ) {
        let settles_at = match self.config.policy.conflict_tie {
            ConflictTie::LowestSettledWins => {
                Some(cx.now.instant + self.config.timing.defence_span())
            }
            _ => None,
        };
        for holding in &mut holdings {
            holding.settles_at = settles_at;
            self.store_holding(holding, "AAP-3.1-01", out);
            self.exhume(holding.range, out);
            self.record.take(holding.range);
        }
        for batch in holdings.chunks(self.ranges_per_message()) {
            let rseq = self.new_rseq();
            let pace = Pace::Fast(self.config.timing.resend_wait);
            let id = self.holdings.add(batch.iter().cloned(), rseq, pace);
            self.send_announcement(cx, id, rule, out);
            self.schedule_announcement(cx, id);
        }
        self.arm_holding_end(cx);
    }

    /// An AIU is due again.
    pub(super) fn announce(&mut self, cx: &mut Cx<'_>, id: AnnouncementId, out: &mut Out) {
        // A wall clock that jumped ahead has passed ends whose timer still waits.
        if self.holdings.listed(id).any(|h| h.end <= cx.now.utc) {
            self.end_holdings(cx, out);
        }
        self.divide(cx, id, out);
        let Some(announcement) = self.holdings.announcement(id) else { return };
        match announcement.pace {
            Pace::Fast(interval) => {
                self.send_announcement(cx, id, "AAP-3.2.2-08", out);
                self.slow_down(cx, id, interval * 2);
            }
            Pace::Regular => {
                self.consolidate(id);
                self.send_announcement(cx, id, "AAP-3.2.2-02", out);
                self.schedule_announcement(cx, id);
            }
        }
    }

    /// An AIU whose holdings have been split may list too many for one message: those beyond get
    /// another of the same pace.
    fn divide(&mut self, cx: &mut Cx<'_>, id: AnnouncementId, out: &mut Out) {
        let limit = self.ranges_per_message();
        let Some(announcement) = self.holdings.announcement(id) else { return };
        let pace = announcement.pace;
        let beyond: Vec<Addr> = announcement.members.iter().skip(limit).copied().collect();
        for batch in beyond.chunks(limit) {
            let rseq = self.new_rseq();
            let (more, _) = self.holdings.regroup(batch, rseq, pace);
            self.send_announcement(cx, more, "AAP-3.2.2-05", out);
            self.schedule_announcement(cx, more);
        }
    }

    /// The next interval of a fast AIU, which stands alone (AAP-3.2.2-06): when it would reach
    /// `[REPEAT-INTERVAL]` the AIU becomes part of the regular ones (AAP-A-02).
    fn slow_down(&mut self, cx: &mut Cx<'_>, id: AnnouncementId, interval: Duration) {
        let regular = interval >= self.config.timing.repeat_interval;
        let Some(announcement) = self.holdings.announcement_mut(id) else { return };
        if !regular {
            announcement.pace = Pace::Fast(interval);
            self.schedule_announcement(cx, id);
            return;
        }
        let more = announcement.members.len();
        announcement.pace = Pace::Regular;
        match self.holdings.regular_with_room(more, self.ranges_per_message(), id) {
            Some(home) => self.holdings.merge(id, home),
            None => self.schedule_announcement(cx, id),
        }
    }

    /// Arms the timer of an AIU according to its pace: each has a timer and a draw of its own, so
    /// that several do not come in bursts (AAP-3.2.2-07).
    pub(super) fn schedule_announcement(&mut self, cx: &mut Cx<'_>, id: AnnouncementId) {
        let Some(announcement) = self.holdings.announcement(id) else { return };
        let timing = self.config.timing;
        let after = match (announcement.pace, self.config.policy.fast_jitter) {
            (Pace::Fast(interval), FastJitter::Off) => interval,
            (Pace::Fast(interval), FastJitter::ThirtyPercent) => {
                timing.jittered(cx, AIU_REPEAT, interval, THIRTY_PERCENT)
            }
            (Pace::Regular, _) => {
                timing.jittered(cx, AIU_REPEAT, timing.repeat_interval, THIRTY_PERCENT)
            }
        };
        self.arm(cx, Timer::Announce(id), after);
    }

    /// Keeps the regular AIUs as few as possible: one that is due takes in the smallest others
    /// while they fit (AAP-3.2.2-04).
    fn consolidate(&mut self, id: AnnouncementId) {
        let limit = self.ranges_per_message();
        let (messages, ranges) = self.holdings.regular_size();
        if messages <= ranges.div_ceil(limit) {
            return;
        }
        loop {
            let room = limit
                .saturating_sub(self.holdings.announcement(id).map_or(limit, |a| a.members.len()));
            let Some(&other) = self.holdings.small_regulars(room, id).first() else { return };
            self.holdings.merge(other, id);
            self.timers.cancel(Timer::Announce(other));
        }
    }

    /// Sends the AIU `id` now: under a new number if its content changed (AAP-5.1.4-04), else under
    /// the next mseq, which wraps (AAP-5.1.5-03).
    pub(super) fn send_announcement(
        &mut self,
        cx: &Cx<'_>,
        id: AnnouncementId,
        rule: &'static str,
        out: &mut Out,
    ) {
        let leases: Vec<_> = self.holdings.listed(id).map(Holding::lease).collect();
        let body = Body::Aiu(self.ranges(leases));
        let Some(announcement) = self.holdings.announcement(id) else { return };
        let (rseq, mseq) = match announcement.content {
            Content::New => (announcement.rseq, 0),
            Content::Changed => (self.new_rseq(), 0),
            Content::Unchanged => (announcement.rseq, announcement.mseq),
        };
        if let Some(announcement) = self.holdings.announcement_mut(id) {
            announcement.rseq = rseq;
            announcement.mseq = mseq.wrapping_add(1);
            announcement.content = Content::Unchanged;
        }
        self.send(cx.now, rseq, mseq, body, rule, out);
    }

    /// Announces the holdings at `firsts` in an AIU of their own, fast again.
    pub(super) fn announce_afresh(
        &mut self,
        cx: &mut Cx<'_>,
        firsts: &[Addr],
        rule: &'static str,
        out: &mut Out,
    ) {
        for batch in firsts.chunks(self.ranges_per_message()) {
            let rseq = self.new_rseq();
            let pace = Pace::Fast(self.config.timing.resend_wait);
            let (id, emptied) = self.holdings.regroup(batch, rseq, pace);
            for gone in emptied {
                self.timers.cancel(Timer::Announce(gone));
            }
            self.send_announcement(cx, id, rule, out);
            self.schedule_announcement(cx, id);
        }
    }

    /// Restored allocations: consolidated AIUs at once, then regular (F-07).
    pub(super) fn announce_restored(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let firsts: Vec<Addr> = self.holdings.iter().map(|h| h.range.first()).collect();
        for batch in firsts.chunks(self.ranges_per_message()) {
            let rseq = self.new_rseq();
            let (id, _) = self.holdings.regroup(batch, rseq, Pace::Regular);
            self.send_announcement(cx, id, "F-07", out);
            self.schedule_announcement(cx, id);
        }
    }

    /// Restored allocations, with the back-off of new ones.
    pub(super) fn announce_restored_fast(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let firsts: Vec<Addr> = self.holdings.iter().map(|h| h.range.first()).collect();
        self.announce_afresh(cx, &firsts, "F-07", out);
    }

    /// Arms the timer for the next end, or for the guard before it.
    pub(super) fn arm_holding_end(&mut self, cx: &Cx<'_>) {
        match self.holdings.next_end(i64::from(self.config.policy.end_guard)) {
            Some(at) => self.arm_at_utc(cx, Timer::HoldingEnd, at),
            None => {
                self.timers.cancel(Timer::HoldingEnd);
            }
        }
    }

    /// Own allocations reach their guard or their end.
    pub(super) fn end_holdings(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let guard = i64::from(self.config.policy.end_guard);
        let now = cx.now.utc;
        let ending: Vec<Addr> = self
            .holdings
            .iter()
            .filter(|h| h.ending == Notice::Due && h.standing != Standing::Deleting && guard > 0)
            .filter(|h| h.end > now && h.end.plus(-guard) <= now)
            .map(|h| h.range.first())
            .collect();
        for first in ending {
            let Some(holding) = self.holdings.get_mut(first) else { continue };
            holding.ending = Notice::Given;
            let lease = holding.lease();
            tell(out, Event::Ending { lease }, "F-45");
        }
        let ended: Vec<_> =
            self.holdings.iter().filter(|h| h.end <= now).map(|h| h.range).collect();
        for range in ended {
            self.end_range(cx, range, out);
        }
        self.arm_holding_end(cx);
        self.leave_if_empty(out);
    }

    fn end_range(&mut self, cx: &mut Cx<'_>, range: addrspace::Range, out: &mut Out) {
        let deleting = self.holdings.overlapping(range).any(|h| h.standing == Standing::Deleting);
        let removed = self.drop_holdings(cx, range, "AAP-3.2.1-04", out);
        for holding in removed {
            if deleting {
                self.bury(cx, &holding, out);
                tell(out, Event::Ended { range: holding.range }, "AAP-3.2.8-06");
            } else {
                tell(out, Event::Lost { lease: holding.lease(), why: Loss::Ended }, "AAP-3.2.8-02");
            }
        }
    }

    /// Removes `range` from the holdings, from their AIUs and from stable storage. What remains is
    /// stored, from the highest address down, before anything is forgotten: whenever power fails,
    /// see [`Holdings::restore`](super::holdings::Holdings::restore), it is still ours.
    pub(super) fn drop_holdings(
        &mut self,
        cx: &mut Cx<'_>,
        range: addrspace::Range,
        rule: &'static str,
        out: &mut Out,
    ) -> Vec<Holding> {
        let keys: Vec<_> = self.holdings.overlapping(range).map(Holding::key).collect();
        let cut = self.holdings.cut(range);
        for rest in cut.rests.iter().rev() {
            self.store_holding(rest, rule, out);
        }
        for key in keys.into_iter().filter(|&key| cut.rests.iter().all(|rest| rest.key() != key)) {
            persist(out, Item::Forget(key), rule);
        }
        for id in cut.emptied {
            self.timers.cancel(Timer::Announce(id));
        }
        for holding in &cut.removed {
            self.record.let_go(holding.range);
        }
        self.arm_holding_end(cx);
        cut.removed
    }
}
