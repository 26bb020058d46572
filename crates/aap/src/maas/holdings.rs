//! Own allocations and the AIUs that announce them (sections 3.2.2 and 3.2.8).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use addrspace::{Addr, Range};
use sansio::{Duration, UtcSecs};

use super::witness::Witnesses;
use crate::command::RequestId;
use crate::config::Peer;
use crate::event::Lease;
use crate::stored::{Item, ItemKey};
use crate::wire::Rseq;

/// How many of its own former end times a holding remembers having announced (F-14).
const REMEMBERED_ENDS: usize = 8;

/// Names one AIU message that is sent again and again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct AnnouncementId(u32);

/// Where an own allocation stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Standing {
    /// Users may use it.
    Good,
    /// Someone else has it too and it could not be undone (section 3.2.3).
    Conflicted,
    /// It is being deleted (section 3.2.8).
    Deleting,
}

/// One own allocation: consecutive addresses with one end.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Holding {
    pub(super) range: Range,
    pub(super) end: UtcSecs,
    /// The latest end ever announced for it.
    pub(super) latest_end: UtcSecs,
    pub(super) request: RequestId,
    pub(super) standing: Standing,
    announced_ends: Vec<UtcSecs>,
    announcement: Option<AnnouncementId>,
    /// Whose AIUs for it may be defences on our behalf (F-14).
    pub(super) suspects: Witnesses,
    /// Whether its users have been told that the end is near.
    pub(super) ending: Notice,
}

/// Whether users have been told of a coming end (F-45).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Notice {
    /// Not yet.
    Due,
    /// They have.
    Given,
}

impl Holding {
    pub(super) fn new(range: Range, end: UtcSecs, request: RequestId) -> Self {
        Self {
            range,
            end,
            latest_end: end,
            request,
            standing: Standing::Good,
            announced_ends: vec![end],
            announcement: None,
            suspects: Witnesses::default(),
            ending: Notice::Due,
        }
    }

    pub(super) fn restored(
        range: Range,
        end: UtcSecs,
        latest_end: UtcSecs,
        request: RequestId,
        standing: Standing,
    ) -> Self {
        Self {
            latest_end,
            standing,
            announced_ends: vec![latest_end, end],
            ..Self::new(range, end, request)
        }
    }

    pub(super) fn lease(&self) -> Lease {
        Lease { range: self.range, end: self.end }
    }

    /// Whether it ever announced an end within `tolerance` seconds of `end`.
    pub(super) fn announced_end(&self, end: UtcSecs, tolerance: i64) -> bool {
        self.announced_ends.iter().any(|e| e.minus(end).abs() <= tolerance)
    }

    pub(super) fn set_end(&mut self, end: UtcSecs) {
        self.end = end;
        self.latest_end = self.latest_end.max(end);
        self.ending = Notice::Due;
        if self.announced_ends.len() == REMEMBERED_ENDS {
            self.announced_ends.remove(0);
        }
        self.announced_ends.push(end);
    }

    /// The form it is stored in.
    pub(super) fn item(&self) -> Item {
        Item::Own {
            range: self.range,
            end: self.end,
            latest_end: self.latest_end,
            request: self.request.0,
            deleted: self.standing == Standing::Deleting,
        }
    }

    /// The key it is stored under.
    pub(super) fn key(&self) -> ItemKey {
        ItemKey::Own(self.range.first())
    }
}

/// The pace of an AIU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Pace {
    /// After a change: intervals double up to `[REPEAT-INTERVAL]` (AAP-3.2.2-08).
    Fast(Duration),
    /// Consolidated, about every `[REPEAT-INTERVAL]` (AAP-3.2.2-02).
    Regular,
}

/// Whether what an AIU lists has changed since it was last sent (AAP-5.1.4-04).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Content {
    /// Never sent.
    New,
    /// Other than what was sent last.
    Changed,
    /// As sent last.
    Unchanged,
}

/// One AIU message that is sent again and again, and what it lists.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Announcement {
    pub(super) rseq: Rseq,
    pub(super) mseq: u8,
    pub(super) pace: Pace,
    pub(super) content: Content,
    /// First addresses of the holdings listed.
    pub(super) members: BTreeSet<Addr>,
}

