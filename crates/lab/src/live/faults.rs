//! What events of a scenario do to the network, as the oracles see it.

use aap::Participant;
use netsim::{Delay, Fault, HostId, Link};
use sansio::Duration;

use super::Pace;
use crate::domain::Domain;
use scenario::{Event, LinkEnds, LinkRule, Name, Plan};

/// The faults of `event`; links had the rules `later` besides the plan's.
pub(super) fn of(
    domain: &Domain,
    plan: &Plan,
    pace: &Pace,
    later: &[LinkRule],
    event: &Event,
) -> Vec<Fault<Participant>> {
    let ids = |names: &[Name]| -> Vec<HostId> {
        names.iter().flat_map(|name| domain.ids(plan, name)).collect()
    };
    let pairs = |ends: &LinkEnds, fault: fn(HostId, HostId) -> Fault<Participant>| {
        domain.pairs(plan, ends).into_iter().map(|(from, to)| fault(from, to)).collect()
    };
    let cuts = |names: &[Name], way: fn(HostId, HostId) -> (HostId, HostId)| {
        let mut cuts = Vec::new();
        for host in ids(names) {
            let others = domain.members.iter().map(|m| m.id).filter(|other| *other != host);
            cuts.extend(others.map(|other| way(host, other)).map(|(a, b)| Fault::Cut(a, b)));
        }
        cuts
    };
    match event {
        Event::Partition(groups) => {
            vec![Fault::Partition(groups.iter().map(|group| ids(group)).collect())]
        }
        Event::Heal(None) => vec![Fault::Heal],
        Event::Mute(names) => cuts(names, |host, other| (host, other)),
        Event::Deafen(names) => cuts(names, |host, other| (other, host)),
        Event::Hold(ends) => pairs(ends, Fault::Hold),
        Event::Release(ends) => pairs(ends, Fault::Release),
        Event::Link(_) => vec![Fault::Links(link(domain, plan, pace, later))],
        _ => Vec::new(),
    }
}

/// What every link is like: the scenario's, its delays as much faster as everything, and as late
/// as the machine.
pub(super) fn link(domain: &Domain, plan: &Plan, pace: &Pace, later: &[LinkRule]) -> Link {
    let Some(any) = domain.members.first().map(|member| member.id) else {
        return Link::default();
    };
    let meant = domain.link_between(plan, any, any, later);
    let longest = match meant.delay {
        Delay::Constant(delay) => delay,
        Delay::Uniform { high, .. } => high,
        Delay::Tail { base, mean } => base + mean,
    };
    let high = longest.ratio(1, pace.factor.into()) + pace.lateness;
    Link { delay: Delay::Uniform { low: Duration::ZERO, high }, ..meant }
}
