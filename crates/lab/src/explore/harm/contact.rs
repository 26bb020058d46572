use std::collections::{BTreeMap, BTreeSet};

use netsim::HostId;
use sansio::{Duration, Instant};

/// Who takes part, and who reaches whom: nobody is to blame for what could not get through.
#[derive(Clone, Debug)]
pub(super) struct Contact {
    /// Since when each host takes part.
    active: Vec<Option<Instant>>,
    /// When a datagram from the first to the second was last cut off.
    apart: BTreeMap<(HostId, HostId), Instant>,
    held_links: BTreeSet<(HostId, HostId)>,
    has_held: bool,
    claim_wait: Duration,
}

impl Contact {
    pub(super) fn new(hosts: usize, claim_wait: Duration) -> Self {
        Self {
            active: vec![None; hosts],
            apart: BTreeMap::new(),
            held_links: BTreeSet::new(),
            has_held: false,
            claim_wait,
        }
    }

    /// `host` begins to take part, or is no longer there.
    pub(super) fn set_active(&mut self, host: HostId, since: Option<Instant>) {
        if let Some(active) = self.active.get_mut(host.index()) {
            *active = since;
        }
    }

    pub(super) fn is_active(&self, host: HostId) -> bool {
        self.active.get(host.index()).is_some_and(Option::is_some)
    }

    /// Whether `host` has taken part all along since then.
    pub(super) fn is_active_since(&self, host: HostId, since: Instant) -> bool {
        let began = self.active.get(host.index()).copied().flatten();
        began.is_some_and(|began| began <= since)
    }

    /// A datagram between two was cut off.
    pub(super) fn cut(&mut self, from: HostId, to: HostId, at: Instant) {
        self.apart.insert((from, to), at);
    }

    /// What the first sends to the second is kept back.
    pub(super) fn hold(&mut self, from: HostId, to: HostId) {
        self.held_links.insert((from, to));
        self.has_held = true;
    }

    /// Whether anything was ever kept back.
    pub(super) const fn has_held(&self) -> bool {
        self.has_held
    }

    /// What was kept back arrives.
    pub(super) fn release(&mut self, from: HostId, to: HostId, at: Instant) {
        self.held_links.remove(&(from, to));
        self.apart.insert((from, to), at);
    }

    /// Whether the two have heard each other, and `other` has listened, since a claim of `host`
    /// that ends now began.
    pub(super) fn have_met(&self, host: HostId, other: HostId, at: Instant) -> bool {
        other != host
            && self.has_listened(other, at)
            && self.reaches(host, other, at)
            && self.reaches(other, host, at)
    }

    fn reaches(&self, from: HostId, to: HostId, at: Instant) -> bool {
        let cut = self.apart.get(&(from, to));
        !self.held_links.contains(&(from, to))
            && cut.is_none_or(|last| at.since(*last) > self.claim_wait * 2)
    }

    fn has_listened(&self, host: HostId, at: Instant) -> bool {
        let since = self.active.get(host.index()).copied().flatten();
        since.is_some_and(|since| at.since(since) >= self.claim_wait)
    }
}
