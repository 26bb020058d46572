//! Whether what came out is what was expected.

mod expect;
mod filter;
mod state;
mod timeline;

use netsim::Stop;

use crate::domain::Domain;
use crate::tape::Moment;
use scenario::{Expect, Plan, Predicate, Statement, Time};

use state::Snapshot;

/// A timeline or an expectation with its outcome.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// Its line in the scenario, from 1; 0 if unknown.
    pub line: usize,
    /// What was expected, as written.
    pub text: String,
    /// What came instead, if it did not come out.
    pub failure: Option<String>,
}

/// A look at the world at one instant, for one expectation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probe {
    at: Time,
    expect: usize,
}

impl Probe {
    pub(crate) const fn at(&self) -> Time {
        self.at
    }
}

/// Judges one run of a plan.
pub(crate) struct Judge<'p> {
    plan: &'p Plan,
    /// What probes found, per expectation: a failure, or nothing wrong.
    found: Vec<Option<Result<(), String>>>,
    snapshots: Vec<Option<Snapshot>>,
}

impl<'p> Judge<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        let count = plan.expects.len();
        Self { plan, found: vec![None; count], snapshots: (0..count).map(|_| None).collect() }
    }

    /// Every instant at which the world must be looked at, in order.
    pub(crate) fn probes(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (expect, claim) in self.plan.expects.iter().enumerate() {
            match &claim.predicate {
                Predicate::State { at, .. }
                | Predicate::Until { at, .. }
                | Predicate::Metric { at, .. } => {
                    probes.push(Probe { at: at.value, expect });
                }
                Predicate::Unchanged(window) => {
                    probes.push(Probe { at: window.from.value, expect });
                    probes.push(Probe { at: window.to.value, expect });
                }
                _ => {}
            }
        }
        probes.sort_by_key(|p| p.at);
        probes
    }

    /// Looks at the world for `probe`.
    pub(crate) fn take(&mut self, probe: &Probe, domain: &Domain, tape: &[Moment]) {
        let claim = &self.plan.expects[probe.expect];
        if let Predicate::Unchanged(_) = claim.predicate {
            let now = Snapshot::take(self.plan, domain, &claim.subject);
            match self.snapshots[probe.expect].take() {
                None => self.snapshots[probe.expect] = Some(now),
                Some(before) => self.found[probe.expect] = Some(before.same_as(&now)),
            }
            return;
        }
        self.found[probe.expect] = Some(state::probe(self.plan, domain, tape, claim, probe.at));
    }

    /// The outcome of every timeline and expectation.
    pub(crate) fn verdicts(self, domain: &Domain, tape: &[Moment], stop: Stop) -> Vec<Check> {
        let mut checks = Vec::new();
        for block in &self.plan.timelines {
            let line = timeline::line_of(block);
            let failure = timeline::compare(self.plan, domain, tape, block).err();
            let who = if block.only.is_empty() {
                "exact".to_owned()
            } else {
                timeline::names(&block.only)
            };
            checks.push(Check { line, text: format!("timeline {who}"), failure });
        }
        for (claim, found) in self.plan.expects.iter().zip(self.found) {
            let outcome =
                found.unwrap_or_else(|| expect::judge(self.plan, domain, tape, claim, stop));
            let text = Statement::Expect(claim.clone()).to_string();
            checks.push(Check { line: line_of(claim), text, failure: outcome.err() });
        }
        checks
    }
}

/// The line an expectation stands on, as far as its parts remember.
fn line_of(claim: &Expect) -> usize {
    use scenario::Subject;
    let named = match &claim.subject {
        Subject::Host(name) => name.span.line,
        _ => 0,
    };
    let spans = match &claim.predicate {
        Predicate::Never(f) | Predicate::Count(f, _) => {
            f.after.iter().chain(&f.before).map(|t| t.span.line).max()
        }
        Predicate::First(_, w)
        | Predicate::Last(_, w)
        | Predicate::Gap(_, w)
        | Predicate::Unchanged(w) => Some(w.from.span.line),
        Predicate::State { at, .. }
        | Predicate::Until { at, .. }
        | Predicate::Metric { at, .. } => Some(at.span.line),
        Predicate::Capped | Predicate::Finishes => None,
    };
    named.max(spans.unwrap_or(0)) as usize
}
