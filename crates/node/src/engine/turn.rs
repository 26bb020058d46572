use std::net::SocketAddr;

use aap::wire::{Malformed, Message};
use aap::{Item, Participant};
use sansio::{Cause, Cx, Duration, Instant, Machine, Now};

use super::inject::Parcel;
use super::member::Member;
use super::settle::Wanted;
use super::{Node, Storage};
use crate::auth::{Auth, Finding, without_trailer};
use crate::capture::Given;
use crate::clock::Reading;
use crate::config::Trust;
use crate::event::Happening;
use crate::handle::Request;

/// Timers that fire, datagrams of one group that are read and requests that are taken in one turn:
/// enough to share a commit, few enough that the next timer is never far.
pub(super) const BATCH: usize = 128;

/// How often the interface, the peers and the service manager are looked after.
pub(super) const HOUSEKEEPING: Duration = Duration::from_secs(1);

impl Node {
    /// Does what is ready now, a bounded amount of it.
    pub(super) fn turn(&mut self, first: Option<Request>) {
        let reading = self.clock.read();
        if let Some(by_us) = reading.step_us {
            let happening = Happening::ClockStepped { by_us };
            self.tell(reading.now.instant, reading.wall_us, None, happening);
        }
        self.mend_storage(reading);
        let works = !matches!(self.storage, Storage::Failed { .. });
        if works {
            self.fire_timers(reading.now);
        }
        self.hear(reading);
        self.deliver_late(reading);
        let mut request = first;
        for _ in 0..BATCH {
            let Some(next) = request.take().or_else(|| self.ends.requests.try_recv().ok()) else {
                break;
            };
            self.serve(next, reading);
        }
        // What was heard may want an answer at once: a defence of an own address does (3.2.2).
        if works {
            self.fire_timers(reading.now);
        }
        if reading.now.instant >= self.housekeeping_at {
            self.housekeeping_at = reading.now.instant + HOUSEKEEPING;
            self.keep_house(reading);
        }
        self.settle(reading);
    }

    /// When there is something to do even if nobody says anything.
    pub(super) fn next_deadline(&self) -> Instant {
        let machines = match &self.storage {
            Storage::Failed { retry_at, .. } => Some(*retry_at),
            Storage::None | Storage::Open(_) => {
                self.members.iter().filter_map(|member| member.machine.poll_timeout()).min()
            }
        };
        let late = self.injector.next_due();
        machines.into_iter().chain(late).fold(self.housekeeping_at, Instant::min)
    }

    fn fire_timers(&mut self, now: Now) {
        for member in 0..self.members.len() {
            for _ in 0..BATCH {
                let due = self.members[member].machine.poll_timeout();
                if due.is_none_or(|due| due > now.instant) {
                    break;
                }
                self.feed(member, now, Given::Timeout, None);
            }
        }
    }

    fn hear(&mut self, reading: Reading) {
        let mut buffer = std::mem::take(&mut self.buffer);
        // One octet more than allowed shows that a datagram is too long.
        buffer.resize(self.config.limits.datagram + 1, 0);
        let groups = self.presence.sockets().map_or(0, |sockets| sockets.groups.len());
        for group in 0..groups {
            for _ in 0..BATCH {
                let Some((to, socket)) = self.presence.sockets().and_then(|s| s.groups.get(group))
                else {
                    break;
                };
                let to = *to;
                // An error here is one of the network, reported by an earlier send; the next
                // datagram may well arrive.
                let Ok((length, from)) = socket.try_recv_from(&mut buffer) else { break };
                self.arrive(from, to, &buffer[..length], reading);
            }
        }
        self.buffer = buffer;
    }

    /// A datagram arrives: what needs no decoding is decided here.
    fn arrive(&mut self, from: SocketAddr, to: SocketAddr, octets: &[u8], reading: Reading) {
        let Some(first) = self.members.iter().position(|member| member.served.group == to) else {
            return;
        };
        let refused = if octets.len() > self.config.limits.datagram {
            Some("oversized")
        } else if self.config.denies(from) {
            Some("denied")
        } else if matches!(self.storage, Storage::Failed { .. }) {
            Some("storage_failed")
        } else {
            None
        };
        if let Some(reason) = refused {
            self.members[first].counters.note_ignored(reason);
            return;
        }
        let is_own = self.members.iter().any(|member| member.served.own == from);
        if self.injector.is_idle() || is_own {
            return self.deliver(from, to, octets, reading);
        }
        let parcel = Parcel { from, to, octets: octets.to_vec() };
        if self.injector.take(parcel, reading.now.instant, &mut self.draws) {
            self.members[first].counters.note_ignored("fault");
        }
    }

