//! The runs that were asked for, done on several threads, told in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use lab::{Report, RunError, RunOptions};
use scenario::Scenario;

use super::source::{Content, Source};
use crate::exit::Failure;

/// The name under which `--variant` means the scenario itself.
pub(crate) const BASE: &str = "base";

/// One run to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'a> {
    /// Where the scenario came from.
    pub(crate) source: &'a Source,
    /// The scenario.
    pub(crate) scenario: &'a Scenario,
    /// The scenario's text.
    pub(crate) text: &'a str,
    /// The variant, or the scenario itself.
    pub(crate) variant: Option<&'a str>,
}

impl Case<'_> {
    /// What results call this run: `figure-3`, or `figure-3/appendix-a`.
    pub(crate) fn name(&self) -> String {
        match self.variant {
            Some(variant) => format!("{}/{variant}", self.source.name),
            None => self.source.name.clone(),
        }
    }
}

/// The runs of all scenarios among `sources`: every one with all its variants, or with `variant`
/// alone, in which case scenarios without it are passed over.
pub(crate) fn cases<'a>(
    sources: &'a [Source],
    variant: Option<&str>,
) -> Result<Vec<Case<'a>>, Failure> {
    let mut cases = Vec::new();
    let mut known = Vec::new();
    let mut scenarios = 0_usize;
    for source in sources {
        let Content::Scenario { scenario, text } = &source.content else { continue };
        scenarios += 1;
        let variants = scenario.variants();
        let case = |variant| Case { source, scenario, text, variant };
        let is_base = |name: &str| name == BASE && !variants.contains(&BASE);
        match variant {
            None => {
                cases.push(case(None));
                cases.extend(variants.iter().map(|name| case(Some(*name))));
            }
            Some(name) if is_base(name) => cases.push(case(None)),
            Some(name) => {
                cases.extend(
                    variants.iter().filter(|own| **own == name).map(|own| case(Some(*own))),
                );
            }
        }
        known.extend(variants);
    }
    match variant {
        Some(name) if cases.is_empty() && scenarios > 0 => {
            known.sort_unstable();
            known.dedup();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Err(Failure::Usage(format!(
                "no scenario has a variant {name}; there is {known}, and {BASE} for the scenario \
                 itself"
            )))
        }
        _ => Ok(cases),
    }
}

/// What a run came to.
pub(crate) type Outcome = Result<Report, RunError>;

/// Does all runs on `jobs` threads and hands each outcome to `tell`, in the order of `cases`.
///
/// # Errors
/// The first error of `tell`, after which no further run is begun.
pub(crate) fn run_all(
    cases: &[Case<'_>],
    jobs: NonZeroUsize,
    options: impl Fn(&Case<'_>) -> RunOptions + Sync,
    mut tell: impl FnMut(usize, Outcome) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(cases.len()) {
            let sender = sender.clone();
            let (next, stop, options) = (&next, &stop, &options);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { return };
                    let outcome = lab::run(case.scenario, &options(case));
                    if sender.send((at, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (at, outcome) in receiver {
            early.insert(at, outcome);
            while let Some(outcome) = early.remove(&due) {
                if let Err(failure) = tell(due, outcome) {
                    stop.store(true, Ordering::Relaxed);
                    return Err(failure);
                }
                due += 1;
            }
        }
        Ok(())
    })
}
