use std::sync::Arc;

use aap::policy::{Deletion, Policy};
use aap::wire::{Body, Message, MessageType, Rseq, WireTime};
use aap::{Event, GrantPath, Lease, Participant};
use addrspace::{Range, RangeSet};
use netsim::{HostId, Observation, Observer, Oracle, Seen, Verdict};
use sansio::Instant;

use super::assumption::{Trouble, Watch};
use super::finding::Finding;
use super::setting::{Setting, deafness, experiment};

/// Every allocation was earned: by at least `[ANNOUNCE-WAIT]` of claiming in which nobody
/// objected (section 3.2.5), or from a preallocation that stood as long (section 3.2.6).
///
/// It is put to the test by every grant.
#[derive(Clone, Debug)]
pub struct EarnedAllocation {
    setting: Arc<Setting>,
    watch: Watch,
    hosts: Vec<Bidder>,
    /// Datagrams that no host sent: nobody knows whether they count.
    forged: Vec<u64>,
    finding: Finding,
}

/// What a host is bidding for, and what it has preallocated.
#[derive(Clone, Default, Debug)]
struct Bidder {
    bids: Vec<Bid>,
    preallocated: RangeSet,
}

/// A set that is claimed or about to be preallocated.
#[derive(Clone, Debug)]
struct Bid {
    kind: MessageType,
    rseq: Rseq,
    set: RangeSet,
    begun: Instant,
    /// When somebody objected since.
    disturbed: Option<Instant>,
}

impl EarnedAllocation {
    /// An oracle for a run of this setting.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        let reading = |policy: &Policy| experiment(policy).or_else(|| deafness(policy));
        Self {
            setting: Arc::clone(setting),
            watch: Watch::new(setting, &[Trouble::Reconfiguration], reading),
            hosts: vec![Bidder::default(); setting.hosts.len()],
            forged: Vec::new(),
            finding: Finding::default(),
        }
    }

    /// A bid begins, goes on, or begins anew: with another set, or after an objection.
    fn bid(&mut self, host: HostId, message: &Message, at: Instant) {
        let (Body::Aclm(ranges) | Body::Aitu(ranges)) = message.body() else { return };
        let Some(bidder) = self.hosts.get_mut(host.index()) else { return };
        let (kind, rseq) = (message.kind(), message.rseq());
        let set: RangeSet = ranges.iter().map(|r| r.range).collect();
        let held = |range| bidder.preallocated.contains_range(range);
        if kind == MessageType::Aitu && set.iter().all(held) {
            return;
        }
        let Some(bid) = bidder.bids.iter_mut().find(|b| b.kind == kind && b.rseq == rseq) else {
            // Whoever bids longer than this without success has been disturbed and says so again.
            let old = self.setting.longest(|h| h.config.timing.announce_wait) * 4;
            bidder.bids.retain(|b| at.since(b.begun) <= old);
            bidder.bids.push(Bid { kind, rseq, set, begun: at, disturbed: None });
            return;
        };
        if bid.disturbed.is_some() || bid.set != set {
            *bid = Bid { set, begun: at, disturbed: None, ..bid.clone() };
        }
    }

    /// Whoever hears another's message about what it bids for has to give up.
    fn disturb(&mut self, host: HostId, message: &Message, at: Instant) {
        let Some(bidder) = self.hosts.get_mut(host.index()).filter(|b| !b.bids.is_empty()) else {
            return;
        };
        let (Body::Aclm(ranges) | Body::Aitu(ranges) | Body::Aiu(ranges)) = message.body() else {
            return;
        };
        let kind = message.kind();
        let policy = self.setting.host(host).map(|h| h.config.policy);
        let past_counts = kind == MessageType::Aiu
            && policy.is_some_and(|policy| policy.deletion == Deletion::Literal);
        for listed in ranges.iter() {
            if listed.end != WireTime::MAX && listed.end <= message.current_time() && !past_counts {
                continue;
            }
            for bid in &mut bidder.bids {
                let objects = kind != MessageType::Aitu || bid.kind == MessageType::Aitu;
                if objects && bid.set.overlaps(listed.range) {
                    bid.disturbed.get_or_insert(at);
                }
            }
        }
    }

    fn event(&mut self, seen: &Observation<'_, Participant>, host: HostId, event: &Event) {
        match event {
            Event::Granted { leases, path: GrantPath::Claim, .. } => {
                self.finding.test();
                self.check_bid(seen, host, MessageType::Aclm, leases);
            }
            Event::Granted { leases, path: GrantPath::Preallocation, .. } => {
                self.finding.test();
                self.check_pool(seen, host, leases);
            }
            Event::Held { leases, .. } => {
                self.finding.test();
                let held = self.preallocated(host, leases);
                if !held {
                    self.check_bid(seen, host, MessageType::Aitu, leases);
                }
                if let Some(bidder) = self.hosts.get_mut(host.index()) {
                    bidder.preallocated.extend(leases.iter().map(|l| l.range));
                }
            }
            Event::Abandoned { ranges, .. } => {
                if let Some(bidder) = self.hosts.get_mut(host.index()) {
                    ranges.iter().for_each(|&range| bidder.preallocated.remove(range));
                }
            }
            Event::Retired => self.forget(host),
            _ => {}
        }
    }

    fn preallocated(&self, host: HostId, leases: &[Lease]) -> bool {
        let bidder = self.hosts.get(host.index());
        bidder.is_some_and(|b| leases.iter().all(|l| b.preallocated.contains_range(l.range)))
    }

    fn check_pool(&mut self, seen: &Observation<'_, Participant>, host: HostId, leases: &[Lease]) {
        if !self.preallocated(host, leases) {
            let setting = &self.setting;
            let taken = leases.first().map(|l| l.range);
            self.finding.violate(seen, || {
                let taken = show(setting, host, taken);
                format!("{} allocated {taken} without having preallocated it", setting.name(host))
            });
        }
        if let Some(bidder) = self.hosts.get_mut(host.index()) {
            leases.iter().for_each(|l| bidder.preallocated.remove(l.range));
        }
    }

    /// A bid of this kind for all of `leases` must have stood long enough.
    fn check_bid(
        &mut self,
        seen: &Observation<'_, Participant>,
        host: HostId,
        kind: MessageType,
        leases: &[Lease],
    ) {
        let (setting, at) = (&self.setting, seen.at);
        let Some((bidder, config)) = self.hosts.get_mut(host.index()).zip(setting.host(host))
        else {
            return;
        };
        let covers = |b: &Bid| leases.iter().all(|l| b.set.contains_range(l.range));
        // Several requests may have bid for overlapping sets: the one that stood is meant.
        let mut fitting: Vec<usize> = (0..bidder.bids.len())
            .filter(|&i| bidder.bids[i].kind == kind && covers(&bidder.bids[i]))
            .collect();
        fitting.sort_by_key(|&i| (bidder.bids[i].disturbed.is_some(), bidder.bids[i].begun));
        let bid = fitting.first().map(|&i| bidder.bids.swap_remove(i));
        let wait = config.config.timing.announce_wait;
        let flaw = match bid {
            None => format!("without an {kind} for it"),
            Some(Bid { disturbed: Some(when), .. }) => {
                format!("although someone had objected at {when}")
            }
            Some(bid) => match config.elapsed(bid.begun, at) {
                lasted if lasted < wait => format!("after {lasted} instead of {wait}"),
                _ => return,
            },
        };
        let range = leases.first().map(|l| l.range);
        let did = if kind == MessageType::Aclm { "allocated" } else { "preallocated" };
        self.finding.violate(seen, || {
            format!("{} {did} {} {flaw}", config.name, show(setting, host, range))
        });
    }

    fn forget(&mut self, host: HostId) {
        if let Some(bidder) = self.hosts.get_mut(host.index()) {
            *bidder = Bidder::default();
        }
    }
}

