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

/// The part of a [`Proof`] that belongs to one announcement and is kept with it.
///
/// It is a shortcut, not state: all values compare equal.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Proven {
    fingerprint: u64,
    /// The least skew, and how much greater it may be.
    skew: i32,
    span: u32,
}

impl Proven {
    /// How far bounds are kept from the skew at which a message was heard: ends that never come
    /// set none.
    const SPAN: i64 = 1 << 20;

    /// None if the skew is beyond what fits; the message is then not passed over.
    fn of(proof: Proof) -> Option<Self> {
        let low = proof.skew.0.max(proof.heard_at.saturating_sub(Self::SPAN));
        let high = proof.skew.1.min(proof.heard_at.saturating_add(Self::SPAN));
        let (skew, span) = (i32::try_from(low).ok()?, u32::try_from(high.checked_sub(low)?).ok()?);
        Some(Self { fingerprint: proof.fingerprint, skew, span })
    }

    /// Whether the message with this `fingerprint` is the one, and `skew` within bounds.
    #[inline]
    pub(super) const fn holds(&self, fingerprint: u64, skew: i64) -> bool {
        let above = skew.wrapping_sub(self.skew as i64) as u64;
        (self.fingerprint == fingerprint) & (above <= self.span as u64)
    }
}

/// Which announcement a message proven to change nothing belongs to, by its fingerprint, for one
/// version of the record.
///
/// It is a shortcut, not state: all values compare equal. In a steady domain nearly every message
/// is looked up here, and what that costs is waiting for memory: so this is small, a lookup reads
/// one cache line, and it takes the same branches wherever in the line the answer is.
#[derive(Clone, Debug, Default)]
pub(super) struct Repetitions {
    /// A power of two of rows, or none at all. A message is in the row its fingerprint names, or
    /// where that is full in the next.
    rows: Vec<Row>,
    /// How many places are taken; at most three in four.
    taken: usize,
    /// Of the record, when all the proofs were made.
    version: u64,
    /// From when on an end listed in any of the messages may lie in the past.
    until: UtcSecs,
}

/// A cache line of places, the taken ones first: each the upper bits of a fingerprint, and below
/// them the announcement.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Row([u64; Row::PLACES]);

impl Row {
    const PLACES: usize = 8;
    const ID_BITS: u32 = 24;
    const VACANT: u64 = (1 << Self::ID_BITS) - 1;
    const EMPTY: Self = Self([Self::VACANT; Self::PLACES]);

    const fn id(place: u64) -> u64 {
        place & Self::VACANT
    }

    const fn is_vacant(place: u64) -> bool {
        Self::id(place) == Self::VACANT
    }

    const fn is_alike(place: u64, fingerprint: u64) -> bool {
        (place ^ fingerprint) >> Self::ID_BITS == 0
    }

