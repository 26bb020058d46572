use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sansio::{Duration, Machine};

use crate::flight::Datagram;
use crate::link::{Fate, Weather};
use crate::{DropCause, HostId, Link, Pick, PickRule, Stream};

type Pair = (HostId, HostId);

/// Who can reach whom, and how.
#[derive(Debug)]
pub(crate) struct Network<M: Machine> {
    addresses: BTreeMap<SocketAddr, HostId>,
    members: BTreeMap<SocketAddr, Arc<[HostId]>>,
    zones: BTreeMap<IpAddr, Vec<u32>>,
    sides: Vec<u32>,
    cuts: BTreeSet<Pair>,
    holds: BTreeMap<Pair, Vec<Arc<Datagram<M>>>>,
    picks: Vec<PickRule<M>>,
    every: Link,
    single: BTreeMap<Pair, Link>,
    bursts: BTreeSet<Pair>,
}

impl<M: Machine> Clone for Network<M> {
    fn clone(&self) -> Self {
        Self {
            addresses: self.addresses.clone(),
            members: self.members.clone(),
            zones: self.zones.clone(),
            sides: self.sides.clone(),
            cuts: self.cuts.clone(),
            holds: self.holds.clone(),
            picks: self.picks.clone(),
            every: self.every,
            single: self.single.clone(),
            bursts: self.bursts.clone(),
        }
    }
}

/// What happens to a copy before any link sees it.
pub(crate) enum Passage {
    Free,
    Late(Duration),
    Twice(Duration),
    Blocked(DropCause),
    Held,
}

impl<M: Machine> Network<M> {
    pub(crate) const fn new(every: Link) -> Self {
        Self {
            addresses: BTreeMap::new(),
            members: BTreeMap::new(),
            zones: BTreeMap::new(),
            sides: Vec::new(),
            cuts: BTreeSet::new(),
            holds: BTreeMap::new(),
            picks: Vec::new(),
            every,
            single: BTreeMap::new(),
            bursts: BTreeSet::new(),
        }
    }

    pub(crate) fn add_address(&mut self, address: SocketAddr, host: HostId) {
        self.addresses.insert(address, host);
    }

    pub(crate) fn join(&mut self, host: HostId, group: SocketAddr) {
        let hosts = self.members.entry(group).or_default();
        if let Err(at) = hosts.binary_search(&host) {
            let (before, after) = hosts.split_at(at);
            *hosts = [before, &[host], after].concat().into();
        }
    }

    pub(crate) fn leave(&mut self, host: HostId, group: SocketAddr) {
        if let Some(hosts) = self.members.get_mut(&group) {
            *hosts = hosts.iter().copied().filter(|member| *member != host).collect();
        }
    }

    /// Who listens to a group, or has an address, by host index.
    pub(crate) fn listeners(&self, to: SocketAddr) -> Option<Arc<[HostId]>> {
        self.members
            .get(&to)
            .cloned()
            .or_else(|| self.addresses.get(&to).map(|host| Arc::from([*host])))
    }

    /// The delay that everyone sees, where nothing else can happen to a datagram sent to `to`.
    pub(crate) fn steady(&self, to: IpAddr) -> Option<Duration> {
        let clear = self.single.is_empty()
            && self.cuts.is_empty()
            && self.sides.is_empty()
            && self.holds.is_empty()
            && self.picks.is_empty()
            && !self.zones.contains_key(&to);
        if clear { self.every.steady() } else { None }
    }

    /// Whether what one host sends to a group is meant to reach the other at all.
    pub(crate) fn same_zone(&self, group: IpAddr, from: HostId, to: HostId) -> bool {
        self.zones.get(&group).is_none_or(|zones| part(zones, from) == part(zones, to))
    }

