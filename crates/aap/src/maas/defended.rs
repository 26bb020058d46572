//! What a running defence is still about (section 3.2.2, findings F-21 and F-22).

use addrspace::{Range, RangeSet};
use sansio::Cx;

use super::Maas;
use super::defence::{DefenceKey, Part};
use crate::event::Lease;
use crate::policy::Deletion;

impl Maas {
    /// The part of a defence's subject that is still allocated, by us or by others. A dead owner's
    /// allocation is defended until its end and no longer (AAP-2.2-04), and by whoever missed its
    /// deletion, too (AAP-3.2.8-07).
    pub(super) fn still_allocated(&self, cx: &Cx<'_>, key: DefenceKey) -> Vec<Lease> {
        let Some(defence) = self.defences.get(&key) else { return Vec::new() };
        let armed = defence.subject().iter().copied();
        let mut subject: Vec<Lease> = match self.config.policy.deletion {
            Deletion::Literal => {
                armed.filter(|lease| self.is_still_allocated(key, *lease)).collect()
            }
            Deletion::Tombstone => {
                armed.flat_map(|lease| self.as_it_stands(cx, key.part, lease)).collect()
            }
        };
        subject.retain(|lease| lease.end > cx.now.utc);
        subject
    }

    /// To the letter, what was one when the timer was armed stays one, and keeps the end it had.
    fn is_still_allocated(&self, key: DefenceKey, lease: Lease) -> bool {
        // The one timer of the letter does not know whose the addresses were.
        let theirs = key.part != Part::Own && self.record.is_allocated(lease.range);
        theirs || self.holdings.overlaps(lease.range)
    }

    /// The parts of `lease` that are allocated now, under the ends known now: a defender sends the
    /// recorded end (F-21), and the end of the arming would revive what its owner has deleted since
    /// with everybody who has heard of that (F-22).
    fn as_it_stands(&self, cx: &Cx<'_>, part: Part, lease: Lease) -> Vec<Lease> {
        let mut foreign: RangeSet = [lease.range].into_iter().collect();
        let mut parts = Vec::new();
        for holding in self.holdings.overlapping(lease.range) {
            foreign.remove(holding.range);
            let own = holding.range.intersection(lease.range);
            parts.extend(own.map(|range| Lease { range, end: holding.end }));
        }
        // What we undid is no longer ours to announce, whoever has it now (AAP-3.2.3-03).
        if part != Part::Own {
            for range in foreign.iter() {
                let known = self.record.allocated_in(range, cx.now.instant, &self.config.timing);
                parts.extend(known.iter().map(|k| Lease { range: k.range, end: k.end }));
            }
        }
        parts.sort_unstable_by_key(|part| part.range.first());
        join(parts)
    }

    /// The defences about addresses that nobody holds any more end.
    pub(super) fn drop_idle_defences(&mut self, cx: &Cx<'_>) {
        let idle: Vec<DefenceKey> = self
            .defences
            .keys()
            .filter(|&&key| self.still_allocated(cx, key).is_empty())
            .copied()
            .collect();
        for key in idle {
            self.cancel_defence(key);
        }
    }
}

/// `leases`, disjoint and in order, with neighbours of the same end as one.
fn join(leases: Vec<Lease>) -> Vec<Lease> {
    let mut joined: Vec<Lease> = Vec::new();
    for lease in leases {
        match joined.last_mut() {
            Some(last) if last.end == lease.end && last.range.touches(lease.range) => {
                let whole = Range::new(last.range.first(), lease.range.last());
                last.range = whole.unwrap_or(last.range);
            }
            _ => joined.push(lease),
        }
    }
    joined
}
