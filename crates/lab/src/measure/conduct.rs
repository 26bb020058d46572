//! Running an experiment on many threads.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use super::experiment::Experiment;
use super::question::Seeds;
use super::result::Part;
use super::sample::Sample;
use super::tally::Tally;
use crate::many;
use crate::run::RunError;

/// At most this many seeds are counted together before they are handed over.
const BATCH_MAX: u64 = 64;

/// Whether the samples of single runs are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Samples {
    /// They are handed over.
    Wanted,
    /// Only what they add up to.
    Counted,
}

/// How far an experiment is.
#[derive(Debug)]
pub struct Step<'a> {
    /// Runs done so far.
    pub done: u64,
    /// The samples that are new, with their rows: seed after seed, within a seed row after row.
    pub samples: &'a [(usize, Sample)],
}

/// Why an experiment has no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unfinished {
    /// The caller stopped it.
    Stopped,
    /// A run failed.
    Run(RunError),
}

type Batch = Result<(Vec<Tally>, Vec<(usize, Sample)>), RunError>;

impl Experiment {
    /// Runs every row with each of `seeds`, on `jobs` threads, and counts. `tell` hears how far
    /// it is, at least every 100 ms, and may stop it.
    ///
    /// The result does not depend on `jobs`.
    ///
    /// # Errors
    /// If a run fails or `tell` stops it.
    pub fn conduct(
        &self,
        seeds: Seeds,
        jobs: NonZeroUsize,
        samples: Samples,
        mut tell: impl FnMut(&Step<'_>) -> ControlFlow<()>,
    ) -> Result<Part, Unfinished> {
        let threads = jobs.get() as u64;
        let batch = (seeds.count() / (threads * 16)).clamp(1, BATCH_MAX);
        let batches = seeds.count().div_ceil(batch);
        let rows = self.rows().len();
        let mut tallies = vec![Tally::default(); rows];
        let (mut done, mut failed) = (0, None);
        let work = |n: u64| self.batch(seeds, n * batch, batch, samples);
        let mut take = |result: Option<(u64, Batch)>| {
            let (counted, taken) = match result {
                None => return tell(&Step { done, samples: &[] }),
                Some((_, Ok(batch))) => batch,
                Some((_, Err(error))) => {
                    failed = Some(error);
                    return ControlFlow::Break(());
                }
            };
            for (tally, counted) in tallies.iter_mut().zip(&counted) {
                tally.merge(counted);
                done += counted.runs();
            }
            tell(&Step { done, samples: &taken })
        };
        let reached = many::in_order(0..batches, jobs, work, &mut take);
        match failed {
            Some(error) => Err(Unfinished::Run(error)),
            None if reached < batches || done < seeds.count() * rows as u64 => {
                Err(Unfinished::Stopped)
            }
            None => Ok(Part::new(self.question().clone(), seeds, tallies)),
        }
    }

    /// Runs the seeds from the `skip`th on, at most `count` of them.
    fn batch(&self, seeds: Seeds, skip: u64, count: u64, samples: Samples) -> Batch {
        let mut tallies = vec![Tally::default(); self.rows().len()];
        let mut kept = Vec::new();
        let count = count.min(seeds.count() - skip);
        for seed in (0..count).map(|n| seeds.first + skip + n) {
            for (row, prepared) in self.rows().iter().enumerate() {
                let sample = prepared.sample(seed)?;
                tallies[row].add(&sample);
                if samples == Samples::Wanted {
                    kept.push((row, sample));
                }
            }
        }
        Ok((tallies, kept))
    }
}
