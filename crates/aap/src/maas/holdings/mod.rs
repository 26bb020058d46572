//! Own allocations and the AIUs that announce them (sections 3.2.2 and 3.2.8).

mod announcement;
mod holding;

use std::collections::BTreeMap;
use std::ops::Bound;

use addrspace::{Addr, Range};
use sansio::UtcSecs;

pub(super) use announcement::{Announcement, AnnouncementId, Content, Pace};
pub(super) use holding::{Holding, Notice, Standing};

use crate::config::Peer;
use crate::event::Lease;

/// All own allocations of a scope.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Holdings {
    by_first: BTreeMap<Addr, Holding>,
    announcements: BTreeMap<AnnouncementId, Announcement>,
    next: u32,
    /// AIUs heard for restored allocations during the start-up silence.
    suspicions: Vec<(Range, Peer, UtcSecs)>,
}

impl Holdings {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Holding> {
        self.by_first.values()
    }

    /// Those whose first address is above `after`, by address.
    pub(super) fn above(&self, after: Option<Addr>) -> impl Iterator<Item = &Holding> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_first.range((from, Bound::Unbounded)).map(|(_, holding)| holding)
    }

    pub(super) fn get_mut(&mut self, first: Addr) -> Option<&mut Holding> {
        self.by_first.get_mut(&first)
    }

    pub(super) fn leases(&self, standing: Standing) -> impl Iterator<Item = Lease> + '_ {
        self.by_first.values().filter(move |h| h.standing == standing).map(Holding::lease)
    }

    pub(super) fn announcements(&self) -> impl Iterator<Item = &Announcement> {
        self.announcements.values()
    }

    pub(super) fn announcement_mut(&mut self, id: AnnouncementId) -> Option<&mut Announcement> {
        self.announcements.get_mut(&id)
    }

    pub(super) fn announcement(&self, id: AnnouncementId) -> Option<&Announcement> {
        self.announcements.get(&id)
    }

    /// Holdings that share an address with `range`, in order.
    pub(super) fn overlapping(&self, range: Range) -> impl Iterator<Item = &Holding> {
        let before = self.by_first.range(..range.first()).next_back().map(|(_, h)| h);
        let within = self.by_first.range(range.first()..=range.last()).map(|(_, h)| h);
        before.into_iter().filter(move |h| h.range.overlaps(range)).chain(within)
    }

    pub(super) fn overlaps(&self, range: Range) -> bool {
        self.overlapping(range).next().is_some()
    }

    /// Takes in a restored allocation, in the order of addresses; it is announced after the
    /// start-up silence. Returns the one before it if that reached into it: power failed while it
    /// was divided, when its parts were stored from the highest down, and what remains of it is to
    /// be stored.
    pub(super) fn restore(&mut self, holding: Holding) -> Option<&Holding> {
        let first = holding.range.first();
        self.by_first.insert(first, holding);
        let (_, before) = self.by_first.range_mut(..first).next_back()?;
        let last = first.checked_sub(1).filter(|_| before.range.contains(first))?;
        before.range = Range::new(before.range.first(), last)?;
        Some(before)
    }

    pub(super) fn suspect(&mut self, range: Range, peer: Peer, end: UtcSecs) {
        self.suspicions.retain(|(r, p, _)| *r != range || *p != peer);
        if self.suspicions.len() < 4096 {
            self.suspicions.push((range, peer, end));
        }
    }

    pub(super) fn take_suspicions(&mut self) -> Vec<(Range, Peer, UtcSecs)> {
        std::mem::take(&mut self.suspicions)
    }

    /// Cuts `range` out of the holdings; returns what was cut, what remains of the holdings that
    /// were cut, and the AIUs left empty.
    pub(super) fn cut(&mut self, range: Range) -> Cut {
        let affected: Vec<Addr> = self.overlapping(range).map(|h| h.range.first()).collect();
        let mut cut = Cut::default();
        for first in affected {
            let id = self.by_first.get(&first).and_then(|h| h.announcement);
            let Some(whole) = self.by_first.get(&first).cloned() else { continue };
            let rests: Vec<Range> = whole.range.subtract(range).collect();
            if rests.is_empty() {
                cut.emptied.extend(self.unlist(first));
            } else if let Some(announcement) = id.and_then(|id| self.announcements.get_mut(&id)) {
                announcement.members.remove(&first);
                announcement.change();
            }
            self.by_first.remove(&first);
            for rest in rests {
                let holding = whole.part(rest);
                if let Some(announcement) = id.and_then(|id| self.announcements.get_mut(&id)) {
                    announcement.members.insert(rest.first());
                }
                self.by_first.insert(rest.first(), holding.clone());
                cut.rests.push(holding);
            }
            if let Some(part) = whole.range.intersection(range) {
                cut.removed.push(whole.part(part));
            }
        }
        cut
    }

    /// Splits holdings at the borders of `range`, so that those inside can change alone; returns
    /// the first addresses of those inside and every holding that is new, in the order in which
    /// they are to be stored.
    pub(super) fn split(&mut self, range: Range) -> (Vec<Addr>, Vec<Holding>) {
        let affected: Vec<Addr> = self.overlapping(range).map(|h| h.range.first()).collect();
        let (mut inside, mut fresh) = (Vec::new(), Vec::new());
        for first in affected {
            let Some(whole) = self.by_first.get(&first).cloned() else { continue };
            let Some(part) = whole.range.intersection(range) else { continue };
            inside.push(part.first());
            if part == whole.range {
                continue;
            }
            self.by_first.remove(&first);
            if let Some(a) = whole.announcement.and_then(|id| self.announcements.get_mut(&id)) {
                a.members.remove(&first);
            }
            let mut pieces: Vec<Range> = whole.range.subtract(range).chain([part]).collect();
            pieces.sort_unstable_by_key(|piece| std::cmp::Reverse(piece.first()));
            for piece in pieces {
                let holding = whole.part(piece);
                if let Some(a) = whole.announcement.and_then(|id| self.announcements.get_mut(&id)) {
                    a.members.insert(piece.first());
                    a.change();
                }
                fresh.push(holding.clone());
                self.by_first.insert(piece.first(), holding);
            }
        }
        (inside, fresh)
    }

    /// The earliest moment, on our wall clock, at which something about an end is due.
    pub(super) fn next_end(&self, guard: i64) -> Option<UtcSecs> {
        let due = |h: &Holding| match (h.ending, h.standing) {
            (Notice::Due, Standing::Good | Standing::Conflicted) if guard > 0 => h.end.plus(-guard),
            _ => h.end,
        };
        self.by_first.values().filter(|h| h.end.0 != crate::skew::ENDLESS).map(due).min()
    }
}

/// What [`Holdings::cut`] did.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) removed: Vec<Holding>,
    pub(super) rests: Vec<Holding>,
    pub(super) emptied: Vec<AnnouncementId>,
}
