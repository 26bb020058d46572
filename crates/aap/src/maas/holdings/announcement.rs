//! The AIUs that announce own allocations, and which of them lists what (section 3.2.2).

use std::collections::BTreeSet;

use addrspace::Addr;
use sansio::Duration;

use super::{Holding, Holdings};
use crate::wire::Rseq;

/// Names one AIU message that is sent again and again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(in crate::maas) struct AnnouncementId(u32);

/// The pace of an AIU.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) enum Pace {
    /// After a change: intervals double up to `[REPEAT-INTERVAL]` (AAP-3.2.2-08).
    Fast(Duration),
    /// Consolidated, about every `[REPEAT-INTERVAL]` (AAP-3.2.2-02).
    Regular,
}

/// Whether what an AIU lists has changed since it was last sent (AAP-5.1.4-04).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) enum Content {
    /// Never sent.
    New,
    /// Other than what was sent last.
    Changed,
    /// As sent last.
    Unchanged,
}

/// One AIU message that is sent again and again, and what it lists.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in crate::maas) struct Announcement {
    pub(in crate::maas) rseq: Rseq,
    pub(in crate::maas) mseq: u8,
    pub(in crate::maas) pace: Pace,
    pub(in crate::maas) content: Content,
    /// First addresses of the holdings listed.
    pub(in crate::maas) members: BTreeSet<Addr>,
}

impl Announcement {
    pub(super) fn change(&mut self) {
        if self.content == Content::Unchanged {
            self.content = Content::Changed;
        }
    }
}

impl Holdings {
    /// A new AIU for `holdings`, under `rseq`, at `pace`.
    pub(in crate::maas) fn add(
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
    pub(in crate::maas) fn regroup(
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
    pub(super) fn unlist(&mut self, first: Addr) -> Option<AnnouncementId> {
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
    pub(in crate::maas) fn merge(&mut self, from: AnnouncementId, to: AnnouncementId) {
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
    pub(in crate::maas) fn regular_with_room(
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
    pub(in crate::maas) fn small_regulars(
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
    pub(in crate::maas) fn regular_size(&self) -> (usize, usize) {
        let regular = self.announcements.values().filter(|a| a.pace == Pace::Regular);
        regular.fold((0, 0), |(n, m), a| (n + 1, m + a.members.len()))
    }

    /// What `id` lists.
    pub(in crate::maas) fn listed(&self, id: AnnouncementId) -> impl Iterator<Item = &Holding> {
        self.announcements
            .get(&id)
            .into_iter()
            .flat_map(|a| a.members.iter())
            .filter_map(|first| self.by_first.get(first))
    }
}