    fn deliver_late(&mut self, reading: Reading) {
        for _ in 0..BATCH {
            let Some(parcel) = self.injector.pop_due(reading.now.instant) else { break };
            if !matches!(self.storage, Storage::Failed { .. }) {
                self.deliver(parcel.from, parcel.to, &parcel.octets, reading);
            }
        }
    }

    /// Hands a datagram to every participant that meets at `to`.
    fn deliver(&mut self, from: SocketAddr, to: SocketAddr, octets: &[u8], reading: Reading) {
        let is_own = self.members.iter().any(|member| member.served.own == from);
        if is_own && self.is_echo(from, to, octets) {
            return;
        }
        let (decoded, octets, finding) = self.decode(from, to, octets, is_own, reading);
        let authentic = finding == Some(Finding::Authentic);
        let authenticated = self.config.trust == Trust::Ipsec || authentic;
        for member in 0..self.members.len() {
            let here = &mut self.members[member];
            if here.served.group != to {
                continue;
            }
            let message = match &decoded {
                Ok(message) => message,
                Err(malformed) => {
                    here.counters.note_malformed(malformed.reason);
                    continue;
                }
            };
            here.counters.note_received(message.kind());
            if let Some(finding) = finding {
                here.counters.note_checked(finding.name());
                let required = |auth: &Auth| auth.require.contains(&message.kind());
                if !authentic && self.config.auth.as_ref().is_some_and(required) {
                    here.counters.note_ignored("unauthenticated");
                    continue;
                }
            }
            let own = here.served.own == from;
            if !own && self.is_watched() {
                let happening = Happening::Heard { peer: from.into(), message: message.clone() };
                self.tell(reading.now.instant, reading.wall_us, Some(member), happening);
            }
            let given = Given::Datagram { from, to, octets, message, authenticated };
            self.feed(member, reading.now, given, None);
        }
        if decoded.is_ok() && !is_own {
            self.peers.note(from, reading.now.instant);
        }
    }

    /// Whether a datagram with an address of ours is one that we sent, and concerns no other
    /// participant of this node. It has no effect then (F-02), and is only counted.
    fn is_echo(&mut self, from: SocketAddr, to: SocketAddr, octets: &[u8]) -> bool {
        let here = |member: &&mut Member| member.served.group == to;
        let Some(speaker) = self.members.iter_mut().filter(here).find(|m| m.served.own == from)
        else {
            return false;
        };
        let Some(echo) = speaker.echoes.hear(octets) else { return false };
        speaker.counters.note_ignored(echo.name());
        !self.members.iter().any(|m| m.served.group == to && m.served.own != from)
    }

    /// Decodes a datagram, and says who vouches for it where keys are configured. An own one is
    /// known by its address.
    fn decode<'a>(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        octets: &'a [u8],
        is_own: bool,
        reading: Reading,
    ) -> (Result<Message, Malformed>, &'a [u8], Option<Finding>) {
        let (message, finding) = match &self.config.auth {
            Some(auth) if !is_own => {
                let (message, finding) = self.guard.open(auth, [from, to], reading.wall_us, octets);
                (message, Some(finding))
            }
            _ => (octets, None),
        };
        let decoded = Participant::decode(message);
        // Nobody here can check the trailer of another's, but the message is there all the same.
        match (&decoded, without_trailer(message)) {
            (Err(_), Some(bare)) => (Participant::decode(bare), bare, finding),
            _ => (decoded, message, finding),
        }
    }

    /// Gives a machine one input and collects what it wants.
    pub(super) fn feed(
        &mut self,
        member: usize,
        now: Now,
        given: Given<'_>,
        ticket: Option<usize>,
    ) {
        self.inputs += 1;
        // The same one for each input: a busy node is fed a hundred thousand of them a second.
        let mut outputs = std::mem::take(&mut self.outputs);
        let mut cx = Cx { now, draw: &mut self.draws, cause: Cause(self.inputs) };
        self.members[member].machine.handle(&mut cx, given.input(), &mut outputs);
        if let Some(capture) = &mut self.capture {
            let family = self.members[member].served.family;
            capture.note(member, family, now, &given, &self.draws.take(), &outputs);
        }
        let wanted = outputs.drain(..).map(|output| Wanted { member, ticket, output });
        self.wanted.extend(wanted);
        outputs.shrink_to(BATCH);
        self.outputs = outputs;
    }

    /// Starts every participant with what its shelf holds.
    pub(super) fn start_members(&mut self, now: Now, restored: &[Vec<Item>]) {
        for member in 0..self.members.len() {
            let items = restored.get(member).map_or(&[][..], Vec::as_slice);
            self.feed(member, now, Given::Start(items), None);
        }
    }
}
