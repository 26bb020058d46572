use super::{Sighting, generate};
use crate::run::{DEFAULT_SEED, RunError, look_for_harm};
use scenario::{Profile, Scenario};

/// What came out of one scenario.
#[derive(Clone, Debug)]
pub struct Case {
    /// The harm done, each kind and shape once.
    pub sightings: Vec<Sighting>,
    /// How many messages were sent.
    pub sent: u64,
    /// How many lines the scenario has.
    pub lines: usize,
}

/// Runs a scenario under its own profile and seed and looks for harm.
///
/// # Errors
/// If it means something that cannot be run.
pub fn examine(scenario: &Scenario) -> Result<Case, RunError> {
    let plan =
        scenario.plan(None, None).map_err(|why| RunError { line: 0, message: why.to_string() })?;
    let damage = look_for_harm(&plan, plan.seed.unwrap_or(DEFAULT_SEED))?;
    Ok(Case { sightings: damage.sightings, sent: damage.sent, lines: scenario.lines.len() })
}

/// Runs the scenario of `seed`.
///
/// # Errors
/// If the generator wrote something that cannot be run: a bug.
pub fn examine_seed(seed: u64, profile: Profile) -> Result<Case, RunError> {
    examine(&generate(seed, profile))
}
