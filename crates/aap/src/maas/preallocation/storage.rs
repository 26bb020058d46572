//! Preallocations in stable storage, and their return from it (section 3.1, finding F-07).

use addrspace::{Range, RangeSet};
use sansio::{Cx, Instant, UtcSecs};

use super::Preallocation;
use crate::command::{Choice, Demand, Layout, RequestId};
use crate::maas::timer::Timer;
use crate::maas::{Maas, persist};
use crate::participant::Out;
use crate::stored::{Item, ItemKey};

impl Preallocation {
    /// Makes stable storage hold `wanted` of it; what was stored and is not wanted is forgotten
    /// first, as nothing may be preallocated and allocated at once.
    pub(super) fn store(&mut self, wanted: RangeSet, rule: &'static str, out: &mut Out) {
        let (end, request) = (self.end, self.request.map(|r| r.0));
        let old = std::mem::replace(&mut self.stored, wanted);
        for gone in old.iter().filter(|old| self.stored.iter().all(|r| r.first() != old.first())) {
            persist(out, Item::Forget(ItemKey::Preallocated(gone.first())), rule);
        }
        for range in self.stored.iter() {
            persist(out, Item::Preallocated { range, end, request }, rule);
        }
    }
}

impl Maas {
    /// A preallocation from stable storage; it is announced, tentatively, after the start-up
    /// silence (F-07).
    pub(in crate::maas) fn restore_preallocation(
        &mut self,
        cx: &Cx<'_>,
        request: Option<RequestId>,
        range: Range,
        end: UtcSecs,
        out: &mut Out,
    ) {
        if self.record.own().overlaps(range) {
            // Power failed while it was being allocated.
            persist(out, Item::Forget(ItemKey::Preallocated(range.first())), "AAP-3.2.6.1-03");
            return;
        }
        let demand = Demand {
            count: u32::try_from(range.len()).unwrap_or(u32::MAX),
            layout: Layout::Scattered,
            end,
            preferred: vec![range],
            choice: Choice::IfFree,
        };
        let id = self.add_preallocation(request, demand, Instant::ZERO);
        self.record.take(range);
        if let Some(p) = self.preallocations.get_mut(&id) {
            p.set = RangeSet::from(range);
            p.stored = RangeSet::from(range);
        }
        self.arm_at_utc(cx, Timer::PreallocationEnd(id), end);
    }

    /// Announces what was restored and is still available.
    pub(in crate::maas) fn begin_restored_preallocations(
        &mut self,
        cx: &mut Cx<'_>,
        out: &mut Out,
    ) {
        if self.config.is_large() && self.record.space.is_some() {
            let offered = self.offered(cx.now.utc);
            for id in self.preallocations.keys().copied().collect::<Vec<_>>() {
                let Some(p) = self.preallocations.get(&id) else { continue };
                let missing = p.set.difference(&offered);
                self.shrink_preallocation(id, &missing, "AAP-3.2.6-09", out);
            }
        }
        let restored: Vec<_> =
            self.preallocations.iter().map(|(&id, p)| (id, p.set.clone())).collect();
        for (id, set) in restored {
            self.announce_intent(cx, id, set, "F-07", out);
        }
    }
}
