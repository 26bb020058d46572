use sansio::Instant;

use crate::HostId;

/// When each host next has a timer due: a tournament whose winner is the earliest host, and
/// among equals the one with the lowest index.
///
/// Changing one deadline replays one path to the root, and only as far as it changes anything;
/// asking for the earliest time is one look at the root.
#[derive(Clone, Debug)]
pub(crate) struct Agenda {
    /// Node 1 is the root, the children of `n` are `2n` and `2n + 1`, the second half are leaves.
    earliest: Vec<Instant>,
}

impl Agenda {
    pub(crate) fn new() -> Self {
        Self { earliest: vec![Instant::FAR_FUTURE; 2] }
    }

    const fn leaves(&self) -> usize {
        self.earliest.len() / 2
    }

    /// Makes room for hosts up to `count`.
    pub(crate) fn grow(&mut self, count: usize) {
        let leaves = count.next_power_of_two().max(1);
        if leaves <= self.leaves() {
            return;
        }
        let old = self.earliest.split_off(self.leaves());
        self.earliest = vec![Instant::FAR_FUTURE; 2 * leaves];
        for (host, at) in old.into_iter().enumerate() {
            self.set_leaf(host, at);
        }
    }

    /// Host `host` is next due at `at`; [`Instant::FAR_FUTURE`] means never.
    pub(crate) fn set(&mut self, host: HostId, at: Instant) {
        self.set_leaf(host.index(), at);
    }

    fn set_leaf(&mut self, leaf: usize, at: Instant) {
        let mut node = self.leaves() + leaf;
        self.earliest[node] = at;
        while node > 1 {
            let winner = self.earliest[node].min(self.earliest[node ^ 1]);
            node /= 2;
            if self.earliest[node] == winner {
                break;
            }
            self.earliest[node] = winner;
        }
    }

    /// When the earliest host is due; [`Instant::FAR_FUTURE`] if none is.
    #[inline]
    pub(crate) fn earliest(&self) -> Instant {
        self.earliest[1]
    }

    /// Which host is due then.
    pub(crate) fn winner(&self) -> HostId {
        let at = self.earliest();
        let mut node = 1;
        while node < self.leaves() {
            node *= 2;
            if self.earliest[node] != at {
                node += 1;
            }
        }
        HostId::new(node - self.leaves())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_wins_and_the_lowest_index_breaks_a_tie() {
        let mut agenda = Agenda::new();
        agenda.grow(5);
        for (host, at) in [(0, 9), (1, 7), (2, 8), (3, 7), (4, 3)] {
            agenda.set(HostId::new(host), Instant::from_secs(at));
        }
        let mut order = Vec::new();
        while agenda.earliest() != Instant::FAR_FUTURE {
            let host = agenda.winner();
            order.push(host.index());
            agenda.set(host, Instant::FAR_FUTURE);
        }
        assert_eq!(order, [4, 1, 3, 2, 0]);
    }

    #[test]
    fn growing_keeps_what_was_set() {
        let mut agenda = Agenda::new();
        for host in 0..20 {
            agenda.grow(host + 1);
            agenda.set(HostId::new(host), Instant::from_secs(100 - host as u64));
        }
        assert_eq!(agenda.winner(), HostId::new(19));
        agenda.set(HostId::new(19), Instant::from_secs(200));
        assert_eq!(agenda.winner(), HostId::new(18));
    }
}
