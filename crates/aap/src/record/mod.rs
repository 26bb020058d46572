//! The Allocation Record (section 3.2.1): what a MAAS believes about the addresses of its scope,
//! one record per scope (AAP-3.2.1-02). From it others' allocations are defended and own addresses
//! chosen (AAP-3.2.1-06).
//!
//! Allocations and preallocations are kept per announcer, so that two MAASs that announce the
//! same address are two entries, not one that flips; [`AllocationRecord::allocated_in`] says per
//! address whose word counts. An index of the addresses that are free of everything is kept up
//! to date with every change, so that choosing one costs the same however full the scope is.

mod addr_map;
mod allocations;
mod announcement_id;
mod announcements;
mod hearsay;
mod intents;
mod repetitions;
mod space;
#[cfg(test)]
mod tests;

use addrspace::{Addr, FreeIndex, Range, RangeSet};
use sansio::{Instant, Now, UtcSecs};

pub(crate) use addr_map::{AddrMap, Kept};
pub(crate) use allocations::{Heard, Reading};
pub(crate) use announcement_id::AnnouncementId;
pub(crate) use announcements::Announcements;
pub(crate) use hearsay::{Contests, HeardClaims, NotedRequest, Requests};
pub(crate) use intents::Intent;
pub(crate) use repetitions::Proof;
pub(crate) use space::Space;

use crate::config::{Config, Peer};
use crate::stored::Item;
use crate::wire::Rseq;

/// Everything a MAAS knows about the addresses of its scope.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AllocationRecord {
    scope: Range,
    /// Addresses never to be selected: the reserved tail and what configuration excludes.
    closed: RangeSet,
    allocations: AddrMap<Heard>,
    intents: AddrMap<Intent>,
    announcements: Announcements,
    pub(crate) claims: HeardClaims,
    pub(crate) contests: Contests,
    pub(crate) requests: Requests,
    /// Kept until a newer ASA supersedes it, even when it has expired (AAP-3.2.1-05).
    pub(crate) space: Option<Space>,
    /// What we hold, preallocate or claim ourselves.
    own: RangeSet,
    free: FreeIndex,
    version: Version,
}

/// Counts changes, for [`Proof`]s; all values compare equal.
#[derive(Clone, Copy, Default, Debug)]
struct Version(u64);

impl PartialEq for Version {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Version {}

impl std::hash::Hash for Version {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

impl AllocationRecord {
    pub(crate) fn new(config: &Config) -> Self {
        let scope = config.scope.range;
        let mut closed = RangeSet::new();
        closed.insert(scope);
        for part in config.allocatable() {
            closed.remove(part);
        }
        let mut free = FreeIndex::new(scope);
        for part in closed.iter() {
            free.occupy(part);
        }
        Self {
            scope,
            closed,
            allocations: AddrMap::new(scope),
            intents: AddrMap::new(scope),
            announcements: Announcements::default(),
            claims: HeardClaims::default(),
            contests: Contests::default(),
            requests: Requests::default(),
            space: None,
            own: RangeSet::new(),
            free,
            version: Version::default(),
        }
    }

    /// How many ranges of others' allocations and preallocations are recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.allocations.len() + self.intents.len()
    }

    /// Whether nothing of others is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The others' allocations, as announced: range, end and announcer, by address.
    pub fn allocations(&self) -> impl Iterator<Item = (Range, UtcSecs, Peer)> + '_ {
        self.allocations_above(None)
    }

