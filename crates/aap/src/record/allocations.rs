//! Others' allocations: what AIUs say (sections 3.2.1 and 3.2.8, findings F-21 and F-22).

use std::collections::BTreeSet;

use addrspace::{Range, RangeSet};
use sansio::{Instant, Now, UtcSecs};

use super::{AllocationRecord, AnnouncementId, Kept, Proof};
use crate::config::Peer;
use crate::policy::{Deletion, Ownership, Policy};
use crate::stored::{Item, ItemKey};
use crate::timing::Timing;

/// Most allocations of others remembered; those that end first make room. Every announcer has
/// entries of its own, and a forged sender costs nothing (F-48). A domain with 100 000 is to fit.
const ALLOCATIONS_MAX: usize = 131_072;

/// What is known of one recorded allocation besides its range and end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Heard {
    by: AnnouncementId,
    learned: Learned,
}

/// Since when its announcer has announced it, in seconds, and whether that is also its owner as
/// far as anyone can tell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Learned(u32);

impl Learned {
    const DEFENCE: u32 = 1 << 31;

    fn new(since: Instant, from: Teller) -> Self {
        let secs = (since.as_micros() / 1_000_000).min(u64::from(Self::DEFENCE - 1)) as u32;
        Self(match from {
            Teller::Announcer => secs,
            Teller::Defender => secs | Self::DEFENCE,
        })
    }

    const fn since_secs(self) -> u32 {
        self.0 & !Self::DEFENCE
    }

    const fn teller(self) -> Teller {
        if self.0 & Self::DEFENCE == 0 { Teller::Announcer } else { Teller::Defender }
    }
}

/// Who told us of an allocation first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Teller {
    /// Someone who announces it as their own.
    Announcer,
    /// Someone who answered a claim with it: the owner is unknown.
    Defender,
}

impl Heard {
    pub(crate) const fn by(self) -> AnnouncementId {
        self.by
    }
}

/// A stretch of allocated addresses with the word that counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Owned {
    pub(crate) range: Range,
    pub(crate) end: UtcSecs,
    pub(crate) owner: Peer,
    pub(crate) last_heard: Instant,
}

/// The circumstances in which an AIU is noted.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) timing: &'a Timing,
    pub(crate) now: Now,
    pub(crate) peer: Peer,
    pub(crate) by: AnnouncementId,
}

impl Reading<'_> {
    fn tolerance(&self) -> i64 {
        i64::from(self.policy.end_tolerance)
    }
}

impl AllocationRecord {
    /// Whether anyone else is recorded to have allocated part of `range`.
    pub(crate) fn is_allocated(&self, range: Range) -> bool {
        self.allocations.any_overlap(range)
    }

    /// The allocated parts of `range`, in order and disjoint. Where several have announced an
    /// address, the one that announces persistently counts, else the first heard (F-21).
    pub(crate) fn allocated_in(&self, range: Range, now: Instant, timing: &Timing) -> Vec<Owned> {
        let entries = self.allocations.overlapping(range);
        let mut bounds = BTreeSet::new();
        for entry in &entries {
            if let Some(part) = entry.range.intersection(range) {
                bounds.insert(part.first());
                bounds.extend(part.last().checked_add(1));
            }
        }
        let mut starts = bounds.iter().copied().peekable();
        let mut result: Vec<Owned> = Vec::new();
        while let Some(first) = starts.next() {
            let last = starts.peek().and_then(|a| a.checked_sub(1)).unwrap_or(range.last());
            let covering = entries.iter().filter(|e| e.range.contains(first));
            let Some(owner) = covering.min_by_key(|e| self.rank(e, now, timing)) else { continue };
            let Some(stretch) = Range::new(first, last.min(range.last())) else { continue };
            result.push(Owned {
                range: stretch,
                end: owner.end,
                owner: self.announcements.peer(owner.value.by),
                last_heard: self.announcements.last_heard(owner.value.by),
            });
        }
        result
    }

    /// Persistent announcers first, then the longest known.
    fn rank(&self, entry: &Kept<Heard>, _now: Instant, timing: &Timing) -> (bool, u32, Peer) {
        let since = entry.value.learned.since_secs();
        let last = self.announcements.last_heard(entry.value.by).as_micros() / 1_000_000;
        let span = last.saturating_sub(u64::from(since));
        (span <= timing.defence_span().as_secs(), since, self.announcements.peer(entry.value.by))
    }

