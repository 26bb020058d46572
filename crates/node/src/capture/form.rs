//! Configurations as a capture writes them, in its first line and when a participant is replaced.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::policy::Policy;
use aap::wire::Rseq;
use aap::{
    AnaScope, Config, Jitter, Maas, Participant, PrefixCoordinator, Reports, Shortcut, Startup,
    Timing,
};
use addrspace::{Family, Range, Scope, ScopeKind};
use sansio::{Duration, UtcSecs};
use serde::{Deserialize, Serialize};

use crate::config::{NodeRole, ScopeConfig};
use crate::event::Served;
use crate::handle::ScopeId;

/// The first line.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct Head {
    pub(super) schema: String,
    pub(super) version: u32,
    pub(super) program: String,
    /// What both clocks showed at the beginning, in microseconds: the monotonic one, and the wall
    /// clock since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) began: Option<(u64, i64)>,
    pub(super) members: Vec<MemberForm>,
}

/// One participant's whole configuration.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct MemberForm {
    coordinator: bool,
    own: SocketAddr,
    group: SocketAddr,
    scope: String,
    range: String,
    large: bool,
    scopes_on_group: Vec<String>,
    excluded: Vec<String>,
    timing: TimingForm,
    policy: BTreeMap<String, String>,
    settled: bool,
    reports: bool,
    ana_ours: bool,
    first_rseq: u32,
    asa_validity_us: Option<u64>,
    shortcut: bool,
    space: Vec<(String, i64)>,
}

impl MemberForm {
    pub(super) fn of(role: NodeRole, scope: &ScopeConfig, now: UtcSecs) -> Self {
        let config = &scope.machine;
        let family = config.scope.family;
        let texts =
            |ranges: &[Range]| ranges.iter().map(|r| r.display(family).to_string()).collect();
        Self {
            coordinator: role == NodeRole::Coordinator,
            own: config.own,
            group: config.group,
            scope: config.scope.name.clone(),
            range: config.scope.range.display(family).to_string(),
            large: config.is_large(),
            scopes_on_group: texts(&config.scopes_on_group),
            excluded: texts(&config.excluded),
            timing: TimingForm::of(&config.timing),
            policy: policy_form(&config.policy),
            settled: config.startup == Startup::Settled,
            reports: config.reports == Reports::Send,
            ana_ours: config.ana_scope == AnaScope::Ours,
            first_rseq: config.first_rseq.number(),
            asa_validity_us: config.asa_validity.map(Duration::as_micros),
            shortcut: config.shortcut == Shortcut::On,
            space: scope
                .space
                .iter()
                .map(|(range, end)| (range.display(family).to_string(), end.from(now).0))
                .collect(),
        }
    }

    /// What does not change while the node runs.
    pub(super) fn served(&self, id: usize) -> Result<Served, String> {
        let (family, range) = Range::parse(&self.range).map_err(|e| e.to_string())?;
        let kind = if self.large { ScopeKind::Large } else { ScopeKind::Small };
        let (name, own, group) = (self.scope.clone(), self.own, self.group);
        Ok(Served { id: ScopeId(id), name, family, range, kind, group, own })
    }

    pub(super) const fn role(&self) -> NodeRole {
        if self.coordinator { NodeRole::Coordinator } else { NodeRole::Maas }
    }

    /// The family of the scope, and the participant before its start.
    pub(super) fn participant(&self) -> Result<(Family, Participant), String> {
        let (family, range) = Range::parse(&self.range).map_err(|e| e.to_string())?;
        let kind = if self.large { ScopeKind::Large } else { ScopeKind::Small };
        let mut config = Config::new(self.own, Scope::new(&*self.scope, family, range, kind));
        config.group = self.group;
        config.scopes_on_group = ranges(&self.scopes_on_group)?;
        config.excluded = ranges(&self.excluded)?;
        config.timing = self.timing.timing();
        config.policy = policy(&self.policy)?;
        config.startup = if self.settled { Startup::Settled } else { Startup::Listen };
        config.reports = if self.reports { Reports::Send } else { Reports::Never };
        config.ana_scope = if self.ana_ours { AnaScope::Ours } else { AnaScope::Other };
        config.first_rseq = Rseq::wrapping(self.first_rseq);
        config.asa_validity = self.asa_validity_us.map(Duration::from_micros);
        config.shortcut = if self.shortcut { Shortcut::On } else { Shortcut::Off };
        if !self.coordinator {
            return Ok((family, Participant::Maas(Box::new(Maas::new(config)))));
        }
        let space = self.space.iter().map(|(r, end)| Ok((self::range(r)?, UtcSecs(*end))));
        let space = space.collect::<Result<Vec<_>, String>>()?;
        Ok((family, Participant::Coordinator(Box::new(PrefixCoordinator::new(config, space)))))
    }
}

/// The constants of Appendix B, in microseconds.
#[derive(Serialize, Deserialize, Debug)]
pub(super) struct TimingForm {
    startup_wait: u64,
    announce_wait: u64,
    resend_wait: u64,
    repeat_interval: u64,
    asa_interval: u64,
    asrp_interval: u64,
    jitter: bool,
}

impl TimingForm {
    pub(super) fn of(timing: &Timing) -> Self {
        Self {
            startup_wait: timing.startup_wait.as_micros(),
            announce_wait: timing.announce_wait.as_micros(),
            resend_wait: timing.resend_wait.as_micros(),
            repeat_interval: timing.repeat_interval.as_micros(),
            asa_interval: timing.asa_interval.as_micros(),
            asrp_interval: timing.asrp_interval.as_micros(),
            jitter: timing.jitter == Jitter::On,
        }
    }

    pub(super) const fn timing(&self) -> Timing {
        Timing {
            startup_wait: Duration::from_micros(self.startup_wait),
            announce_wait: Duration::from_micros(self.announce_wait),
            resend_wait: Duration::from_micros(self.resend_wait),
            repeat_interval: Duration::from_micros(self.repeat_interval),
            asa_interval: Duration::from_micros(self.asa_interval),
            asrp_interval: Duration::from_micros(self.asrp_interval),
            jitter: if self.jitter { Jitter::On } else { Jitter::Off },
        }
    }
}

pub(super) fn policy_form(policy: &Policy) -> BTreeMap<String, String> {
    let value = |name: &str| policy.value(name).unwrap_or_default();
    Policy::SWITCHES.iter().map(|s| (s.name.to_owned(), value(s.name))).collect()
}

pub(super) fn policy(form: &BTreeMap<String, String>) -> Result<Policy, String> {
    let mut policy = Policy::repaired();
    for (name, value) in form {
        policy.set(name, value).map_err(|error| error.to_string())?;
    }
    Ok(policy)
}

pub(super) fn range(text: &str) -> Result<Range, String> {
    Range::parse(text).map(|(_, range)| range).map_err(|error| error.to_string())
}

pub(super) fn ranges(texts: &[String]) -> Result<Vec<Range>, String> {
    texts.iter().map(|text| range(text)).collect()
}
