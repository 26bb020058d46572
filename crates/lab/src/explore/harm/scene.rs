use std::net::IpAddr;
use std::sync::Arc;

use aap::Peer;
use addrspace::Addr;
use netsim::HostId;
use sansio::{Duration, Instant, UtcSecs};

use oracles::{HostSetting, Setting};

pub(super) const MICROS: i64 = 1_000_000;
/// The shape of a harm that stable storage would have prevented.
pub(super) const WRITES_WERE_LOST: &str = "writes were lost";

/// Who the hosts are, and what their clocks show.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    setting: Arc<Setting>,
    /// By how much each wall clock has stepped ahead, in microseconds; none if it never did.
    steps: Vec<Option<i64>>,
    /// Whose storage has lost what it had acknowledged.
    has_forgotten: Vec<bool>,
}

impl Scene {
    pub(super) fn new(setting: &Arc<Setting>) -> Self {
        let hosts = setting.hosts.len();
        let (steps, has_forgotten) = (vec![None; hosts], vec![false; hosts]);
        Self { setting: Arc::clone(setting), steps, has_forgotten }
    }

    pub(super) fn hosts(&self) -> impl ExactSizeIterator<Item = HostId> + use<> {
        (0..self.setting.hosts.len()).map(HostId::new)
    }

    pub(super) fn name(&self, host: HostId) -> String {
        self.setting.hosts.get(host.index()).map_or_else(|| "?".to_owned(), |h| h.name.clone())
    }

    pub(super) fn ip(&self, address: Addr) -> Option<IpAddr> {
        self.setting.hosts.first().map(|h| address.to_ip(h.config.scope.family))
    }

    pub(super) fn show(&self, address: Addr) -> String {
        self.ip(address).map_or_else(String::new, |ip| ip.to_string())
    }

    pub(super) fn host_at(&self, source: Peer) -> Option<HostId> {
        let is = |h: &HostSetting| Peer::from(h.config.own) == source;
        self.setting.hosts.iter().position(is).map(HostId::new)
    }

    /// The largest value of a constant.
    pub(super) fn longest(&self, constant: impl Fn(&HostSetting) -> Duration) -> Duration {
        self.setting.hosts.iter().map(constant).max().unwrap_or(Duration::ZERO)
    }

    /// What the wall clock of `host` shows.
    pub(super) fn utc(&self, host: HostId, at: Instant) -> Option<UtcSecs> {
        let config = self.setting.hosts.get(host.index())?;
        let stepped = self.steps.get(host.index()).copied().flatten().unwrap_or(0);
        Some(config.utc(self.setting.epoch, at).plus(stepped.div_euclid(MICROS)))
    }

    /// A time on the wall clock of `host`, in microseconds of the run.
    pub(super) fn until(&self, host: HostId, end: UtcSecs, at: Instant) -> i64 {
        self.utc(host, at)
            .map_or(i64::MAX, |utc| micros(at) + end.minus(utc).saturating_mul(MICROS))
    }

    /// The wall clock of `host` jumps ahead.
    pub(super) fn step(&mut self, host: HostId, by: i64) {
        if let Some(stepped) = self.steps.get_mut(host.index()) {
            *stepped = Some(stepped.unwrap_or(0) + by);
        }
    }

    /// The storage of `host` loses what it had acknowledged (AAP-3.1-01).
    pub(super) fn forget(&mut self, host: HostId) {
        if let Some(has_forgotten) = self.has_forgotten.get_mut(host.index()) {
            *has_forgotten = true;
        }
    }

    /// Whether the storage of `host` has ever lost what it had acknowledged.
    pub(super) fn has_forgotten(&self, host: HostId) -> bool {
        self.has_forgotten.get(host.index()).is_some_and(|&has| has)
    }

    /// Whether the wall clock of one of `hosts` has stepped.
    pub(super) fn has_stepped(&self, hosts: &[HostId]) -> bool {
        hosts.iter().any(|host| self.steps.get(host.index()).is_some_and(Option::is_some))
    }
}

pub(super) fn micros(at: Instant) -> i64 {
    i64::try_from(at.as_micros()).unwrap_or(i64::MAX)
}
