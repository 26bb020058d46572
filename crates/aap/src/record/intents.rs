//! Others' preallocations: what AITUs say (section 3.2.6).

use addrspace::{Range, RangeSet};
use sansio::{Duration, Instant, UtcSecs};

use super::{AllocationRecord, AnnouncementId, Kept};
use crate::config::Peer;

/// Under which announcement a preallocation is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Intent(pub(crate) AnnouncementId);

impl AllocationRecord {
    /// Notes the set that `by` preallocates now; what it listed before and lists no longer is
    /// given up.
    pub(crate) fn note_intents(
        &mut self,
        by: AnnouncementId,
        listed: &[(Range, UtcSecs)],
        tolerance: i64,
    ) {
        let stale: Vec<Kept<Intent>> = if self.intents.len() == 0 {
            Vec::new()
        } else {
            self.intents
                .iter()
                .filter(|k| k.value.0 == by && !is_listed(k, listed, tolerance))
                .collect()
        };
        for kept in stale {
            self.drop_intent(&kept);
        }
        for &(range, end) in listed {
            let known = self
                .intents
                .overlapping(range)
                .into_iter()
                .any(|k| k.value.0 == by && k.range == range);
            if !known {
                self.announcements.retain(by);
                self.intents.insert(Kept { range, end, value: Intent(by) });
                self.refresh(range);
            }
        }
    }

    /// `peer` has allocated `range`: it no longer merely intends to.
    pub(crate) fn fulfil_intents(&mut self, peer: Peer, range: Range) {
        if !self.intents.any_overlap(range) {
            return;
        }
        for kept in self.intents.overlapping(range) {
            if self.announcements.peer(kept.value.0) == peer {
                self.cut_intent(&kept, range);
            }
        }
    }

    /// What an invalidating change takes away.
    pub(crate) fn clip_intents(&mut self, range: Range, end: Option<UtcSecs>) {
        for kept in self.intents.overlapping(range) {
            let part = kept.range.intersection(range);
            self.announcements.retain(kept.value.0);
            self.cut_intent(&kept, range);
            if let (Some(part), Some(limit)) = (part, end) {
                self.announcements.retain(kept.value.0);
                self.intents.insert(Kept { range: part, end: kept.end.min(limit), ..kept });
                self.refresh(part);
            }
            self.announcements.release(kept.value.0);
        }
    }

    /// Addresses that others preallocate and nobody has allocated, in two classes: announced
    /// within `recent`, and not (F-20).
    pub(crate) fn intended(&self, now: Instant, recent: Duration) -> (RangeSet, RangeSet) {
        let (mut fresh, mut stale) = (RangeSet::new(), RangeSet::new());
        for kept in self.intents.iter() {
            let heard = self.announcements.last_heard(kept.value.0);
            let class = if now.since(heard) <= recent { &mut fresh } else { &mut stale };
            class.insert(kept.range);
        }
        // An address that one announcer repeats and another has left lies in the better class.
        for range in fresh.iter() {
            stale.remove(range);
        }
        for class in [&mut fresh, &mut stale] {
            for range in class.iter().collect::<Vec<_>>() {
                for allocated in self.allocations.overlapping(range) {
                    class.remove(allocated.range);
                }
                for own in self.own.overlapping(range) {
                    class.remove(own);
                }
                for closed in self.closed.overlapping(range) {
                    class.remove(closed);
                }
            }
        }
        (fresh, stale)
    }

    fn cut_intent(&mut self, kept: &Kept<Intent>, range: Range) {
        for rest in kept.range.subtract(range) {
            self.announcements.retain(kept.value.0);
            self.intents.insert(Kept { range: rest, ..*kept });
        }
        self.drop_intent(kept);
    }

    fn drop_intent(&mut self, kept: &Kept<Intent>) {
        self.intents.remove(kept);
        self.announcements.release(kept.value.0);
        self.refresh(kept.range);
    }
}

fn is_listed(kept: &Kept<Intent>, listed: &[(Range, UtcSecs)], tolerance: i64) -> bool {
    listed.iter().any(|&(range, end)| range == kept.range && kept.end.minus(end).abs() <= tolerance)
}
