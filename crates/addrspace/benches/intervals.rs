//! Goals P7 and P8: `IntervalMap` against `BTreeMap` + `BTreeSet`. See `README.md` beside this.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use addrspace::{Entry, IntervalMap};
use common::{Column, Numbers, Report, timed};

/// The addresses the ranges lie in.
const SPACE: u64 = 1 << 28;
/// How many addresses an overlap query asks about.
const QUERY: u32 = 16;
/// Lifetimes spread over this many seconds.
const LIFETIME: u32 = 60_000;

/// The work both structures do; ranges do not overlap, as the reference could not hold them.
trait Records: Default {
    fn insert(&mut self, first: u32, last: u32, end: u32, owner: u32);
    fn any_overlap(&self, first: u32, last: u32) -> bool;
    fn pop_earliest(&mut self) -> Option<(u32, u32)>;
}

#[derive(Default)]
struct Reference {
    ranges: BTreeMap<u32, (u32, (u32, u32))>,
    ends: BTreeSet<(u32, u32)>,
}

impl Records for Reference {
    fn insert(&mut self, first: u32, last: u32, end: u32, owner: u32) {
        self.ranges.insert(first, (last, (end, owner)));
        self.ends.insert((end, first));
    }

    fn any_overlap(&self, first: u32, last: u32) -> bool {
        self.ranges.range(..=last).next_back().is_some_and(|(_, range)| range.0 >= first)
    }

    fn pop_earliest(&mut self) -> Option<(u32, u32)> {
        let (_, first) = self.ends.pop_first()?;
        self.ranges.remove(&first).map(|(last, _)| (first, last))
    }
}

/// The value has the size of an owner and a sequence number.
#[derive(Default)]
struct Ours(IntervalMap<u32, (u32, u32)>);

impl Records for Ours {
    fn insert(&mut self, first: u32, last: u32, end: u32, owner: u32) {
        self.0.insert(Entry { first, last, end, value: (owner, 0) });
    }

    fn any_overlap(&self, first: u32, last: u32) -> bool {
        self.0.any_overlap(first, last)
    }

    fn pop_earliest(&mut self) -> Option<(u32, u32)> {
        self.0.pop_ended(u32::MAX).map(|entry| (entry.first, entry.last))
    }
}

/// One range in each of `count` cells of the space, in random order, about half of it used.
struct Workload {
    inserts: Vec<(u32, u32, u32)>,
    queries: Vec<u32>,
    renewals: Vec<u32>,
}

impl Workload {
    fn new(count: u64, seed: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        let cell = SPACE / count;
        let mut inserts: Vec<(u32, u32, u32)> = (0..count)
            .map(|at| {
                let (first, more) = (at * cell, numbers.below(cell - 1));
                (first as u32, (first + more) as u32, numbers.below(LIFETIME.into()) as u32)
            })
            .collect();
        for at in (1..inserts.len()).rev() {
            inserts.swap(at, numbers.below(at as u64 + 1) as usize);
        }
        let queries = (0..500_000).map(|_| numbers.below(SPACE - u64::from(QUERY)) as u32);
        let queries = queries.collect();
        let turns = (count * 2).clamp(100_000, 400_000);
        let renewals = (0..turns)
            .map(|turn| {
                let now = u64::from(LIFETIME) * turn / count;
                now as u32 + LIFETIME - numbers.below(1000) as u32
            })
            .collect();
        Self { inserts, queries, renewals }
    }
}

/// Nanoseconds, in tenths, for an insertion, a query, and a pop with reinsertion; and a sum over
/// all answers.
fn run<R: Records>(work: &Workload) -> ([u64; 3], u64) {
    let mut records = R::default();
    let insert = timed(work.inserts.len(), || {
        for (owner, &(first, last, end)) in work.inserts.iter().enumerate() {
            records.insert(first, last, end, owner as u32);
        }
    });
    let mut hits = 0;
    let overlap = timed(work.queries.len(), || {
        for &first in &work.queries {
            hits += u64::from(records.any_overlap(black_box(first), first + QUERY - 1));
        }
    });
    let renew = timed(work.renewals.len(), || {
        for (owner, &end) in work.renewals.iter().enumerate() {
            if let Some((first, last)) = records.pop_earliest() {
                records.insert(first, last, end, owner as u32);
            }
        }
    });
    let mut sum = hits;
    while let Some((first, last)) = records.pop_earliest() {
        sum = sum.wrapping_mul(31).wrapping_add(u64::from(first) ^ (u64::from(last) << 32));
    }
    ([insert, overlap, renew], sum)
}

/// Heap bytes per entry: of ours by its own account, of both by growth of the process.
fn memory(report: &mut Report, count: u64) {
    let work = Workload::new(count, 1);
    // Ours first and kept, so that the reference cannot live in memory ours has given back.
    let start = resident_bytes();
    let mut ours = filled::<Ours>(&work);
    let between = resident_bytes();
    let reference = filled::<Reference>(&work);
    let end = resident_bytes();
    let counted = ours.0.heap_bytes() as u64;
    for (owner, &end) in work.renewals.iter().enumerate() {
        if let Some((first, last)) = ours.pop_earliest() {
            ours.insert(first, last, end, owner as u32);
        }
    }
    let renewed = ours.0.heap_bytes() as u64;
    black_box(&reference);
    report.line(format_args!(
        "n={count:<9} bytes per entry: ours {} counted, {} counted after renewals, {} by RSS; \
         reference {} by RSS; goal 48",
        counted / count,
        renewed / count,
        (between - start) / count,
        (end - between) / count,
    ));
}

fn filled<R: Records>(work: &Workload) -> R {
    let mut records = R::default();
    for &(first, last, end) in &work.inserts {
        records.insert(first, last, end, 0);
    }
    records
}

/// The resident memory of this process.
fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = text.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

fn main() {
    let mut report = Report::new();
    memory(&mut report, 100_000);
    report.heading();
    for (count, rounds) in [(50, 15), (1_000, 15), (100_000, 11), (1_000_000, 3)] {
        let mut columns = ["insert", "overlap", "pop+insert"].map(Column::new);
        for round in 0..rounds {
            let work = Workload::new(count, round);
            let (reference, expected) = run::<Reference>(&work);
            let (ours, sum) = run::<Ours>(&work);
            // Equal ends leave in the same order too: both break ties by the first address.
            assert_eq!(sum, expected, "both did the same work");
            for (column, pair) in columns.iter_mut().zip(ours.into_iter().zip(reference)) {
                column.add(pair.0, pair.1);
            }
        }
        for column in &columns {
            // P7 is about 100 000 ranges; the other sizes show the shape.
            let goal = (count == 100_000).then_some(100);
            report.ratio(format_args!("n={count}"), column, goal);
        }
    }
}
