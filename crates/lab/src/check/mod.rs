//! A scenario as a problem for the exhaustive checker, and what the checker finds as a scenario.

mod build;
mod properties;
mod schedule;
mod story;
mod write;

use std::fmt;

use aap::Participant;
use checker::{Conclusion, Counterexample, Problem, Representative, Search, Tally};

use crate::run::RunError;
use scenario::{Plan, Profile, Scenario, Time};

pub use checker::{Budget, Pace, ResumeError, Shortage};
pub use properties::PROPERTIES;
pub use write::Replayable;

/// About how many octets a machine takes, with what it keeps on the heap.
const MACHINE_OCTETS: usize = 10_240;

/// Within which bounds to check a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckOptions {
    /// The profile; the scenario's own, else `repaired`, if absent.
    pub profile: Option<Profile>,
    /// The variant; the scenario itself if absent.
    pub variant: Option<String>,
    /// How many copies of datagrams may be lost.
    pub losses: u32,
    /// How many copies of datagrams may arrive twice.
    pub duplicates: u32,
    /// How many hosts may crash besides those of the scenario.
    pub crashes: u32,
    /// The longest a datagram takes; that of the slowest link if absent.
    pub delay: Option<Time>,
    /// Nothing later is looked at; the end of the scenario's run if absent.
    pub horizon: Option<Time>,
    /// The answers that stand for all answers to a question of chance.
    pub representatives: Vec<Representative>,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            profile: None,
            variant: None,
            losses: 0,
            duplicates: 0,
            crashes: 0,
            delay: None,
            horizon: None,
            representatives: vec![
                Representative::Low,
                Representative::Middle,
                Representative::High,
            ],
        }
    }
}

/// A scenario made ready to be checked.
#[derive(Debug)]
pub struct Checkable {
    scenario: Scenario,
    options: CheckOptions,
    plan: Plan,
    bounds: Bounds,
    problem: Problem<Participant>,
    who: Vec<properties::Who>,
    lead_us: u64,
}

/// The bounds of a check, in the words of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The longest a datagram takes.
    pub delay: Time,
    /// How many copies of datagrams may be lost.
    pub losses: u32,
    /// How many copies of datagrams may arrive twice.
    pub duplicates: u32,
    /// How many hosts may crash besides those of the scenario.
    pub crashes: u32,
    /// The end of what is looked at.
    pub horizon: Time,
    /// The answers that stand for all answers to a question of chance.
    pub representatives: Vec<Representative>,
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |count: u32, one: &str, many: &str| match count {
            0 => format!("no {one}"),
            1 => format!("1 {one}"),
            _ => format!("up to {count} {many}"),
        };
        let words: Vec<&str> = self.representatives.iter().map(|r| word(*r)).collect();
        write!(
            f,
            "delays from 0 to {}, {}, {}, {}, the first {}, questions of chance answered {}",
            self.delay,
            of(self.losses, "loss", "losses"),
            of(self.duplicates, "duplicate", "duplicates"),
            of(self.crashes, "crash", "crashes"),
            self.horizon,
            words.join(", "),
        )
    }
}

/// The word for a representative.
#[must_use]
pub const fn word(representative: Representative) -> &'static str {
    match representative {
        Representative::Low => "low",
        Representative::Middle => "middle",
        Representative::High => "high",
    }
}

impl Checkable {
    /// Makes `scenario` ready.
    ///
    /// # Errors
    /// If it has no such variant, cannot be run, or does what the checker cannot follow.
    pub fn new(scenario: &Scenario, options: &CheckOptions) -> Result<Self, RunError> {
        let plan = scenario
            .plan(options.profile, options.variant.as_deref())
            .map_err(|why| RunError { line: 0, message: why.to_string() })?;
        let built = build::build(&plan, options)?;
        Ok(Self {
            scenario: scenario.clone(),
            options: options.clone(),
            plan,
            bounds: built.bounds,
            problem: built.problem,
            who: built.who,
            lead_us: built.lead_us,
        })
    }

    /// The bounds that hold.
    #[must_use]
    pub const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The title of the scenario.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.plan.title
    }

    /// The profile that is checked.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.plan.profile
    }

    /// The names of the hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.problem.hosts.iter().map(|host| host.name.as_str())
    }

    /// What a check that was put down must have in common with one that takes it up.
    fn identity(&self) -> String {
        let (version, variant) = (env!("CARGO_PKG_VERSION"), &self.options.variant);
        let (profile, bounds, text) = (self.plan.profile, &self.bounds, self.scenario.to_text());
        format!("{version} {profile} {variant:?} {bounds}\n{text}")
    }

    /// A check at its beginning.
    #[must_use]
    pub fn check(&self) -> Check<'_> {
        Check { of: self, search: Search::new(&self.problem, MACHINE_OCTETS) }
    }
}

/// A check under way.
#[derive(Debug)]
pub struct Check<'c> {
    of: &'c Checkable,
    search: Search<'c, Participant>,
}

/// How a check has ended.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Every run within the bounds keeps every property.
    Proved,
    /// One does not.
    Violated(Box<Finding>),
    /// Nothing was found before this ran out.
    Inconclusive(Shortage),
}

/// A run that breaks a property.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The property.
    pub property: &'static str,
    /// How it is broken.
    pub why: String,
    /// When, in the scenario's time.
    pub at: Time,
    /// How often the network misbehaves.
    pub faults: u32,
    /// How many steps the run takes.
    pub steps: u32,
    /// What happens, a line each.
    pub story: Vec<String>,
    /// The run as a scenario.
    pub scenario: Replayable,
}

impl Check<'_> {
    /// Goes on until the end, or until the budget is used up, with so many threads. `watch` hears
    /// now and then how far it is, and may stop it. The result does not depend on `jobs`.
    pub fn run(
        &mut self,
        jobs: usize,
        budget: &Budget,
        watch: &mut dyn FnMut(&Tally) -> Pace,
    ) -> Verdict {
        match self.search.run(jobs, budget, watch) {
            Conclusion::Proved => Verdict::Proved,
            Conclusion::Inconclusive(shortage) => Verdict::Inconclusive(shortage),
            Conclusion::Violated(found) => Verdict::Violated(Box::new(self.finding(&found))),
        }
    }

    /// What it has seen so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.search.tally()
    }

    /// The ids of the rules that made some participant act.
    #[must_use]
    pub fn rules(&self) -> Vec<&str> {
        self.search.rules().collect()
    }

    /// All of it as octets, to be gone on with by [`Check::resume`].
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.search.save(&self.of.identity())
    }

    /// Takes up a check of the same scenario within the same bounds.
    ///
    /// # Errors
    /// If the octets are anything else.
    pub fn resume(&mut self, saved: &[u8]) -> Result<(), ResumeError> {
        self.search.resume(&self.of.identity(), saved)
    }

    fn finding(&self, found: &Counterexample<Participant>) -> Finding {
        let at = found.run.last().map_or(0, |last| last.at.as_micros());
        Finding {
            property: found.violation.property,
            why: found.violation.why.clone(),
            at: Time(at.saturating_sub(self.of.lead_us)),
            faults: found.faults,
            steps: found.steps,
            story: story::story(self.of, found),
            scenario: write::scenario(self.of, found),
        }
    }
}