    /// Notes that `reading.peer` announces `range` until `end`; returns what to write down.
    pub(crate) fn note_allocation(
        &mut self,
        range: Range,
        end: UtcSecs,
        reading: Reading<'_>,
    ) -> Vec<Item> {
        if self.is_known(range, end, &reading) {
            return Vec::new();
        }
        if end <= reading.now.utc {
            return self.note_deletion(range, reading);
        }
        let mut writes = match reading.policy.ownership {
            Ownership::LastHeard => self.overwrite(range, end, reading),
            Ownership::Announcers => self.note_announcer(range, end, reading),
        };
        while self.allocations.len() > ALLOCATIONS_MAX {
            let Some(kept) = self.allocations.pop_first_to_end() else { break };
            writes.push(self.forget_item(&kept));
            self.announcements.release(kept.value.by);
            self.refresh(kept.range);
        }
        writes
    }

    /// Whether this is what the record holds already, within the tolerance.
    fn is_known(&self, range: Range, end: UtcSecs, reading: &Reading<'_>) -> bool {
        self.allocations.only(range).is_some_and(|kept| {
            kept.range == range
                && kept.value.by == reading.by
                && end > reading.now.utc
                && kept.end.minus(end).abs() <= reading.tolerance()
        })
    }

    /// The skews, in seconds, with which an end of `raw_end` for `range` changes nothing: `None`
    /// if it is not known as announced.
    pub(crate) fn unchanged_skews(
        &self,
        range: Range,
        raw_end: i64,
        by: AnnouncementId,
        tolerance: i64,
    ) -> Option<(i64, i64)> {
        let kept = self.allocations.only(range).filter(|k| k.range == range && k.value.by == by)?;
        let middle = kept.end.0 - raw_end;
        Some((middle - tolerance, middle + tolerance))
    }

    /// Notes that `proof` holds for `id`.
    pub(crate) fn settle(&mut self, id: AnnouncementId, proof: Proof) {
        self.announcements.settle(id, proof);
    }

    /// Whoever was heard last is the owner, and its end time counts (the literal reading).
    fn overwrite(&mut self, range: Range, end: UtcSecs, reading: Reading<'_>) -> Vec<Item> {
        let since = self
            .allocations
            .overlapping(range)
            .iter()
            .filter(|k| self.announcements.peer(k.value.by) == reading.peer)
            .map(|k| k.value.learned)
            .next()
            .unwrap_or_else(|| Learned::new(reading.now.instant, Teller::Announcer));
        let mut writes = self.carve(range, |_| true);
        writes.push(self.add(Kept { range, end, value: Heard { by: reading.by, learned: since } }));
        writes
    }

    /// Each announcer has its own entry; a defence changes nobody's.
    fn note_announcer(&mut self, range: Range, end: UtcSecs, reading: Reading<'_>) -> Vec<Item> {
        let mut unknown = RangeSet::new();
        unknown.insert(range);
        let mut writes = Vec::new();
        for kept in self.allocations.overlapping(range) {
            if self.announcements.peer(kept.value.by) != reading.peer {
                continue;
            }
            let Some(part) = kept.range.intersection(range) else { continue };
            unknown.remove(part);
            let same_end = kept.end.minus(end).abs() <= reading.tolerance();
            if same_end && kept.value.by == reading.by {
                continue;
            }
            let end = if same_end { kept.end } else { end };
            writes.extend(self.carve(part, |k| {
                *k == kept || (k.value == kept.value && part.contains_range(k.range))
            }));
            let value = Heard { by: reading.by, learned: kept.value.learned };
            writes.push(self.add(Kept { range: part, end, value }));
        }
        for part in unknown.iter().collect::<Vec<_>>() {
            writes.extend(self.note_new_announcer(part, end, reading));
        }
        writes
    }

    fn note_new_announcer(&mut self, part: Range, end: UtcSecs, reading: Reading<'_>) -> Vec<Item> {
        let (now, span) = (reading.now.instant, reading.timing.defence_span());
        let teller = if self.contests.make_it_a_defence(reading.peer, part, now, span) {
            Teller::Defender
        } else {
            Teller::Announcer
        };
        let mut fresh = RangeSet::new();
        fresh.insert(part);
        if teller == Teller::Defender {
            for known in self.allocations.overlapping(part) {
                fresh.remove(known.range);
            }
        }
        let learned = Learned::new(now, teller);
        let parts: Vec<Range> = fresh.iter().collect();
        parts
            .into_iter()
            .map(|range| self.add(Kept { range, end, value: Heard { by: reading.by, learned } }))
            .collect()
    }