    /// What stands between two hosts, uses up what it takes of the rules.
    pub(crate) fn passage(
        &mut self,
        from: HostId,
        to: HostId,
        body: Option<&M::Message>,
    ) -> Passage {
        if part(&self.sides, from) != part(&self.sides, to) {
            return Passage::Blocked(DropCause::Partition);
        }
        if !self.cuts.is_empty() && self.cuts.contains(&(from, to)) {
            return Passage::Blocked(DropCause::Cut);
        }
        if let Some(message) = body
            && let Some(at) = self.picks.iter().position(|rule| (rule.fits)(from, to, message))
        {
            let fate = self.picks[at].fate;
            self.picks[at].count -= 1;
            if self.picks[at].count == 0 {
                self.picks.remove(at);
            }
            match fate {
                Pick::Lose => return Passage::Blocked(DropCause::Picked),
                // What is held goes on when it is released, whatever else was meant for it.
                _ if self.holds.contains_key(&(from, to)) => {}
                Pick::Delay(by) => return Passage::Late(by),
                Pick::Twice(by) => return Passage::Twice(by),
            }
        }
        if !self.holds.is_empty() && self.holds.contains_key(&(from, to)) {
            return Passage::Held;
        }
        Passage::Free
    }

    /// What the link makes of a copy.
    #[inline]
    pub(crate) fn fate(&mut self, from: HostId, to: HostId, stream: &mut Stream) -> Fate {
        let link = if self.single.is_empty() {
            self.every
        } else {
            self.single.get(&(from, to)).copied().unwrap_or(self.every)
        };
        if !matches!(link.loss, crate::Loss::Burst { .. }) {
            return link.fate(stream, &mut Weather::Fair);
        }
        let mut weather =
            if self.bursts.contains(&(from, to)) { Weather::Burst } else { Weather::Fair };
        let fate = link.fate(stream, &mut weather);
        match weather {
            Weather::Burst => self.bursts.insert((from, to)),
            Weather::Fair => self.bursts.remove(&(from, to)),
        };
        fate
    }

    pub(crate) fn partition(&mut self, sides: &[Vec<HostId>]) {
        self.sides = parts(sides);
    }

    pub(crate) fn heal(&mut self) {
        self.sides.clear();
        self.cuts.clear();
    }

    pub(crate) fn cut(&mut self, from: HostId, to: HostId) {
        self.cuts.insert((from, to));
    }

    pub(crate) fn mend(&mut self, from: HostId, to: HostId) {
        self.cuts.remove(&(from, to));
    }

    pub(crate) fn hold(&mut self, from: HostId, to: HostId) {
        self.holds.entry((from, to)).or_default();
    }

    pub(crate) fn keep_back(&mut self, from: HostId, to: HostId, datagram: Arc<Datagram<M>>) {
        self.holds.entry((from, to)).or_default().push(datagram);
    }

    pub(crate) fn release(&mut self, from: HostId, to: HostId) -> Vec<Arc<Datagram<M>>> {
        self.holds.remove(&(from, to)).unwrap_or_default()
    }

    pub(crate) fn pick_next(&mut self, rule: PickRule<M>) {
        if rule.count > 0 {
            self.picks.push(rule);
        }
    }

    pub(crate) fn set_zones(&mut self, group: IpAddr, zones: &[Vec<HostId>]) {
        self.zones.insert(group, parts(zones));
    }

    pub(crate) fn set_link(&mut self, from: HostId, to: HostId, link: Link) {
        self.single.insert((from, to), link);
    }

    pub(crate) fn set_links(&mut self, link: Link) {
        self.every = link;
        self.single.clear();
    }
}

/// Which part each host is in; part 0 is that of the hosts nobody named.
fn parts(groups: &[Vec<HostId>]) -> Vec<u32> {
    let mut parts = Vec::new();
    for (number, group) in (1..).zip(groups) {
        for host in group {
            if parts.len() <= host.index() {
                parts.resize(host.index() + 1, 0);
            }
            parts[host.index()] = number;
        }
    }
    parts
}

fn part(parts: &[u32], host: HostId) -> u32 {
    parts.get(host.index()).copied().unwrap_or(0)
}
