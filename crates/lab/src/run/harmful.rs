//! Running a plan to see what harm comes of it.

use std::sync::Arc;

use netsim::Verdict;

use super::{Run, RunError, Watch, hostile, script, setting};
use crate::domain::Domain;
use crate::explore::{Harm, Sighting};
use crate::judge::Judge;
use crate::tape::Keeps;
use scenario::Plan;

/// What came of a run that nobody wants, if anything.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    /// Each kind once, in the order of time, what the oracles say last.
    pub(crate) sightings: Vec<Sighting>,
    /// How many messages were sent.
    pub(crate) sent: u64,
}

/// Runs a plan and looks for harm, whatever its timelines and expectations say.
pub(crate) fn look_for_harm(plan: &Plan, seed: u64) -> Result<Damage, RunError> {
    let domain = Domain::build(plan, seed)?;
    let setting = Arc::new(setting(plan, &domain));
    let looks_back = plan.events.iter().any(|at| hostile::looks_back(&at.event));
    let keeps = if looks_back { Keeps::Everything } else { Keeps::Nothing };
    let mut run = Run::new(plan, domain, Watch::searching(&setting, keeps));
    run.play(&script::expand(plan), &mut Judge::new(plan))?;
    let (harms, domain) = (run.watch.harms.take(), &run.domain);
    let mut sightings = harms.map_or_else(Vec::new, |h| h.finish(domain.world.now()));
    for oracle in &run.watch.oracles {
        if let Verdict::Violated { why, at, .. } = oracle.verdict() {
            sightings.push(Sighting::new(Harm::Oracle(oracle.name()), why, at));
        }
    }
    for sighting in &mut sightings {
        sighting.at = sansio::Instant::from_micros(domain.micros(sighting.at));
    }
    Ok(Damage { sightings, sent: domain.world.counters().sent })
}
