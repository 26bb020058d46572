use std::hash::{Hash, Hasher};

use sansio::UtcSecs;

use super::announcement_id::AnnouncementId;

/// Proof that hearing the same octets again changes nothing: they had no effect at `version` of
/// the record, and have none now while the record is at that version, the skew is within bounds
/// and no listed end has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    /// Of the message.
    pub(crate) fingerprint: u64,
    /// The record's version when it was processed in full.
    pub(crate) version: u64,
    /// The skew, in seconds, with which it was.
    pub(crate) heard_at: i64,
    /// The least and greatest skew with which every listed end still equals the recorded one.
    pub(crate) skew: (i64, i64),
    /// From when on a listed end may lie in the past.
    pub(crate) until: UtcSecs,
}

/// The proofs of one version of a record, by fingerprint.
///
/// It is a shortcut, not state: all values compare equal. In a steady domain nearly every message
/// is looked up here and nowhere else, and what that costs is waiting for memory: so a lookup
/// reads one cache line, and takes the same branches wherever in it the answer is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetitions {
    /// A power of two of rows, or none at all. A proof is in the row its fingerprint names, or
    /// where that is full in the next.
    rows: Vec<Row>,
    /// How many places are taken; at most half of them.
    taken: usize,
    /// Of the record, when all the proofs were made.
    version: u64,
    /// From when on an end listed in any of the messages may lie in the past.
    until: UtcSecs,
}

/// A cache line of places, the taken ones first.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Row([Place; Row::PLACES]);

/// A [`Proof`], apart from what all have in common.
#[derive(Clone, Copy, Debug)]
struct Place {
    fingerprint: u64,
    /// The least skew.
    skew: i32,
    /// How much greater the skew may be, and above that the announcement; [`VACANT`] if none.
    span_and_id: u32,
}

const VACANT: u32 = u32::MAX;

impl Place {
    const EMPTY: Self = Self { fingerprint: 0, skew: 0, span_and_id: VACANT };
    const SPAN_BITS: u32 = 8;
    /// The greatest span, and how far bounds are kept from the skew at which a message was heard.
    const SPAN: i64 = (1 << Self::SPAN_BITS) - 1;

    /// None if the announcement or the skew are beyond what fits; its messages are then not
    /// passed over.
    fn of(id: AnnouncementId, proof: Proof) -> Option<Self> {
        let id =
            id.0.checked_mul(1 << Self::SPAN_BITS).filter(|id| *id < VACANT << Self::SPAN_BITS)?;
        let low = proof.skew.0.max(proof.heard_at.saturating_sub(Self::SPAN / 2));
        let high = proof.skew.1.min(low.saturating_add(Self::SPAN));
        let span = u32::try_from(high.checked_sub(low)?).ok()?;
        let skew = i32::try_from(low).ok()?;
        Some(Self { fingerprint: proof.fingerprint, skew, span_and_id: id | span })
    }

    const fn is_vacant(self) -> bool {
        self.span_and_id == VACANT
    }

    fn holds(self, fingerprint: u64, skew: i64) -> bool {
        let span = self.span_and_id & Self::SPAN as u32;
        let above = skew.wrapping_sub(i64::from(self.skew)) as u64;
        (self.fingerprint == fingerprint) & (above <= u64::from(span)) & !self.is_vacant()
    }

    const fn id(self) -> AnnouncementId {
        AnnouncementId(self.span_and_id >> Self::SPAN_BITS)
    }
}

impl Row {
    const PLACES: usize = 4;
    const EMPTY: Self = Self([Place::EMPTY; Self::PLACES]);

    const fn is_full(&self) -> bool {
        !self.0[Self::PLACES - 1].is_vacant()
    }
}

impl PartialEq for Repetitions {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Repetitions {}

impl Hash for Repetitions {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Repetitions {
    /// The announcement whose message has this `fingerprint`, if that message is proven to change
    /// nothing at `version` of the record.
    #[inline]
    pub(crate) fn proven(
        &self,
        fingerprint: u64,
        version: u64,
        skew: i64,
        now: UtcSecs,
    ) -> Option<AnnouncementId> {
        if version != self.version || now >= self.until {
            return None;
        }
        for at in self.probe(fingerprint) {
            let row = &self.rows[at];
            let choose = |found: Place, place: &Place| {
                if place.holds(fingerprint, skew) { *place } else { found }
            };
            let found = row.0.iter().fold(Place::EMPTY, choose);
            if !found.is_vacant() {
                return Some(found.id());
            }
            if !row.is_full() {
                return None;
            }
        }
        None
    }

    /// Keeps `proof` for the message of `id`, and none of another version: a record never returns
    /// to an older one.
    pub(crate) fn keep(&mut self, id: AnnouncementId, proof: Proof) {
        if proof.version != self.version || self.rows.is_empty() {
            self.rows.fill(Row::EMPTY);
            (self.taken, self.version, self.until) = (0, proof.version, proof.until);
        }
        let Some(place) = Place::of(id, proof) else { return };
        if (self.taken + 1) * 2 > self.rows.len() * Row::PLACES {
            self.make_room();
        }
        self.until = self.until.min(proof.until);
        self.put(place);
    }

