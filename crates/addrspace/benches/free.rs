//! Goals P9 and P10: `FreeIndex` against plain arrays. See `README.md` beside this.

mod common;
mod reference;

use std::hint::black_box;

use addrspace::{Addr, FreeIndex, Range};
use common::{Column, Numbers, Report, timed};
use reference::{CountedBitmap, RunTree};

/// Questions per measurement.
const TURNS: usize = 40_000;
/// The length of the free run P10 asks for.
const RUN: u32 = 16;
/// How full the space is, in thousandths.
const USED: [u64; 5] = [100, 500, 900, 990, 999];

/// Used runs and free runs in turn, with geometric lengths: short gaps when the space is full.
fn used_runs(log: u32, used_permille: u64, numbers: &mut Numbers) -> Vec<(u32, u32)> {
    let free_permille = 1000 - used_permille;
    let mean_free = (64 * free_permille / 1000).max(4);
    let mean_used = (mean_free * used_permille / free_permille).max(1);
    let size = 1_u64 << log;
    let (mut runs, mut at) = (Vec::new(), 0);
    while at < size {
        let end = (at + geometric(mean_used, numbers)).min(size);
        runs.push((at as u32, (end - 1) as u32));
        at = end + geometric(mean_free, numbers);
    }
    runs
}

fn geometric(mean: u64, numbers: &mut Numbers) -> u64 {
    let mut length = 1;
    while numbers.below(mean) != 0 {
        length += 1;
    }
    length
}

/// One space, filled the same way in all three.
struct Filled {
    log: u32,
    whole: Range,
    ours: FreeIndex,
    counted: CountedBitmap,
    runs: RunTree,
}

impl Filled {
    fn new(log: u32, used_permille: u64) -> Self {
        let first = Addr(0xe000_0000);
        let whole = Range::with_len(first, 1 << log).expect("not empty");
        let mut filled = Self {
            log,
            whole,
            ours: FreeIndex::new(whole),
            counted: CountedBitmap::new(log),
            runs: RunTree::new(log),
        };
        for (from, to) in used_runs(log, used_permille, &mut Numbers::new(used_permille)) {
            let range =
                Range::new(first.saturating_add(from.into()), first.saturating_add(to.into()));
            filled.ours.occupy(range.expect("in order"));
            filled.counted.occupy(from, to);
        }
        filled.runs.fill(filled.counted.words());
        assert_eq!(filled.ours.free_total(), filled.counted.free().into(), "the same content");
        filled
    }

    fn pick(&self, seed: u64) -> (u64, u64) {
        let (mut theirs, mut ours) = (Numbers::new(seed), Numbers::new(seed));
        let mut sums = [0_u128; 2];
        let reference = timed(TURNS, || {
            for _ in 0..TURNS {
                let rank = theirs.below(self.counted.free().into());
                sums[0] += u128::from(self.counted.select(black_box(rank as u32)));
            }
        });
        let free = timed(TURNS, || {
            for _ in 0..TURNS {
                let rank = ours.below(self.ours.free_total() as u64);
                let addr = self.ours.select(self.whole, black_box(rank).into());
                sums[1] += addr.map_or(0, |addr| addr.0 - self.whole.first().0);
            }
        });
        assert_eq!(sums[0], sums[1], "both picked the same addresses");
        (free, reference)
    }

    fn run(&self, seed: u64) -> (u64, u64) {
        let (mut theirs, mut ours) = (Numbers::new(seed), Numbers::new(seed));
        let mut found = [0_u32; 2];
        let reference = timed(TURNS, || {
            for _ in 0..TURNS {
                let from = theirs.below(1 << self.log) as u32;
                found[0] += u32::from(self.runs.find(black_box(from), RUN).is_some());
            }
        });
        let run = timed(TURNS, || {
            for _ in 0..TURNS {
                let from = self.whole.first().saturating_add(ours.below(1 << self.log).into());
                let at = self.ours.find_run(self.whole, black_box(from), RUN.into());
                found[1] += u32::from(at.is_some());
            }
        });
        assert_eq!(found[0], found[1], "both found a run whenever there is one");
        (run, reference)
    }

    fn update(&mut self, seed: u64) -> (u64, u64) {
        let mut numbers = Numbers::new(seed);
        let places: Vec<u32> = (0..TURNS).map(|_| numbers.below(1 << self.log) as u32).collect();
        // Each address changes twice, so that the space is as full afterwards as before.
        let places: Vec<u32> = places.iter().flat_map(|&at| [at, at]).collect();
        let reference = timed(places.len(), || {
            for &at in &places {
                self.counted.flip(at);
                self.runs.update(at, self.counted.words());
            }
        });
        let ours = timed(places.len(), || {
            for &at in &places {
                let addr = self.whole.first().saturating_add(at.into());
                if self.ours.is_free(addr) {
                    self.ours.occupy(Range::single(addr));
                } else {
                    self.ours.vacate(Range::single(addr));
                }
            }
        });
        (ours, reference)
    }
}

fn main() {
    let mut report = Report::new();
    report.heading();
    for log in [16, 20, 28] {
        for used in USED {
            let mut filled = Filled::new(log, used);
            let [mut pick, mut run, mut update] =
                ["pick 1", "run of 16", "update"].map(Column::new);
            for round in 0..11 {
                let (ours, reference) = filled.pick(round);
                pick.add(ours, reference);
                let (ours, reference) = filled.run(round);
                run.add(ours, reference);
                let (ours, reference) = filled.update(round);
                update.add(ours, reference);
            }
            let place = |name: &str| format!("2^{log} {}.{}% {name}", used / 10, used % 10);
            report.ratio(format_args!("{}", place("")), &pick, (log < 28).then_some(150));
            report.ratio(format_args!("{}", place("")), &run, (used == 990).then_some(200));
            report.ratio(format_args!("{}", place("")), &update, None);
        }
    }
}
