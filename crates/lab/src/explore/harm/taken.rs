//! An address is granted that somebody else had: what should have kept it from that, and did not.

use aap::Lease;
use addrspace::Addr;
use netsim::HostId;
use sansio::Instant;

use super::cell::Silence;
use super::onlooker::{Harms, addresses};
use super::scene::micros;
use super::{Harm, Sighting};

impl Harms {
    pub(super) fn granted(&mut self, host: HostId, lease: Lease, at: Instant) {
        let until = self.scene.until(host, lease.end, at);
        for address in addresses(lease.range) {
            self.check_grant(host, address, at);
            let cell = self.cell(address, at);
            cell.begin_anew(host);
            cell.gives_up(host);
            cell.note_end(Some(host), until);
            if let Some(stake) = cell.stake_mut(host) {
                stake.holds = Some(until);
                stake.held = true;
                stake.lost = None;
                stake.fades = None;
            }
        }
    }

    fn check_grant(&mut self, host: HostId, address: Addr, at: Instant) {
        let now = micros(at);
        let Some(cell) = self.cells.get(&address) else { return };
        let hears = |other: &HostId| self.contact.have_met(host, *other, at);
        let owner = cell.those(|s| s.holds.is_some_and(|end| end > now)).find(hears);
        let knew = cell.those(|s| s.heard.is_some_and(|end| end > now)).filter(hears);
        // Whoever came closest to an objection.
        let witness = knew.min_by_key(|knew| cell.silence(*knew, host));
        let own_memory = cell.stake(host).left.is_some();
        let (what, name) = (self.scene.show(address), self.scene.name(host));
        let (harm, silence, why, victim) = if let Some(owner) = owner {
            let victim = self.scene.name(owner);
            let why = format!("{name} was granted {what}, which {victim} holds");
            (Harm::LiveOwnersAddressTaken, cell.silence(owner, host), why, Some(victim))
        } else if let Some(witness) = witness
            && cell.has_dead_owner(now)
            && !own_memory
        {
            let knew = self.scene.name(witness);
            let why = format!("{name} was granted {what} of an owner who is gone; {knew} knew");
            (Harm::DeadOwnersAddressTaken, cell.silence(witness, host), why, None)
        } else {
            return;
        };
        self.tell(Sighting {
            shape: shape(silence),
            victim,
            culprit: Some(name),
            address: self.scene.ip(address),
            ..Sighting::new(harm, why, at)
        });
    }
}

const fn shape(silence: Silence) -> &'static str {
    match silence {
        Silence::Unheard => "answers lost",
        Silence::Unspoken => "answer too late",
        Silence::Unasked => "claim not heard",
    }
}
