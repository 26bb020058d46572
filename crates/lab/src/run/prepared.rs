//! A scenario made ready once, to be run under many seeds.

use std::sync::Arc;

use super::{DEFAULT_SEED, Run, RunError, Watch, script, setting};
use crate::domain::Domain;
use crate::judge::Judge;
use crate::measure::{Gauge, Sample};
use crate::tape::Keeps;
use crate::theory::Facts;
use netsim::Stop;
use oracles::Setting;
use scenario::{Event, Plan, Profile, Scenario, Statement, Time};

/// A scenario under one profile and one variant, ready to be run many times.
///
/// What does not depend on the seed is done once: the plan, the world before its first moment,
/// the list of events. It is shared between threads by reference.
pub struct Prepared {
    plan: Plan,
    events: Vec<(Time, Event)>,
    /// The world before anything happens, of no particular seed.
    blank: Domain,
    setting: Arc<Setting>,
    keeps: Keeps,
}

impl Prepared {
    /// Makes `scenario` ready under `profile` (else its own, else `repaired`) and `variant`.
    ///
    /// # Errors
    /// If the scenario has no such variant, or means something that cannot be run.
    pub fn new(
        scenario: &Scenario,
        profile: Option<Profile>,
        variant: Option<&str>,
    ) -> Result<Self, RunError> {
        let plan = scenario
            .plan(profile, variant)
            .map_err(|why| RunError { line: 0, message: why.to_string() })?;
        let events = script::expand(&plan);
        let blank = Domain::build(&plan, plan.seed.unwrap_or(DEFAULT_SEED))?;
        let setting = Arc::new(setting(&plan, &blank));
        let reacts =
            |event: &Event| matches!(event, Event::Answer(_) | Event::Replay(_) | Event::Next(_));
        let looks_back = !plan.expects.is_empty()
            || !plan.timelines.is_empty()
            || events.iter().any(|(_, event)| reacts(event));
        let keeps = if looks_back { Keeps::Everything } else { Keeps::Nothing };
        Ok(Self { plan, events, blank, setting, keeps })
    }

