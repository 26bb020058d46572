//! Many runs, counted.

use std::collections::BTreeMap;

use super::distribution::Distribution;
use super::metric::{Metric, Per};
use super::sample::{Ended, Sample};

/// What many runs of one setting came to. Whole numbers only: merging is exact.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub(super) runs: u64,
    pub(super) early: u64,
    pub(super) metrics: BTreeMap<Metric, Distribution>,
    /// Per check, in how many runs it was met.
    pub(super) met: Vec<u64>,
}

impl Tally {
    /// Counts one more run.
    pub fn add(&mut self, sample: &Sample) {
        for metric in Metric::all() {
            let values = metric.values(sample);
            match (metric.per(), values.as_slice()) {
                (Per::Incident, []) => continue,
                (Per::Run, [0]) => {
                    self.add_nothing(metric);
                    continue;
                }
                _ => {}
            }
            let runs = self.runs;
            let counted = || blank(metric, runs);
            let distribution = self.metrics.entry(metric).or_insert_with(counted);
            values.into_iter().for_each(|value| distribution.add(value));
        }
        self.runs += 1;
        self.early += u64::from(sample.ended == Ended::Early);
        self.met.resize(self.met.len().max(sample.met.len()), 0);
        for (count, &met) in self.met.iter_mut().zip(&sample.met) {
            *count += u64::from(met);
        }
    }

    /// A metric that has never been anything but 0 takes no room.
    fn add_nothing(&mut self, metric: Metric) {
        if let Some(distribution) = self.metrics.get_mut(&metric) {
            distribution.add(0);
        }
    }

    /// Counts all runs of another tally of the same setting too.
    pub fn merge(&mut self, other: &Self) {
        for metric in Metric::all() {
            match (self.metrics.get_mut(&metric), other.metrics.get(&metric)) {
                (None, None) => {}
                (Some(ours), theirs) => {
                    ours.merge(theirs.unwrap_or(&blank(metric, other.runs)));
                }
                (None, Some(theirs)) => {
                    let mut ours = blank(metric, self.runs);
                    ours.merge(theirs);
                    self.metrics.insert(metric, ours);
                }
            }
        }
        self.runs += other.runs;
        self.early += other.early;
        self.met.resize(self.met.len().max(other.met.len()), 0);
        for (count, met) in self.met.iter_mut().zip(&other.met) {
            *count += met;
        }
    }

    /// How many runs there are.
    #[must_use]
    pub const fn runs(&self) -> u64 {
        self.runs
    }

    /// Runs that a storm ended before their time.
    #[must_use]
    pub const fn early(&self) -> u64 {
        self.early
    }

    /// The distribution of a metric.
    #[must_use]
    pub fn of(&self, metric: Metric) -> Distribution {
        self.metrics.get(&metric).cloned().unwrap_or_else(|| blank(metric, self.runs))
    }

    /// Metrics that were not 0 in every run.
    pub fn seen(&self) -> impl Iterator<Item = Metric> + '_ {
        Metric::all().filter(|metric| self.metrics.contains_key(metric))
    }

    /// In how many runs each check was met.
    #[must_use]
    pub fn met(&self) -> &[u64] {
        &self.met
    }
}

/// The distribution of a metric that was 0 in all of `runs`.
fn blank(metric: Metric, runs: u64) -> Distribution {
    match metric.per() {
        Per::Run => Distribution::zeros(runs),
        Per::Incident => Distribution::default(),
    }
}
