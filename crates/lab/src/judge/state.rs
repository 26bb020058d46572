//! Expectations about what a host knows and holds at one instant.

use aap::{Event, Maas, Participant};
use addrspace::{Range, RangeSet};
use netsim::HostId;
use sansio::UtcSecs;

use super::expect::{combine, groups};
use super::filter::resolve;
use crate::domain::Domain;
use crate::place::places;
use crate::tape::{Happened, Moment};
use scenario::{Expect, Metric, Plan, Predicate, State, Subject, Time};

/// The machines of a subject at one instant.
#[derive(Debug)]
pub(super) struct Snapshot(Vec<(String, Vec<Option<Participant>>)>);

impl Snapshot {
    pub(super) fn take(plan: &Plan, domain: &Domain, subject: &Subject) -> Self {
        let machine = |id: &HostId| domain.machine_of(*id).cloned();
        Self(
            groups(plan, domain, subject)
                .into_iter()
                .map(|(host, ids)| (host, ids.iter().map(machine).collect()))
                .collect(),
        )
    }

    pub(super) fn same_as(&self, later: &Self) -> Result<(), String> {
        for ((host, before), (_, after)) in self.0.iter().zip(&later.0) {
            if before != after {
                return Err(format!("the state of {host} has changed"));
            }
        }
        Ok(())
    }
}

/// Judges an expectation about the world as it is now.
pub(super) fn probe(
    plan: &Plan,
    domain: &Domain,
    tape: &[Moment],
    claim: &Expect,
    now: Time,
) -> Result<(), String> {
    if let (Subject::Total, Predicate::Metric { metric, reason, bound, .. }) =
        (&claim.subject, &claim.predicate)
    {
        let all: Vec<HostId> = domain.members.iter().map(|m| m.id).collect();
        let value =
            all.iter().map(|id| measure(domain, tape, *id, *metric, reason.as_deref())).sum();
        return if bound.admits(value) { Ok(()) } else { Err(format!("it is {value}")) };
    }
    let each = groups(plan, domain, &claim.subject)
        .into_iter()
        .map(|(host, ids)| {
            let outcome = look(plan, domain, tape, claim, &ids, now);
            (host, outcome)
        })
        .collect();
    combine(&claim.subject, each)
}

fn look(
    plan: &Plan,
    domain: &Domain,
    tape: &[Moment],
    claim: &Expect,
    ids: &[HostId],
    now: Time,
) -> Result<(), String> {
    match &claim.predicate {
        Predicate::State { state, addresses, .. } => {
            let wanted = resolve(plan, domain, addresses)?;
            in_state(plan, domain, ids, *state, &wanted)
        }
        Predicate::Until { addresses, earliest, latest, .. } => {
            let wanted = resolve(plan, domain, addresses)?;
            let window = (domain.utc(*earliest, now), domain.utc(*latest, now));
            ends(plan, domain, ids, &wanted, window)
        }
        Predicate::Metric { metric, reason, bound, .. } => {
            let value =
                ids.iter().map(|id| measure(domain, tape, *id, *metric, reason.as_deref())).sum();
            if bound.admits(value) { Ok(()) } else { Err(format!("it is {value}")) }
        }
        _ => Err("this needs no look at the world".to_owned()),
    }
}

fn maas(domain: &Domain, id: HostId) -> Option<&Maas> {
    domain.machine_of(id).and_then(Participant::maas)
}

