//! Defending allocations (section 3.2.2, findings F-15 to F-18): whoever knows of one speaks up,
//! not only its owner (AAP-2-06).

use addrspace::RangeSet;
use sansio::{Cx, Duration};

use super::first_wait::first_wait;
use super::timer::Timer;
use super::{Maas, addresses};
use crate::config::Peer;
use crate::event::Lease;
use crate::participant::Out;
use crate::policy::{
    ChangedSet, DefenceDoubling, DefenceFloor, DefenceParts, LateDefence, OwnerReclaim,
};
use crate::wire::{Body, Rseq};

/// Most defences armed at a time. Every request number of every claimant has its own, so a flood
/// of forged claims must not arm them without bound; what is not defended by us, others defend.
const DEFENCES_MAX: usize = 1024;

/// Which part of a claim a timer defends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Part {
    /// All allocated addresses in it (one timer, the literal reading).
    All,
    /// Those allocated by us.
    Own,
    /// Those allocated by others.
    Others,
}

/// One Allocation Defense timer: against one request of one claimant (F-18).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct DefenceKey {
    pub(super) claimant: Peer,
    claim: Rseq,
    pub(super) part: Part,
}

/// What a defence is about, and how far it has come.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Defence {
    /// The set the claimant listed, without end times.
    against: RangeSet,
    /// The allocated addresses in it, with the ends recorded when the timer was armed.
    subject: Vec<Lease>,
    /// The first value of the timer.
    original: Duration,
    /// Its present value.
    value: Duration,
    /// The number of our AIUs, once the first is sent.
    rseq: Option<Rseq>,
    mseq: u8,
    /// What the last of them listed.
    spoken: Vec<Lease>,
}

impl Defence {
    pub(super) fn subject(&self) -> &[Lease] {
        &self.subject
    }

    pub(super) const fn rseq(&self) -> Option<Rseq> {
        self.rseq
    }
}

impl Maas {
    /// A foreign ACLM or AITU lists `set`: what is allocated of it, and not merely preallocated, is
    /// defended (AAP-3.2.2-09 to -11). A timer that runs against another set of the same request is
    /// cancelled first (AAP-3.2.2-13).
    pub(super) fn consider_defence(
        &mut self,
        cx: &mut Cx<'_>,
        claimant: Peer,
        claim: Rseq,
        set: &RangeSet,
    ) {
        let known: Vec<DefenceKey> = self.defences_against(claimant, claim);
        if known.iter().any(|key| self.defences.get(key).is_some_and(|d| d.against == *set)) {
            return;
        }
        let parts = self.allocated_parts(cx, claimant, set);
        match self.config.policy.changed_set {
            ChangedSet::Cancel => known.iter().for_each(|&key| self.cancel_defence(key)),
            // Appendix A's defender goes on; only a conflict of the new set replaces the old one.
            ChangedSet::Keep if parts.is_empty() => return,
            ChangedSet::Keep => known.iter().for_each(|&key| self.cancel_defence(key)),
        }
        for (part, subject) in parts {
            if self.defences.len() >= DEFENCES_MAX {
                return;
            }
            self.arm_defence(cx, DefenceKey { claimant, claim, part }, set.clone(), subject);
        }
    }

    /// An AIU of `taker` lists `listed`: what someone else owned who is not heard any more is
    /// defended as against a claim (F-35): a claim whose few defences were all lost has succeeded,
    /// and nobody else would ever object for an owner that is gone. Whoever repeats the recorded
    /// end is a defender too.
    pub(super) fn consider_late_defence(
        &mut self,
        cx: &mut Cx<'_>,
        taker: Peer,
        announcement: Rseq,
        listed: &[Lease],
    ) {
        if self.config.policy.late_defence == LateDefence::None {
            return;
        }
        let tolerance = i64::from(self.config.policy.end_tolerance);
        let (now, timing) = (cx.now, self.config.timing);
        let taken: Vec<Lease> = listed
            .iter()
            .filter(|lease| lease.end > now.utc)
            .flat_map(|lease| {
                let known = self.record.allocated_in(lease.range, now.instant, &timing);
                known.into_iter().filter(|known| {
                    known.owner != taker
                        && known.end.minus(lease.end).abs() > tolerance
                        && now.instant.since(known.last_heard) > timing.recent()
                })
            })
            .map(|known| Lease { range: known.range, end: known.end })
            .collect();
        if !taken.is_empty() {
            self.note_contest(cx, (taker, announcement), &taken);
            self.consider_defence(cx, taker, announcement, &addresses(&taken));
        }
    }

    fn defences_against(&self, claimant: Peer, claim: Rseq) -> Vec<DefenceKey> {
        let key = |part| DefenceKey { claimant, claim, part };
        self.defences.range(key(Part::All)..=key(Part::Others)).map(|(&key, _)| key).collect()
    }

