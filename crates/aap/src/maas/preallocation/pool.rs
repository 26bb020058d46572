//! Allocating what is preallocated, and keeping a pool of it (sections 2.2 and 3.2.6.1).

use addrspace::{Range, RangeSet};
use sansio::{Cx, Instant};

use super::Preallocation;
use crate::command::{Choice, Demand, Layout, RequestId};
use crate::event::{Event, GrantPath};
use crate::maas::holdings::Holding;
use crate::maas::timer::Timer;
use crate::maas::{Maas, Phase, tell};
use crate::participant::Out;
use crate::policy::FastPath;

impl Maas {
    /// Grants `demand` from held preallocations, without a claim, if they can satisfy it
    /// (AAP-3.2.6.1-01).
    pub(in crate::maas) fn grant_from_pool(
        &mut self,
        cx: &mut Cx<'_>,
        request: RequestId,
        demand: &Demand,
        out: &mut Out,
    ) -> bool {
        let end = self.spread_end(cx, demand.end);
        let usable = self.preallocations.iter().find_map(|(&id, p)| {
            let usable = self.is_usable(p, cx.now.instant, demand);
            let set = usable.then(|| take_from(&p.set, demand)).flatten()?;
            let leases = self.lasting_leases(&set, end, cx.now.utc)?;
            Some((id, set, leases))
        });
        let Some((id, set, leases)) = usable else { return false };
        let holdings = leases.iter().map(|l| Holding::new(l.range, l.end, request)).collect();
        self.shrink_preallocation(id, &set, "AAP-3.2.6.1-03", out);
        self.allocate(cx, holdings, "AAP-3.2.6.1-02", out);
        tell(
            out,
            Event::Granted { request, leases, path: GrantPath::Preallocation },
            "AAP-3.2.6.1-01",
        );
        self.refill_pool(cx);
        true
    }

    /// Whether `p` may be allocated from without a claim (AAP-2-10, F-19).
    fn is_usable(&self, p: &Preallocation, now: Instant, demand: &Demand) -> bool {
        let announced = match self.config.policy.fast_path {
            FastPath::TimerExpired => true,
            FastPath::AnnouncedRecently => {
                p.sent >= 2 && now.since(p.last_sent) <= self.config.timing.recent()
            }
        };
        p.is_held()
            && announced
            && demand.end <= p.end.plus(i64::from(self.config.policy.end_tolerance))
    }

    /// The pool is looked after again soon.
    pub(in crate::maas) fn refill_pool(&mut self, cx: &Cx<'_>) {
        if self.config.policy.pool_size > 0 && self.phase == Phase::Ready {
            let soon = self.config.timing.resend_wait;
            self.arm(cx, Timer::Pool, soon);
        }
    }

    /// Preallocates what the pool lacks (AAP-2.2-02). Its size and the lifetime of its addresses
    /// are bounded, as they are lost to all if we die (AAP-3.2.5.1-02).
    pub(in crate::maas) fn fill_pool(&mut self, cx: &mut Cx<'_>, out: &mut Out) {
        let pooled: u128 =
            self.preallocations.values().filter(|p| p.request.is_none()).map(|p| p.set.len()).sum();
        let missing = u128::from(self.config.policy.pool_size).saturating_sub(pooled);
        if let Ok(count @ 1..) = u32::try_from(missing) {
            let end = cx.now.utc.plus(i64::from(self.config.policy.pool_lifetime));
            let demand = Demand {
                count,
                layout: Layout::Scattered,
                end,
                preferred: Vec::new(),
                choice: Choice::IfFree,
            };
            self.preallocate(cx, None, demand, out);
        }
        let interval = self.config.timing.repeat_interval;
        self.arm(cx, Timer::Pool, interval);
    }
}

/// The part of `set` that satisfies `demand`, if any does: preferred addresses first, then the
/// lowest.
fn take_from(set: &RangeSet, demand: &Demand) -> Option<RangeSet> {
    let count = u128::from(demand.count);
    if demand.layout == Layout::Contiguous {
        let run = set.iter().find(|r| r.len() >= count)?;
        return Range::with_len(run.first(), count).map(RangeSet::from);
    }
    if !demand.preferred.is_empty() && !demand.preferred.iter().all(|p| set.contains_range(*p)) {
        return None;
    }
    let mut taken = RangeSet::new();
    for range in demand.preferred.iter().copied().chain(set.iter()) {
        for part in taken.gaps(range).collect::<Vec<_>>() {
            let missing = count - taken.len();
            if missing > 0 {
                taken.extend(Range::with_len(part.first(), part.len().min(missing)));
            }
        }
    }
    (taken.len() == count).then_some(taken)
}
