//! Running a scenario and judging what came out.

mod harmful;
mod hostile;
mod prepared;
mod script;

use std::fmt;
use std::sync::Arc;

use netsim::{Counters, Recorder, Stop, Verdict};
use trace::Journal;

use crate::dissect::AapDissector;
use crate::domain::{Domain, Member};
use crate::explore::Harms;
use crate::judge::{Check, Judge, Probe};
use crate::measure::{Gauge, Sample};
use crate::tape::{Keeps, Tape};
use oracles::{HostSetting, Setting};
use scenario::{Event, Plan, Profile, Scenario, Time};

pub(crate) use harmful::look_for_harm;
pub use prepared::Prepared;
pub(crate) use script::expand;

/// The seed of a run that nobody gave one.
pub const DEFAULT_SEED: u64 = 1;

/// How to run a scenario.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The profile; the scenario's own, else `repaired`, if absent.
    pub profile: Option<Profile>,
    /// The variant; the scenario itself if absent.
    pub variant: Option<String>,
    /// The seed; the scenario's own, else [`DEFAULT_SEED`], if absent.
    pub seed: Option<u64>,
    /// Whether to keep a journal of the run.
    pub journal: bool,
}

/// What came out of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The scenario's title.
    pub title: String,
    /// The profile it ran under.
    pub profile: Profile,
    /// The variant that ran.
    pub variant: Option<String>,
    /// The seed.
    pub seed: u64,
    /// Why the run ended.
    pub ended: String,
    /// The digest of the run.
    pub digest: String,
    /// Each timeline and expectation with its outcome.
    pub checks: Vec<Check>,
    /// Each oracle with its verdict.
    pub oracles: Vec<OracleReport>,
    /// Everything that happened, if asked for.
    pub journal: Option<Journal>,
    /// How often things happened.
    pub counters: Counters,
}

impl Report {
    /// Whether everything expected came out and no oracle objects.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|c| c.failure.is_none()) && self.oracles.iter().all(|o| o.ok)
    }

    /// Whether something that the scenario claims was not put to the test.
    #[must_use]
    pub fn inconclusive(&self) -> bool {
        let idle = |o: &&OracleReport| matches!(o.verdict, Verdict::NotExercised { .. });
        self.oracles.iter().filter(|o| o.claimed.is_some()).any(|o| idle(&o))
    }
}

/// An oracle with its verdict.
#[derive(Clone, Debug)]
pub struct OracleReport {
    /// Its name.
    pub name: &'static str,
    /// When its property is owed.
    pub assumption: &'static str,
    /// What it says.
    pub verdict: Verdict,
    /// What the scenario says it must say, if it says so.
    pub claimed: Option<scenario::Verdict>,
    /// Whether that is so; without a claim, whether nothing is violated.
    pub ok: bool,
}

/// Why a scenario could not be run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunError {
    /// The line at fault, from 1; 0 if it is none in particular.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}: {}", self.message),
        }
    }
}

impl std::error::Error for RunError {}

impl From<crate::domain::Trouble> for RunError {
    fn from((message, line): crate::domain::Trouble) -> Self {
        Self { line, message }
    }
}

/// Runs a scenario and judges it.
///
/// # Errors
/// If the scenario has no such variant, or means something that cannot be run.
pub fn run(scenario: &Scenario, options: &RunOptions) -> Result<Report, RunError> {
    let plan = scenario
        .plan(options.profile, options.variant.as_deref())
        .map_err(|why| RunError { line: 0, message: why.to_string() })?;
    let seed = options.seed.or(plan.seed).unwrap_or(DEFAULT_SEED);
    let domain = Domain::build(&plan, seed)?;
    let watch = Watch::judging(&plan, &domain, options.journal);
    let mut run = Run::new(&plan, domain, watch);
    let mut judge = Judge::new(&plan);
    let stop = run.play(&script::expand(&plan), &mut judge)?;
    Ok(run.report(seed, stop, judge))
}

