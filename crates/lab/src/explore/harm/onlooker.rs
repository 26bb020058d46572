use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use aap::wire::{Body, Message, MessageType, TimedRange, WireTime};
use aap::{Event, Item, Lease, Loss, Participant, Peer};
use addrspace::{Addr, Range};
use netsim::{DropCause, Fault, HostId, Observation, Observer, Seen};
use sansio::{Duration, Instant, UtcSecs};

use super::cell::Cell;
use super::livelock::{Endless, Livelock};
use super::{Harm, Sighting};
use oracles::Setting;

const MICROS: i64 = 1_000_000;
/// By how much two ends may differ and still be the same, in microseconds.
const SAME_END: i64 = 10 * MICROS;
/// Ranges of more addresses are not looked into: searched worlds have few.
const MOST: u128 = 256;

/// Watches one run for harm.
#[derive(Clone, Debug)]
pub(crate) struct Harms {
    setting: Arc<Setting>,
    cells: BTreeMap<Addr, Cell>,
    /// Since when each host takes part.
    active: Vec<Option<Instant>>,
    /// When a datagram from the first to the second was last cut off.
    apart: BTreeMap<(HostId, HostId), Instant>,
    held_links: BTreeSet<(HostId, HostId)>,
    livelock: Livelock,
    /// By how much each wall clock has stepped ahead, in microseconds.
    steps: Vec<i64>,
    interval: Duration,
    claim_wait: Duration,
    found: Vec<Sighting>,
}

impl Harms {
    pub(crate) fn new(setting: &Arc<Setting>) -> Self {
        let interval = longest(setting, |h| h.config.timing.repeat_interval);
        Self {
            cells: BTreeMap::new(),
            active: vec![None; setting.hosts.len()],
            apart: BTreeMap::new(),
            held_links: BTreeSet::new(),
            livelock: Livelock::new(interval),
            steps: vec![0; setting.hosts.len()],
            interval,
            claim_wait: longest(setting, |h| h.config.timing.announce_wait),
            setting: Arc::clone(setting),
            found: Vec::new(),
        }
    }

    /// What was seen, now that the run is over at `end`.
    pub(crate) fn finish(mut self, end: Instant) -> Vec<Sighting> {
        let addresses: Vec<Addr> = self.cells.keys().copied().collect();
        for address in addresses {
            for host in self.hosts() {
                self.end_belief(address, host, end);
            }
        }
        self.found
    }

    fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.setting.hosts.len()).map(HostId::new)
    }

    fn tell(&mut self, mut sighting: Sighting) {
        if sighting.shape.is_empty() && self.steps.iter().any(|by| *by != 0) {
            sighting.shape = "a clock stepped";
        }
        let is_new =
            !self.found.iter().any(|f| f.harm == sighting.harm && f.shape == sighting.shape);
        if is_new {
            self.found.push(sighting);
        }
    }

    fn name(&self, host: HostId) -> String {
        self.setting.hosts.get(host.index()).map_or_else(|| "?".to_owned(), |h| h.name.clone())
    }

    fn ip(&self, address: Addr) -> Option<IpAddr> {
        self.setting.hosts.first().map(|h| address.to_ip(h.config.scope.family))
    }

    fn show(&self, address: Addr) -> String {
        self.ip(address).map_or_else(String::new, |ip| ip.to_string())
    }

    fn host_at(&self, source: Peer) -> Option<HostId> {
        let is = |h: &oracles::HostSetting| Peer::from(h.config.own) == source;
        self.setting.hosts.iter().position(is).map(HostId::new)
    }

    fn cell(&mut self, address: Addr, at: Instant) -> &mut Cell {
        let hosts = self.setting.hosts.len();
        self.cells.entry(address).or_insert_with(|| Cell::new(hosts, at))
    }

    /// Whether `from` has reached `to` since a claim that ends now began, as far as is known.
    fn reaches(&self, from: HostId, to: HostId, at: Instant) -> bool {
        let cut = self.apart.get(&(from, to));
        !self.held_links.contains(&(from, to))
            && cut.is_none_or(|last| at.since(*last) > self.claim_wait * 2)
    }

    /// Whether `host` has taken part since a claim that ends now began.
    fn has_listened(&self, host: HostId, at: Instant) -> bool {
        let since = self.active.get(host.index()).copied().flatten();
        since.is_some_and(|since| at.since(since) >= self.claim_wait)
    }

    fn started(&mut self, host: HostId, restored: &[Item], at: Instant) {
        if let Some(active) = self.active.get_mut(host.index()) {
            *active = None;
        }
        let Some(utc) = self.utc(host, at) else { return };
        let until = |end: UtcSecs| micros(at) + end.minus(utc).saturating_mul(MICROS);
        for item in restored {
            match item {
                Item::Own { range, end, .. } if *end > utc => {
                    self.each(*range, at, |cell| {
                        if let Some(stake) = cell.stake_mut(host) {
                            stake.holds = Some(until(*end));
                            stake.held = true;
                            stake.left = None;
                        }
                    });
                }
                Item::Tombstone { range, .. } => self.each(*range, at, |cell| {
                    if let Some(stake) = cell.stake_mut(host) {
                        stake.held = true;
                    }
                }),
                Item::Heard { range, end, owner, .. } if *end > utc => {
                    let owner = self.host_at(*owner);
                    let is_down = owner.is_some_and(|o| !self.is_active(o));
                    self.each(*range, at, |cell| {
                        if let Some(stake) = cell.stake_mut(host) {
                            stake.heard = Some(until(*end));
                        }
                        match owner.and_then(|owner| cell.stake_mut(owner)) {
                            None => cell.outsider = Some(until(*end)),
                            Some(owner) if is_down && owner.holds.is_none() => {
                                owner.left = Some(until(*end));
                            }
                            Some(_) => {}
                        }
                    });
                }
                _ => {}
            }
        }
    }

    fn is_active(&self, host: HostId) -> bool {
        self.active.get(host.index()).is_some_and(Option::is_some)
    }

    fn each(&mut self, range: Range, at: Instant, mut change: impl FnMut(&mut Cell)) {
        for address in addresses(range) {
            change(self.cell(address, at));
        }
    }

    fn crashed(&mut self, host: HostId) {
        if let Some(active) = self.active.get_mut(host.index()) {
            *active = None;
        }
        for cell in self.cells.values_mut() {
            let Some(stake) = cell.stake_mut(host) else { continue };
            stake.left = stake.holds.take().or(stake.left);
            stake.heard = None;
            stake.heard_deletion = false;
            stake.revived = None;
        }
    }

    fn event(&mut self, host: HostId, event: &Event, at: Instant) {
        match event {
            Event::Ready => {
                if let Some(active) = self.active.get_mut(host.index()) {
                    *active = Some(at);
                }
            }
            Event::Granted { leases, .. } => {
                leases.iter().for_each(|lease| self.granted(host, *lease, at));
            }
            Event::EndChanged { lease } => {
                let until = self.until(host, lease.end, at);
                self.each(lease.range, at, |cell| {
                    if let Some(stake) = cell.stake_mut(host).filter(|s| s.holds.is_some()) {
                        stake.holds = Some(until);
                    }
                });
            }
            Event::Released { lease } => {
                let until = self.until(host, lease.end, at);
                self.each(lease.range, at, |cell| {
                    if let Some(stake) = cell.stake_mut(host) {
                        stake.holds = None;
                        stake.deleted = Some(until);
                        stake.buried = Some(until);
                    }
                });
            }
            Event::Lost { lease, why } => self.lost(host, lease.range, *why, at),
            Event::Ended { range } => self.each(*range, at, |cell| {
                if let Some(stake) = cell.stake_mut(host) {
                    stake.holds = None;
                }
            }),
            Event::Clash { .. } | Event::Abandoned { .. } | Event::Held { .. } => {
                self.collided(host, event, at);
            }
            _ => {}
        }
    }

    /// A time on the wall clock of `host`, in microseconds of the run.
    fn until(&self, host: HostId, end: UtcSecs, at: Instant) -> i64 {
        self.utc(host, at)
            .map_or(i64::MAX, |utc| micros(at) + end.minus(utc).saturating_mul(MICROS))
    }

    /// What the wall clock of `host` shows.
    fn utc(&self, host: HostId, at: Instant) -> Option<UtcSecs> {
        let config = self.setting.hosts.get(host.index())?;
        let stepped = self.steps.get(host.index()).copied().unwrap_or(0);
        Some(config.utc(self.setting.epoch, at).plus(stepped.div_euclid(MICROS)))
    }

    /// A wall clock jumps ahead: what its owner holds ends that much sooner.
    fn step(&mut self, host: HostId, by: i64) {
        if let Some(stepped) = self.steps.get_mut(host.index()) {
            *stepped += by;
        }
        for stake in self.cells.values_mut().filter_map(|cell| cell.stake_mut(host)) {
            for end in [&mut stake.holds, &mut stake.heard, &mut stake.left].into_iter().flatten() {
                *end = end.saturating_sub(by);
            }
        }
    }

    fn granted(&mut self, host: HostId, lease: Lease, at: Instant) {
        let until = self.until(host, lease.end, at);
        for address in addresses(lease.range) {
            self.check_grant(host, address, at);
            let cell = self.cell(address, at);
            cell.begin_anew();
            if let Some(stake) = cell.stake_mut(host) {
                stake.holds = Some(until);
                stake.held = true;
                stake.lost = None;
                stake.buried = None;
            }
        }
    }

    fn check_grant(&mut self, host: HostId, address: Addr, at: Instant) {
        let now = micros(at);
        let Some(cell) = self.cells.get(&address) else { return };
        let hears = |other: &HostId| {
            *other != host
                && self.has_listened(*other, at)
                && self.reaches(host, *other, at)
                && self.reaches(*other, host, at)
        };
        let owner = cell.those(|s| s.holds.is_some_and(|end| end > now)).find(hears);
        let witness = cell.those(|s| s.heard.is_some_and(|end| end > now)).find(hears);
        let own_memory = cell.stake(host).left.is_some();
        let (what, name) = (self.show(address), self.name(host));
        if let Some(owner) = owner {
            self.tell(Sighting {
                harm: Harm::LiveOwnersAddressTaken,
                shape: "",
                why: format!("{name} was granted {what}, which {} holds", self.name(owner)),
                at,
                victim: Some(self.name(owner)),
                culprit: Some(self.name(host)),
                address: self.ip(address),
            });
        } else if let (Some(shape), Some(witness), false) =
            (cell.dead_owner(now), witness, own_memory)
        {
            let knew = self.name(witness);
            self.tell(Sighting {
                harm: Harm::DeadOwnersAddressTaken,
                shape,
                why: format!("{name} was granted {what} of an owner who is gone; {knew} knew"),
                at,
                victim: None,
                culprit: Some(self.name(host)),
                address: self.ip(address),
            });
        }
    }

    fn lost(&mut self, host: HostId, range: Range, why: Loss, at: Instant) {
        let Loss::Collision { message, peer } = why else {
            return self.each(range, at, |cell| {
                if let Some(stake) = cell.stake_mut(host) {
                    stake.holds = None;
                }
            });
        };
        let culprit = self.host_at(peer);
        for address in addresses(range) {
            let cell = self.cell(address, at);
            if let Some(stake) = cell.stake_mut(host) {
                stake.holds = None;
                stake.lost = Some((at, culprit));
            }
            if message == MessageType::Aiu
                && let Some(culprit) = culprit
            {
                self.check_loss(host, culprit, address, at);
            }
        }
    }

    fn check_loss(&mut self, host: HostId, culprit: HostId, address: Addr, at: Instant) {
        let Some(cell) = self.cells.get(&address) else { return };
        let theirs = cell.stake(culprit);
        let nobody = cell.those(|s| s.holds.is_some()).next().is_none();
        // A bystander may well speak for somebody else who has, or had, the address.
        let others_had = cell.those(|s| s.held || s.left.is_some()).any(|h| h != host);
        let is_own_defender = !others_had && cell.outsider.is_none();
        let is_buried = theirs.buried.is_some_and(|end| end <= micros(at));
        let (what, name, other) = (self.show(address), self.name(host), self.name(culprit));
        let (harm, why) = if is_own_defender {
            let why = format!("{name} undid {what} for an AIU from {other}, who never had it");
            (Harm::UndoneByDefender, why)
        } else if is_buried && theirs.holds.is_none() {
            let why = format!("{name} undid {what} for an AIU from {other}, who has deleted it");
            (Harm::UndoneByDeletion, why)
        } else if nobody
            && theirs
                .lost
                .is_some_and(|(then, to)| to == Some(host) && at.since(then) < self.interval * 2)
        {
            let why = format!("{name} and {other} both had {what}, and both undid it");
            (Harm::BothUndone, why)
        } else {
            return;
        };
        self.tell(Sighting {
            harm,
            shape: "",
            why,
            at,
            victim: Some(self.name(host)),
            culprit: Some(self.name(culprit)),
            address: self.ip(address),
        });
    }

    fn collided(&mut self, host: HostId, event: &Event, at: Instant) {
        let Some(endless) = self.livelock.count(host, event, at) else { return };
        let name = self.name(host);
        let (harm, why) = match endless {
            Endless::Preallocation => {
                (Harm::PreallocationLivelock, format!("{name} and others, long after all demand"))
            }
            Endless::Claim => {
                (Harm::ClaimLivelock, format!("a request of {name} met others again and again"))
            }
        };
        self.tell(Sighting {
            harm,
            shape: "",
            why,
            at,
            victim: Some(self.name(host)),
            culprit: None,
            address: None,
        });
    }

    fn sent(&mut self, host: HostId, message: &Message, at: Instant) {
        let Some(ranges) = message.ranges() else { return };
        match message.body() {
            Body::Aclm(_) | Body::Aitu(_) => self.contest(message, at),
            Body::Aiu(_) => {
                for listed in ranges {
                    if listed.end > message.current_time() {
                        self.check_defence(host, listed.range, at);
                    }
                }
            }
            _ => {}
        }
    }

    fn contest(&mut self, message: &Message, at: Instant) {
        for range in message.addresses() {
            self.each(range, at, |cell| cell.contested = at);
        }
    }

    fn check_defence(&mut self, host: HostId, range: Range, at: Instant) {
        let patience = self.interval * 4;
        for address in addresses(range) {
            let cell = self.cell(address, at);
            let quiet = at.since(cell.contested);
            if cell.stake(host).held || quiet <= patience {
                continue;
            }
            let (name, what) = (self.name(host), self.show(address));
            self.tell(Sighting {
                harm: Harm::EndlessDefence,
                shape: "",
                why: format!("{name} still defends {what} of others {quiet} after the last bid"),
                at,
                victim: None,
                culprit: Some(self.name(host)),
                address: self.ip(address),
            });
        }
    }

    fn delivered(&mut self, host: HostId, from: SocketAddr, message: &Message, at: Instant) {
        match message.body() {
            Body::Aclm(_) | Body::Aitu(_) => self.contest(message, at),
            Body::Aiu(ranges) => {
                let from = self.host_at(Peer::from(from));
                if from == Some(host) {
                    return;
                }
                for listed in ranges {
                    for address in addresses(listed.range) {
                        self.heard(host, from, address, end_of(listed, message, at), at);
                    }
                }
            }
            _ => {}
        }
    }

    fn heard(&mut self, host: HostId, from: Option<HostId>, address: Addr, end: i64, at: Instant) {
        let cell = self.cell(address, at);
        let deleted = cell.stakes.iter().enumerate().find_map(|(n, s)| Some((n, s.deleted?)));
        let speaker = from.map(|from| cell.stake(from)).unwrap_or_default();
        let is_alive = end > micros(at);
        let Some(stake) = cell.stake_mut(host) else { return };
        stake.heard = is_alive.then_some(end);
        let Some((deleter, deleted)) = deleted else { return };
        let revives = is_alive && end > deleted + SAME_END && speaker.holds.is_none();
        match from {
            _ if host.index() == deleter => {}
            Some(from) if from.index() == deleter && !revives => {
                stake.heard_deletion = true;
                self.end_belief(address, host, at);
            }
            Some(from) if revives && from.index() != deleter && stake.heard_deletion => {
                stake.revived.get_or_insert((at, from));
            }
            _ => {}
        }
    }

    /// `host` no longer believes in an allocation that was deleted; or the run is over.
    fn end_belief(&mut self, address: Addr, host: HostId, at: Instant) {
        let Some(cell) = self.cells.get_mut(&address) else { return };
        let Some((since, from)) = cell.stake_mut(host).and_then(|s| s.revived.take()) else {
            return;
        };
        if at.since(since) <= self.interval * 2 {
            return;
        }
        let (name, other, what) = (self.name(host), self.name(from), self.show(address));
        self.tell(Sighting {
            harm: Harm::DeletedAddressRevived,
            shape: "",
            why: format!("{name} had heard that {what} was deleted, and believed {other} instead"),
            at: since,
            victim: Some(self.name(host)),
            culprit: Some(self.name(from)),
            address: self.ip(address),
        });
    }

    fn fault(&mut self, fault: &Fault<Participant>, at: Instant) {
        self.livelock.disturb(at);
        match fault {
            Fault::Hold(a, b) => drop(self.held_links.insert((*a, *b))),
            Fault::StepClock(host, by) => self.step(*host, *by),
            Fault::Release(a, b) => {
                self.held_links.remove(&(*a, *b));
                self.apart.insert((*a, *b), at);
            }
            _ => {}
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
                self.apart.insert((from, *to), at);
            }
            (Seen::Command(_), _) => self.livelock.disturb(at),
            (Seen::Started { restored }, Some(host)) => {
                self.livelock.disturb(at);
                self.started(host, restored, at);
            }
            (Seen::Crashed { .. }, Some(host)) => {
                self.livelock.disturb(at);
                self.crashed(host);
            }
            (Seen::Fault(fault), _) => self.fault(fault, at),
            (Seen::Stopped(stop), _) => {
                self.tell(Sighting {
                    harm: Harm::Storm,
                    shape: "",
                    why: format!("the run {stop}"),
                    at,
                    victim: None,
                    culprit: None,
                    address: None,
                });
            }
            _ => {}
        }
    }
}

fn longest(setting: &Setting, constant: impl Fn(&oracles::HostSetting) -> Duration) -> Duration {
    setting.hosts.iter().map(constant).max().unwrap_or(Duration::ZERO)
}

fn micros(at: Instant) -> i64 {
    i64::try_from(at.as_micros()).unwrap_or(i64::MAX)
}

/// The end that a message states, in microseconds of the run.
fn end_of(listed: TimedRange, message: &Message, at: Instant) -> i64 {
    match listed.end {
        WireTime::MAX => i64::MAX,
        end => micros(at) + end.secs_since(message.current_time()).saturating_mul(MICROS),
    }
}

fn addresses(range: Range) -> impl Iterator<Item = Addr> {
    let count = if range.len() > MOST { 0 } else { range.len() };
    (0..count).map(move |n| Addr(range.first().0 + n))
}
