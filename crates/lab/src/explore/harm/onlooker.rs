use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use aap::wire::{Body, Message, TimedRange, WireTime};
use aap::{Event, Item, Participant, Peer};
use addrspace::{Addr, Range};
use netsim::{Disk, DropCause, Fault, HostId, Observation, Observer, Seen};
use sansio::{Duration, Instant};

use super::cell::{Cell, Stake, Word};
use super::contact::Contact;
use super::livelock::{Endless, Livelock};
use super::scene::{MICROS, Scene, micros};
use super::{Harm, Sighting};
use oracles::Setting;

/// Ranges of more addresses are not looked into: searched worlds have few.
const MOST: u128 = 256;

/// Watches one run for harm: keeps the books that the checks of the neighbouring files read.
#[derive(Clone, Debug)]
pub(crate) struct Harms {
    pub(super) scene: Scene,
    pub(super) contact: Contact,
    pub(super) cells: BTreeMap<Addr, Cell>,
    livelock: Livelock,
    /// `[REPEAT-INTERVAL]`.
    pub(super) interval: Duration,
    found: Vec<Sighting>,
}

impl Harms {
    pub(crate) fn new(setting: &Arc<Setting>) -> Self {
        let scene = Scene::new(setting);
        let interval = scene.longest(|h| h.config.timing.repeat_interval);
        let claim_wait = scene.longest(|h| h.config.timing.announce_wait);
        Self {
            contact: Contact::new(setting.hosts.len(), claim_wait),
            scene,
            cells: BTreeMap::new(),
            livelock: Livelock::new(interval),
            interval,
            found: Vec::new(),
        }
    }

    /// What was seen, now that the run is over at `end`.
    pub(crate) fn finish(mut self, end: Instant) -> Vec<Sighting> {
        let addresses: Vec<Addr> = self.cells.keys().copied().collect();
        for address in addresses {
            for host in self.scene.hosts() {
                self.end_belief(address, host, end);
            }
        }
        self.found
    }

    /// Keeps what was seen, unless its like is known.
    pub(super) fn tell(&mut self, sighting: Sighting) {
        let is_new =
            !self.found.iter().any(|f| f.harm == sighting.harm && f.shape == sighting.shape);
        if is_new {
            self.found.push(sighting);
        }
    }

    pub(super) fn cell(&mut self, address: Addr, at: Instant) -> &mut Cell {
        let hosts = self.scene.hosts().len();
        self.cells.entry(address).or_insert_with(|| Cell::new(hosts, at))
    }

    fn each(&mut self, range: Range, at: Instant, mut change: impl FnMut(&mut Cell)) {
        for address in addresses(range) {
            change(self.cell(address, at));
        }
    }

    /// Changes what `host` has to do with each address of `range`.
    fn each_stake(
        &mut self,
        (host, range): (HostId, Range),
        at: Instant,
        mut change: impl FnMut(&mut Stake),
    ) {
        self.each(range, at, |cell| cell.stake_mut(host).into_iter().for_each(&mut change));
    }

    fn started(&mut self, host: HostId, restored: &[Item], at: Instant) {
        self.contact.set_active(host, None);
        let Some(utc) = self.scene.utc(host, at) else { return };
        for item in restored {
            match item {
                Item::Own { range, end, .. } if *end > utc => {
                    let until = self.scene.until(host, *end, at);
                    self.each(*range, at, |cell| {
                        cell.note_end(Some(host), until);
                        if let Some(stake) = cell.stake_mut(host) {
                            stake.holds = Some(until);
                            stake.held = true;
                            stake.left = None;
                        }
                    });
                }
                Item::Tombstone { range, .. } => {
                    self.each_stake((host, *range), at, |stake| stake.held = true);
                }
                Item::Heard { range, end, owner, .. } if *end > utc => {
                    let until = self.scene.until(host, *end, at);
                    self.remembered(host, (*range, until), *owner, at);
                }
                _ => {}
            }
        }
    }