    /// An AIU whose end has passed: its sender has deleted the allocation (section 3.2.8).
    fn note_deletion(&mut self, range: Range, reading: Reading<'_>) -> Vec<Item> {
        let peer = reading.peer;
        let doomed: Vec<Kept<Heard>> = self
            .allocations
            .overlapping(range)
            .into_iter()
            .filter(|k| match reading.policy.deletion {
                Deletion::Literal => true,
                Deletion::Tombstone => {
                    self.announcements.peer(k.value.by) == peer
                        || k.value.learned.teller() == Teller::Defender
                }
            })
            .collect();
        self.carve(range, |k| doomed.contains(k))
    }

    /// Drops what is recorded for `range` with an end within `tolerance` seconds of `end`;
    /// returns what to write down.
    pub(crate) fn forget_allocations(
        &mut self,
        range: Range,
        end: UtcSecs,
        tolerance: i64,
    ) -> Vec<Item> {
        self.carve(range, |k| k.end.minus(end).abs() <= tolerance)
    }

    /// What an invalidating change takes away: entries are cut to `end`, or removed.
    pub(crate) fn clip_allocations(&mut self, range: Range, end: Option<UtcSecs>) -> Vec<Item> {
        let affected = self.allocations.overlapping(range);
        for kept in &affected {
            self.announcements.retain(kept.value.by);
        }
        let mut writes = self.carve(range, |_| true);
        for kept in affected {
            if let (Some(part), Some(limit)) = (kept.range.intersection(range), end) {
                writes.push(self.add(Kept { range: part, end: kept.end.min(limit), ..kept }));
            }
            self.announcements.release(kept.value.by);
        }
        writes
    }

    /// Restores an entry from stable storage; its announcer speaks again under a number not yet
    /// known.
    pub(crate) fn restore(
        &mut self,
        range: Range,
        end: UtcSecs,
        owner: Peer,
        by_defender: bool,
        now: Instant,
    ) {
        let by = self.announcements.heard(owner, crate::wire::Rseq::wrapping(u32::MAX), now);
        let teller = if by_defender { Teller::Defender } else { Teller::Announcer };
        let value = Heard { by, learned: Learned::new(now, teller) };
        // Storage may say a thing twice; an announcer has one entry for an address.
        let mut unknown = RangeSet::new();
        unknown.insert(range);
        let known = self.allocations.overlapping(range);
        known.iter().filter(|k| k.value.by == by).for_each(|k| unknown.remove(k.range));
        for range in unknown.iter().collect::<Vec<_>>() {
            let _ = self.add(Kept { range, end, value });
        }
    }

    /// Cuts `range` out of every entry that `which` accepts; returns what to write down. An
    /// announcement that loses its last entry here is forgotten by [`AllocationRecord::close`].
    fn carve(&mut self, range: Range, which: impl Fn(&Kept<Heard>) -> bool) -> Vec<Item> {
        let mut writes = Vec::new();
        for kept in self.allocations.overlapping(range) {
            if !which(&kept) {
                continue;
            }
            self.allocations.remove(&kept);
            writes.push(self.forget_item(&kept));
            for rest in kept.range.subtract(range) {
                writes.push(self.add(Kept { range: rest, ..kept }));
            }
            self.announcements.release(kept.value.by);
        }
        if !writes.is_empty() {
            self.refresh(range);
        }
        writes
    }

    fn add(&mut self, kept: Kept<Heard>) -> Item {
        self.announcements.retain(kept.value.by);
        self.allocations.insert(kept);
        self.refresh(kept.range);
        Item::Heard {
            range: kept.range,
            end: kept.end,
            owner: self.announcements.peer(kept.value.by),
            by_defender: kept.value.learned.teller() == Teller::Defender,
        }
    }

    pub(super) fn forget_item(&self, kept: &Kept<Heard>) -> Item {
        Item::Forget(ItemKey::Heard(kept.range.first(), self.announcements.peer(kept.value.by)))
    }
}