fn in_state(
    plan: &Plan,
    domain: &Domain,
    ids: &[HostId],
    state: State,
    wanted: &RangeSet,
) -> Result<(), String> {
    let machines: Vec<&Maas> = ids.iter().filter_map(|&id| maas(domain, id)).collect();
    if machines.is_empty() {
        return match state {
            State::Lacks => Ok(()),
            _ => Err("it is down".to_owned()),
        };
    }
    let held: RangeSet = machines.iter().flat_map(|m| own(m)).collect();
    // A machine drops what has ended when it wakes up next, and believes in it no longer.
    let now = ids.first().map_or(UtcSecs(i64::MIN), |&id| domain.wall_clock(id));
    let alive = |(range, end, _): (Range, UtcSecs, aap::Peer)| (end > now).then_some(range);
    let heard: RangeSet =
        machines.iter().flat_map(|m| m.record().allocations().filter_map(alive)).collect();
    let wanted_by_others: RangeSet =
        machines.iter().flat_map(|m| m.record().preallocations().filter_map(alive)).collect();
    let preallocated: RangeSet =
        machines.iter().flat_map(|m| m.preallocated().map(|lease| lease.range)).collect();
    let claimed: RangeSet =
        machines.iter().flat_map(|m| m.claiming().flat_map(|(_, r)| r)).collect();
    let all = |set: &RangeSet| wanted.iter().all(|r| set.contains_range(r));
    let none = |set: &RangeSet| wanted.iter().all(|r| !set.overlaps(r));
    let met = match state {
        State::Holds => all(&held),
        State::Lacks => none(&held),
        State::Preallocates => all(&preallocated),
        State::Claims => all(&claimed),
        State::Heard => all(&heard.union(&held)),
        State::Free => {
            none(&heard) && none(&wanted_by_others) && none(&held) && none(&preallocated)
        }
        State::Available => machines.iter().any(|m| all(&available(m, domain, ids))),
    };
    if met {
        return Ok(());
    }
    let show = |set: &RangeSet| places(plan, set.iter());
    let (held, preallocated, heard) = (show(&held), show(&preallocated), show(&heard));
    Err(format!("it holds {held}, preallocates {preallocated}, has heard of {heard}"))
}

fn own(maas: &Maas) -> Vec<Range> {
    maas.held().chain(maas.conflicted()).map(|l| l.range).collect()
}

fn available(maas: &Maas, domain: &Domain, ids: &[HostId]) -> RangeSet {
    let now = ids.first().map_or(UtcSecs(0), |&id| domain.wall_clock(id));
    match maas.record().space() {
        Some(leases) => leases.iter().filter(|l| l.end > now).map(|l| l.range).collect(),
        None if maas.config().is_large() => RangeSet::new(),
        None => maas.config().allocatable().into_iter().collect(),
    }
}

/// Whether every address wanted has an end inside the window, on a right clock.
fn ends(
    plan: &Plan,
    domain: &Domain,
    ids: &[HostId],
    wanted: &RangeSet,
    window: (UtcSecs, UtcSecs),
) -> Result<(), String> {
    let mut left = wanted.clone();
    for &id in ids {
        let Some(machine) = maas(domain, id) else { continue };
        let host = domain.world.host(id).now();
        let true_now =
            domain.world.config().epoch.0 + (domain.world.now().as_micros() / 1_000_000) as i64;
        let off = host.utc.0 - true_now;
        let held = machine
            .held()
            .chain(machine.deleting())
            .chain(machine.conflicted())
            .map(|l| (l.range, l.end));
        let heard = machine.record().allocations().map(|(r, e, _)| (r, e));
        for (range, end) in held.chain(heard) {
            if !wanted.overlaps(range) {
                continue;
            }
            let end = end.plus(-off);
            if end < window.0 || end > window.1 {
                let from_start = end.0 - crate::domain::EPOCH;
                return Err(format!("the end is {from_start} s after the start of the run"));
            }
            left.remove(range);
        }
    }
    match left.is_empty() {
        true => Ok(()),
        false => Err(format!("no end is known for {}", places(plan, left.iter()))),
    }
}

fn measure(
    domain: &Domain,
    tape: &[Moment],
    id: HostId,
    metric: Metric,
    reason: Option<&str>,
) -> u64 {
    if metric == Metric::Drops {
        return tape.iter().filter(|m| m.host == id && is_drop(&m.what, reason)).count() as u64;
    }
    let Some(machine) = maas(domain, id) else { return 0 };
    let addresses = |ranges: Vec<Range>| -> u64 {
        u64::try_from(ranges.iter().map(|r| r.len()).sum::<u128>()).unwrap_or(u64::MAX)
    };
    match metric {
        Metric::Held => addresses(own(machine)),
        Metric::Pooled => addresses(machine.preallocated().map(|lease| lease.range).collect()),
        Metric::Entries => machine.record().len() as u64,
        Metric::Requests => machine.record().requests().count() as u64,
        Metric::Choices => available(machine, domain, &[id])
            .iter()
            .map(|range| machine.record().free_in(range))
            .sum(),
        Metric::Defenses => machine.defences() as u64,
        Metric::Attempts => machine.attempts() as u64,
        Metric::Drops => 0,
    }
}

fn is_drop(what: &Happened, reason: Option<&str>) -> bool {
    match what {
        Happened::Malformed(why) => reason.is_none_or(|r| r == *why),
        Happened::Concluded(Event::Ignored { reason: why, .. }) => {
            reason.is_none_or(|r| r == why.name())
        }
        _ => false,
    }
}
