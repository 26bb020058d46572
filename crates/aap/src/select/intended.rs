//! The second and third class: addresses that others preallocate (section 3.2.7). They are avoided
//! while there are others, but not off limits (AAP-3.2.6-01, -02).

use addrspace::{Addr, Range, RangeSet};
use sansio::Cx;

use super::fresh::draw_below;
use super::{ADDRESS, Stretch, Wish};
use crate::command::Layout;
use crate::config::Config;
use crate::record::AllocationRecord;

/// Adds what `chosen` lacks from addresses that others preallocate: those announced recently
/// first, since their holders will hear the claim and stand back.
pub(super) fn add(
    cx: &mut Cx<'_>,
    config: &Config,
    record: &AllocationRecord,
    wish: &Wish<'_>,
    lasting: &[Stretch],
    chosen: &mut RangeSet,
) {
    let (recent, stale) = record.intended(cx.now.instant, config.timing.recent());
    for mut class in [recent, stale] {
        restrict(&mut class, record, wish, lasting);
        match wish.layout {
            Layout::Scattered => scattered(cx, wish, class, chosen),
            Layout::Contiguous => contiguous(wish, &class, chosen),
        }
    }
}

fn restrict(class: &mut RangeSet, record: &AllocationRecord, wish: &Wish<'_>, lasting: &[Stretch]) {
    let mut allowed = RangeSet::new();
    for stretch in lasting {
        allowed.insert(stretch.range);
    }
    *class = class.intersection(&allowed).difference(wish.excluded);
    for claimed in record.claims.addresses() {
        class.remove(claimed);
    }
}

fn scattered(cx: &mut Cx<'_>, wish: &Wish<'_>, mut class: RangeSet, chosen: &mut RangeSet) {
    while chosen.len() < wish.count && !class.is_empty() {
        let preferred =
            wish.preferred.iter().find_map(|p| class.overlapping(*p).next()?.intersection(*p));
        let addr = preferred
            .map(Range::first)
            .or_else(|| cx.draw.fixed(ADDRESS, &|addr| class.contains(Addr(addr))).map(Addr))
            .or_else(|| at_rank(&class, draw_below(cx, class.len())));
        let Some(addr) = addr else { break };
        chosen.insert(Range::single(addr));
        class.remove(Range::single(addr));
    }
}

/// A run may not mix classes here: it would have to be found across their borders, for a case
/// in which the scope is all but exhausted.
fn contiguous(wish: &Wish<'_>, class: &RangeSet, chosen: &mut RangeSet) {
    if chosen.len() == wish.count {
        return;
    }
    if let Some(run) = class.iter().find(|r| r.len() >= wish.count) {
        *chosen = RangeSet::new();
        chosen.extend(Range::with_len(run.first(), wish.count));
    }
}

fn at_rank(class: &RangeSet, mut rank: u128) -> Option<Addr> {
    for range in class.iter() {
        if rank < range.len() {
            return range.first().checked_add(rank);
        }
        rank -= range.len();
    }
    None
}
