use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sansio::{Duration, Instant, Machine, Rule};
use trace::fingerprint;

use super::call::Kind;
use super::{Loopback, World};
use crate::chance::mix;
use crate::flight::{Arrival, Datagram, Flight, Route};
use crate::link::Fate;
use crate::network::Passage;
use crate::{DropCause, HostId, Injection, Observer, Reach, Seen, Stop, Stream};

impl<M: Machine> World<M> {
    /// Encodes a datagram, decodes it as every receiver would, and sends it on its way.
    pub(super) fn transmit<O: Observer<M> + ?Sized>(
        &mut self,
        host: HostId,
        cause: Option<u64>,
        to: SocketAddr,
        message: &M::Message,
        rule: Rule,
        observer: &mut O,
    ) {
        let cap = self.config.message_cap;
        if self.counters.sent >= cap {
            return self.stop(Stop::MessageCap { cap }, observer);
        }
        self.counters.sent += 1;
        let mut octets = mem::take(&mut self.octets);
        octets.clear();
        M::encode(message, &mut octets);
        let id = self.note(Kind::Sent, Some(host), fingerprint(&octets) ^ place(to));
        let what = Seen::Sent { to, message, rule, octets: &octets };
        self.tell(id, cause, Some(host), what, observer);
        let fixture = &mut self.fixtures[host.index()];
        fixture.sends += 1;
        let (from, trust) = (fixture.address, fixture.trust);
        let body = M::decode(&octets);
        self.octets = octets;
        let seq = self.take_seq();
        let datagram =
            Arc::new(Datagram { seq, sent: id, sender: Some(host), from, to, trust, body });
        self.route(host, datagram, observer);
    }

    fn take_seq(&mut self) -> u64 {
        let seq = self.next_seq;
        self.next_seq += 1;
        seq
    }

    fn route<O: Observer<M> + ?Sized>(
        &mut self,
        from: HostId,
        datagram: Arc<Datagram<M>>,
        observer: &mut O,
    ) {
        let Some(listeners) = self.network.listeners(datagram.to) else { return };
        let Some(delay) = self.network.steady(datagram.to.ip()) else {
            return self.route_apart(from, datagram, &listeners, observer);
        };
        if self.config.loopback == Loopback::On && listeners.binary_search(&from).is_ok() {
            let own = self.one_arrival(Arrival::new(Duration::ZERO, from));
            self.flights.launch(Arc::clone(&datagram), own);
        }
        let route = Route::together(self.now + delay.min(crate::Delay::MAX), listeners, from);
        self.flights.launch(datagram, route);
    }

    /// Decides the fate of every copy by itself.
    ///
    /// The draws of a copy depend on the seed, the names of both ends and how many datagrams the
    /// sender had sent before, so they need no state and nobody else can move them.
    fn route_apart<O: Observer<M> + ?Sized>(
        &mut self,
        from: HostId,
        datagram: Arc<Datagram<M>>,
        listeners: &[HostId],
        observer: &mut O,
    ) {
        let fixture = &self.fixtures[from.index()];
        let chance = mix(self.config.seed ^ mix(fixture.key.wrapping_add(fixture.sends)));
        let mut arrivals = self.flights.arrivals();
        for &to in listeners {
            if to == from {
                if self.config.loopback == Loopback::On {
                    arrivals.push(Arrival::new(Duration::ZERO, to));
                }
                continue;
            }
            if !self.network.same_zone(datagram.to.ip(), from, to) {
                continue;
            }
            let (mut late, mut again) = (Duration::ZERO, None);
            match self.network.passage(from, to, datagram.body.as_ref().ok()) {
                Passage::Free => {}
                Passage::Late(by) => late = by,
                Passage::Twice(by) => again = Some(by),
                Passage::Held => {
                    self.network.keep_back(from, to, Arc::clone(&datagram));
                    continue;
                }
                Passage::Blocked(why) => {
                    self.lose(to, &datagram, why, observer);
                    continue;
                }
            }
            let mut stream = Stream::from_state(chance ^ self.fixtures[to.index()].key);
            match self.network.fate(from, to, &mut stream) {
                Fate::Lost => self.lose(to, &datagram, DropCause::Loss, observer),
                Fate::Arrives { after, twin_after } => {
                    arrivals.push(Arrival::new(after + late, to));
                    arrivals.extend(again.map(|by| Arrival::new(after + by, to)));
                    arrivals.extend(twin_after.map(|after| Arrival::new(after, to)));
                }
            }
        }
        arrivals.sort_unstable();
        self.flights.launch(datagram, Route::Apart { base: self.now, arrivals, next: 0 });
    }

    fn one_arrival(&mut self, arrival: Arrival) -> Route {
        let mut arrivals = self.flights.arrivals();
        arrivals.push(arrival);
        Route::Apart { base: self.now, arrivals, next: 0 }
    }