/// Everyone who watches a run.
struct Watch {
    tape: Tape,
    oracles: Vec<oracles::Boxed>,
    harms: Option<Harms>,
    recorder: Option<Recorder<aap::Participant, AapDissector>>,
    gauge: Option<Gauge>,
}

impl Watch {
    fn judging(plan: &Plan, domain: &Domain, journal: bool) -> Self {
        let setting = setting(plan, domain);
        let recorder = |scope: &addrspace::Scope| {
            let peer = |m: &Member| (aap::Peer::from(m.config.own), m.host.clone());
            let names = domain.members.iter().map(peer).collect();
            let dissector = AapDissector::new(scope.family, scope.range, names);
            Recorder::new(&domain.world, dissector)
        };
        Self {
            tape: Tape::new(Keeps::Everything),
            oracles: oracles::all(&setting),
            harms: None,
            recorder: domain.scopes.first().filter(|_| journal).map(recorder),
            gauge: None,
        }
    }

    fn searching(setting: &Arc<Setting>, keeps: Keeps) -> Self {
        Self {
            tape: Tape::new(keeps),
            oracles: oracles::all(setting),
            harms: Some(Harms::new(setting)),
            recorder: None,
            gauge: None,
        }
    }

    fn measuring(gauge: Gauge, keeps: Keeps) -> Self {
        Self {
            tape: Tape::new(keeps),
            oracles: Vec::new(),
            harms: None,
            recorder: None,
            gauge: Some(gauge),
        }
    }
}

impl netsim::Observer<aap::Participant> for Watch {
    fn observe(&mut self, seen: &netsim::Observation<'_, aap::Participant>) {
        self.tape.observe(seen);
        self.oracles.observe(seen);
        self.harms.observe(seen);
        self.recorder.observe(seen);
        self.gauge.observe(seen);
    }
}

/// A run under way.
pub(crate) struct Run<'a> {
    plan: &'a Plan,
    domain: Domain,
    watch: Watch,
    /// Requests made so far: their names.
    requests: u32,
    hostile: hostile::Hostile,
}

impl<'a> Run<'a> {
    /// A run that nobody watches: what it is told to do can be asked for without doing it.
    pub(crate) fn unwatched(plan: &'a Plan, domain: Domain) -> Self {
        let (tape, oracles) = (Tape::new(Keeps::Nothing), Vec::new());
        Self::new(plan, domain, Watch { tape, oracles, recorder: None, gauge: None, harms: None })
    }

    pub(crate) const fn domain(&self) -> &Domain {
        &self.domain
    }

    fn new(plan: &'a Plan, domain: Domain, watch: Watch) -> Self {
        Self { plan, domain, watch, requests: 0, hostile: hostile::Hostile::default() }
    }

    /// Plays the plan's events, as `script::expand` lists them, and probes in time order to the
    /// end.
    fn play(&mut self, events: &[(Time, Event)], judge: &mut Judge<'_>) -> Result<Stop, RunError> {
        let mut events = events.iter().peekable();
        let mut probes = judge.probes().into_iter().peekable();
        loop {
            let next_event = events.peek().map(|(at, _)| *at);
            let next_probe = probes.peek().map(Probe::at);
            match (next_event, next_probe) {
                (Some(at), probe) if probe.is_none_or(|probe| at <= probe) => {
                    self.advance_before(self.domain.at(at));
                    if let Some((at, event)) = events.next() {
                        self.perform(*at, event)?;
                    }
                }
                (_, Some(at)) => {
                    self.advance(self.domain.at(at));
                    if let Some(probe) = probes.next() {
                        self.probe(judge, &probe);
                    }
                }
                (_, None) => break,
            }
        }
        Ok(self.advance(self.domain.at(self.plan.run)))
    }

    fn probe(&mut self, judge: &mut Judge<'_>, probe: &Probe) {
        judge.take(probe, &self.domain, self.watch.tape.moments());
    }