    /// The others' preallocations, likewise.
    pub fn preallocations(&self) -> impl Iterator<Item = (Range, UtcSecs, Peer)> + '_ {
        self.preallocations_above(None)
    }

    /// Those of [`Self::allocations`] whose first address is above `after`.
    pub fn allocations_above(
        &self,
        after: Option<Addr>,
    ) -> impl Iterator<Item = (Range, UtcSecs, Peer)> + '_ {
        let kept = self.allocations.above(after);
        kept.map(|k| (k.range, k.end, self.announcements.peer(k.value.by())))
    }

    /// Those of [`Self::preallocations`] whose first address is above `after`.
    pub fn preallocations_above(
        &self,
        after: Option<Addr>,
    ) -> impl Iterator<Item = (Range, UtcSecs, Peer)> + '_ {
        let kept = self.intents.above(after);
        kept.map(|k| (k.range, k.end, self.announcements.peer(k.value.0)))
    }

    /// How many addresses are free of everything, saturating.
    #[must_use]
    pub fn free_total(&self) -> u64 {
        u64::try_from(self.free.free_total()).unwrap_or(u64::MAX)
    }

    /// How many addresses of `range` are free of everything, saturating.
    #[must_use]
    pub fn free_in(&self, range: Range) -> u64 {
        u64::try_from(self.free.free_in(range)).unwrap_or(u64::MAX)
    }

    /// Unmet requests of the domain: sender, count and end.
    pub fn requests(&self) -> impl Iterator<Item = (Peer, u32, UtcSecs)> + '_ {
        self.requests.iter().map(|r| (r.peer, r.count, r.end))
    }

    /// The addresses available in a large scope with their ends, if an ASA has been processed.
    #[must_use]
    pub fn space(&self) -> Option<&[crate::event::Lease]> {
        self.space.as_ref().map(|s| s.leases.as_slice())
    }

    /// The addresses nobody is known to use, to want or to have reserved.
    pub(crate) const fn free(&self) -> &FreeIndex {
        &self.free
    }

    /// What we hold, preallocate or claim.
    pub(crate) const fn own(&self) -> &RangeSet {
        &self.own
    }

    /// The part of `range` inside the scope.
    pub(crate) fn inside(&self, range: Range) -> Option<Range> {
        range.intersection(self.scope)
    }

    /// Changes so far; see [`Proof`].
    pub(crate) const fn version(&self) -> u64 {
        self.version.0
    }

    /// Something that a repeated announcement may meet has changed.
    pub(crate) const fn touch(&mut self) {
        self.version.0 += 1;
    }

    /// We hold, preallocate or claim `range` now.
    pub(crate) fn take(&mut self, range: Range) {
        self.own.insert(range);
        self.refresh(range);
    }

    /// We no longer do.
    pub(crate) fn let_go(&mut self, range: Range) {
        self.own.remove(range);
        self.refresh(range);
    }

    /// Runs `choose` with `excluded` out of the free addresses too.
    pub(crate) fn free_without<T>(
        &mut self,
        excluded: &RangeSet,
        choose: impl FnOnce(&mut FreeIndex) -> T,
    ) -> T {
        let version = self.version;
        for range in excluded.iter() {
            self.free.occupy(range);
        }
        let result = choose(&mut self.free);
        for range in excluded.iter() {
            self.refresh(range);
        }
        self.version = version;
        result
    }

    /// How many addresses of `range` are allocated, by us (`held`) or others; preallocated ones do
    /// not count (AAP-3.2.10.3-07).
    pub(crate) fn used_in(&self, range: Range, held: impl Iterator<Item = Range>) -> u128 {
        let Some(range) = self.inside(range) else { return 0 };
        let mut used = RangeSet::new();
        for part in self.allocations.overlapping(range).into_iter().map(|k| k.range).chain(held) {
            if let Some(part) = part.intersection(range) {
                used.insert(part);
            }
        }
        used.len()
    }

    /// Whether [`Self::purge`] would drop anything.
    #[inline]
    pub(crate) fn has_ended(&self, now: UtcSecs) -> bool {
        let ended = |end: Option<UtcSecs>| end.is_some_and(|end| end <= now);
        ended(self.allocations.next_end())
            || ended(self.intents.next_end())
            || self.requests.iter().any(|r| r.end <= now)
    }

    /// Drops what has ended; returns what to write down.
    pub(crate) fn purge(&mut self, now: UtcSecs) -> Vec<Item> {
        let mut writes = Vec::new();
        while self.allocations.next_end().is_some_and(|end| end <= now) {
            let Some(ended) = self.allocations.pop_ended(now) else { break };
            writes.push(self.forget_item(&ended));
            self.announcements.release(ended.value.by());
            self.refresh(ended.range);
        }
        while self.intents.next_end().is_some_and(|end| end <= now) {
            let Some(ended) = self.intents.pop_ended(now) else { break };
            writes.push(self.forget_intent(&ended));
            self.announcements.release(ended.value.0);
            self.refresh(ended.range);
        }
        self.requests.retain(|r| r.end > now);
        writes
    }

    /// Notes that `peer` speaks under `rseq`; the name stays valid until [`Self::close`].
    pub(crate) fn hear(&mut self, peer: Peer, rseq: Rseq, now: Instant) -> AnnouncementId {
        let id = self.announcements.heard(peer, rseq, now);
        self.announcements.retain(id);
        id
    }

    /// Ends the noting of an announcement: forgets it if nothing rests on it.
    pub(crate) fn close(&mut self, id: AnnouncementId) {
        self.announcements.release(id);
    }

    /// Whether this very announcement is proven to change nothing.
    pub(crate) fn heard_unchanged(
        &mut self,
        peer: Peer,
        fingerprint: u64,
        skew: i64,
        now: Now,
    ) -> bool {
        self.announcements.heard_unchanged(peer, fingerprint, skew, self.version.0, now)
    }

    /// Recomputes whether the addresses of `range` are free.
    fn refresh(&mut self, range: Range) {
        self.version.0 += 1;
        self.free.vacate(range);
        let allocated = self.allocations.overlapping(range).into_iter().map(|k| k.range);
        let intended = self.intents.overlapping(range).into_iter().map(|k| k.range);
        let own = self.own.overlapping(range);
        let closed = self.closed.overlapping(range);
        for used in allocated.chain(intended).chain(own).chain(closed) {
            if let Some(part) = used.intersection(range) {
                self.free.occupy(part);
            }
        }
    }
}
