//! Others' preallocations: what AITUs say (section 3.2.6).

use addrspace::{Range, RangeSet};
use sansio::{Duration, Instant, UtcSecs};

use super::{AllocationRecord, AnnouncementId, Kept};
use crate::config::Peer;
use crate::stored::{Item, ItemKey};
use crate::wire::Rseq;

/// Most preallocations of others remembered at a time; those that end first make room. They are
/// hints, and a new request number costs a forger nothing.
const INTENTS_MAX: usize = 16_384;

/// Under which announcement a preallocation is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Intent(pub(crate) AnnouncementId);

impl AllocationRecord {
    /// Notes the set that `by` preallocates now; what it listed before and lists no longer is
    /// given up. Returns what to write down.
    pub(crate) fn note_intents(
        &mut self,
        by: AnnouncementId,
        listed: &[(Range, UtcSecs)],
        tolerance: i64,
        now: UtcSecs,
    ) -> Vec<Item> {
        let mut writes = Vec::new();
        // A new number has nothing to give up, and looking for it costs the whole record.
        if self.announcements.is_in_use(by) {
            let stale: Vec<Kept<Intent>> = self
                .intents
                .iter()
                .filter(|k| k.value.0 == by && !is_listed(k, listed, tolerance))
                .collect();
            for kept in stale {
                writes.push(self.drop_intent(&kept));
            }
        }
        let owner = self.announcements.peer(by);
        for &(range, end) in listed {
            let mut known = self.intents.overlapping(range);
            if known.iter().any(|k| k.value.0 == by && k.range == range) {
                continue;
            }
            // Nobody preallocates an address twice: the number it was known under is past.
            known.retain(|k| self.announcements.peer(k.value.0) == owner);
            for kept in known {
                writes.extend(self.cut_intent(&kept, range, None));
            }
            writes.extend(self.make_room());
            self.add_intent(Kept { range, end, value: Intent(by) });
            writes.push(Item::Intended { range, end, owner, heard: now });
        }
        writes
    }

    /// Forgets the preallocation that ends first if there are too many.
    fn make_room(&mut self) -> Option<Item> {
        if self.intents.len() < INTENTS_MAX {
            return None;
        }
        let kept = self.intents.pop_first_to_end()?;
        let forgotten = self.forget_intent(&kept);
        self.announcements.release(kept.value.0);
        self.refresh(kept.range);
        Some(forgotten)
    }

    /// Takes a preallocation back from stable storage, last heard at `heard`.
    pub(crate) fn restore_intent(
        &mut self,
        range: Range,
        end: UtcSecs,
        owner: Peer,
        heard: Instant,
    ) {
        // A number of its own per range: the ranges may have been heard at different times.
        let number = (range.first().0 as u32) | 0x80_0000;
        let by = self.announcements.heard(owner, Rseq::wrapping(number), heard);
        self.add_intent(Kept { range, end, value: Intent(by) });
    }

    /// `peer` has allocated `range`: it no longer merely intends to.
    pub(crate) fn fulfil_intents(&mut self, peer: Peer, range: Range) -> Vec<Item> {
        if !self.intents.any_overlap(range) {
            return Vec::new();
        }
        let fulfilled: Vec<Kept<Intent>> = self
            .intents
            .overlapping(range)
            .into_iter()
            .filter(|k| self.announcements.peer(k.value.0) == peer)
            .collect();
        fulfilled.iter().flat_map(|kept| self.cut_intent(kept, range, None)).collect()
    }

    /// What an invalidating change takes away: ends are cut to `end`, or entries removed.
    pub(crate) fn clip_intents(&mut self, range: Range, end: Option<UtcSecs>) -> Vec<Item> {
        let affected = self.intents.overlapping(range);
        affected.iter().flat_map(|kept| self.cut_intent(kept, range, end)).collect()
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

    /// Cuts `range` out of an entry, or gives that part an earlier end.
    fn cut_intent(&mut self, kept: &Kept<Intent>, range: Range, end: Option<UtcSecs>) -> Vec<Item> {
        let owner = self.announcements.peer(kept.value.0);
        let shortened = kept.range.intersection(range).zip(end);
        let rests = kept.range.subtract(range).map(|rest| Kept { range: rest, ..*kept });
        let rests: Vec<Kept<Intent>> = rests
            .chain(shortened.map(|(part, end)| Kept {
                range: part,
                end: kept.end.min(end),
                ..*kept
            }))
            .collect();
        // The announcement stays known while its entries are exchanged.
        self.announcements.retain(kept.value.0);
        let forgotten = self.drop_intent(kept);
        for rest in rests.clone() {
            self.add_intent(rest);
        }
        self.announcements.release(kept.value.0);
        let heard = UtcSecs(0);
        let kept_on =
            rests.into_iter().map(|k| Item::Intended { range: k.range, end: k.end, owner, heard });
        std::iter::once(forgotten).chain(kept_on).collect()
    }

    fn add_intent(&mut self, kept: Kept<Intent>) {
        self.announcements.retain(kept.value.0);
        self.intents.insert(kept);
        self.refresh(kept.range);
    }

    fn drop_intent(&mut self, kept: &Kept<Intent>) -> Item {
        let forgotten = self.forget_intent(kept);
        self.intents.remove(kept);
        self.announcements.release(kept.value.0);
        self.refresh(kept.range);
        forgotten
    }

    pub(super) fn forget_intent(&self, kept: &Kept<Intent>) -> Item {
        Item::Forget(ItemKey::Intended(kept.range.first(), self.announcements.peer(kept.value.0)))
    }
}

fn is_listed(kept: &Kept<Intent>, listed: &[(Range, UtcSecs)], tolerance: i64) -> bool {
    listed.iter().any(|&(range, end)| range == kept.range && kept.end.minus(end).abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use addrspace::{Addr, Family, Scope, ScopeKind};

    use super::*;
    use crate::config::Config;
    use crate::skew::ENDLESS;

    #[test]
    fn the_preallocations_that_end_first_make_room_and_endless_ones_too() {
        let (_, scope) = Range::parse("239.255.0.0/16").unwrap();
        let own = SocketAddr::from(([10, 0, 0, 1], 2878));
        let config = Config::new(own, Scope::new("s", Family::V4, scope, ScopeKind::Small));
        let mut record = AllocationRecord::new(&config);
        let note = |record: &mut AllocationRecord, n: usize, end: i64| {
            let address = Range::single(Addr(scope.first().0 + n as u128));
            let rseq = Rseq::wrapping(n as u32);
            let by = record.hear(config.identity(own), rseq, Instant::ZERO);
            let writes = record.note_intents(by, &[(address, UtcSecs(end))], 0, UtcSecs(0));
            record.close(by);
            writes.len()
        };
        for n in 0..INTENTS_MAX {
            assert_eq!(note(&mut record, n, if n == 7 { 50 } else { ENDLESS }), 1);
        }
        let seventh = Range::single(Addr(scope.first().0 + 7));
        assert_eq!(note(&mut record, INTENTS_MAX, ENDLESS), 2, "one is forgotten, one added");
        assert!(!record.intents.any_overlap(seventh));
        assert_eq!(note(&mut record, INTENTS_MAX + 1, ENDLESS), 2);
        assert_eq!(record.intents.len(), INTENTS_MAX);
    }
}
