//! What real hosts must be like to play a scenario.

use aap::Config;

use crate::domain::Domain;
use crate::run::{DEFAULT_SEED, RunError};
use scenario::{DrawValue, Plan, Role, Spanned};

/// A host to set up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staged {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its configuration, its constants divided by the factor; the addresses are the simulator's.
    pub config: Config,
    /// Its answers to questions of chance: labels, and microseconds of real time, numbers, or
    /// addresses as numbers.
    pub draws: Vec<(String, u64)>,
}

/// The hosts of a plan that is played `factor` times as fast, in the plan's order.
///
/// # Errors
/// If the plan means something that cannot be run.
pub fn stage(plan: &Plan, factor: u32) -> Result<Vec<Staged>, RunError> {
    let domain = Domain::build(plan, DEFAULT_SEED)?;
    let mut staged = Vec::new();
    for member in &domain.members {
        let mut config = member.config.clone();
        config.timing = config.timing.divided_by(factor.into());
        staged.push(Staged {
            name: member.host.clone(),
            role: member.role,
            config,
            draws: draws(plan, &domain, &member.host, factor)?,
        });
    }
    Ok(staged)
}

fn draws(
    plan: &Plan,
    domain: &Domain,
    host: &str,
    factor: u32,
) -> Result<Vec<(String, u64)>, RunError> {
    let mut answers = Vec::new();
    let own = plan.draws.iter().filter(|draw| plan.expand(&draw.host).contains(&host));
    for draw in own {
        for answer in draw.answers.iter().flatten() {
            let values = match &answer.value {
                DrawValue::Time(time) => vec![u128::from(time.micros() / u64::from(factor))],
                DrawValue::Number(number) => vec![u128::from(*number)],
                DrawValue::Addresses(addresses) => {
                    let item = Spanned::new(addresses.clone(), answer.span);
                    let ranges = domain.ranges(plan, &[item], None)?;
                    ranges.iter().flat_map(|r| r.first().0..=r.last().0).collect()
                }
                DrawValue::Any => Vec::new(),
            };
            let values = values.into_iter().filter_map(|value| u64::try_from(value).ok());
            answers.extend(values.map(|value| (draw.label.as_str().to_owned(), value)));
        }
    }
    Ok(answers)
}