    fn put(&mut self, place: Place) {
        for at in self.probe(place.fingerprint) {
            let fits = |p: &&mut Place| p.is_vacant() || p.fingerprint == place.fingerprint;
            if let Some(free) = self.rows[at].0.iter_mut().find(fits) {
                self.taken += usize::from(free.is_vacant());
                *free = place;
                return;
            }
        }
    }

    /// The rows in which a fingerprint may be, likeliest first.
    #[inline]
    fn probe(&self, fingerprint: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.rows.len().wrapping_sub(1);
        let first = (fingerprint >> 32) as usize;
        (0..self.rows.len()).map(move |step| first.wrapping_add(step) & mask)
    }

    fn make_room(&mut self) {
        let rows = (self.rows.len() * 2).max(2);
        let old = std::mem::replace(&mut self.rows, vec![Row::EMPTY; rows]);
        self.taken = 0;
        for place in old.into_iter().flat_map(|row| row.0).filter(|place| !place.is_vacant()) {
            self.put(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(fingerprint: u64, version: u64) -> Proof {
        Proof { fingerprint, version, heard_at: 0, skew: (-2, 3), until: UtcSecs(100) }
    }

    #[test]
    fn a_proof_holds_within_its_bounds_and_at_its_version_only() {
        let mut kept = Repetitions::default();
        assert_eq!(kept.proven(7, 0, 0, UtcSecs(0)), None);
        kept.keep(AnnouncementId(4), proof(7, 1));
        for skew in -2..=3 {
            assert_eq!(kept.proven(7, 1, skew, UtcSecs(99)), Some(AnnouncementId(4)));
        }
        assert_eq!(kept.proven(7, 1, -3, UtcSecs(99)), None, "a skew it does not cover");
        assert_eq!(kept.proven(7, 1, 4, UtcSecs(99)), None, "nor this");
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(100)), None, "an end has come");
        assert_eq!(kept.proven(7, 2, 0, UtcSecs(0)), None, "the record has changed");
        assert_eq!(kept.proven(8, 1, 0, UtcSecs(0)), None, "other octets");
        assert_eq!(kept.proven(0, 1, 0, UtcSecs(0)), None, "a vacant place is no proof");
    }

    #[test]
    fn ends_that_never_come_are_proven_about_the_skew_they_were_heard_with() {
        let (mut kept, endless) = (Repetitions::default(), (i64::MIN, i64::MAX));
        let heard_at = -5_000_000;
        kept.keep(AnnouncementId(1), Proof { heard_at, skew: endless, ..proof(7, 1) });
        for skew in heard_at - 100..heard_at + 100 {
            assert_eq!(kept.proven(7, 1, skew, UtcSecs(0)), Some(AnnouncementId(1)));
        }
        assert_eq!(kept.proven(7, 1, heard_at + 300, UtcSecs(0)), None);
        let heard_at = i64::MAX;
        kept.keep(AnnouncementId(2), Proof { heard_at, skew: endless, ..proof(8, 1) });
        assert_eq!(kept.proven(8, 1, heard_at, UtcSecs(0)), None, "more than fits");
    }

    #[test]
    fn the_first_end_to_come_ends_all_proofs() {
        let mut kept = Repetitions::default();
        kept.keep(AnnouncementId(4), proof(7, 1));
        kept.keep(AnnouncementId(5), Proof { until: UtcSecs(50), ..proof(8, 1) });
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(49)), Some(AnnouncementId(4)));
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(50)), None);
        kept.keep(AnnouncementId(4), proof(7, 2));
        assert_eq!(kept.proven(7, 2, 0, UtcSecs(50)), Some(AnnouncementId(4)));
    }

    #[test]
    fn a_newer_proof_replaces_an_older() {
        let mut kept = Repetitions::default();
        kept.keep(AnnouncementId(4), proof(7, 1));
        kept.keep(AnnouncementId(6), proof(7, 1));
        kept.keep(AnnouncementId(5), proof(7, 2));
        assert_eq!(kept.proven(7, 2, 0, UtcSecs(0)), Some(AnnouncementId(5)));
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(0)), None);
        assert_eq!(kept.taken, 1);
    }

    #[test]
    fn crowded_places_are_all_found_and_stale_ones_make_room() {
        let mut kept = Repetitions::default();
        // All want the same row.
        for version in 1..50 {
            for n in 0..40 {
                kept.keep(AnnouncementId(n), proof(u64::from(n), version));
            }
        }
        for n in 0..40 {
            assert_eq!(kept.proven(u64::from(n), 49, 0, UtcSecs(0)), Some(AnnouncementId(n)));
        }
        assert_eq!(kept.proven(40, 49, 0, UtcSecs(0)), None);
        assert!(kept.rows.len() <= 32, "{} rows for 40 proofs", kept.rows.len());
    }

    #[test]
    fn an_announcement_beyond_24_bits_is_not_kept() {
        let mut kept = Repetitions::default();
        for id in [1 << 24, u32::MAX] {
            kept.keep(AnnouncementId(id), proof(u64::from(id), 1));
            assert_eq!(kept.proven(u64::from(id), 1, 0, UtcSecs(0)), None);
        }
        kept.keep(AnnouncementId((1 << 24) - 2), proof(7, 1));
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(0)), Some(AnnouncementId((1 << 24) - 2)));
    }

    #[test]
    fn a_row_is_a_cache_line() {
        assert_eq!(size_of::<Row>(), 64);
    }
}
