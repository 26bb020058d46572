use aap::{Maas, Participant, Phase, PrefixCoordinator};
use sansio::{Instant, UtcSecs};

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
        Self { served, machine: machine(role, scope, now), counters: Counters::default() }
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
                view.claiming = maas
                    .claiming()
                    .map(|(request, ranges)| ClaimView { request, ranges })
                    .collect();
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
        let heard =
            |kind| move |(range, end, owner)| Entry { range, end, owner: Some(owner), kind };
        let own = [
            maas.held().collect::<Vec<_>>(),
            maas.conflicted().collect(),
            maas.deleting().collect(),
        ];
        let mut entries: Vec<Entry> = own
            .into_iter()
            .flatten()
            .map(|lease| Entry {
                range: lease.range,
                end: lease.end,
                owner: None,
                kind: EntryKind::Allocated,
            })
            .chain(maas.record().allocations().map(heard(EntryKind::Allocated)))
            .chain(maas.record().preallocations().map(heard(EntryKind::Preallocated)))
            .filter(|entry| after.is_none_or(|after| entry.range.first() > after))
            .collect();
        entries.sort_by_key(|entry| (entry.range, entry.kind, entry.owner));
        // Entries of one first address stay together, so that `after` can tell where to go on.
        let mut kept = limit.max(1).min(entries.len());
        while entries.get(kept).is_some_and(|e| e.range.first() == entries[kept - 1].range.first())
        {
            kept += 1;
        }
        let more = entries.len() > kept;
        entries.truncate(kept);
        let next = entries.last().filter(|_| more).map(|entry| entry.range.first());
        RecordPage { entries, next }
    }
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