    /// `host` remembers that `owner` has addresses until then.
    fn remembered(&mut self, host: HostId, (range, until): (Range, i64), owner: Peer, at: Instant) {
        let owner = self.scene.host_at(owner);
        let is_down = owner.is_some_and(|o| !self.contact.is_active(o));
        self.each(range, at, |cell| {
            cell.note_end(owner, until);
            if let Some(stake) = cell.stake_mut(host) {
                stake.heard = Some(until);
            }
            match owner.and_then(|owner| cell.stake_mut(owner)) {
                None => cell.outsider = Some(until),
                Some(owner) if is_down && owner.holds.is_none() => {
                    (owner.left, owner.gone) = (Some(until), Some(until));
                }
                Some(_) => {}
            }
        });
    }

    fn crashed(&mut self, host: HostId) {
        self.contact.set_active(host, None);
        for cell in self.cells.values_mut() {
            cell.gives_up(host);
            let Some(stake) = cell.stake_mut(host) else { continue };
            stake.left = stake.holds.take().or(stake.left);
            stake.gone = stake.left;
            stake.heard = None;
            stake.heard_deletion = false;
            stake.revived = None;
        }
    }

    fn event(&mut self, host: HostId, event: &Event, at: Instant) {
        match event {
            Event::Ready => self.contact.set_active(host, Some(at)),
            Event::Granted { leases, .. } => {
                leases.iter().for_each(|lease| self.granted(host, *lease, at));
            }
            Event::EndChanged { lease } => {
                let until = self.scene.until(host, lease.end, at);
                self.each(lease.range, at, |cell| {
                    if let Some(holds) = cell.stake_mut(host).and_then(|s| s.holds.as_mut()) {
                        *holds = until;
                        cell.note_end(Some(host), until);
                    }
                });
            }
            Event::Released { lease } => {
                let until = self.scene.until(host, lease.end, at);
                self.each(lease.range, at, |cell| {
                    cell.note_end(Some(host), until);
                    if let Some(stake) = cell.stake_mut(host) {
                        stake.holds = None;
                        stake.deleted = Some(until);
                        stake.fades = Some(until);
                    }
                });
            }
            Event::Conflict { theirs, peer, .. } => {
                let Some(by) = self.scene.host_at(*peer) else { return };
                let end = self.scene.until(host, theirs.end, at);
                self.each_stake((host, theirs.range), at, |stake| {
                    stake.accused = Some(Word { by, at, end });
                });
            }
            Event::Lost { lease, why } => self.lost(host, lease.range, *why, at),
            Event::Ended { range } => {
                self.each_stake((host, *range), at, |stake| stake.holds = None);
            }
            Event::Clash { .. } | Event::Abandoned { .. } | Event::Held { .. } => {
                self.collided(host, event, at);
            }
            _ => {}
        }
    }

    fn collided(&mut self, host: HostId, event: &Event, at: Instant) {
        if let Event::Clash { given_up: ranges, .. } | Event::Abandoned { ranges, .. } = event {
            ranges.iter().for_each(|range| self.each(*range, at, |cell| cell.gives_up(host)));
        }
        let Some(endless) = self.livelock.count(host, event, at) else { return };
        let name = self.scene.name(host);
        let (harm, why) = match endless {
            Endless::Preallocation => {
                (Harm::PreallocationLivelock, format!("{name} and others, long after all demand"))
            }
            Endless::Claim => {
                (Harm::ClaimLivelock, format!("a request of {name} met others again and again"))
            }
        };
        let victim = Some(name);
        self.tell(Sighting { victim, ..Sighting::new(harm, why, at) });
    }

