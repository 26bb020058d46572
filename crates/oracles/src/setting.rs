use aap::policy::{ClaimTie, Policy, PreallocationLoss, PreallocationTie, RequireAuth};
use aap::{Config, Startup};
use addrspace::{Family, Range};
use netsim::{Delay, HostId, Link, Skew};
use sansio::{Duration, Instant, UtcSecs};

const MILLION: u64 = 1_000_000;

/// How many mean waits of a [`Delay::Tail`] count as the longest: one datagram in nine million
/// takes longer.
const TAIL_MEANS: u64 = 16;

/// What the oracles must know of a run before it starts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// What a right wall clock shows at the run's epoch.
    pub epoch: UtcSecs,
    /// The properties of every link until a fault changes them.
    pub link: Link,
    /// The hosts, by [`HostId::index`].
    pub hosts: Vec<HostSetting>,
}

/// What the oracles must know of a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostSetting {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Its configuration.
    pub config: Config,
    /// How its clocks deviate.
    pub clock: Skew,
    /// The scope zone it lives in: the allocations of hosts in different zones never clash
    /// (section 2.1).
    pub zone: u32,
    /// By how much its timers may fire late: nothing in a simulation.
    pub lateness: Duration,
}

/// What a host is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// An allocation server.
    Maas,
    /// A Prefix Coordinator.
    Coordinator,
}

impl Setting {
    pub(super) fn host(&self, host: HostId) -> Option<&HostSetting> {
        self.hosts.get(host.index())
    }

    pub(super) fn name(&self, host: HostId) -> &str {
        self.host(host).map_or("?", |h| h.name.as_str())
    }

    /// The allocation servers.
    pub(super) fn servers(&self) -> impl Iterator<Item = &HostSetting> {
        self.hosts.iter().filter(|h| h.role == Role::Maas)
    }

    /// Whether allocations of the two can clash.
    pub(crate) fn are_rivals(&self, a: HostId, b: HostId) -> bool {
        a != b && self.host(a).zip(self.host(b)).is_some_and(|(a, b)| a.zone == b.zone)
    }

    /// `range` as text, in the family of the host that speaks of it.
    pub(super) fn show(&self, host: HostId, range: Range) -> String {
        let family = self.host(host).map_or(Family::V4, |h| h.config.scope.family);
        range.display(family).to_string()
    }

    /// The largest value of a constant among the allocation servers.
    pub(super) fn longest(&self, constant: impl Fn(&HostSetting) -> Duration) -> Duration {
        self.servers().map(constant).max().unwrap_or(Duration::ZERO)
    }
}

impl HostSetting {
    /// What its monotonic clock shows at a moment of the run, as far as it does not step.
    pub(super) fn local(&self, at: Instant) -> Instant {
        let rate = MILLION.saturating_add_signed(i64::from(self.clock.drift_ppm));
        let micros = u128::from(at.as_micros()) * u128::from(rate) / u128::from(MILLION);
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// How long `from` to `to` took by its clock.
    pub(super) fn elapsed(&self, from: Instant, to: Instant) -> Duration {
        self.local(to).since(self.local(from))
    }

    /// What its wall clock shows at a moment of the run, as far as it does not step.
    #[must_use]
    pub fn utc(&self, epoch: UtcSecs, at: Instant) -> UtcSecs {
        let micros = i128::from(self.local(at).as_micros()) + i128::from(self.clock.offset_us);
        epoch.plus(i64::try_from(micros.div_euclid(i128::from(MILLION))).unwrap_or(i64::MAX))
    }

    /// Whether it listens before it speaks.
    pub(super) fn listens(&self) -> bool {
        self.role == Role::Maas && self.config.startup == Startup::Listen
    }
}

/// The longest that a datagram travels on `link`.
pub(super) fn longest_delay(link: &Link) -> Duration {
    let delay = match link.delay {
        Delay::Constant(delay) => delay,
        Delay::Uniform { high, .. } => high,
        Delay::Tail { base, mean } => base + mean * TAIL_MEANS,
    };
    if link.reorder.0 == 0 { delay } else { delay + link.reorder_by }
}

/// The first switch in which `policy` reads the protocol differently from the repaired profile.
/// Switches that only say how much, how soon or what to tell users do not count.
pub(super) fn departure(policy: &Policy) -> Option<&'static str> {
    let repaired = Policy::repaired();
    let same_amounts = Policy {
        startup_announce: repaired.startup_announce,
        fast_jitter: repaired.fast_jitter,
        reserved_tail: repaired.reserved_tail,
        link_layer: repaired.link_layer,
        claim_attempts: repaired.claim_attempts,
        end_guard: repaired.end_guard,
        end_spread: repaired.end_spread,
        deletion_margin: repaired.deletion_margin,
        pool_size: repaired.pool_size,
        pool_lifetime: repaired.pool_lifetime,
        ..*policy
    };
    if same_amounts == repaired {
        return None;
    }
    let differs = |name| same_amounts.value(name) != repaired.value(name);
    Policy::SWITCHES.iter().map(|switch| switch.name).find(|name| differs(name))
}

/// The switch that makes `policy` pass over genuine messages.
pub(super) fn deafness(policy: &Policy) -> Option<&'static str> {
    match policy {
        p if p.require_auth != RequireAuth::None => Some("require-auth"),
        p if p.max_skew > 0 => Some("max-skew"),
        p if p.max_foreign_range > 0 => Some("max-foreign-range"),
        _ => None,
    }
}

/// The experiment that lets bidders go on after a collision.
pub(super) fn experiment(policy: &Policy) -> Option<&'static str> {
    match policy {
        p if p.claim_tie != ClaimTie::HearerYields => Some("claim-tie"),
        p if p.preallocation_tie != PreallocationTie::HearerAbandons => Some("preallocation-tie"),
        p if p.preallocation_loss != PreallocationLoss::Whole => Some("preallocation-loss"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::setting;
    use aap::policy::Profile;

    #[test]
    fn profiles_depart_as_they_should() {
        assert_eq!(departure(&Policy::repaired()), None);
        assert_eq!(departure(&Policy { pool_size: 8, ..Policy::repaired() }), None);
        assert_eq!(departure(&Profile::Literal.policy()), Some("heard-claims"));
    }

    #[test]
    fn clocks_drift_and_are_off() {
        let mut host = setting(1).hosts.remove(0);
        host.clock = Skew { offset_us: -1_500_000, drift_ppm: 1_000 };
        let at = Instant::from_secs(1_000);
        assert_eq!(host.local(at), Instant::from_secs(1_001));
        assert_eq!(host.utc(UtcSecs(50), at), UtcSecs(50 + 999));
    }

    #[test]
    fn the_longest_delay_counts_late_copies_and_long_tails() {
        let second = Duration::from_secs(1);
        let tail = Link { delay: Delay::Tail { base: second, mean: second }, ..Link::default() };
        assert_eq!(longest_delay(&tail), Duration::from_secs(17));
        let late = Link { reorder: netsim::Ppm(1), reorder_by: second, ..Link::default() };
        assert_eq!(longest_delay(&late), second);
    }
}
