//! The observer that measures a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use aap::wire::{Body, Message};
use aap::{Command, Event, Loss, Participant, RequestId};
use addrspace::{Range, RangeSet};
use netsim::{Fault, HostId, Observation, Observer, Seen, Stop};
use sansio::{Duration, Instant};

use super::duplicates::Duplicates;
use super::sample::{Ended, Role, Sample};
use oracles::{Change, Holders, Setting};

/// An observer that measures.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    setting: Arc<Setting>,
    /// How long before the scenario's zero the world begins.
    lead: Duration,
    /// When the network was healed last, else the scenario's zero.
    healed: Instant,
    holders: Holders,
    duplicates: Duplicates,
    /// Held preallocations, by host.
    pools: BTreeMap<HostId, RangeSet>,
    /// Requests not granted yet, with their times.
    waiting: BTreeMap<(HostId, RequestId), Instant>,
    sample: Sample,
}

impl Gauge {
    pub(crate) fn new(setting: &Arc<Setting>, lead: Duration) -> Self {
        Self {
            setting: Arc::clone(setting),
            lead,
            healed: Instant::ZERO + lead,
            holders: Holders::new(setting),
            duplicates: Duplicates::default(),
            pools: BTreeMap::new(),
            waiting: BTreeMap::new(),
            sample: Sample::default(),
        }
    }

    /// What was measured by the end of the run.
    pub(crate) fn finish(self, until: Instant, stop: Stop) -> Sample {
        let mut held = RangeSet::new();
        for host in (0..self.setting.hosts.len()).map(HostId::new) {
            held.extend(self.holders.held(host).into_iter().flat_map(RangeSet::iter));
        }
        let whole = self.setting.hosts.first().map_or(1, |host| host.config.scope.range.len());
        // Millionths, without overflow in scopes of 2^112 addresses.
        let utilisation = match held.len().checked_mul(1_000_000) {
            Some(millionths) => millionths / whole.max(1),
            None => held.len() / (whole / 1_000_000).max(1),
        };
        Sample {
            lasted: until.as_micros().saturating_sub(self.lead.as_micros()),
            ended: if stop.is_final() { Ended::Early } else { Ended::InTime },
            held: u64::try_from(held.len()).unwrap_or(u64::MAX),
            utilisation: u64::try_from(utilisation).unwrap_or(u64::MAX),
            duplicates_left: self.duplicates.open(),
            duplicate_times: self.duplicates.into_times(),
            ..self.sample
        }
    }

    fn sent(&mut self, host: HostId, message: &Message, octets: usize) {
        let role = self.role(host, message);
        self.sample.sent[message.kind() as usize][role as usize] += 1;
        self.sample.octets += octets as u64;
    }

    /// In what capacity `host` sends this.
    fn role(&self, host: HostId, message: &Message) -> Role {
        let is_coordinator = self
            .setting
            .hosts
            .get(host.index())
            .is_some_and(|h| h.role == oracles::Role::Coordinator);
        if is_coordinator {
            return Role::Coordinator;
        }
        let among = |held: Option<&RangeSet>| {
            held.is_some_and(|held| message.addresses().any(|range| held.overlaps(range)))
        };
        match message.body() {
            Body::Aclm(_) | Body::Ana { .. } => Role::Claimant,
            Body::Aiu(_) if among(self.holders.held(host)) => Role::Owner,
            Body::Aitu(_) if among(self.pools.get(&host)) => Role::Owner,
            Body::Aitu(_) => Role::Claimant,
            Body::Aiu(_) | Body::Asa { .. } | Body::Asrp { .. } => Role::Bystander,
        }
    }

    fn asked(&mut self, at: Instant, host: HostId, command: &Command) {
        if let Command::Allocate { request, .. } | Command::Claim { request, .. } = command {
            self.sample.requests += 1;
            self.waiting.insert((host, *request), at);
        }
    }

    fn told(&mut self, at: Instant, host: HostId, event: &Event) {
        match event {
            Event::Granted { request, .. } => match self.waiting.remove(&(host, *request)) {
                Some(asked) => self.sample.grant_times.push(at.since(asked).as_micros()),
                None => self.sample.unasked_grants += 1,
            },
            Event::Refused { request, .. } => {
                self.sample.refusals += u64::from(self.waiting.remove(&(host, *request)).is_some());
            }
            Event::Clash { .. } => self.sample.clashes += 1,
            Event::Conflict { .. } => {
                self.sample.conflicts += 1;
                let since = at.since(self.healed).as_micros();
                self.sample.first_conflict.get_or_insert(since);
            }
            Event::Lost { why: Loss::Collision { .. }, .. } => self.sample.undone += 1,
            Event::Held { leases, .. } => {
                let pool = self.pools.entry(host).or_default();
                pool.extend(leases.iter().map(|lease| lease.range));
            }
            Event::Abandoned { ranges, .. } => {
                self.sample.abandoned += 1;
                if let Some(pool) = self.pools.get_mut(&host) {
                    ranges.iter().for_each(|range| pool.remove(*range));
                }
            }
            _ => {}
        }
    }

    fn changed(&mut self, at: Instant, host: HostId, change: &Change) {
        match change {
            Change::Granted(ranges) => self.gained(at, host, ranges),
            Change::Restored(held) => self.gained(at, host, &held.iter().collect::<Vec<_>>()),
            Change::Lost(range) => self.duplicates.lost(at, host, *range),
            Change::Gone => {
                self.duplicates.gone(at, host);
                self.pools.remove(&host);
            }
            Change::Active => {}
        }
    }

    fn gained(&mut self, at: Instant, host: HostId, ranges: &[Range]) {
        for &range in ranges {
            for (rival, part) in self.holders.rivals(host, range) {
                self.duplicates.found(at, host, rival, part);
            }
        }
    }
}

impl Observer<Participant> for Gauge {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if let Seen::Fault(Fault::Heal | Fault::Mend(..)) = &seen.what {
            self.healed = seen.at;
        }
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Sent { message, octets, .. } => return self.sent(host, message, octets.len()),
            Seen::Command(command) => return self.asked(seen.at, host, command),
            Seen::Event { event, .. } => self.told(seen.at, host, event),
            Seen::Started { .. } | Seen::Crashed { .. } => {}
            _ => return,
        }
        if let Some(change) = self.holders.observe(seen) {
            self.changed(seen.at, host, &change);
        }
    }
}