    /// Runs up to and including `until`.
    fn advance(&mut self, until: sansio::Instant) -> Stop {
        if !self.hostile.is_active() {
            return self.domain.world.run_until(until, &mut self.watch);
        }
        while self.domain.world.next_at().is_some_and(|at| at <= until) {
            if self.domain.world.step(&mut self.watch).is_none() {
                break;
            }
            self.react();
        }
        self.domain.world.run_until(until, &mut self.watch)
    }

    /// Runs everything before `until`.
    fn advance_before(&mut self, until: sansio::Instant) {
        if self.hostile.is_active() {
            while self.domain.world.next_at().is_some_and(|at| at < until) {
                if self.domain.world.step(&mut self.watch).is_none() {
                    break;
                }
                self.react();
            }
        }
        self.domain.world.run_before(until, &mut self.watch);
    }

    /// What the gauge has seen, with which expectations were met.
    fn sample(self, seed: u64, stop: Stop, judge: Judge<'_>) -> Sample {
        let Self { domain, mut watch, .. } = self;
        let checks = judge.verdicts(&domain, watch.tape.moments(), stop);
        let met = checks.iter().map(|check| check.failure.is_none()).collect();
        let until = domain.world.now();
        let gauge = watch.gauge.take();
        let mut sample = gauge.map(|gauge| gauge.finish(until, stop)).unwrap_or_default();
        (sample.seed, sample.met) = (seed, met);
        sample
    }

    fn report(self, seed: u64, stop: Stop, judge: Judge<'_>) -> Report {
        let Self { plan, domain, mut watch, .. } = self;
        let checks = judge.verdicts(&domain, watch.tape.moments(), stop);
        let oracles: Vec<OracleReport> =
            watch.oracles.iter().map(|oracle| oracle_report(plan, oracle)).collect();
        let digest = domain.world.digest().to_string();
        let journal = watch.recorder.take().map(|mut recorder| {
            for oracle in &watch.oracles {
                recorder.verdict(&domain.world, oracle.as_ref());
            }
            recorder.end(&domain.world, stop);
            let mut journal = recorder.into_journal(&domain.world, plan.title.clone());
            journal.header.profile = Some(plan.profile.to_string());
            for entry in &mut journal.entries {
                entry.at = entry.at.saturating_sub(domain.lead.as_micros());
            }
            journal
        });
        Report {
            title: plan.title.clone(),
            profile: plan.profile,
            variant: plan.variant.clone(),
            seed,
            ended: stop.to_string(),
            digest,
            checks,
            oracles,
            journal,
            counters: domain.world.counters().clone(),
        }
    }
}

pub(crate) fn oracle_report(plan: &Plan, oracle: &oracles::Boxed) -> OracleReport {
    let verdict = oracle.verdict();
    let claimed = plan.oracles.iter().find(|c| c.name.as_str() == oracle.name()).map(|c| c.verdict);
    let said = match verdict {
        Verdict::Holds => scenario::Verdict::Holds,
        Verdict::Violated { .. } => scenario::Verdict::Violated,
        Verdict::NotExercised { .. } => scenario::Verdict::Idle,
    };
    let ok = claimed.map_or(said != scenario::Verdict::Violated, |claimed| claimed == said);
    OracleReport { name: oracle.name(), assumption: oracle.assumption(), verdict, claimed, ok }
}

fn setting(plan: &Plan, domain: &Domain) -> Setting {
    let world = domain.world.config();
    let hosts = domain.members.iter().map(|member| HostSetting {
        name: member.host.clone(),
        role: match member.role {
            scenario::Role::Allocator => oracles::Role::Maas,
            scenario::Role::Coordinator => oracles::Role::Coordinator,
        },
        config: member.config.clone(),
        clock: domain.clock_of(plan, &member.host),
        // Allocations in different scopes never clash.
        zone: member.scope as u32,
        lateness: sansio::Duration::ZERO,
    });
    Setting { epoch: world.epoch, link: world.link, hosts: hosts.collect() }
}
