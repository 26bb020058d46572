//! What real hosts must be like to play a scenario.

use aap::Config;
use addrspace::Range;
use sansio::{Duration, UtcSecs};

use crate::domain::{Domain, EPOCH, Member};
use crate::run::{DEFAULT_SEED, RunError};
use scenario::{DrawValue, Plan, Role, Spanned};

/// A host to set up, in one of its scopes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Staged {
    /// The host's name: the same in all its scopes.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// The place of the scope in the plan.
    pub scope: usize,
    /// Its configuration, its constants divided by the factor; the addresses are the simulator's.
    pub config: Config,
    /// Its answers to questions of chance: labels, and microseconds of real time, numbers, or
    /// addresses as numbers.
    pub draws: Vec<(String, u64)>,
    /// What a coordinator has to announce, and for how long from the scenario's zero in real time.
    pub space: Vec<(Range, Duration)>,
}

/// How long something lasts that never ends.
const FOREVER: Duration = Duration::from_secs(20 * 365 * 86_400);

/// The hosts of a plan that is played `factor` times as fast: in the plan's order, and once for
/// each of their scopes.
///
/// # Errors
/// If the plan means something that cannot be run.
pub fn stage(plan: &Plan, factor: u32) -> Result<Vec<Staged>, RunError> {
    let domain = Domain::build(plan, DEFAULT_SEED)?;
    let mut staged = Vec::new();
    for member in &domain.members {
        let mut config = member.config.clone();
        config.timing = config.timing.divided_by(factor.into());
        config.asa_validity = config.asa_validity.map(|span| span.ratio(1, factor.into()));
        staged.push(Staged {
            name: member.host.clone(),
            role: member.role,
            scope: member.scope,
            draws: draws(plan, &domain, &member.host, factor)?,
            space: space(plan, &domain, member, factor)?,
            config,
        });
    }
    Ok(staged)
}

fn space(
    plan: &Plan,
    domain: &Domain,
    member: &Member,
    factor: u32,
) -> Result<Vec<(Range, Duration)>, RunError> {
    let inside = |range: &Range| member.config.scope.range.contains_range(*range);
    let span = |end: UtcSecs| match u64::try_from(end.minus(UtcSecs(EPOCH))) {
        Ok(left) if end.0 < i64::from(u32::MAX) => {
            Duration::from_secs(left).ratio(1, factor.into())
        }
        Ok(_) => FOREVER,
        Err(_) => Duration::ZERO,
    };
    let space = domain.space(plan, &member.host)?;
    Ok(space.into_iter().filter(|(r, _)| inside(r)).map(|(r, end)| (r, span(end))).collect())
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
