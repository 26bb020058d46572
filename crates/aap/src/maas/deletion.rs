//! Deleting allocations, and keeping them deleted (section 3.2.8, finding F-22).

use addrspace::{Addr, Range, RangeSet};
use sansio::{Cx, Instant, UtcSecs};

use super::holdings::Holding;
use super::timer::Timer;
use super::witness::Witnesses;
use super::{Maas, persist};
use crate::config::Peer;
use crate::event::Lease;
use crate::participant::Out;
use crate::policy::Deletion;
use crate::stored::{Item, ItemKey};
use crate::wire::Body;

/// A deleted own allocation that others may still believe in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Tombstone {
    range: Range,
    /// The end it really had, now past.
    end: UtcSecs,
    /// The latest end ever announced: as long as that, others may remember it.
    until: UtcSecs,
    /// When it was last announced again.
    announced: Option<Instant>,
    /// What has been revived since and is to be announced again when an interval has passed.
    owed: RangeSet,
    /// Who speaks of it as if it were alive.
    revivers: Witnesses,
}

impl Tombstone {
    pub(super) fn new(range: Range, end: UtcSecs, until: UtcSecs) -> Self {
        let (owed, revivers) = (RangeSet::new(), Witnesses::default());
        Self { range, end, until, announced: None, owed, revivers }
    }

    /// The form it is stored in.
    fn item(&self) -> Item {
        Item::Tombstone { range: self.range, end: self.end, until: self.until }
    }

    /// Whether `lease` is what it buries: its addresses, with the end they once had.
    fn is_revived_by(&self, lease: Lease, tolerance: i64) -> bool {
        self.range.contains_range(lease.range) && self.until.minus(lease.end).abs() <= tolerance
    }

    /// Whether it concerns part of `range`.
    pub(super) fn covers(&self, range: Range) -> bool {
        self.range.overlaps(range)
    }
}

impl Maas {
    /// Remembers that `holding` was deleted, as long as anyone may believe in it.
    pub(super) fn bury(&mut self, cx: &Cx<'_>, holding: &Holding, out: &mut Out) {
        if holding.latest_end <= cx.now.utc {
            return;
        }
        let tombstone = Tombstone::new(holding.range, holding.end, holding.latest_end);
        persist(out, tombstone.item(), "AAP-3.2.8-08");
        self.tombstones.insert(holding.range.first(), tombstone);
        self.record.touch();
        if self.is_sparing() {
            // What others said on our behalf is buried with it: it would be defended for ever.
            let tolerance = i64::from(self.config.policy.end_tolerance);
            let buried = (holding.range, holding.latest_end);
            for item in self.record.forget_allocations(buried.0, buried.1, tolerance) {
                persist(out, item, "F-22");
            }
        }
    }

    /// `range` is allocated anew, by us: its deletion is history.
    pub(super) fn exhume(&mut self, range: Range, out: &mut Out) {
        let met = self.tombstones.iter().filter(|(_, t)| t.covers(range));
        for first in met.map(|(&first, _)| first).collect::<Vec<_>>() {
            let Some(tombstone) = self.tombstones.remove(&first) else { continue };
            persist(out, Item::Forget(ItemKey::Tombstone(first)), "AAP-3.2.8-08");
            for rest in tombstone.range.subtract(range) {
                let owed = tombstone.owed.overlapping(rest).filter_map(|r| r.intersection(rest));
                let owed = owed.collect();
                let rest = Tombstone { range: rest, owed, ..tombstone.clone() };
                persist(out, rest.item(), "AAP-3.2.8-08");
                self.tombstones.insert(rest.range.first(), rest);
            }
        }
    }

    /// Whether `lease`, announced by `peer`, is an allocation that we have deleted: then it is
    /// neither recorded nor defended by us (F-22). A new allocation may carry the same end, where
    /// an ASA cuts all ends to its own; it is known by the claim before it, or by being announced
    /// for longer than a defence lasts.
    pub(super) fn is_buried(&mut self, cx: &Cx<'_>, lease: Lease, peer: Peer) -> bool {
        let tolerance = i64::from(self.config.policy.end_tolerance);
        let (now, span) = (cx.now.instant, self.config.timing.defence_span());
        // Every bid gives a bystander a reason to go on.
        let bid = self.record.contests.last_contest(peer, lease.range);
        let mut tombstones = self.tombstones.values_mut();
        let Some(tombstone) = tombstones.find(|t| t.is_revived_by(lease, tolerance)) else {
            return false;
        };
        if self.record.contests.is_bidder(peer, lease.range, now, span) {
            return false;
        }
        tombstone.revivers.may_defend(peer, now, span, bid)
    }

