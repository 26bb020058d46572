//! What hosts believe of others' allocations, and how long: defended without end, or believed in
//! again after a deletion.

use addrspace::{Addr, Range};
use netsim::HostId;
use sansio::{Duration, Instant};

use super::cell::{Cell, Revival, SAME_END, Silence, Word};
use super::onlooker::{Harms, addresses};
use super::scene::{WRITES_WERE_LOST, micros};
use super::{Harm, Sighting};

/// Whoever deleted is not there, or does not hear that somebody still believes.
const DID_NOT_HEAR: &str = "the deleter did not hear";

/// Their word may be that of a new owner: nobody can tell that they have given their bid up.
const HAD_BID: &str = "a speaker had bid for it";

impl Harms {
    /// `host` speaks of addresses of `range` as allocated.
    pub(super) fn check_defence(&mut self, host: HostId, range: Range, at: Instant) {
        let patience = self.interval * 4;
        for address in addresses(range) {
            let cell = self.cell(address, at);
            let quiet = at.since(cell.contested);
            if cell.stake(host).held || quiet <= patience {
                continue;
            }
            let (name, what) = (self.scene.name(host), self.scene.show(address));
            let why = format!("{name} still defends {what} of others {quiet} after the last bid");
            self.tell(Sighting {
                culprit: Some(name),
                address: self.scene.ip(address),
                ..Sighting::new(Harm::EndlessDefence, why, at)
            });
        }
    }

    /// `host` hears that the address is allocated until `end`, or that it is not any more.
    pub(super) fn heard(
        &mut self,
        host: HostId,
        from: Option<HostId>,
        address: Addr,
        end: i64,
        at: Instant,
    ) {
        let is_active = self.contact.is_active(host);
        let cell = self.cell(address, at);
        let deleter = cell.those(|s| s.deleted.is_some()).next();
        let deleted = deleter.and_then(|deleter| cell.stake(deleter).deleted);
        let speaker = from.map(|from| cell.stake(from)).unwrap_or_default();
        let is_alive = end > micros(at);
        // Whoever speaks for somebody else revives nothing.
        let is_of_another = cell.endings(end).any(|e| e.owner != deleter);
        let Some(stake) = cell.stake_mut(host) else { return };
        stake.heard = is_alive.then_some(end);
        stake.told = from.map(|by| Word { by, at, end });
        let (Some(from), Some(deleter), Some(deleted)) = (from, deleter, deleted) else { return };
        let revives =
            is_alive && end > deleted + SAME_END && speaker.holds.is_none() && !is_of_another;
        if host == deleter {
            // In its start-up silence it may not answer.
            stake.reminded = if revives && is_active { Some(at) } else { stake.reminded };
            return;
        }
        if from == deleter && !revives {
            stake.heard_deletion = true;
            self.end_belief(address, host, at);
        } else if from != deleter && revives && stake.heard_deletion {
            let revival = Revival { since: at, by: from, deleter, end };
            stake.revived.get_or_insert(revival).end = end;
        }
    }

    /// `host` no longer believes in an allocation that was deleted; or the run is over.
    pub(super) fn end_belief(&mut self, address: Addr, host: HostId, at: Instant) {
        let Some(cell) = self.cells.get_mut(&address) else { return };
        let Some(revival) = cell.stake_mut(host).and_then(|s| s.revived.take()) else { return };
        let Revival { since, by, deleter, end } = revival;
        let last = at.min(Instant::from_micros(u64::try_from(end).unwrap_or(0)));
        if last.since(since) <= self.interval * 2 {
            return;
        }
        let cell = cell.clone();
        let is_theirs = cell.endings(end).any(|e| e.end.saturating_sub(end).abs() <= SAME_END / 2);
        let is_exact = is_theirs && !self.scene.has_stepped(&[host, by, deleter]);
        let shape = match silence(&cell, revival) {
            Silence::Unheard if is_exact => "the deleter was not heard",
            Silence::Unasked if is_exact => DID_NOT_HEAR,
            _ if self.scene.has_forgotten(deleter) => WRITES_WERE_LOST,
            _ => match self.what_moved_ends() {
                // It went down before its next announcement was due.
                "" if !self.contact.is_active_since(deleter, since) => DID_NOT_HEAR,
                "" if self.has_new_owner(&cell, revival) => HAD_BID,
                moved => moved,
            },
        };
        let (name, what) = (self.scene.name(host), self.scene.show(address));
        let other = self.scene.name(by);
        let why = format!("{name} had heard that {what} was deleted, and believed {other} instead");
        self.tell(Sighting {
            shape,
            victim: Some(name),
            culprit: Some(other),
            address: self.scene.ip(address),
            ..Sighting::new(Harm::DeletedAddressRevived, why, since)
        });
    }

    /// Whether the deleter has lately heard a bid for the address by somebody who spoke of it too.
    fn has_new_owner(&self, cell: &Cell, revival: Revival) -> bool {
        let Revival { since, deleter, .. } = revival;
        let mut speakers = cell.those(|s| s.spoke.is_some_and(|word| word.end > micros(word.at)));
        speakers.any(|speaker| {
            let bid = cell.heard_bid(deleter, speaker);
            speaker != deleter && bid.is_some_and(|at| since.since(at) <= self.interval * 2)
        })
    }
}

/// Why the word of whoever deleted the address did not end the belief. To whoever has heard of the
/// revival, the end in a few minutes that a deletion begins with is an answer too.
fn silence(cell: &Cell, revival: Revival) -> Silence {
    // Others may have heard it a little earlier.
    let since = revival.since - Duration::from_secs(2);
    let deleter = cell.stake(revival.deleter);
    let is_asked = deleter.reminded.is_some_and(|at| at >= since);
    let near = deleter.deleted.filter(|_| is_asked).map_or(i64::MIN, |end| end + SAME_END);
    let is_denial = |word: Word| word.at >= since && word.end <= near.max(micros(word.at));
    Silence::of(is_asked, deleter.spoke.is_some_and(is_denial))
}
