//! Moving what happens.

use scenario::{Line, Scenario, Statement, Time};

/// When the run ends, in microseconds.
pub(super) fn run(scenario: &Scenario) -> Option<u64> {
    scenario.lines.iter().find_map(|line| match &line.statement {
        Some(Statement::Run(run)) => Some(run.value.micros()),
        _ => None,
    })
}

/// The same, ending at `end`; what would happen later does not.
pub(super) fn ending(scenario: &Scenario, end: u64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.lines.retain(|line| event_at(line).is_none_or(|at| at <= end));
    for line in &mut scenario.lines {
        if let Some(Statement::Run(run)) = &mut line.statement {
            run.value = Time(end);
        }
    }
    scenario
}

/// When the first event happens.
pub(super) fn first_event(scenario: &Scenario) -> Option<u64> {
    scenario.lines.iter().filter_map(event_at).min()
}

/// The same with every event, and the end, sooner by `by`.
pub(super) fn sooner(scenario: &Scenario, by: u64) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.lines.iter_mut().for_each(|line| shift(line, by));
    scenario
}

/// The same with the event on line `index`, and all that follows, sooner by `by`; none if it is
/// no event or would overtake the one before.
pub(super) fn closer(scenario: &Scenario, index: usize, by: u64) -> Option<Scenario> {
    let at = event_at(scenario.lines.get(index)?)?;
    let before = scenario.lines[..index].iter().filter_map(event_at).max().unwrap_or(0);
    if at < before + by {
        return None;
    }
    let mut scenario = scenario.clone();
    scenario.lines[index..].iter_mut().for_each(|line| shift(line, by));
    Some(scenario)
}

/// Puts events in the order of time; everything else stays where it is.
pub(super) fn sort(scenario: &mut Scenario) {
    let mut events: Vec<Line> =
        scenario.lines.iter().filter(|line| event_at(line).is_some()).cloned().collect();
    events.sort_by_key(event_at);
    let mut events = events.into_iter();
    for line in scenario.lines.iter_mut().filter(|line| event_at(line).is_some()) {
        if let Some(event) = events.next() {
            *line = event;
        }
    }
}

fn event_at(line: &Line) -> Option<u64> {
    match &line.statement {
        Some(Statement::At(at)) => Some(at.at.value.micros()),
        _ => None,
    }
}

fn shift(line: &mut Line, by: u64) {
    match &mut line.statement {
        Some(Statement::At(at)) => at.at.value = Time(at.at.value.micros().saturating_sub(by)),
        Some(Statement::Run(run)) => run.value = Time(run.value.micros().saturating_sub(by)),
        _ => {}
    }
}
