//! Running an experiment while telling how far it is.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use lab::measure::{Experiment, Part, Samples, Seeds, Step, Unfinished};

use super::per_run::PerRun;
use crate::exit::Failure;
use crate::replay::Progress;

pub(super) fn conduct(
    experiment: &Experiment,
    seeds: Seeds,
    jobs: NonZeroUsize,
    mut per_run: Option<&mut PerRun>,
) -> Result<Part, Failure> {
    let total = seeds.count().saturating_mul(experiment.rows().len() as u64);
    let mut progress = Progress::new(usize::try_from(total).unwrap_or(usize::MAX));
    let mut failed = None;
    let samples = if per_run.is_some() { Samples::Wanted } else { Samples::Counted };
    let tell = |step: &Step<'_>| {
        progress.tell(usize::try_from(step.done).unwrap_or(usize::MAX));
        let written = per_run.as_mut().map_or(Ok(()), |file| file.write(step.samples));
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                failed = Some(failure);
                ControlFlow::Break(())
            }
        }
    };
    let result = experiment.conduct(seeds, jobs, samples, tell);
    progress.finish();
    match (result, failed) {
        (_, Some(failure)) => Err(failure),
        (Ok(part), None) => {
            if let Some(file) = per_run {
                file.finish()?;
            }
            Ok(part)
        }
        (Err(Unfinished::Run(error)), None) => Err(Failure::Usage(error.to_string())),
        (Err(Unfinished::Stopped), None) => Err(Failure::Usage("stopped".to_owned())),
    }
}