    /// What is allocated of `set`, divided as policy says; parts without addresses are left out.
    /// The claimant may be the recorded owner, back without its storage: even against it the
    /// allocation is defended, since its former users may still use it (AAP-3.1-03, F-46).
    fn allocated_parts(
        &self,
        cx: &Cx<'_>,
        claimant: Peer,
        set: &RangeSet,
    ) -> Vec<(Part, Vec<Lease>)> {
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for range in set.iter() {
            for holding in self.holdings.overlapping(range) {
                own.extend(
                    holding
                        .range
                        .intersection(range)
                        .map(|range| Lease { range, end: holding.end }),
                );
            }
            for known in self.record.allocated_in(range, cx.now.instant, &self.config.timing) {
                let trusted = self.config.policy.owner_reclaim == OwnerReclaim::Trust
                    && known.owner == claimant;
                if !trusted && !self.holdings.overlaps(known.range) {
                    others.push(Lease { range: known.range, end: known.end });
                }
            }
        }
        let parts = match self.config.policy.defence_parts {
            DefenceParts::OneTimer => {
                let part = if own.is_empty() { Part::Others } else { Part::All };
                own.extend(others);
                vec![(part, own)]
            }
            DefenceParts::OwnAndOthers => vec![(Part::Own, own), (Part::Others, others)],
        };
        parts.into_iter().filter(|(_, subject)| !subject.is_empty()).collect()
    }

    /// The first value: 0 if any of the addresses is ours, else U[2, 8]·RW (AAP-3.2.2-17, -18).
    fn arm_defence(
        &mut self,
        cx: &mut Cx<'_>,
        key: DefenceKey,
        against: RangeSet,
        subject: Vec<Lease>,
    ) {
        let original = match key.part {
            Part::All | Part::Own => Duration::ZERO,
            Part::Others => first_wait(cx, &self.config),
        };
        let (value, spoken) = (original, Vec::new());
        let defence = Defence { against, subject, original, value, rseq: None, mseq: 0, spoken };
        self.defences.insert(key, defence);
        self.record.touch();
        self.arm(cx, Timer::Defence(key), original);
    }

    pub(super) fn cancel_defence(&mut self, key: DefenceKey) {
        self.timers.cancel(Timer::Defence(key));
        self.defences.remove(&key);
        self.record.touch();
    }

    /// Someone's AIU lists `listed`: it speaks for the defences it concerns, unless it is the
    /// claimant's own (AAP-3.2.2-12).
    pub(super) fn heed_defender(&mut self, cx: &mut Cx<'_>, speaker: Peer, listed: &[Lease]) {
        if self.defences.is_empty() {
            return;
        }
        let heard = addresses(listed);
        let concerned: Vec<DefenceKey> = self
            .defences
            .iter()
            .filter(|(key, defence)| key.claimant != speaker && self.concerns(&heard, defence))
            .map(|(&key, _)| key)
            .collect();
        for key in concerned {
            self.postpone_defence(cx, key);
        }
    }

    fn concerns(&self, heard: &RangeSet, defence: &Defence) -> bool {
        let mut subject = defence.subject.iter().map(|s| s.range);
        match self.config.policy.defence_parts {
            DefenceParts::OneTimer => subject.any(|range| heard.overlaps(range)),
            DefenceParts::OwnAndOthers => subject.all(|range| heard.contains_range(range)),
        }
    }

    fn postpone_defence(&mut self, cx: &Cx<'_>, key: DefenceKey) {
        let timing = self.config.timing;
        let Some(defence) = self.defences.get_mut(&key) else { return };
        let doubled = match self.config.policy.defence_doubling {
            DefenceDoubling::Original => defence.original * 2,
            DefenceDoubling::Current => defence.value * 2,
        };
        let value = match self.config.policy.defence_floor {
            DefenceFloor::Zero => doubled,
            DefenceFloor::ResendWait => doubled.max(timing.resend_wait),
        };
        defence.value = value;
        if value > timing.repeat_interval {
            self.cancel_defence(key);
        } else {
            self.arm(cx, Timer::Defence(key), value);
        }
    }

    /// The Allocation Defense timer expires (AAP-3.2.2-14 to -16).
    pub(super) fn defend(&mut self, cx: &mut Cx<'_>, key: DefenceKey, out: &mut Out) {
        let subject = self.still_allocated(cx, key);
        if subject.is_empty() {
            self.cancel_defence(key);
            return;
        }
        let Some(defence) = self.defences.get(&key) else { return };
        // Part of it may have ended since: another set is another request (AAP-5.1.4-04).
        let same = defence.spoken == subject;
        let (known, mseq) = if same { (defence.rseq, defence.mseq) } else { (None, 0) };
        let rseq = known.unwrap_or_else(|| self.new_rseq());
        let body = Body::Aiu(self.ranges(subject.clone()));
        self.send(cx.now, rseq, mseq, body, "AAP-3.2.2-14", out);
        let timing = self.config.timing;
        let Some(defence) = self.defences.get_mut(&key) else { return };
        defence.rseq = Some(rseq);
        defence.mseq = mseq.wrapping_add(1);
        defence.spoken = subject;
        defence.value =
            if defence.value == Duration::ZERO { timing.resend_wait } else { defence.value * 2 };
        let value = defence.value;
        if value > timing.repeat_interval {
            self.cancel_defence(key);
        } else {
            self.arm(cx, Timer::Defence(key), value);
        }
    }
}
