//! Expectations and timelines, with a tolerance.
//!
//! Windows and timelines are wider by the tolerance. Limits of what is counted, and moments of a
//! look at a machine, may mean the moment itself, or lie as much earlier or later: an expectation
//! is met if it is met by one of the three. Timelines may end with the run, or a little later.

use netsim::Stop;

use super::Did;
use super::{Happening, LiveCheck, Pace};
use crate::domain::{Domain, StandIns};
use crate::judge::{Check, Judge};
use crate::tape::Moment;
use scenario::{Expect, Filter, Mark, Plan, Predicate, Statement, Time, Timeline, Window};

pub(super) fn judge(
    plan: &Plan,
    mut domain: Domain,
    pace: &Pace,
    happenings: &[Happening],
    tape: &[Moment],
) -> Vec<LiveCheck> {
    let tolerance = pace.tolerance();
    let shifts = [Shift::None, Shift::Later(tolerance), Shift::Earlier(tolerance)];
    // What was to happen at the very end may be late, and what comes soon after it is no business
    // of the scenario: so there is a look with either.
    let end = domain.at(plan.run);
    let within = &tape[..tape.partition_point(|moment| moment.at <= end)];
    let looks = [(Shift::None, within)].into_iter().chain(shifts.map(|shift| (shift, tape)));
    let mut rounds = looks.map(|(shift, tape)| {
        let tolerant = tolerant(plan, tolerance, shift);
        look(&tolerant, &mut domain, pace, happenings, tape)
    });
    let mut checks = rounds.next().unwrap_or_default();
    for round in rounds {
        for (check, other) in checks.iter_mut().zip(round) {
            if other.failure.is_none() {
                check.failure = None;
            }
        }
    }
    let unjudged = plan.timelines.iter().map(|_| None).chain(plan.expects.iter().map(unjudged));
    let checks = checks.into_iter().zip(unjudged);
    checks.map(|(check, unjudged)| LiveCheck { check, unjudged }).collect()
}

/// Why an expectation is not judged.
const fn unjudged(claim: &Expect) -> Option<&'static str> {
    match claim.predicate {
        Predicate::Until { .. } => Some("end times are whole seconds of the real clock"),
        Predicate::Capped => Some("nobody counts the messages"),
        _ => None,
    }
}

fn look(
    plan: &Plan,
    domain: &mut Domain,
    pace: &Pace,
    happenings: &[Happening],
    tape: &[Moment],
) -> Vec<Check> {
    let mut judge = Judge::new(plan);
    let mut machines = vec![None; domain.members.len()];
    let mut left = happenings.iter().peekable();
    for probe in judge.probes() {
        while let Some(next) =
            left.next_if(|next| pace.scenario(next.at_us).is_none_or(|at| at <= probe.at()))
        {
            let machine = match next.what {
                Did::Fault(_) => continue,
                Did::Crashed => None,
                _ => next.machine.clone(),
            };
            if let Some(seat) = machines.get_mut(next.host) {
                *seat = machine;
            }
        }
        let utc = pace.utc(probe.at());
        domain.stand_ins = Some(StandIns { machines: machines.clone(), utc });
        let until = domain.at(probe.at());
        let seen = tape.partition_point(|moment| moment.at <= until);
        judge.take(&probe, domain, &tape[..seen]);
    }
    judge.verdicts(domain, tape, Stop::Reached)
}

#[derive(Clone, Copy)]
enum Shift {
    None,
    Later(Time),
    Earlier(Time),
}

impl Shift {
    const fn of(self, at: Time) -> Time {
        match self {
            Self::None => at,
            Self::Later(by) => later(at, by),
            Self::Earlier(by) => earlier(at, by),
        }
    }
}

const fn later(at: Time, by: Time) -> Time {
    Time(at.0.saturating_add(by.0))
}

const fn earlier(at: Time, by: Time) -> Time {
    Time(at.0.saturating_sub(by.0))
}

/// The plan with wider windows, its limits shifted.
fn tolerant(plan: &Plan, tolerance: Time, shift: Shift) -> Plan {
    let mut plan = plan.clone();
    for block in &mut plan.timelines {
        widen_timeline(block, tolerance);
    }
    for claim in &mut plan.expects {
        match &mut claim.predicate {
            Predicate::Never(filter) | Predicate::Count(filter, _) => limits(filter, shift),
            Predicate::First(filter, window)
            | Predicate::Last(filter, window)
            | Predicate::Gap(filter, window) => {
                limits(filter, shift);
                widen(window, tolerance);
            }
            Predicate::State { at, .. }
            | Predicate::Until { at, .. }
            | Predicate::Metric { at, .. } => at.value = shift.of(at.value),
            Predicate::Unchanged(window) => {
                window.from.value = shift.of(window.from.value);
                window.to.value = shift.of(window.to.value);
            }
            Predicate::Capped | Predicate::Finishes => {}
        }
    }
    plan
}

fn limits(filter: &mut Filter, shift: Shift) {
    for limit in filter.after.iter_mut().chain(&mut filter.before) {
        limit.value = shift.of(limit.value);
    }
}

const fn widen(window: &mut Window, tolerance: Time) {
    window.from.value = earlier(window.from.value, tolerance);
    window.to.value = later(window.to.value, tolerance);
}

fn widen_timeline(block: &mut Timeline, tolerance: Time) {
    let wider = |time: Option<Time>| Some(later(time.unwrap_or_default(), tolerance));
    block.tolerance = wider(block.tolerance);
    for line in &mut block.lines {
        if let Some(Statement::Mark(Mark { tolerance: own @ Some(_), .. })) = &mut line.statement {
            *own = wider(*own);
        }
    }
}