    /// The profile it runs under.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.plan.profile
    }

    /// What formulas need to know of it.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let loss = match self.blank.world.config().link.loss {
            netsim::Loss::Independent(share) | netsim::Loss::Burst { share, .. } => share.0,
            netsim::Loss::None => 0,
        };
        let known = self.plan.known.iter().filter_map(|known| {
            let (ranges, _) = self.blank.lease(&self.plan, &known.lease, Time(0), None).ok()?;
            Some(ranges.len() as u64)
        });
        // The last host is a bystander, if any is.
        let wait = self.setting.hosts.last().map_or((0, 0, 0), |host| {
            let (policy, base) = (&host.config.policy, host.config.timing.resend_wait);
            let ends = [policy.defence_low, policy.defence_high];
            let [low, high] = ends.map(|tenths| base.ratio(tenths.into(), 10).as_micros());
            (low, high, policy.defence_octaves)
        });
        Facts {
            bystanders: (self.plan.hosts.len() as u64).saturating_sub(1),
            delay: self.blank.default_delay.as_micros(),
            loss: u64::from(loss),
            ranges: known.sum(),
            length: self.plan.run.micros(),
            wait,
        }
    }

    /// The timelines and expectations, as written, in the order of [`Sample::met`].
    #[must_use]
    pub fn checks(&self) -> Vec<String> {
        let timelines = self.plan.timelines.iter().map(|block| {
            let first = Statement::Timeline(block.clone()).to_string();
            first.lines().next().unwrap_or_default().to_owned()
        });
        let expects =
            self.plan.expects.iter().map(|claim| Statement::Expect(claim.clone()).to_string());
        timelines.chain(expects).collect()
    }

    /// Runs it with this seed and measures what happens. Neither journal nor oracles watch: the
    /// same seed given to [`crate::run`] shows the same run to them.
    ///
    /// # Errors
    /// If an event of the scenario means something that cannot be done.
    pub fn sample(&self, seed: u64) -> Result<Sample, RunError> {
        let (run, stop, judge) = self.play(seed)?;
        Ok(run.sample(seed, stop, judge))
    }

    /// The digest of the run of this seed, which differs where anything else happens in it.
    ///
    /// # Errors
    /// If an event of the scenario means something that cannot be done.
    pub fn digest(&self, seed: u64) -> Result<String, RunError> {
        let (run, ..) = self.play(seed)?;
        Ok(run.domain.world.digest().to_string())
    }

    fn play(&self, seed: u64) -> Result<(Run<'_>, Stop, Judge<'_>), RunError> {
        let mut domain = self.blank.clone();
        domain.world.reseed(seed);
        let gauge = Gauge::new(&self.setting, self.blank.lead);
        let watch = Watch::measuring(gauge, self.keeps);
        let mut run = Run::new(&self.plan, domain, watch);
        let mut judge = Judge::new(&self.plan);
        let stop = run.play(&self.events, &mut judge)?;
        Ok((run, stop, judge))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunOptions;
    use aap::wire::MessageType;

    #[test]
    fn a_measured_run_is_the_run_of_that_seed() {
        for name in ["three-want-the-last-address", "replays-after-an-hour", "figure-3"] {
            let embedded = crate::scenarios::find(name).expect("it is embedded");
            let scenario = Scenario::parse(embedded.text).expect("it is sound");
            let prepared = Prepared::new(&scenario, None, None).expect("it can be run");
            for seed in 1..5 {
                let options = RunOptions { seed: Some(seed), ..RunOptions::default() };
                let report = crate::run(&scenario, &options).expect("it can be run");
                let sample = prepared.sample(seed).expect("it can be run");
                assert_eq!(sample.messages(None, None), report.counters.sent, "{name}, {seed}");
                let met: Vec<bool> = report.checks.iter().map(|c| c.failure.is_none()).collect();
                assert_eq!(sample.met, met, "{name}, seed {seed}");
                assert_eq!(prepared.checks().len(), met.len());
                assert_eq!(prepared.digest(seed).expect("it can be run"), report.digest);
            }
        }
    }

    #[test]
    fn a_scenario_without_a_scope_cannot_be_run_and_says_so() {
        let text = "title T\nscope site 239.255.0.0/16 small\nhosts A\nrun 5m\n";
        for hosts in [true, false] {
            let mut scenario = Scenario::parse(text).expect("it is sound");
            // Texts without one are refused; whoever makes a scenario from parts need not look.
            scenario.lines.retain(|line| match &line.statement {
                Some(Statement::Scope(_)) => false,
                Some(Statement::Hosts(_)) => hosts,
                _ => true,
            });
            let why = crate::run(&scenario, &RunOptions::default()).unwrap_err();
            assert!(why.message.contains("no scope"), "{why}");
            assert!(Prepared::new(&scenario, None, None).is_err());
        }
    }

    #[test]
    fn seeds_differ_and_repeat() {
        let text = "title T\ncites SCN-08\nscope site 239.255.0.0/16 small\nhosts A B\n\
                    link * loss 50%\nskip startup\nat 0s A claim 1 at .7 until +1h\n\
                    at 0s B claim 1 at .7 until +2h\nrun 5m\n";
        let scenario = Scenario::parse(text).expect("it is sound");
        let prepared = Prepared::new(&scenario, None, None).expect("it can be run");
        let samples: Vec<_> = (0..20).map(|seed| prepared.sample(seed).unwrap()).collect();
        assert_eq!(samples[7], prepared.sample(7).unwrap());
        assert_eq!(samples[0].requests, 2);
        let sent = |sample: &Sample| sample.messages(Some(MessageType::Aclm), None);
        assert!(samples.iter().any(|sample| sent(sample) != sent(&samples[0])));
    }
}
