use std::collections::BTreeMap;

use sansio::Instant;

use super::announcement_id::AnnouncementId;
use super::repetitions::{Proof, Proven, Repetitions};
use crate::config::Peer;
use crate::wire::Rseq;

/// What is known about an announcement apart from the addresses it lists: a cache line, since that
/// is what hearing it again costs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[repr(align(64))]
struct Announcement {
    peer: Peer,
    rseq: Rseq,
    last_heard: Instant,
    /// How many entries of the record refer to it.
    entries: u32,
    proven: Proven,
}

/// Every announcement that some entry of the record rests on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Announcements {
    by_id: Vec<Option<Announcement>>,
    vacant: Vec<u32>,
    ids: BTreeMap<(Peer, Rseq), AnnouncementId>,
    repetitions: Repetitions,
}

impl Announcements {
    /// The announcement of `peer` under `rseq`, heard at `now`. It is kept only while entries
    /// refer to it: see [`Self::retire_if_unused`].
    pub(crate) fn heard(&mut self, peer: Peer, rseq: Rseq, now: Instant) -> AnnouncementId {
        if let Some(&id) = self.ids.get(&(peer, rseq)) {
            if let Some(known) = self.get_mut(id) {
                known.last_heard = now;
            }
            return id;
        }
        let announcement =
            Announcement { peer, rseq, last_heard: now, entries: 0, proven: Proven::default() };
        let id = match self.vacant.pop() {
            Some(slot) => {
                self.by_id[slot as usize] = Some(announcement);
                AnnouncementId(slot)
            }
            None => {
                self.by_id.push(Some(announcement));
                AnnouncementId((self.by_id.len() - 1) as u32)
            }
        };
        self.ids.insert((peer, rseq), id);
        id
    }

    pub(crate) fn peer(&self, id: AnnouncementId) -> Peer {
        self.get(id).peer
    }

    pub(crate) fn last_heard(&self, id: AnnouncementId) -> Instant {
        self.get(id).last_heard
    }

    /// Whether an entry refers to `id`, besides whoever is just noting the announcement.
    pub(crate) fn is_in_use(&self, id: AnnouncementId) -> bool {
        self.get(id).entries > 1
    }

    /// Counts one more entry that refers to `id`.
    pub(crate) fn retain(&mut self, id: AnnouncementId) {
        if let Some(known) = self.get_mut(id) {
            known.entries += 1;
        }
    }

    /// Counts one entry less.
    pub(crate) fn release(&mut self, id: AnnouncementId) {
        if let Some(known) = self.get_mut(id) {
            known.entries = known.entries.saturating_sub(1);
        }
        self.retire_if_unused(id);
    }

    /// Forgets `id` if no entry refers to it.
    pub(crate) fn retire_if_unused(&mut self, id: AnnouncementId) {
        let Some(known) = self.by_id[id.0 as usize].as_ref() else { return };
        if known.entries > 0 {
            return;
        }
        self.ids.remove(&(known.peer, known.rseq));
        self.by_id[id.0 as usize] = None;
        self.vacant.push(id.0);
    }

    /// Notes that the message behind `proof` had no effect.
    pub(crate) fn settle(&mut self, id: AnnouncementId, proof: Proof) {
        let proven = self.repetitions.keep(id, proof);
        if let (Some(known), Some(proven)) = (self.get_mut(id), proven) {
            known.proven = proven;
        }
    }

    /// Whether a message with this `fingerprint` from `peer` is proven to change nothing; if so
    /// it is noted as heard.
    pub(crate) fn heard_unchanged(
        &mut self,
        peer: Peer,
        fingerprint: u64,
        skew: i64,
        version: u64,
        now: sansio::Now,
    ) -> bool {
        let found = self.repetitions.find(fingerprint, version, now.utc);
        let known = found
            .and_then(|id| self.get_mut(id))
            .filter(|known| known.peer == peer && known.proven.holds(fingerprint, skew));
        known.map(|known| known.last_heard = now.instant).is_some()
    }

    fn get(&self, id: AnnouncementId) -> &Announcement {
        self.by_id[id.0 as usize]
            .as_ref()
            .expect("an announcement is kept while entries refer to it")
    }

    fn get_mut(&mut self, id: AnnouncementId) -> Option<&mut Announcement> {
        self.by_id.get_mut(id.0 as usize)?.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Or a domain in which addresses come and go would need more memory every day.
    #[test]
    fn an_announcement_is_forgotten_with_the_last_entry_that_rests_on_it() {
        let peer = |last| Peer { address: [10, 0, 0, last].into(), port: 2878 };
        let mut known = Announcements::default();
        for round in 0..3 {
            let id = known.heard(peer(1), Rseq::wrapping(round), Instant::ZERO);
            known.retain(id);
            assert!(!known.is_in_use(id));
            known.retain(id);
            assert!(known.is_in_use(id));
            known.release(id);
            assert_eq!(known.heard(peer(1), Rseq::wrapping(round), Instant::ZERO), id);
            known.release(id);
            assert!(known.ids.is_empty());
            let other = known.heard(peer(2), Rseq::wrapping(round), Instant::ZERO);
            assert_eq!((other, known.by_id.len()), (id, 1), "in the same place");
            known.retire_if_unused(other);
        }
    }
}
