//! Groups that share an Ethernet address: 32 IPv4 groups map to each (RFC 1112 section 6.4).

use addrspace::{Addr, Family, FreeIndex, Range, link_layer};

use crate::config::Config;
use crate::policy::LinkLayer;

/// IPv4 groups whose numbers differ by a multiple of this share an Ethernet address.
const PERIOD: u128 = 1 << 23;

/// The policy about shared Ethernet addresses.
pub(super) struct Aliases(Option<Range>);

impl Aliases {
    /// How many random addresses are tried before every address is looked at in turn.
    pub(super) const TRIES: usize = 64;

    pub(super) fn new(config: &Config) -> Self {
        let avoid = config.policy.link_layer == LinkLayer::AvoidAliases
            && config.scope.family == Family::V4;
        Self(avoid.then_some(config.scope.range))
    }

    /// Whether `addr` shares its Ethernet address neither with 224.0.0.0/24 nor with a group of
    /// the scope that is in use.
    pub(super) fn allow(&self, addr: Addr, free: &FreeIndex) -> bool {
        let Some(scope) = self.0 else { return true };
        if link_layer::aliases_local_network_control(addr) {
            return false;
        }
        let lowest = scope.first().0 + (addr.0 - scope.first().0) % PERIOD;
        (0..)
            .map(|k| Addr(lowest + k * PERIOD))
            .take_while(|a| scope.contains(*a))
            .all(|alias| alias == addr || free.is_free(alias))
    }

    pub(super) fn allow_all(&self, run: Range, free: &FreeIndex) -> bool {
        self.0.is_none() || (run.first().0..=run.last().0).all(|a| self.allow(Addr(a), free))
    }
}
