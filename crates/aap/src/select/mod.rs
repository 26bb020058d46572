//! Choosing addresses (section 3.2.7).
//!
//! Order of preference: first addresses nobody uses or wants (AAP-3.2.7-01); then, but only for
//! claims (AAP-3.2.7-03), those others preallocate and announced recently (AAP-3.2.7-04),
//! then those they announced long ago (AAP-3.2.7-05). Within a class the available
//! range that ends earliest and still lasts long enough (AAP-3.2.7-06), within that the neighbours
//! of our own addresses (AAP-3.2.7-07), and among equals chance decides (AAP-3.2.7-08).

mod aliases;
mod fresh;
mod intended;
#[cfg(test)]
mod tests;

use addrspace::{Range, RangeSet, ScopeKind};
use sansio::{Cx, Question, UtcSecs};

use crate::command::Layout;
use crate::config::Config;
use crate::event::Refusal;
use crate::record::AllocationRecord;
use crate::skew::ENDLESS;

/// The choice of an address among equals.
pub(crate) const ADDRESS: Question = Question("address");

/// What is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// How many addresses in all.
    pub(crate) count: u128,
    /// Whether they must be consecutive.
    pub(crate) layout: Layout,
    /// Until when they are needed.
    pub(crate) end: UtcSecs,
    /// Addresses to take if they are free.
    pub(crate) preferred: &'a [Range],
    /// Addresses that will not do.
    pub(crate) excluded: &'a RangeSet,
    /// Addresses already settled on, part of `count`.
    pub(crate) kept: &'a RangeSet,
    /// What the addresses are for.
    pub(crate) purpose: Purpose,
}

/// What addresses are selected for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// A claim: may fall back on what others preallocate.
    Claim,
    /// A preallocation: must not.
    Preallocation,
}

/// A stretch of available addresses with its end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Stretch {
    end: UtcSecs,
    range: Range,
}

/// Chooses addresses for `wish`, or says why there are none.
pub(crate) fn select(
    cx: &mut Cx<'_>,
    config: &Config,
    record: &mut AllocationRecord,
    wish: &Wish<'_>,
) -> Result<RangeSet, Refusal> {
    let available = available(config, record, cx.now.utc)?;
    let tolerance = i64::from(config.policy.end_tolerance);
    let mut lasting: Vec<Stretch> = available
        .iter()
        .filter(|s| s.end == UtcSecs(ENDLESS) || s.end.plus(tolerance) >= wish.end)
        .copied()
        .collect();
    lasting.sort();
    if lasting.is_empty() {
        return Err(if available.is_empty() {
            Refusal::NoneFree
        } else {
            Refusal::LifetimeTooShort
        });
    }
    let mut chosen = fresh::choose(cx, config, record, wish, &lasting);
    let complete = |chosen: &RangeSet| chosen.len() == wish.count;
    if !complete(&chosen) && wish.purpose == Purpose::Claim {
        intended::add(cx, config, record, wish, &lasting, &mut chosen);
    }
    if complete(&chosen) {
        return Ok(chosen);
    }
    Err(if lasting.len() < available.len() { Refusal::LifetimeTooShort } else { Refusal::NoneFree })
}

/// The addresses that may be allocated now, with their ends: the whole scope for ever if it is
/// small (AAP-3.2.10-02), so that nobody need coordinate it (AAP-2.1.2-03); the domain's share, as
/// the ASA processed last lists it, if it is large (AAP-2.1.1-01). That ASA may have expired: it
/// serves until the ends in it have come (AAP-3.2.10.2-03).
fn available(
    config: &Config,
    record: &AllocationRecord,
    now: UtcSecs,
) -> Result<Vec<Stretch>, Refusal> {
    match config.scope.kind {
        ScopeKind::Small => Ok(config
            .allocatable()
            .into_iter()
            .map(|range| Stretch { end: UtcSecs(ENDLESS), range })
            .collect()),
        ScopeKind::Large => {
            let leases = record.space().ok_or(Refusal::NoAddressSpace)?;
            let inside = leases
                .iter()
                .filter(|l| l.end > now)
                .filter_map(|l| Some(Stretch { end: l.end, range: record.inside(l.range)? }));
            Ok(inside.collect())
        }
    }
}

/// Whether `wanted` lies in stretches that last long enough.
fn lies_in(wanted: Range, lasting: &[Stretch]) -> bool {
    let mut left = RangeSet::new();
    left.insert(wanted);
    for stretch in lasting {
        left.remove(stretch.range);
    }
    left.is_empty()
}