    fn sent(&mut self, host: HostId, message: &Message, at: Instant) {
        match message.body() {
            Body::Aclm(_) | Body::Aitu(_) => {
                let patience = self.interval * 2;
                for range in message.addresses() {
                    self.each(range, at, |cell| {
                        cell.contested = at;
                        cell.bids(host, patience, at);
                    });
                }
            }
            Body::Aiu(ranges) => {
                for listed in ranges {
                    let end = end_of(listed, message, at);
                    self.each_stake((host, listed.range), at, |stake| {
                        stake.spoke = Some(Word { by: host, at, end });
                    });
                    if end > micros(at) {
                        self.check_defence(host, listed.range, at);
                    }
                }
            }
            _ => {}
        }
    }

    fn delivered(&mut self, host: HostId, from: SocketAddr, message: &Message, at: Instant) {
        let from = self.scene.host_at(Peer::from(from));
        if from == Some(host) {
            return;
        }
        match message.body() {
            Body::Aclm(_) | Body::Aitu(_) => {
                for range in message.addresses() {
                    self.each(range, at, |cell| {
                        cell.contested = at;
                        from.into_iter().for_each(|from| cell.hears_bid(host, from, at));
                    });
                }
            }
            Body::Aiu(ranges) => {
                for listed in ranges {
                    for address in addresses(listed.range) {
                        self.heard(host, from, address, end_of(listed, message, at), at);
                    }
                }
            }
            _ => {}
        }
    }

    fn fault(&mut self, fault: &Fault<Participant>, at: Instant) {
        self.livelock.disturb(at);
        match fault {
            Fault::Hold(a, b) => self.contact.hold(*a, *b),
            Fault::Release(a, b) => self.contact.release(*a, *b, at),
            Fault::StepClock(host, by) => self.step(*host, *by),
            _ => {}
        }
    }

    /// A wall clock jumps ahead: what its owner holds ends that much sooner.
    fn step(&mut self, host: HostId, by: i64) {
        self.scene.step(host, by);
        for cell in self.cells.values_mut() {
            let Some(stake) = cell.stake_mut(host) else { continue };
            for end in [&mut stake.holds, &mut stake.heard, &mut stake.left].into_iter().flatten() {
                *end = end.saturating_sub(by);
            }
            if let Some(end) = stake.holds {
                cell.note_end(Some(host), end);
            }
        }
    }
}

impl Observer<Participant> for Harms {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        let at = seen.at;
        match (&seen.what, seen.host) {
            (Seen::Delivered { from, message, .. }, Some(host)) => {
                self.delivered(host, *from, message, at);
            }
            (Seen::Sent { message, .. }, Some(host)) => self.sent(host, message, at),
            (Seen::Event { event, .. }, Some(host)) => self.event(host, event, at),
            (Seen::Dropped { to, why: DropCause::Cut | DropCause::Partition, .. }, Some(from)) => {
                self.contact.cut(from, *to, at);
            }
            (Seen::Command(_), _) => self.livelock.disturb(at),
            (Seen::Started { restored }, Some(host)) => {
                self.livelock.disturb(at);
                self.started(host, restored, at);
            }
            (Seen::Crashed { disk, .. }, Some(host)) => {
                self.livelock.disturb(at);
                self.crashed(host);
                if *disk != Disk::Keep {
                    self.scene.forget(host);
                }
            }
            (Seen::Fault(fault), _) => self.fault(fault, at),
            (Seen::Stopped(stop), _) => {
                self.tell(Sighting::new(Harm::Storm, format!("the run {stop}"), at));
            }
            _ => {}
        }
    }
}

/// The end that a message states, in microseconds of the run.
fn end_of(listed: TimedRange, message: &Message, at: Instant) -> i64 {
    match listed.end {
        WireTime::MAX => i64::MAX,
        end => micros(at) + end.secs_since(message.current_time()).saturating_mul(MICROS),
    }
}

pub(super) fn addresses(range: Range) -> impl Iterator<Item = Addr> {
    let count = if range.len() > MOST { 0 } else { range.len() };
    (0..count).map(move |n| Addr(range.first().0 + n))
}