    fn lose<O: Observer<M> + ?Sized>(
        &mut self,
        to: HostId,
        datagram: &Datagram<M>,
        why: DropCause,
        observer: &mut O,
    ) {
        *self.counters.dropped.entry(why).or_default() += 1;
        let of = datagram.sent;
        let id = self.note(Kind::Dropped, Some(to), of);
        self.tell(id, Some(of), datagram.sender, Seen::Dropped { of, to, why }, observer);
    }

    /// Lets datagrams kept back between two hosts arrive now.
    pub(super) fn release(&mut self, from: HostId, to: HostId) {
        for datagram in self.network.release(from, to) {
            let route = self.one_arrival(Arrival::new(Duration::ZERO, to));
            self.flights.launch(datagram, route);
        }
    }

    /// Lets a datagram arrive that no host sent.
    pub(super) fn inject<O: Observer<M> + ?Sized>(
        &mut self,
        injection: &Injection,
        observer: &mut O,
    ) {
        let Injection { from, to, octets, trust, reach } = injection;
        self.counters.injected += 1;
        let id = self.note(Kind::Injected, None, fingerprint(octets) ^ place(*to));
        let body = M::decode(octets);
        let what = Seen::Injected { from: *from, to: *to, message: body.as_ref(), octets };
        self.tell(id, None, None, what, observer);

        let listeners = match reach {
            Reach::Only(host) => Some(Arc::from([*host])),
            Reach::Everyone | Reach::ZoneOf(_) => self.network.listeners(*to),
        };
        let mut arrivals = self.flights.arrivals();
        for &host in listeners.iter().flat_map(|list| list.iter()) {
            let heard = match reach {
                Reach::ZoneOf(near) => self.network.same_zone(to.ip(), *near, host),
                Reach::Everyone | Reach::Only(_) => true,
            };
            arrivals.extend(heard.then(|| Arrival::new(Duration::ZERO, host)));
        }
        let seq = self.take_seq();
        let (from, to, trust) = (*from, *to, *trust);
        let datagram = Datagram { seq, sent: id, sender: None, from, to, trust, body };
        let route = Route::Apart { base: self.now, arrivals, next: 0 };
        self.flights.launch(Arc::new(datagram), route);
    }

    /// Lets the first flight arrive: at one host after the other, for as long as nothing else is
    /// due before the next one.
    pub(super) fn deliver<O: Observer<M> + ?Sized>(
        &mut self,
        horizon: Instant,
        most: usize,
        observer: &mut O,
    ) {
        let Some(mut flight) = self.flights.take() else { return };
        let mut left = most;
        while left > 0 {
            let Some((at, first)) = flight.route.peek() else { break };
            if at > horizon || self.preempts(at, first, &flight) {
                break;
            }
            self.now = at;
            let hosts = flight.route.abreast(&first);
            let hosts = &hosts[..left.min(hosts.len())];
            let reached = self.arrive(&flight.datagram, first, hosts, observer);
            flight.route.advance(reached);
            left -= reached;
        }
        self.flights.put(flight);
    }

    /// Whether anything has to happen before this arrival.
    #[inline]
    fn preempts(&self, at: Instant, host: HostId, flight: &Flight<M>) -> bool {
        self.agenda.earliest() <= at
            || self.script_at <= at
            || self.flights.precedes(at, flight.datagram.seq, host)
            || self.stopped.is_some()
    }

    /// A datagram arrives at some hosts at least, of which this is the first; tells at how many.
    #[inline]
    fn arrive<O: Observer<M> + ?Sized>(
        &mut self,
        datagram: &Datagram<M>,
        first: HostId,
        hosts: &[HostId],
        observer: &mut O,
    ) -> usize {
        if self.nodes[first.index()].machine.is_none() {
            self.lose(first, datagram, DropCause::Down, observer);
            return 1;
        }
        match &datagram.body {
            Ok(message) => self.fan_out(datagram, message, hosts, observer),
            Err(why) => {
                let (of, from) = (datagram.sent, datagram.from);
                self.counters.count_malformed(why);
                let id = self.note(Kind::Malformed, Some(first), of);
                let what = Seen::Malformed { of, from, why };
                self.tell(id, Some(of), Some(first), what, observer);
                1
            }
        }
    }
}

/// A number for a destination.
fn place(to: SocketAddr) -> u64 {
    let (high, low) = match to.ip() {
        IpAddr::V4(ip) => (4, u64::from(ip.to_bits())),
        IpAddr::V6(ip) => ((ip.to_bits() >> 64) as u64, ip.to_bits() as u64),
    };
    mix(high ^ mix(low ^ u64::from(to.port()) << 40))
}
