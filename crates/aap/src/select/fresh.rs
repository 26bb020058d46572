//! The first class: addresses that nobody uses, wants or has reserved.

use addrspace::{Addr, FreeIndex, Range, RangeSet};
use sansio::Cx;

use super::aliases::Aliases;
use super::{ADDRESS, Stretch, Wish, lies_in};
use crate::command::Layout;
use crate::config::Config;
use crate::record::AllocationRecord;

/// Chooses as many free addresses as are wanted and there are.
pub(super) fn choose(
    cx: &mut Cx<'_>,
    config: &Config,
    record: &mut AllocationRecord,
    wish: &Wish<'_>,
    lasting: &[Stretch],
) -> RangeSet {
    let own = record.own().clone();
    let mut excluded = wish.excluded.clone();
    for claimed in record.claims.addresses() {
        if let Some(inside) = record.inside(claimed) {
            excluded.insert(inside);
        }
    }
    record.free_without(&excluded, |free| {
        let aliases = Aliases::new(config);
        let mut choice = Choice { wish, lasting, free, own, aliases, chosen: wish.kept.clone() };
        match wish.layout {
            Layout::Scattered => choice.scattered(cx),
            Layout::Contiguous => choice.contiguous(cx),
        }
        let chosen = choice.chosen;
        // Choosing reserves nothing: whoever uses the choice takes it.
        for range in chosen.difference(wish.kept).iter() {
            free.vacate(range);
        }
        for range in wish.kept.iter() {
            free.occupy(range);
        }
        chosen
    })
}

struct Choice<'a> {
    wish: &'a Wish<'a>,
    lasting: &'a [Stretch],
    /// Chosen addresses are occupied in it as they are chosen.
    free: &'a mut FreeIndex,
    own: RangeSet,
    aliases: Aliases,
    chosen: RangeSet,
}

