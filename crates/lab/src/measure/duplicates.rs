//! Addresses that two hosts hold at once, and for how long.

use addrspace::{Range, RangeSet};
use netsim::HostId;
use sansio::Instant;

/// The duplicates of a run, past and present.
///
/// One duplicate is a pair of hosts that hold common addresses, from the first to the last of
/// them: a range that comes to be held twice piece by piece is still one.
#[derive(Clone, Debug, Default)]
pub(super) struct Duplicates {
    open: Vec<Pair>,
    /// How long each one that is over lasted, in microseconds.
    times: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Pair {
    hosts: [HostId; 2],
    since: Instant,
    common: RangeSet,
}

impl Duplicates {
    /// Both hosts hold `range` now.
    pub(super) fn found(&mut self, at: Instant, one: HostId, other: HostId, range: Range) {
        let hosts = if one < other { [one, other] } else { [other, one] };
        match self.open.iter_mut().find(|pair| pair.hosts == hosts) {
            Some(pair) => pair.common.insert(range),
            None => self.open.push(Pair { hosts, since: at, common: RangeSet::from(range) }),
        }
    }

    /// `host` no longer holds `range`.
    pub(super) fn lost(&mut self, at: Instant, host: HostId, range: Range) {
        self.shrink(at, host, |common| common.remove(range));
    }

    /// `host` no longer holds anything.
    pub(super) fn gone(&mut self, at: Instant, host: HostId) {
        self.shrink(at, host, |common| *common = RangeSet::new());
    }

    fn shrink(&mut self, at: Instant, host: HostId, by: impl Fn(&mut RangeSet)) {
        let times = &mut self.times;
        self.open.retain_mut(|pair| {
            if pair.hosts.contains(&host) {
                by(&mut pair.common);
            }
            if pair.common.is_empty() {
                times.push(at.since(pair.since).as_micros());
            }
            !pair.common.is_empty()
        });
    }

    /// How many there are now.
    pub(super) fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// How long each past one lasted, in the order of their ends, in microseconds.
    pub(super) fn into_times(self) -> Vec<u64> {
        self.times
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use addrspace::Addr;

    fn range(first: u128, last: u128) -> Range {
        Range::new(Addr(first), Addr(last)).expect("in order")
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_pair_is_one_duplicate_until_its_last_common_address_is_given_up() {
        let [a, b, c] = [0, 1, 2].map(HostId::new);
        let mut duplicates = Duplicates::default();
        duplicates.found(at(1), b, a, range(1, 4));
        duplicates.found(at(2), a, b, range(7, 7));
        duplicates.lost(at(5), c, range(1, 9));
        duplicates.lost(at(6), a, range(1, 4));
        assert_eq!((duplicates.open(), duplicates.times.clone()), (1, vec![]));
        duplicates.lost(at(9), b, range(7, 7));
        assert_eq!((duplicates.open(), duplicates.into_times()), (0, vec![8_000_000]));
    }

    #[test]
    fn a_crash_ends_all_duplicates_of_a_host() {
        let [a, b, c] = [0, 1, 2].map(HostId::new);
        let mut duplicates = Duplicates::default();
        duplicates.found(at(0), a, b, range(1, 1));
        duplicates.found(at(1), c, b, range(1, 1));
        duplicates.found(at(1), a, c, range(1, 1));
        duplicates.gone(at(3), b);
        assert_eq!((duplicates.open(), duplicates.into_times()), (1, vec![3_000_000, 2_000_000]));
    }
}