impl Announcement {
    fn change(&mut self) {
        if self.content == Content::Unchanged {
            self.content = Content::Changed;
        }
    }
}

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

    /// A new AIU for `holdings`, under `rseq`, at `pace`.
    pub(super) fn add(
        &mut self,
        holdings: impl IntoIterator<Item = Holding>,
        rseq: Rseq,
        pace: Pace,
    ) -> AnnouncementId {
        let id = AnnouncementId(self.next);
        self.next += 1;
        let mut members = BTreeSet::new();
        for mut holding in holdings {
            holding.announcement = Some(id);
            members.insert(holding.range.first());
            self.by_first.insert(holding.range.first(), holding);
        }
        self.announcements
            .insert(id, Announcement { rseq, mseq: 0, pace, content: Content::New, members });
        id
    }

    /// Moves the holdings at `firsts` out of the AIUs that list them, into a new one; returns it
    /// with the AIUs left empty.
    pub(super) fn regroup(
        &mut self,
        firsts: &[Addr],
        rseq: Rseq,
        pace: Pace,
    ) -> (AnnouncementId, Vec<AnnouncementId>) {
        let mut emptied = Vec::new();
        for first in firsts {
            emptied.extend(self.unlist(*first));
        }
        let id = self.add([], rseq, pace);
        for first in firsts {
            self.list(*first, id);
        }
        (id, emptied)
    }

    /// Takes the holding at `first` off the AIU that lists it; returns that if it is now empty.
    fn unlist(&mut self, first: Addr) -> Option<AnnouncementId> {
        let id = self.by_first.get_mut(&first)?.announcement.take()?;
        let announcement = self.announcements.get_mut(&id)?;
        announcement.members.remove(&first);
        announcement.change();
        if !announcement.members.is_empty() {
            return None;
        }
        self.announcements.remove(&id);
        Some(id)
    }

    fn list(&mut self, first: Addr, id: AnnouncementId) {
        if let (Some(holding), Some(announcement)) =
            (self.by_first.get_mut(&first), self.announcements.get_mut(&id))
        {
            holding.announcement = Some(id);
            announcement.members.insert(first);
            announcement.change();
        }
    }

    /// Moves everything that `from` lists to `to`, which must have room; `from` is gone.
    pub(super) fn merge(&mut self, from: AnnouncementId, to: AnnouncementId) {
        let members: Vec<Addr> = self
            .announcements
            .get(&from)
            .into_iter()
            .flat_map(|a| a.members.iter().copied())
            .collect();
        for first in members {
            self.unlist(first);
            self.list(first, to);
        }
        self.announcements.remove(&from);
    }

    /// A regular AIU with room for `more` holdings, up to `limit` in all.
    pub(super) fn regular_with_room(
        &self,
        more: usize,
        limit: usize,
        except: AnnouncementId,
    ) -> Option<AnnouncementId> {
        self.announcements
            .iter()
            .find(|(id, a)| {
                **id != except && a.pace == Pace::Regular && a.members.len() + more <= limit
            })
            .map(|(id, _)| *id)
    }

    /// The regular AIUs other than `except` that have no more than `limit` holdings, fewest first.
    pub(super) fn small_regulars(
        &self,
        limit: usize,
        except: AnnouncementId,
    ) -> Vec<AnnouncementId> {
        let mut small: Vec<(usize, AnnouncementId)> = self
            .announcements
            .iter()
            .filter(|(id, a)| **id != except && a.pace == Pace::Regular && a.members.len() <= limit)
            .map(|(id, a)| (a.members.len(), *id))
            .collect();
        small.sort_unstable();
        small.into_iter().map(|(_, id)| id).collect()
    }

    /// How many regular AIUs there are, and how many holdings they list.
    pub(super) fn regular_size(&self) -> (usize, usize) {
        let regular = self.announcements.values().filter(|a| a.pace == Pace::Regular);
        regular.fold((0, 0), |(n, m), a| (n + 1, m + a.members.len()))
    }

    /// What `id` lists.
    pub(super) fn listed(&self, id: AnnouncementId) -> impl Iterator<Item = &Holding> {
        self.announcements
            .get(&id)
            .into_iter()
            .flat_map(|a| a.members.iter())
            .filter_map(|first| self.by_first.get(first))
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
                let holding = Holding { range: rest, ..whole.clone() };
                if let Some(announcement) = id.and_then(|id| self.announcements.get_mut(&id)) {
                    announcement.members.insert(rest.first());
                }
                self.by_first.insert(rest.first(), holding.clone());
                cut.rests.push(holding);
            }
            if let Some(part) = whole.range.intersection(range) {
                cut.removed.push(Holding { range: part, ..whole });
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
                let holding = Holding { range: piece, ..whole.clone() };
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