impl Choice<'_> {
    fn missing(&self) -> u128 {
        self.wish.count.saturating_sub(self.chosen.len())
    }

    fn scattered(&mut self, cx: &mut Cx<'_>) {
        self.take_preferred();
        while self.missing() > 0 {
            let legal = |addr: u128| self.is_eligible(Addr(addr));
            if let Some(fixed) = cx.draw.fixed(ADDRESS, &legal) {
                self.take(Range::single(Addr(fixed)));
                continue;
            }
            let found = self.tiers().into_iter().find_map(|tier| {
                let addr = self.beside_own(cx, &tier).or_else(|| self.anywhere(cx, &tier))?;
                Some(self.grow(addr, &tier))
            });
            let Some(grown) = found else { break };
            self.take(grown);
        }
    }

    fn contiguous(&mut self, cx: &mut Cx<'_>) {
        // A run is all or nothing: what was kept of an earlier set does not help.
        for range in std::mem::take(&mut self.chosen).iter() {
            self.free.vacate(range);
        }
        let count = self.wish.count;
        let preferred = self.wish.preferred.iter().filter(|p| p.len() >= count);
        let preferred =
            preferred.filter_map(|p| Range::with_len(p.first(), count)).find(|&r| self.is_run(r));
        let legal = |addr: u128| Range::with_len(Addr(addr), count).is_some_and(|r| self.is_run(r));
        let run = preferred
            .or_else(|| {
                cx.draw.fixed(ADDRESS, &legal).and_then(|addr| Range::with_len(Addr(addr), count))
            })
            .or_else(|| {
                self.tiers().into_iter().find_map(|tier| {
                    let beside = self.run_beside_own(cx, &tier, count);
                    beside.or_else(|| self.run_anywhere(cx, &tier, count))
                })
            })
            .or_else(|| self.run_anywhere(cx, &merged(self.lasting.iter()), count));
        if let Some(run) = run {
            self.take(run);
        }
    }

    fn take_preferred(&mut self) {
        for &wanted in self.wish.preferred {
            for stretch in self.lasting {
                let Some(part) = wanted.intersection(stretch.range) else { continue };
                let mut next = self.free.next_free(part.first());
                while let Some(addr) = next.filter(|&a| part.contains(a) && self.missing() > 0) {
                    if self.is_eligible(addr) {
                        self.take(Range::single(addr));
                    }
                    next = addr.checked_add(1).and_then(|a| self.free.next_free(a));
                }
            }
        }
    }

    /// Stretches grouped by end, earliest first.
    fn tiers(&self) -> Vec<Vec<Range>> {
        self.lasting.chunk_by(|a, b| a.end == b.end).map(|tier| merged(tier.iter())).collect()
    }

    /// One of the free neighbours of what we hold or have chosen.
    fn beside_own(&self, cx: &mut Cx<'_>, tier: &[Range]) -> Option<Addr> {
        let mut neighbours = Vec::new();
        for held in self.own.iter().chain(self.chosen.iter()) {
            for addr in
                [held.first().checked_sub(1), held.last().checked_add(1)].into_iter().flatten()
            {
                if tier.iter().any(|r| r.contains(addr)) && self.is_eligible(addr) {
                    neighbours.push(addr);
                }
            }
        }
        neighbours.sort_unstable();
        neighbours.dedup();
        match neighbours.len() {
            0 => None,
            1 => Some(neighbours[0]),
            n => Some(neighbours[cx.draw.between(ADDRESS, 0, n as u64 - 1) as usize]),
        }
    }

    /// Any free address of the tier, all equally likely.
    fn anywhere(&self, cx: &mut Cx<'_>, tier: &[Range]) -> Option<Addr> {
        let total: u128 = tier.iter().map(|&r| self.free.free_in(r)).sum();
        if total == 0 {
            return None;
        }
        for _ in 0..Aliases::TRIES {
            let addr = self.at_rank(tier, draw_below(cx, total))?;
            if self.aliases.allow(addr, self.free) {
                return Some(addr);
            }
        }
        // Aliases abound: look at every address once, from a random one on.
        let start = draw_below(cx, total);
        (0..total).map(|i| (start + i) % total).find_map(|rank| {
            self.at_rank(tier, rank).filter(|&addr| self.aliases.allow(addr, self.free))
        })
    }

    fn at_rank(&self, tier: &[Range], mut rank: u128) -> Option<Addr> {
        for &range in tier {
            let here = self.free.free_in(range);
            if rank < here {
                return self.free.select(range, rank);
            }
            rank -= here;
        }
        None
    }

    /// The free run upwards, then downwards, from `addr` within its tier, no longer than what is
    /// missing.
    fn grow(&self, addr: Addr, tier: &[Range]) -> Range {
        let eligible = |a: &Addr| tier.iter().any(|r| r.contains(*a)) && self.is_eligible(*a);
        let mut grown = Range::single(addr);
        while grown.len() < self.missing() {
            let above = grown.last().checked_add(1).filter(eligible);
            let below = grown.first().checked_sub(1).filter(eligible);
            grown = match (above, below) {
                (Some(last), _) => Range::new(grown.first(), last).unwrap_or(grown),
                (None, Some(first)) => Range::new(first, grown.last()).unwrap_or(grown),
                (None, None) => break,
            };
        }
        grown
    }

    fn run_beside_own(&self, cx: &mut Cx<'_>, tier: &[Range], count: u128) -> Option<Range> {
        let fits = |run: &Range| tier.iter().any(|r| r.contains_range(*run)) && self.is_run(*run);
        let mut runs = Vec::new();
        for held in self.own.iter() {
            let above = held.last().checked_add(1).and_then(|first| Range::with_len(first, count));
            let below =
                held.first().checked_sub(count).and_then(|first| Range::with_len(first, count));
            runs.extend([above, below].into_iter().flatten().filter(fits));
        }
        match runs.len() {
            0 => None,
            1 => Some(runs[0]),
            n => Some(runs[cx.draw.between(ADDRESS, 0, n as u64 - 1) as usize]),
        }
    }

    fn run_anywhere(&self, cx: &mut Cx<'_>, tier: &[Range], count: u128) -> Option<Range> {
        let total: u128 = tier.iter().map(|&r| self.free.free_in(r)).sum();
        if total < count {
            return None;
        }
        let from = self.at_rank(tier, draw_below(cx, total))?;
        let home = tier.iter().position(|r| r.contains(from))?;
        let order = tier[home..].iter().chain(&tier[..home]);
        order
            .filter_map(|&range| {
                let from = if range.contains(from) { from } else { range.first() };
                self.free.find_run(range, from, count)
            })
            .filter_map(|first| Range::with_len(first, count))
            .find(|&run| self.aliases.allow_all(run, self.free))
    }

    fn is_run(&self, run: Range) -> bool {
        lies_in(run, self.lasting)
            && self.free.is_run_free(run)
            && self.aliases.allow_all(run, self.free)
    }

    fn is_eligible(&self, addr: Addr) -> bool {
        self.lasting.iter().any(|s| s.range.contains(addr))
            && self.free.is_free(addr)
            && self.aliases.allow(addr, self.free)
    }

    fn take(&mut self, range: Range) {
        self.chosen.insert(range);
        self.free.occupy(range);
    }
}

/// The ranges of `stretches`, those that touch made one.
fn merged<'a>(stretches: impl Iterator<Item = &'a Stretch>) -> Vec<Range> {
    let all: RangeSet = stretches.map(|s| s.range).collect();
    all.iter().collect()
}

/// A number below `bound`, in two questions where it does not fit one.
pub(super) fn draw_below(cx: &mut Cx<'_>, bound: u128) -> u128 {
    if let Ok(bound) = u64::try_from(bound) {
        return u128::from(cx.draw.between(ADDRESS, 0, bound - 1));
    }
    // Rejection keeps the choice uniform: at most half of the draws are above the bound.
    let bits = 128 - (bound - 1).leading_zeros();
    let highest = u64::MAX.checked_shr(128 - bits).unwrap_or(0);
    for _ in 0..64 {
        let high = u128::from(cx.draw.between(ADDRESS, 0, highest));
        let low = u128::from(cx.draw.between(ADDRESS, 0, u64::MAX));
        let value = high << 64 | low;
        if value < bound {
            return value;
        }
    }
    0
}
