use std::collections::BTreeSet;
use std::sync::Arc;

use aap::policy::Policy;
use aap::{Command, Item, Participant, Startup};
use netsim::{DropCause, Fault, HostId, Observation, Pick, Seen};
use sansio::{Duration, Instant};

use super::setting::{Setting, departure, longest_delay};

/// What can happen in a run that an oracle may assume not to happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Trouble {
    /// A datagram was lost, whether by chance, by a cut, a partition or on purpose.
    Loss,
    /// Hosts were kept from hearing each other without a trace in the drops.
    Separation,
    /// A datagram came from outside.
    Injection,
    /// A host crashed, or came back with allocations of an earlier life, silent at first.
    Restart,
    /// A host crashed in the middle of a call.
    TornCall,
    /// A wall clock stepped.
    ClockStep,
    /// A host that does not listen at its start joined a domain at work.
    LateStart,
    /// A datagram and its answer may take longer than `[ANNOUNCE-WAIT]`.
    SlowLink,
    /// A clock runs too fast or too slow.
    Drift,
    /// A host read the draft differently from some moment on.
    Reconfiguration,
}

/// How a policy must read the draft: names the switch that does otherwise.
pub(super) type Reading = fn(&Policy) -> Option<&'static str>;

/// Any reading will do.
pub(super) const ANY_READING: Reading = |_| None;

/// The reading that most invariants are promised for.
pub(super) const REPAIRED: Reading = departure;

/// Notices when a run leaves the assumption of an oracle.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    setting: Arc<Setting>,
    assumed: &'static [Trouble],
    outside: Option<String>,
    started: BTreeSet<HostId>,
    first_start: Option<Instant>,
}

impl Watch {
    /// Watches that nothing of `assumed` happens, in a run in which every allocation server
    /// reads the draft as `reading` wants.
    pub(super) fn new(
        setting: &Arc<Setting>,
        assumed: &'static [Trouble],
        reading: Reading,
    ) -> Self {
        let mut watch = Self {
            setting: Arc::clone(setting),
            assumed,
            outside: None,
            started: BTreeSet::new(),
            first_start: None,
        };
        let odd = setting.servers().find_map(|h| Some((&h.name, reading(&h.config.policy)?)));
        if let Some((host, switch)) = odd {
            watch.outside = Some(format!("{host} reads the draft differently: {switch}"));
        }
        let drifts = setting.hosts.iter().find(|h| h.clock.drift_ppm != 0);
        if let Some(host) = drifts {
            watch.notice(Trouble::Drift, || format!("the clock of {} drifts", host.name));
        }
        watch.check_delay(longest_delay(&setting.link));
        watch
    }

    /// Why the oracle is not asked any more, if the run has left its assumption.
    pub(super) fn outside(&self) -> Option<&str> {
        self.outside.as_deref()
    }

    /// Leaves the assumption for a reason of the oracle's own.
    pub(super) fn leave(&mut self, why: impl FnOnce() -> String) {
        if self.outside.is_none() {
            self.outside = Some(why());
        }
    }

    /// Takes note of what happened; whether the assumption still stands.
    pub(super) fn stands(&mut self, seen: &Observation<'_, Participant>) -> bool {
        if self.outside.is_some() {
            return false;
        }
        let at = seen.at;
        match &seen.what {
            Seen::Dropped { why, .. } if *why != DropCause::Down => {
                self.notice(Trouble::Loss, || format!("a datagram was lost at {at} ({why})"));
            }
            Seen::Injected { .. } => {
                self.notice(Trouble::Injection, || format!("a datagram was injected at {at}"));
            }
            Seen::Crashed { undone, .. } => {
                self.notice(Trouble::Restart, || format!("a host crashed at {at}"));
                if *undone > 0 {
                    self.notice(Trouble::TornCall, || format!("a call was cut short at {at}"));
                }
            }
            Seen::Command(Command::Reconfigure { .. }) => {
                let why = || format!("a host changed its reading of the draft at {at}");
                self.notice(Trouble::Reconfiguration, why);
            }
            Seen::Started { restored } => self.check_start(seen, restored),
            Seen::Fault(fault) => self.check_fault(fault, at),
            _ => {}
        }
        self.outside.is_none()
    }

    fn notice(&mut self, trouble: Trouble, why: impl FnOnce() -> String) {
        if self.assumed.contains(&trouble) {
            self.leave(why);
        }
    }

    fn check_start(&mut self, seen: &Observation<'_, Participant>, restored: &[Item]) {
        let (Some(host), at) = (seen.host, seen.at) else { return };
        let first = *self.first_start.get_or_insert(at);
        let again = !self.started.insert(host);
        let setting = Arc::clone(&self.setting);
        let Some(config) = setting.host(host) else { return };
        let owns = restored.iter().any(|item| matches!(item, Item::Own { .. }));
        if again || (owns && config.listens()) {
            let why = || format!("{} came back at {at} with an earlier life", config.name);
            self.notice(Trouble::Restart, why);
        }
        if config.config.startup == Startup::Settled && at > first {
            let why = || format!("{} joined at {at} without listening", config.name);
            self.notice(Trouble::LateStart, why);
        }
    }

    fn check_fault(&mut self, fault: &Fault<Participant>, at: Instant) {
        match fault {
            Fault::StepClock(..) => {
                self.notice(Trouble::ClockStep, || format!("a wall clock stepped at {at}"));
            }
            Fault::Hold(..) | Fault::Zones(..) | Fault::Join(..) | Fault::Leave(..) => {
                let why = || format!("hosts were kept apart at {at} ({})", fault.name());
                self.notice(Trouble::Separation, why);
            }
            Fault::Link(_, _, link) | Fault::Links(link) => self.check_delay(longest_delay(link)),
            Fault::Pick(rule) => match rule.fate {
                Pick::Lose => {}
                Pick::Delay(by) | Pick::Twice(by) => {
                    self.check_delay(by + longest_delay(&self.setting.link));
                }
            },
            _ => {}
        }
    }

    fn check_delay(&mut self, delay: Duration) {
        let shortest = self.setting.servers().map(|h| h.config.timing.announce_wait).min();
        if shortest.is_some_and(|wait| delay * 2 >= wait) {
            let why = || format!("a datagram and its answer may take {}", delay * 2);
            self.notice(Trouble::SlowLink, why);
        }
    }
}
