//! What the benchmark programs share: numbers, a clock, a table.

use std::fmt;

/// A small generator of reproducible numbers (SplitMix64).
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}

/// Tenths of a nanosecond that one of `operations` takes when `work` does them all.
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark measures real time"
)]
pub(crate) fn timed(operations: usize, work: impl FnOnce()) -> u64 {
    let start = std::time::Instant::now();
    work();
    (start.elapsed().as_nanos() * 10 / operations as u128) as u64
}

/// Measurements of one operation, ours beside the reference, a pair from each round.
pub(crate) struct Column {
    name: String,
    pairs: Vec<(u64, u64)>,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), pairs: Vec::new() }
    }

    pub(crate) fn add(&mut self, ours: u64, reference: u64) {
        self.pairs.push((ours.max(1), reference.max(1)));
    }

    fn spread(&self, of: impl Fn(&(u64, u64)) -> u64) -> Spread {
        let mut all: Vec<u64> = self.pairs.iter().map(of).collect();
        all.sort_unstable();
        Spread { median: all[all.len() / 2], min: all[0], max: all[all.len() - 1] }
    }
}

struct Spread {
    median: u64,
    min: u64,
    max: u64,
}

impl Spread {
    fn nanoseconds(&self) -> String {
        let shown = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
        format!("{} ({}-{})", shown(self.median), shown(self.min), shown(self.max))
    }
}

/// Prints lines, and remembers whether every goal was met.
#[derive(Default)]
pub(crate) struct Report {
    missed: u32,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    #[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
    pub(crate) fn line(&mut self, line: fmt::Arguments<'_>) {
        println!("{line}");
    }

    /// A line with nanoseconds of both and the ratio of each round; the median of the ratios is
    /// held against `goal`, in hundredths, if there is one.
    pub(crate) fn ratio(&mut self, what: fmt::Arguments<'_>, column: &Column, goal: Option<u64>) {
        let ratio = column.spread(|&(ours, reference)| ours * 1000 / reference);
        let verdict = match goal {
            None => "-".to_owned(),
            Some(goal) if ratio.median <= goal * 10 => format!("<= {} met", hundredths(goal * 10)),
            Some(goal) => {
                self.missed += 1;
                format!("<= {} MISSED", hundredths(goal * 10))
            }
        };
        let (ours, reference) = (column.spread(|pair| pair.0), column.spread(|pair| pair.1));
        let (what, name) = (what.to_string(), &column.name);
        self.line(format_args!(
            "{what:<20} {name:<11} {:<24} {:<24} {} ({}-{})  {verdict}",
            ours.nanoseconds(),
            reference.nanoseconds(),
            hundredths(ratio.median),
            hundredths(ratio.min),
            hundredths(ratio.max),
        ));
    }

    pub(crate) fn heading(&mut self) {
        self.line(format_args!(
            "{:<20} {:<11} {:<24} {:<24} ratio (min-max)    goal",
            "", "", "ours ns (min-max)", "reference ns (min-max)"
        ));
    }
}

/// A number of thousandths, cut to two places.
fn hundredths(thousandths: u64) -> String {
    format!("{}.{:02}", thousandths / 1000, thousandths % 1000 / 10)
}

impl Drop for Report {
    fn drop(&mut self) {
        let missed = self.missed;
        self.line(format_args!("goals missed: {missed}"));
    }
}