    const fn is_full(&self) -> bool {
        !Self::is_vacant(self.0[Self::PLACES - 1])
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

impl PartialEq for Proven {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Proven {}

impl Hash for Proven {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Repetitions {
    /// The announcement whose [`Proven`] says whether the message with this `fingerprint` changes
    /// nothing at `version` of the record; none if nothing is proven of it.
    #[inline]
    pub(super) fn find(
        &self,
        fingerprint: u64,
        version: u64,
        now: UtcSecs,
    ) -> Option<AnnouncementId> {
        if version != self.version || now >= self.until {
            return None;
        }
        for at in self.probe(fingerprint) {
            let row = &self.rows[at];
            let choose = |found, &place: &u64| {
                if Row::is_alike(place, fingerprint) { Row::id(place) } else { found }
            };
            let found = row.0.iter().fold(Row::VACANT, choose);
            if found != Row::VACANT {
                return Some(AnnouncementId(found as u32));
            }
            if !row.is_full() {
                return None;
            }
        }
        None
    }

    /// Keeps that `proof` is about the message of `id`, and nothing of another version: a record
    /// never returns to an older one. Returns what is to be kept with the announcement.
    pub(super) fn keep(&mut self, id: AnnouncementId, proof: Proof) -> Option<Proven> {
        if proof.version != self.version || self.rows.is_empty() {
            self.rows.fill(Row::EMPTY);
            (self.taken, self.version, self.until) = (0, proof.version, proof.until);
        }
        let id = u64::from(id.0);
        let proven = Proven::of(proof).filter(|_| id < Row::VACANT)?;
        if (self.taken + 1) * 4 > self.rows.len() * Row::PLACES * 3 {
            self.make_room();
        }
        self.until = self.until.min(proof.until);
        self.put(proof.fingerprint >> Row::ID_BITS << Row::ID_BITS | id);
        Some(proven)
    }

    fn put(&mut self, place: u64) {
        for at in self.probe(place) {
            let fits = |p: &&mut u64| Row::is_vacant(**p) || Row::is_alike(**p, place);
            if let Some(free) = self.rows[at].0.iter_mut().find(fits) {
                self.taken += usize::from(Row::is_vacant(*free));
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
        for place in old.into_iter().flat_map(|row| row.0).filter(|&p| !Row::is_vacant(p)) {
            self.put(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDLESS: (i64, i64) = (i64::MIN, i64::MAX);

    fn proof(fingerprint: u64, version: u64) -> Proof {
        Proof { fingerprint, version, heard_at: 0, skew: (-2, 3), until: UtcSecs(100) }
    }

    /// Fingerprints that all want the same row.
    fn print(n: u32) -> u64 {
        u64::from(n) << 24 | 0x5555
    }

    #[test]
    fn a_proof_holds_for_its_octets_and_within_its_bounds_only() {
        let proven = Proven::of(proof(7, 1)).unwrap();
        assert!((-2..=3).all(|skew| proven.holds(7, skew)));
        assert!(!proven.holds(7, -3) && !proven.holds(7, 4));
        assert!(!proven.holds(8, 0));
    }

    #[test]
    fn ends_that_never_come_are_proven_about_the_skew_they_were_heard_with() {
        let heard_at = -5_000_000;
        let endless = |heard_at| Proof { heard_at, skew: ENDLESS, ..proof(7, 1) };
        let proven = Proven::of(endless(heard_at)).unwrap();
        assert!(proven.holds(7, heard_at - 1000) && proven.holds(7, heard_at + 1000));
        assert!(!proven.holds(7, 0));
        assert!(Proven::of(endless(i64::MAX)).is_none(), "more than fits");
        assert!(Proven::of(endless(i64::MIN)).is_none(), "less than fits");
    }

    #[test]
    fn a_message_is_found_at_its_version_until_the_first_end_of_any() {
        let mut kept = Repetitions::default();
        assert_eq!(kept.find(print(7), 0, UtcSecs(0)), None);
        kept.keep(AnnouncementId(4), proof(print(7), 1));
        assert_eq!(kept.find(print(7), 1, UtcSecs(99)), Some(AnnouncementId(4)));
        assert_eq!(kept.find(print(7), 2, UtcSecs(0)), None, "the record has changed");
        assert_eq!(kept.find(print(8), 1, UtcSecs(0)), None, "other octets");
        assert_eq!(kept.find(Row::VACANT, 1, UtcSecs(0)), None, "a vacant place is no proof");
        kept.keep(AnnouncementId(5), Proof { until: UtcSecs(50), ..proof(print(8), 1) });
        assert_eq!(kept.find(print(7), 1, UtcSecs(49)), Some(AnnouncementId(4)));
        assert_eq!(kept.find(print(7), 1, UtcSecs(50)), None, "an end has come");
        kept.keep(AnnouncementId(6), proof(print(7), 2));
        assert_eq!(kept.find(print(7), 2, UtcSecs(50)), Some(AnnouncementId(6)));
        assert_eq!(kept.taken, 1);
    }

    #[test]
    fn crowded_places_are_all_found_and_stale_ones_make_room() {
        let mut kept = Repetitions::default();
        for version in 1..50 {
            for n in 0..40 {
                kept.keep(AnnouncementId(n), proof(print(n), version));
            }
        }
        for n in 0..40 {
            assert_eq!(kept.find(print(n), 49, UtcSecs(0)), Some(AnnouncementId(n)));
        }
        assert_eq!(kept.find(print(40), 49, UtcSecs(0)), None);
        assert!(kept.rows.len() <= 8, "{} rows for 40 proofs", kept.rows.len());
    }

    #[test]
    fn an_announcement_beyond_24_bits_is_not_kept() {
        let mut kept = Repetitions::default();
        for id in [(1 << 24) - 1, 1 << 24, u32::MAX] {
            assert!(kept.keep(AnnouncementId(id), proof(print(id), 1)).is_none());
            assert_eq!(kept.find(print(id), 1, UtcSecs(0)), None);
        }
        let last = AnnouncementId((1 << 24) - 2);
        assert!(kept.keep(last, proof(print(7), 1)).is_some());
        assert_eq!(kept.find(print(7), 1, UtcSecs(0)), Some(last));
    }

    #[test]
    fn a_row_is_a_cache_line() {
        assert_eq!(size_of::<Row>(), 64);
    }
}
