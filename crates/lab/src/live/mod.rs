//! Scenarios that are played with real processes: what to set up, and a judge for what happened.
//!
//! Real time runs faster than the scenario's by a factor, as the nodes' constants are the draft's
//! divided by it. Expectations and timelines are judged in the scenario's time, with a tolerance;
//! the oracles see real time, and the constants that the nodes really had.

mod checks;
mod faults;
mod known;
mod stage;
mod teller;

use aap::wire::Message;
use aap::{Command, Config, Item, Participant};
use sansio::{Cause, Duration, Output, UtcSecs};
use std::net::SocketAddr;

use crate::domain::Domain;
use crate::judge::Check;
use crate::run::{DEFAULT_SEED, OracleReport, RunError, expand, oracle_report};
use scenario::{Event, Plan, Time};

pub use known::{Stay, known};
pub use stage::{Staged, stage};

/// Every event of a plan, repetitions written out, in time order: the script of a play.
#[must_use]
pub fn script(plan: &Plan) -> Vec<(Time, Event)> {
    expand(plan)
}

/// How a scenario was played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// By how much real time was faster than the scenario's.
    pub factor: u32,
    /// When the scenario's zero was: microseconds since 1970.
    pub zero_us: i64,
    /// By how much the machine may have been late, in real time.
    pub lateness: Duration,
}

/// What network and machine are granted beyond any lateness, in scenario time.
const GRACE: Time = Time(500_000);

impl Pace {
    /// By how much a time of the scenario may be off.
    #[must_use]
    pub const fn tolerance(&self) -> Time {
        Time(GRACE.0 + self.lateness.as_micros() * self.factor as u64)
    }

    /// The scenario's time at a moment, in microseconds since 1970; none before its zero.
    const fn scenario(&self, at_us: i64) -> Option<Time> {
        let since = at_us.saturating_sub(self.zero_us);
        if since < 0 {
            return None;
        }
        Some(Time((since as u64).saturating_mul(self.factor as u64)))
    }

    /// What a right wall clock showed at a time of the scenario.
    const fn utc(&self, at: Time) -> UtcSecs {
        let since = (at.0 / self.factor as u64) as i64;
        UtcSecs(self.zero_us.saturating_add(since).div_euclid(1_000_000))
    }
}

/// Something that really happened.
#[derive(Debug)]
pub struct Happening {
    /// When: microseconds since 1970.
    pub at_us: i64,
    /// To which host of the plan; its place there.
    pub host: usize,
    /// In which of its lives, from 0.
    pub life: usize,
    /// What.
    pub what: Did,
    /// What its outputs, and the timers it armed, are caused by: counted in each life.
    pub cause: Option<Cause>,
    /// What the machine did.
    pub outputs: Vec<Output<Participant>>,
    /// The machine after it.
    pub machine: Option<Participant>,
}

/// The kinds of things that happen.
#[derive(Debug)]
pub enum Did {
    /// It started, with what stable storage held.
    Started(Vec<Item>),
    /// Its user asked for something.
    Command(Command),
    /// A datagram arrived.
    Heard {
        /// Where it came from.
        from: SocketAddr,
        /// The group and port it was sent to.
        to: SocketAddr,
        /// The message.
        message: Message,
        /// Its octets.
        octets: Vec<u8>,
    },
    /// A deadline had come.
    Woke,
    /// It was killed, or began anew.
    Crashed,
    /// The event in this place of [`script`] was done to the network.
    Fault(usize),
}

/// What the judge says of a play.
#[derive(Clone, Debug)]
pub struct Verdicts {
    /// Each timeline and expectation, in the order of a simulation's report.
    pub checks: Vec<LiveCheck>,
    /// Each oracle.
    pub oracles: Vec<OracleReport>,
}

/// A timeline or an expectation of a play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveCheck {
    /// Its outcome.
    pub check: Check,
    /// Why it is not judged, if it is not.
    pub unjudged: Option<&'static str>,
}

/// Judges what happened, in time order, by what `plan` expects and by the draft.
///
/// # Errors
/// If the plan means something that cannot be run.
pub fn judge(plan: &Plan, pace: &Pace, happenings: &[Happening]) -> Result<Verdicts, RunError> {
    let domain = Domain::build(plan, DEFAULT_SEED)?;
    let configs = configs(&domain, happenings);
    let mut teller = teller::Teller::new(plan, &domain, pace, configs, happenings);
    for happening in happenings {
        teller.tell(happening);
    }
    let (tape, oracles) = teller.finish();
    let oracles = oracles.iter().map(|oracle| oracle_report(plan, oracle)).collect();
    let checks = checks::judge(plan, domain, pace, happenings, tape.moments());
    Ok(Verdicts { checks, oracles })
}

/// The configuration that each host really had; that of the plan for one that never ran.
fn configs(domain: &Domain, happenings: &[Happening]) -> Vec<Config> {
    let real = |host: usize| {
        let machines =
            happenings.iter().filter(|h| h.host == host).filter_map(|h| h.machine.as_ref());
        machines.map(Participant::config).next().cloned()
    };
    let members = domain.members.iter().enumerate();
    members.map(|(host, member)| real(host).unwrap_or_else(|| member.config.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace =
        Pace { factor: 20, zero_us: 961_070_400_250_000, lateness: Duration::from_millis(100) };

    #[test]
    fn real_time_becomes_the_scenarios() {
        assert_eq!(PACE.scenario(PACE.zero_us - 1), None, "before its zero");
        assert_eq!(PACE.scenario(PACE.zero_us + 500_000), Some(Time::secs(10)));
        assert_eq!(PACE.utc(Time::secs(10)), UtcSecs(961_070_400));
        assert_eq!(PACE.utc(Time::secs(20)), UtcSecs(961_070_401));
    }

    #[test]
    fn a_late_machine_costs_as_much_more_as_time_runs_faster() {
        assert_eq!(PACE.tolerance(), Time(2_500_000));
        assert_eq!(Pace { factor: 1, ..PACE }.tolerance(), Time(600_000));
    }
}