fn show(setting: &Setting, host: HostId, range: Option<Range>) -> String {
    range.map_or_else(|| "nothing".to_owned(), |range| setting.show(host, range))
}

impl Observer<Participant> for EarnedAllocation {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        if self.finding.is_final() || !self.watch.stands(seen) {
            return;
        }
        if let Seen::Injected { .. } = &seen.what {
            self.forged.push(seen.id);
        }
        let Some(host) = seen.host else { return };
        match &seen.what {
            Seen::Delivered { of, from, message, .. } => {
                let own = self.setting.host(host).is_some_and(|h| h.config.is_own(*from));
                if !own && self.forged.binary_search(of).is_err() {
                    self.disturb(host, message, seen.at);
                }
            }
            Seen::Sent { message, .. } => self.bid(host, message, seen.at),
            Seen::Event { event, .. } => self.event(seen, host, event),
            Seen::Started { .. } | Seen::Crashed { .. } => self.forget(host),
            _ => {}
        }
    }
}

impl Oracle<Participant> for EarnedAllocation {
    fn name(&self) -> &'static str {
        "earned-allocation"
    }

    fn assumption(&self) -> &'static str {
        "Every genuine message counts for who hears it: no authentication, skew or size limit, \
         and none of the experiments that let a bidder go on after a collision."
    }

    fn verdict(&self) -> Verdict {
        self.finding.verdict(self.watch.outside(), "nothing was allocated")
    }
}

#[cfg(test)]
mod tests;
