//! An owner gives an address up for an AIU: whose AIU that was, and on whose behalf it spoke.

use aap::Loss;
use aap::wire::MessageType;
use addrspace::{Addr, Range};
use netsim::HostId;
use sansio::Instant;

use super::cell::{Cell, Stake};
use super::onlooker::{Harms, addresses};
use super::scene::{WRITES_WERE_LOST, micros};
use super::{Harm, Sighting};

/// An end that is no further from an announced one, in microseconds, is that one to any reading.
const FAMILIAR: i64 = 4_000_000;

impl Harms {
    pub(super) fn lost(&mut self, host: HostId, range: Range, why: Loss, at: Instant) {
        let collision = match why {
            Loss::Collision { message, peer } => Some((message, self.scene.host_at(peer))),
            _ => None,
        };
        for address in addresses(range) {
            let stake = self.cell(address, at).stake_mut(host);
            let Some(stake) = stake else { continue };
            stake.holds = None;
            let Some((message, culprit)) = collision else { continue };
            stake.lost = Some((at, culprit));
            if let (MessageType::Aiu, Some(culprit)) = (message, culprit) {
                self.check_loss(host, culprit, address, at);
            }
        }
    }

    fn check_loss(&mut self, victim: HostId, culprit: HostId, address: Addr, at: Instant) {
        let Some(cell) = self.cells.get(&address) else { return };
        let Some((harm, shape)) = self.judge_loss(cell, victim, culprit, at) else { return };
        let (what, name) = (self.scene.show(address), self.scene.name(victim));
        let other = self.scene.name(culprit);
        let why = match harm {
            Harm::BothUndone => format!("{name} and {other} both had {what}, and both undid it"),
            Harm::UndoneByDeletion => {
                format!("{name} undid {what} for an AIU from {other} that says it is free")
            }
            Harm::UndoneByOldNews => {
                format!("{name} undid {what} for an AIU from {other}, about what is no more")
            }
            _ => format!("{name} undid {what} for an AIU from {other}, who never had it"),
        };
        self.tell(Sighting {
            shape,
            victim: Some(name),
            culprit: Some(other),
            address: self.scene.ip(address),
            ..Sighting::new(harm, why, at)
        });
    }

    /// What harm it is, if it is one, that `victim` gives way to `culprit`; and its shape.
    fn judge_loss(
        &self,
        cell: &Cell,
        victim: HostId,
        culprit: HostId,
        at: Instant,
    ) -> Option<(Harm, &'static str)> {
        let (now, theirs) = (micros(at), cell.stake(culprit));
        // The AIU may have been heard in the start-up silence, long ago, and others since.
        let Stake { accused, told, .. } = cell.stake(victim);
        let accused = accused.filter(|word| word.by == culprit && word.at == at);
        let told = told.filter(|word| word.by == culprit);
        let end = told.filter(|word| word.at == at).or(accused).or(told).or(theirs.spoke)?.end;
        let is_mutual = theirs
            .lost
            .is_some_and(|(then, to)| to == Some(victim) && at.since(then) < self.interval * 2);
        if is_mutual && cell.those(|s| s.holds.is_some()).next().is_none() {
            return Some((Harm::BothUndone, ""));
        }
        if cell.is_owned_by(Some(culprit), now) {
            return None;
        }
        let moved = self.what_moved_ends();
        let has_stepped = self.scene.has_stepped(&[victim, culprit]);
        if end <= now {
            return Some((Harm::UndoneByDeletion, if has_stepped { moved } else { "" }));
        }
        let (ours, others): (Vec<_>, Vec<_>) =
            cell.endings(end).partition(|e| e.owner == Some(victim) && !e.is_former);
        // A bystander may well speak for somebody else who has the address.
        if others.iter().any(|e| !e.is_former && cell.is_owned_by(e.owner, now)) {
            return None;
        }
        if !others.is_empty() {
            return Some((Harm::UndoneByOldNews, ""));
        }
        let is_exact = ours.iter().any(|e| e.end.saturating_sub(end).abs() <= FAMILIAR);
        let shape = if !is_exact || has_stepped {
            moved
        } else if self.scene.has_forgotten(victim) {
            WRITES_WERE_LOST
        } else if !cell.knows_of_bids(victim, culprit, self.interval * 2, at) {
            "bids not heard"
        } else {
            ""
        };
        Some((Harm::UndoneByDefender, shape))
    }

    /// Why an end may look another one than it is, whoever repeats it.
    pub(super) fn what_moved_ends(&self) -> &'static str {
        if self.scene.hosts().any(|host| self.scene.has_stepped(&[host])) {
            "a clock stepped"
        } else if self.contact.has_held() {
            "a datagram was held back"
        } else {
            ""
        }
    }
}