    /// A foreign AIU revives what we deleted: it is announced again with its past end
    /// (AAP-3.2.8-08). Repaired: only what was revived and has no new owner, and once per
    /// `[REPEAT-INTERVAL]`; what is revived sooner, or in our start-up silence, waits, since nobody need
    /// speak of it again.
    pub(super) fn meet_revival(&mut self, cx: &mut Cx<'_>, listed: &[Lease], out: &mut Out) {
        let alive: RangeSet =
            listed.iter().filter(|l| l.end > cx.now.utc).map(|l| l.range).collect();
        let mut revived: Vec<(Addr, RangeSet)> = Vec::new();
        for (&first, tombstone) in &self.tombstones {
            let part = alive.overlapping(tombstone.range);
            let part: RangeSet = part.filter_map(|r| r.intersection(tombstone.range)).collect();
            if !part.is_empty() {
                revived.push((first, part));
            }
        }
        if revived.is_empty() || !self.is_active() && !self.is_sparing() {
            return;
        }
        for (first, part) in revived {
            self.owe(first, part);
        }
        if self.is_active() {
            self.bury_again(cx, out);
        }
    }

    /// Whether deletions are repeated no more than need be.
    fn is_sparing(&self) -> bool {
        self.config.policy.deletion == Deletion::Tombstone
    }

    /// What of the tombstone at `first` is to be announced again: all of it to the letter.
    fn owe(&mut self, first: Addr, revived: RangeSet) {
        let is_sparing = self.is_sparing();
        let Some(tombstone) = self.tombstones.get_mut(&first) else { return };
        let owed = match is_sparing {
            true => tombstone.owed.union(&revived),
            false => [tombstone.range].into_iter().collect(),
        };
        if owed != tombstone.owed {
            tombstone.owed = owed;
            self.record.touch();
        }
    }

    /// Announces again what is owed and may be announced now.
    pub(super) fn bury_again(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let owing = self.tombstones.iter().filter(|(_, t)| !t.owed.is_empty());
        for first in owing.map(|(&first, _)| first).collect::<Vec<_>>() {
            if self.may_bury_at(first).is_some_and(|at| at <= cx.now.instant) {
                self.announce_burial(cx, first, out);
            }
        }
        let owing = self.tombstones.iter().filter(|(_, t)| !t.owed.is_empty());
        match owing.filter_map(|(&first, _)| self.may_bury_at(first)).min() {
            Some(at) => self.arm(cx, Timer::Burial, at.since(cx.now.instant)),
            None => {
                self.timers.cancel(Timer::Burial);
            }
        }
    }

    /// From when on the tombstone at `first` may be announced.
    fn may_bury_at(&self, first: Addr) -> Option<Instant> {
        let announced = self.tombstones.get(&first)?.announced;
        let last = announced.filter(|_| self.is_sparing());
        Some(last.map_or(Instant::ZERO, |last| last + self.config.timing.repeat_interval))
    }

    fn announce_burial(&mut self, cx: &mut Cx<'_>, first: Addr, out: &mut Out) {
        let Some(tombstone) = self.tombstones.get_mut(&first) else { return };
        let (range, end) = (tombstone.range, tombstone.end);
        let mut buried = std::mem::take(&mut tombstone.owed);
        self.record.touch();
        if self.is_sparing() {
            let (now, timing) = (cx.now.instant, &self.config.timing);
            for owned in self.record.allocated_in(range, now, timing) {
                buried.remove(owned.range);
            }
        }
        if buried.is_empty() {
            return;
        }
        if let Some(tombstone) = self.tombstones.get_mut(&first) {
            tombstone.announced = Some(cx.now.instant);
        }
        let rseq = self.new_rseq();
        let buried = buried.iter().map(|range| Lease { range, end });
        let body = Body::Aiu(self.ranges(buried));
        self.send(cx.now, rseq, 0, body, "AAP-3.2.8-08", out);
    }

    pub(super) fn tombstone_has_ended(&self, now: UtcSecs) -> bool {
        self.tombstones.values().any(|t| t.until <= now)
    }

    pub(super) fn purge_tombstones(&mut self, now: UtcSecs, out: &mut Out) {
        if !self.tombstone_has_ended(now) {
            return;
        }
        let ended: Vec<_> =
            self.tombstones.iter().filter(|(_, t)| t.until <= now).map(|(&f, _)| f).collect();
        for first in ended {
            self.tombstones.remove(&first);
            persist(out, Item::Forget(ItemKey::Tombstone(first)), "AAP-3.2.8-08");
        }
        self.record.touch();
    }
}
