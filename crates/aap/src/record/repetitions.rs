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
    /// The least and greatest skew, in seconds, with which every listed end still equals the
    /// recorded one.
    pub(crate) skew: (i64, i64),
    /// From when on a listed end may lie in the past.
    pub(crate) until: UtcSecs,
}

/// The proofs of a record, by fingerprint.
///
/// It is a shortcut, not state: all values compare equal. In a steady domain nearly every message
/// is looked up here and nowhere else, so a lookup must touch little memory: one flat table,
/// probed one place after the other, two proofs to a cache line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repetitions {
    /// A power of two of places, or none at all; at least half of them are vacant.
    places: Vec<Place>,
    /// How many places are not vacant.
    taken: usize,
}

/// A [`Proof`], with bounds narrowed to what fits.
#[derive(Clone, Copy, Debug)]
struct Place {
    fingerprint: u64,
    version: u64,
    skew: (i32, i32),
    until: u32,
    /// The announcement, or [`VACANT`].
    id: u32,
}

const VACANT: u32 = u32::MAX;

const EMPTY: Place = Place { fingerprint: 0, version: 0, skew: (0, 0), until: 0, id: VACANT };

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
        let place = self.probe(fingerprint).map(|at| &self.places[at]).find(|place| {
            place.id == VACANT || (place.fingerprint == fingerprint && place.version == version)
        })?;
        let holds = place.id != VACANT
            && (i64::from(place.skew.0)..=i64::from(place.skew.1)).contains(&skew)
            && now.0 < i64::from(place.until);
        holds.then_some(AnnouncementId(place.id))
    }

    /// Keeps `proof` for the message of `id`, in place of what is no longer true: a record never
    /// returns to an older version.
    pub(crate) fn keep(&mut self, id: AnnouncementId, proof: Proof) {
        if (self.taken + 1) * 2 > self.places.len() {
            self.make_room(proof.version);
        }
        let free = self.probe(proof.fingerprint).find(|at| {
            let place = &self.places[*at];
            let stale = place.version != proof.version;
            place.id == VACANT || stale || place.fingerprint == proof.fingerprint
        });
        let Some(free) = free else { return };
        self.taken += usize::from(self.places[free].id == VACANT);
        self.places[free] = Place {
            fingerprint: proof.fingerprint,
            version: proof.version,
            skew: (narrow(proof.skew.0), narrow(proof.skew.1)),
            until: proof.until.0.clamp(0, i64::from(u32::MAX)) as u32,
            id: id.0,
        };
    }

    /// The places at which a fingerprint may be, likeliest first.
    #[inline]
    fn probe(&self, fingerprint: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.places.len().wrapping_sub(1);
        let first = (fingerprint >> 32) as usize;
        (0..self.places.len()).map(move |step| first.wrapping_add(step) & mask)
    }

    /// Drops what is not about `version`; half of the places will be vacant, and one more.
    fn make_room(&mut self, version: u64) {
        let live = |place: &&Place| place.id != VACANT && place.version == version;
        let left: Vec<Place> = self.places.iter().filter(live).copied().collect();
        let room = ((left.len() + 1) * 4).next_power_of_two().max(16);
        self.places.clear();
        self.places.resize(room, EMPTY);
        self.taken = left.len();
        for place in left {
            let vacant = self.probe(place.fingerprint).find(|at| self.places[*at].id == VACANT);
            if let Some(at) = vacant {
                self.places[at] = place;
            }
        }
    }
}

/// Skews beyond 68 years are not passed over.
fn narrow(skew: i64) -> i32 {
    skew.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(fingerprint: u64, version: u64) -> Proof {
        Proof { fingerprint, version, skew: (-2, 3), until: UtcSecs(100) }
    }

    #[test]
    fn a_proof_holds_within_its_bounds_and_at_its_version_only() {
        let mut kept = Repetitions::default();
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(0)), None);
        kept.keep(AnnouncementId(4), proof(7, 1));
        assert_eq!(kept.proven(7, 1, 3, UtcSecs(99)), Some(AnnouncementId(4)));
        assert_eq!(kept.proven(7, 1, -3, UtcSecs(99)), None, "a skew it does not cover");
        assert_eq!(kept.proven(7, 1, 0, UtcSecs(100)), None, "an end has come");
        assert_eq!(kept.proven(7, 2, 0, UtcSecs(0)), None, "the record has changed");
        assert_eq!(kept.proven(8, 1, 0, UtcSecs(0)), None, "other octets");
    }

    #[test]
    fn a_newer_proof_replaces_an_older() {
        let mut kept = Repetitions::default();
        kept.keep(AnnouncementId(4), proof(7, 1));
        kept.keep(AnnouncementId(5), proof(7, 2));
        assert_eq!(kept.proven(7, 2, 0, UtcSecs(0)), Some(AnnouncementId(5)));
        assert_eq!(kept.taken, 1);
    }

    #[test]
    fn crowded_places_are_all_found_and_stale_ones_make_room() {
        let mut kept = Repetitions::default();
        // All want the same place.
        for version in 1..50 {
            for n in 0..40 {
                kept.keep(AnnouncementId(n), proof(u64::from(n), version));
            }
        }
        for n in 0..40 {
            assert_eq!(kept.proven(u64::from(n), 49, 0, UtcSecs(0)), Some(AnnouncementId(n)));
        }
        assert!(kept.places.len() <= 256, "{} places for 40 proofs", kept.places.len());
    }

    #[test]
    fn a_proof_fits_half_a_cache_line() {
        assert_eq!(size_of::<Place>(), 32);
    }
}
