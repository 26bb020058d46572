//! [`FreeIndex`], dense and sparse, against one flag per address.

use addrspace::{Addr, FreeIndex, Range};
use proptest::prelude::*;

/// Both forms watch this many addresses from here; 5000 need two chunks of the bitmap.
const FIRST: u128 = 0x0100_0000;
const COUNT: u128 = 5000;

fn scope() -> Range {
    Range::with_len(Addr(FIRST), COUNT).expect("not empty")
}

/// A dense index of the scope, one that reaches further to both sides, and a sparse one.
fn forms() -> [FreeIndex; 3] {
    let wide = Range::with_len(Addr(FIRST - 70_000), 200_000).expect("not empty");
    let sparse = Range::with_len(Addr(0), (1 << 28) + 1).expect("not empty");
    [scope(), wide, sparse].map(FreeIndex::new)
}

#[derive(Clone, Debug)]
struct Step {
    free: bool,
    at: u128,
    len: u128,
}

/// Mostly short runs; some that span words, blocks and chunks.
fn step() -> impl Strategy<Value = Step> {
    let len = prop_oneof![8 => 1_u128..5, 4 => 1_u128..100, 1 => 1_u128..COUNT];
    (0..3_u8, 0..COUNT, len).prop_map(|(kind, at, len)| Step { free: kind == 0, at, len })
}

fn part() -> impl Strategy<Value = (u128, u128)> {
    (0..COUNT, prop_oneof![0_u128..200, 0..COUNT])
}

fn range(at: u128, len: u128) -> Range {
    Range::new(Addr(FIRST + at), Addr(FIRST + (at + len - 1).min(COUNT - 1))).expect("in order")
}

struct Model(Vec<bool>);

impl Model {
    fn is_free(&self, addr: Addr) -> bool {
        self.0[(addr.0 - FIRST) as usize]
    }

    fn free(&self, part: Range) -> Vec<Addr> {
        (part.first().0..=part.last().0).map(Addr).filter(|&addr| self.is_free(addr)).collect()
    }

    fn find_run(&self, part: Range, from: Addr, len: u128) -> Option<Addr> {
        let runs = |start: u128| {
            Range::with_len(Addr(start), len)
                .is_some_and(|run| part.contains_range(run) && self.free(run).len() as u128 == len)
        };
        let (first, last) = (part.first().0, part.last().0);
        let from = from.0.max(first);
        (from..=last).chain(first..=last).find(|&start| runs(start)).map(Addr)
    }
}

fn apply(index: &mut FreeIndex, steps: &[Step]) {
    for step in steps {
        let range = range(step.at, step.len);
        if step.free { index.vacate(range) } else { index.occupy(range) }
    }
}

fn model(steps: &[Step]) -> Model {
    let mut flags = vec![true; COUNT as usize];
    for step in steps {
        let end = (step.at + step.len).min(COUNT) as usize;
        flags[step.at as usize..end].fill(step.free);
    }
    Model(flags)
}

fn check_queries(index: &FreeIndex, model: &Model, part: Range, from: Addr, len: u128) {
    let free = model.free(part);
    assert_eq!(index.free_in(part), free.len() as u128);
    for rank in [0, 1, free.len() / 2, free.len().saturating_sub(1), free.len()] {
        let picked = index.select(part, rank as u128);
        assert_eq!(picked, free.get(rank).copied());
        if let Some(addr) = picked {
            assert_eq!(index.rank_of(part, addr), rank as u128);
        }
    }
    assert_eq!(index.find_run(part, from, len), model.find_run(part, from, len));
    assert_eq!(index.is_free(from), model.is_free(from));
    assert_eq!(index.is_run_free(part), free.len() as u128 == part.len());
    assert_eq!(index.rank_of(part, from), free.iter().filter(|&&addr| addr < from).count() as u128);
    let next = Range::new(from, scope().last()).map(|rest| model.free(rest));
    let next = next.and_then(|free| free.first().copied());
    assert_eq!(index.next_free(from).filter(|&addr| scope().contains(addr)), next);
    let runs: Vec<Range> = index.free_runs(part).collect();
    assert!(runs.windows(2).all(|pair| !pair[0].touches(pair[1])), "{runs:?}");
    let listed: Vec<Addr> =
        runs.iter().flat_map(|run| run.first().0..=run.last().0).map(Addr).collect();
    assert_eq!(listed, free);
}

proptest! {
    #[test]
    fn every_form_agrees_with_one_flag_per_address(
        steps in prop::collection::vec(step(), 0..120),
        (at, more) in part(),
        from in 0..COUNT,
        len in prop_oneof![1_u128..20, 1_u128..600],
    ) {
        let model = model(&steps);
        for mut index in forms() {
            apply(&mut index, &steps);
            check_queries(&index, &model, range(at, more + 1), Addr(FIRST + from), len);
            check_queries(&index, &model, scope(), Addr(FIRST + from), len);
        }
    }

    #[test]
    fn equality_is_about_content(steps in prop::collection::vec(step(), 0..120)) {
        let model = model(&steps);
        for mut worn in forms() {
            let mut fresh = worn.clone();
            apply(&mut worn, &steps);
            for (at, _) in model.0.iter().enumerate().filter(|(_, free)| !**free) {
                fresh.occupy(range(at as u128, 1));
            }
            prop_assert_eq!(worn, fresh);
        }
    }
}
