//! A harmful scenario as a file that a person can read and replay.

use std::fmt::Write;
use std::net::IpAddr;

use super::{Harm, Sighting, examine};
use crate::run::{RunOptions, run};
use crate::shrink::shrink;
use scenario::{Diagnostic, Line, Profile, Scenario, Statement, to_number};

/// Where a scenario of a search comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The seed of the search.
    pub seed: u64,
    /// The profile it searched.
    pub profile: Profile,
}

impl Origin {
    /// The command that finds it again.
    #[must_use]
    pub fn command(self) -> String {
        format!("aap explore --profile {} --seeds {}..{}", self.profile, self.seed, self.seed + 1)
    }
}

/// A scenario that does one kind of harm, as small as it was made.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// The scenario, with what must come out of it.
    pub scenario: Scenario,
    /// The harm it does.
    pub sighting: Sighting,
}

impl Exhibit {
    /// Makes `scenario`, which does this harm, small in at most `budget` runs, and says what
    /// comes of it. None if it does no such harm.
    #[must_use]
    pub fn prepare(
        scenario: &Scenario,
        harm: (Harm, &str),
        origin: Origin,
        budget: usize,
    ) -> Option<Self> {
        let sees = |candidate: &Scenario| sighting(candidate, harm);
        sees(scenario)?;
        let small = shrink(scenario, budget, |candidate| sees(candidate).is_some());
        let sighting = sees(&small)?;
        Some(Self { scenario: document(&small, &sighting, origin), sighting })
    }

    /// How many statements the scenario has.
    #[must_use]
    pub fn statements(&self) -> usize {
        self.scenario.lines.iter().filter(|line| line.statement.is_some()).count()
    }
}

/// The harm of this kind and shape that `scenario` does.
fn sighting(scenario: &Scenario, (harm, shape): (Harm, &str)) -> Option<Sighting> {
    let case = examine(scenario).ok()?;
    case.sightings.into_iter().find(|s| s.harm == harm && s.shape == shape)
}

/// The scenario with a title, where it comes from, and what comes out of it.
fn document(scenario: &Scenario, sighting: &Sighting, origin: Origin) -> Scenario {
    let mut text = String::new();
    let _ = writeln!(text, "title {}", sighting.harm.title());
    let _ = writeln!(text, "cites {}", sighting.harm.cites());
    let _ = writeln!(text, "# {}.", sighting.why);
    let _ = writeln!(text, "# {}", origin.command());
    let mut described = Scenario::parse(&text).unwrap_or_default();
    let is_title = |line: &Line| matches!(line.statement, Some(Statement::Title(_)));
    let rest = scenario.lines.iter().filter(|line| !is_title(line)).cloned();
    described.lines.extend(rest);
    if sighting.harm != Harm::Storm {
        // The run is known to end.
        described.lines.retain(|line| !matches!(line.statement, Some(Statement::Cap(_))));
    }
    for expectation in expectations(scenario, sighting) {
        let with = with_line(&described, &expectation);
        if holds(&with, &expectation) {
            described = with;
        }
    }
    claim_oracles(&mut described);
    described
}

fn with_line(scenario: &Scenario, line: &str) -> Scenario {
    let mut scenario = scenario.clone();
    if let Ok(read) = Scenario::parse(line) {
        scenario.lines.extend(read.lines);
    }
    scenario
}

/// Whether `line`, the last one, comes out as it says.
fn holds(scenario: &Scenario, line: &str) -> bool {
    !scenario.check().iter().any(Diagnostic::is_error)
        && run(scenario, &RunOptions::default()).is_ok_and(|report| {
            report.checks.last().is_some_and(|c| c.failure.is_none()) && !line.is_empty()
        })
}

/// Names every oracle that objects: one that is not named may not.
fn claim_oracles(scenario: &mut Scenario) {
    let Ok(report) = run(scenario, &RunOptions::default()) else { return };
    for oracle in report.oracles.iter().filter(|o| !o.ok) {
        *scenario = with_line(scenario, &format!("oracle {} violated", oracle.name));
    }
}

/// What must come out, so that replaying the file shows the harm.
fn expectations(scenario: &Scenario, sighting: &Sighting) -> Vec<String> {
    let victim = sighting.victim.as_deref().unwrap_or("anyone");
    let culprit = sighting.culprit.as_deref().unwrap_or("anyone");
    let address = sighting.address.map_or_else(String::new, |a| address_in(scenario, a));
    let at = sighting.at.as_micros() / 1_000_000;
    match sighting.harm {
        Harm::BothUndone => vec![
            format!("expect {victim} count lost {address} >= 1"),
            format!("expect {culprit} count lost {address} >= 1"),
        ],
        Harm::UndoneByOldNews => vec![format!("expect {victim} count lost {address} >= 1")],
        Harm::UndoneByDefender | Harm::UndoneByDeletion => vec![
            format!("expect {victim} count lost {address} >= 1"),
            format!("expect {culprit} never holds {address}"),
        ],
        Harm::EndlessDefence => vec![
            format!("expect {culprit} count AIU {address} after {}s >= 1", at.saturating_sub(1)),
            format!("expect {culprit} never holds {address}"),
        ],
        Harm::DeadOwnersAddressTaken => {
            vec![format!("expect {culprit} count holds {address} >= 1")]
        }
        Harm::LiveOwnersAddressTaken => vec![
            format!("expect {culprit} count holds {address} >= 1"),
            format!("expect {victim} never lost {address} before {}s", at + 1),
        ],
        Harm::DeletedAddressRevived => {
            let end = crate::shrink::end(scenario) / 1_000_000;
            vec![format!("expect {victim} heard {address} at {}s", end.min(at + 59))]
        }
        Harm::PreallocationLivelock => vec![
            "expect total count clash >= 6".to_owned(),
            format!("expect anyone never preallocated after {}s", at.saturating_sub(180)),
        ],
        Harm::ClaimLivelock => vec![format!("expect {victim} count clash >= 200")],
        Harm::Storm => vec!["expect total capped".to_owned()],
        Harm::Oracle(_) => Vec::new(),
    }
}

/// An address as an offset in the scenario's scope, if it is a short one.
fn address_in(scenario: &Scenario, address: IpAddr) -> String {
    let scope = scenario.lines.iter().find_map(|line| match &line.statement {
        Some(Statement::Scope(scope)) => Some(scope.range.value),
        _ => None,
    });
    let offset = scope.and_then(|scope| {
        to_number(address).checked_sub(to_number(scope.first)).filter(|offset| *offset < 256)
    });
    match offset {
        Some(offset) if address.is_ipv4() => format!(".{offset}"),
        Some(offset) => format!(".{offset:x}"),
        None => address.to_string(),
    }
}
