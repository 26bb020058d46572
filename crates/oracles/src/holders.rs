use std::sync::Arc;

use aap::{Event, Item, Participant};
use addrspace::{Range, RangeSet};
use netsim::{HostId, Observation, Seen};

use super::setting::Setting;

/// Who holds what, by what the hosts tell their users.
#[derive(Clone, Debug)]
pub struct Holders {
    setting: Arc<Setting>,
    hosts: Vec<Member>,
}

#[derive(Clone, Debug)]
struct Member {
    presence: Presence,
    held: RangeSet,
}

/// Whether a host takes part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Presence {
    /// It does not.
    Absent,
    /// It hears, but does not speak yet.
    Listening,
    /// It does.
    Active,
}

/// What changed about the holdings of the observation's host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// It started, holding this from an earlier life.
    Restored(RangeSet),
    /// It begins to speak.
    Active,
    /// It was granted addresses.
    Granted(Vec<Range>),
    /// It no longer holds these.
    Lost(Range),
    /// It is gone, with all it held.
    Gone,
}

impl Holders {
    /// Nobody holds anything yet.
    #[must_use]
    pub fn new(setting: &Arc<Setting>) -> Self {
        let member = Member { presence: Presence::Absent, held: RangeSet::new() };
        Self { setting: Arc::clone(setting), hosts: vec![member; setting.hosts.len()] }
    }

    /// What `host` holds.
    #[must_use]
    pub fn held(&self, host: HostId) -> Option<&RangeSet> {
        self.hosts.get(host.index()).map(|m| &m.held)
    }

    /// Whether `host` takes part and speaks.
    #[must_use]
    pub fn is_active(&self, host: HostId) -> bool {
        self.hosts.get(host.index()).is_some_and(|m| m.presence == Presence::Active)
    }

    /// Each part of `range` that a rival of `host` holds, with the rival.
    pub fn rivals(&self, host: HostId, range: Range) -> impl Iterator<Item = (HostId, Range)> + '_ {
        let others = self.hosts.iter().enumerate().map(|(i, m)| (HostId::new(i), m));
        others
            .filter(move |(other, _)| self.setting.are_rivals(host, *other))
            .flat_map(move |(other, m)| m.held.overlapping(range).map(move |part| (other, part)))
    }

    /// Takes note of what happened.
    pub fn observe(&mut self, seen: &Observation<'_, Participant>) -> Option<Change> {
        let host = seen.host?;
        let change = match &seen.what {
            Seen::Started { restored } => Change::Restored(self.alive(seen, restored)),
            Seen::Crashed { .. } => Change::Gone,
            Seen::Event { event, .. } => change_of(event)?,
            _ => return None,
        };
        let member = self.hosts.get_mut(host.index())?;
        match &change {
            Change::Restored(held) => {
                *member = Member { presence: Presence::Listening, held: held.clone() };
            }
            Change::Active => member.presence = Presence::Active,
            Change::Granted(ranges) => member.held.extend(ranges.iter().copied()),
            Change::Lost(range) => member.held.remove(*range),
            Change::Gone => {
                *member = Member { presence: Presence::Absent, held: RangeSet::new() };
            }
        }
        Some(change)
    }

    /// The stored allocations that have not ended by the clock of the host that restarts.
    fn alive(&self, seen: &Observation<'_, Participant>, restored: &[Item]) -> RangeSet {
        let host = seen.host.and_then(|host| self.setting.host(host));
        let Some(now) = host.map(|h| h.utc(self.setting.epoch, seen.at)) else {
            return RangeSet::new();
        };
        let own = restored.iter().filter_map(|item| match item {
            Item::Own { range, end, .. } if *end > now => Some(*range),
            _ => None,
        });
        own.collect()
    }
}

fn change_of(event: &Event) -> Option<Change> {
    Some(match event {
        Event::Ready => Change::Active,
        Event::Granted { leases, .. } => Change::Granted(leases.iter().map(|l| l.range).collect()),
        Event::Lost { lease, .. } => Change::Lost(lease.range),
        Event::Ended { range } => Change::Lost(*range),
        Event::Retired => Change::Gone,
        _ => return None,
    })
}
