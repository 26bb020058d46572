use std::iter::Peekable;

use aap::{Attempt, Maas, Participant, Phase, PrefixCoordinator};
use sansio::{Instant, UtcSecs};

use super::echo::Echoes;
use crate::config::{NodeRole, ScopeConfig};
use crate::counters::Counters;
use crate::event::Served;
use crate::handle::ScopeId;
use crate::snapshot::{ClaimView, Entry, EntryKind, RecordPage, ScopeSnapshot, State};

/// One participant of a node.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) served: Served,
    pub(super) machine: Participant,
    pub(super) counters: Counters,
    pub(super) echoes: Echoes,
    /// Why its last datagram could not be sent, if it could not.
    pub(super) mute: Option<String>,
}

impl Member {
    pub(super) fn new(id: ScopeId, role: NodeRole, scope: &ScopeConfig, now: UtcSecs) -> Self {
        let config = &scope.machine;
        let served = Served {
            id,
            name: config.scope.name.clone(),
            family: config.scope.family,
            range: config.scope.range,
            kind: config.scope.kind,
            group: config.group,
            own: config.own,
        };
        Self {
            served,
            machine: machine(role, scope, now),
            counters: Counters::default(),
            echoes: Echoes::default(),
            mute: None,
        }
    }

    pub(super) fn snapshot(&self, now: Instant) -> ScopeSnapshot {
        let mut view = ScopeSnapshot {
            served: self.served.clone(),
            state: self.state(now),
            held: Vec::new(),
            conflicted: Vec::new(),
            deleting: Vec::new(),
            preallocated: Vec::new(),
            claiming: Vec::new(),
            preallocating: Vec::new(),
            record_entries: 0,
            free: 0,
            defences: 0,
            space: None,
            counters: self.counters.clone(),
        };
        match &self.machine {
            Participant::Maas(maas) => {
                view.held = maas.held().collect();
                view.conflicted = maas.conflicted().collect();
                view.deleting = maas.deleting().collect();
                view.preallocated = maas.preallocated().collect();
                let view_of = |attempt: Attempt| ClaimView {
                    request: attempt.request,
                    ranges: attempt.ranges,
                    attempt: attempt.number,
                    left: attempt.due.map(|due| due.since(now)),
                };
                view.claiming = maas.claims_under_way().map(view_of).collect();
                view.preallocating = maas.preallocations_under_way().map(view_of).collect();
                view.record_entries = maas.record().len();
                view.free = maas.record().free_total();
                view.defences = maas.defences();
                view.space = maas.record().space().map(<[_]>::to_vec);
            }
            Participant::Coordinator(coordinator) => {
                view.space = coordinator.announced().map(<[_]>::to_vec);
            }
        }
        view
    }

    pub(super) fn state(&self, now: Instant) -> State {
        match &self.machine {
            Participant::Maas(maas) => {
                let silence_left = (maas.phase() == Phase::Listening).then(|| {
                    let startup = maas.timers().find(|(name, _)| *name == "Startup");
                    startup.map_or(sansio::Duration::ZERO, |(_, due)| due.since(now))
                });
                State::Maas { phase: maas.phase(), silence_left }
            }
            Participant::Coordinator(coordinator) => {
                State::Coordinator { role: coordinator.role(), follows: coordinator.follows() }
            }
        }
    }

    /// A part of the Allocation Record, own entries included.
    pub(super) fn record(&self, after: Option<addrspace::Addr>, limit: usize) -> RecordPage {
        let Participant::Maas(maas) = &self.machine else { return RecordPage::default() };
        let own = maas.own_above(after).map(|lease| Entry {
            range: lease.range,
            end: lease.end,
            owner: None,
            kind: EntryKind::Allocated,
        });
        let heard =
            |kind| move |(range, end, owner)| Entry { range, end, owner: Some(owner), kind };
        let allocated = maas.record().allocations_above(after).map(heard(EntryKind::Allocated));
        let intended =
            maas.record().preallocations_above(after).map(heard(EntryKind::Preallocated));
        let mut sources: [Source<'_>; 3] = [
            (Box::new(own) as Box<dyn Iterator<Item = Entry>>).peekable(),
            (Box::new(allocated) as Box<dyn Iterator<Item = Entry>>).peekable(),
            (Box::new(intended) as Box<dyn Iterator<Item = Entry>>).peekable(),
        ];
        let (mut entries, mut next): (Vec<Entry>, _) = (Vec::new(), None);
        while let Some(first) = lowest(&mut sources) {
            if entries.len() >= limit.max(1) {
                next = entries.last().map(|entry| entry.range.first());
                break;
            }
            // Entries of one first address stay together, so that `after` can tell where to go on.
            for source in &mut sources {
                entries.extend(std::iter::from_fn(|| source.next_if(|e| e.range.first() == first)));
            }
        }
        entries.sort_by_key(|entry| (entry.range, entry.kind, entry.owner));
        RecordPage { entries, next }
    }
}

/// Entries in the order of their first addresses.
type Source<'a> = Peekable<Box<dyn Iterator<Item = Entry> + 'a>>;

/// The lowest first address that any of `sources` comes to next.
fn lowest(sources: &mut [Source<'_>]) -> Option<addrspace::Addr> {
    sources.iter_mut().filter_map(|source| source.peek().map(|entry| entry.range.first())).min()
}

fn machine(role: NodeRole, scope: &ScopeConfig, now: UtcSecs) -> Participant {
    let config = scope.machine.clone();
    match role {
        NodeRole::Maas => Participant::Maas(Box::new(Maas::new(config))),
        NodeRole::Coordinator => {
            let space = scope.space.iter().map(|(range, end)| (*range, end.from(now))).collect();
            Participant::Coordinator(Box::new(PrefixCoordinator::new(config, space)))
        }
    }
}
