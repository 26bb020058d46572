//! Choosing addresses (section 3.2.7).
//!
//! Order of preference: first addresses nobody uses or wants; for claims then those others
//! preallocate and announced recently, then those they announced long ago. Within a class the
//! available range that ends earliest and still lasts long enough, within that the neighbours of
//! our own addresses, and among equals chance decides.

mod aliases;
mod fresh;
mod intended;

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

/// The addresses that may be allocated now, with their ends: the whole scope if it is small, what
/// the ASA processed last lists if it is large (section 3.2.10).
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
