//! Forgetting moments of hosts that no waiting state is made of any more.

use std::hash::Hash;

use sansio::Machine;

use super::Search;
use crate::state::State;

/// What is not worth pruning, in octets.
pub(super) const LEAST: usize = 16 << 20;

impl<M> Search<'_, M>
where
    M: Machine + Hash,
    M::Record: Hash,
{
    /// Forgets what no waiting state needs, once there is twice as much as was needed last time.
    /// What is forgotten and comes up again is computed again.
    pub(super) fn prune(&mut self) {
        if self.arena.octets(self.machine_octets) < self.prune_at {
            return;
        }
        let hosts = self.problem.hosts.len();
        let (slots, datagrams) = self.arena.sizes();
        let (mut slots, mut datagrams) = (vec![false; slots], vec![false; datagrams]);
        let mut mark = |state: &State| {
            state.slots[..hosts].iter().for_each(|slot| slots[*slot as usize] = true);
            state.copies.iter().for_each(|copy| datagrams[copy.datagram as usize] = true);
        };
        let waiting = self.current.states().chain(self.next.states());
        waiting.for_each(|(_, state)| mark(&state));
        self.seeds.values().flatten().for_each(|seed| mark(&seed.state(hosts)));
        let renumbering = self.arena.keep(&slots, &datagrams);
        self.current.renumber(&renumbering);
        self.next.renumber(&renumbering);
        let seeds = self.seeds.values_mut().flatten();
        seeds.for_each(|seed| seed.renumber(hosts, &renumbering));
        self.prune_at = LEAST.max(2 * self.arena.octets(self.machine_octets));
    }
}
