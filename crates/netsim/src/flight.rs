use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::Arc;

use sansio::{Duration, Instant, Machine};

use crate::{Batching, Delay, HostId, Trust};

/// One transmission, decoded once and shared by every receiver.
#[derive(Debug)]
pub(crate) struct Datagram<M: Machine> {
    /// Its place in the order of sending.
    pub(crate) seq: u64,
    /// The observation that sent it.
    pub(crate) sent: u64,
    /// Who sent it; none if it was injected.
    pub(crate) sender: Option<HostId>,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) trust: Trust,
    pub(crate) body: Result<M::Message, M::Malformed>,
}

/// A receiver and the delay of its copy, packed so that sorting sorts by arrival, then by host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Arrival(u64);

impl Arrival {
    const HOST_BITS: u32 = 24;

    pub(crate) fn new(after: Duration, host: HostId) -> Self {
        Self(after.min(Delay::MAX).as_micros() << Self::HOST_BITS | host.index() as u64)
    }

    const fn host(self) -> HostId {
        HostId((self.0 & ((1 << Self::HOST_BITS) - 1)) as u32)
    }

    const fn after(self) -> Duration {
        Duration::from_micros(self.0 >> Self::HOST_BITS)
    }
}

/// Whom a datagram in flight still has to reach, and when.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// Every host of the list but the sender, at the same instant.
    Together { at: Instant, hosts: Arc<[HostId]>, sender: HostId, next: usize },
    /// Each at its own time.
    Apart { base: Instant, arrivals: Vec<Arrival>, next: usize },
}

impl Route {
    pub(crate) fn together(at: Instant, hosts: Arc<[HostId]>, sender: HostId) -> Self {
        let next = usize::from(hosts.first() == Some(&sender));
        Self::Together { at, hosts, sender, next }
    }

    /// The next arrival.
    #[inline]
    pub(crate) fn peek(&self) -> Option<(Instant, HostId)> {
        match self {
            Self::Together { at, hosts, next, .. } => hosts.get(*next).map(|host| (*at, *host)),
            Self::Apart { base, arrivals, next } => {
                arrivals.get(*next).map(|arrival| (*base + arrival.after(), arrival.host()))
            }
        }
    }

    /// The hosts that are next, all at the instant of [`Route::peek`].
    #[inline]
    pub(crate) fn abreast<'a>(&'a self, first: &'a HostId) -> &'a [HostId] {
        match self {
            Self::Together { hosts, sender, next, .. } => {
                let left = hosts.get(*next..).unwrap_or_default();
                &left[..left.binary_search(sender).unwrap_or(left.len())]
            }
            Self::Apart { .. } => std::slice::from_ref(first),
        }
    }

    /// So many hosts, all abreast, have been reached.
    #[inline]
    pub(crate) fn advance(&mut self, reached: usize) {
        match self {
            Self::Together { hosts, sender, next, .. } => {
                *next += reached;
                if hosts.get(*next) == Some(sender) {
                    *next += 1;
                }
            }
            Self::Apart { next, .. } => *next += reached,
        }
    }
}

/// A datagram on its way.
#[derive(Debug)]
pub(crate) struct Flight<M: Machine> {
    pub(crate) datagram: Arc<Datagram<M>>,
    pub(crate) route: Route,
}

impl<M: Machine> Clone for Flight<M> {
    fn clone(&self) -> Self {
        Self { datagram: Arc::clone(&self.datagram), route: self.route.clone() }
    }
}

/// The order of deliveries: by time, then in the order of sending, then by host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Key {
    at: Instant,
    seq: u64,
    host: HostId,
    slot: u32,
}

/// Everything on its way: one queue entry per transmission, however many receivers it has.
#[derive(Clone, Debug)]
pub(crate) struct Flights<M: Machine> {
    queue: BinaryHeap<Reverse<Key>>,
    slots: Vec<Option<Flight<M>>>,
    free: Vec<u32>,
    /// Emptied lists of arrivals, to be filled again.
    spare: Vec<Vec<Arrival>>,
    batching: Batching,
}

impl<M: Machine> Flights<M> {
    pub(crate) const fn new(batching: Batching) -> Self {
        Self {
            queue: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            spare: Vec::new(),
            batching,
        }
    }

    /// An empty list for [`Route::Apart`].
    pub(crate) fn arrivals(&mut self) -> Vec<Arrival> {
        self.spare.pop().unwrap_or_default()
    }

    pub(crate) fn launch(&mut self, datagram: Arc<Datagram<M>>, mut route: Route) {
        match self.batching {
            Batching::On => self.put(Flight { datagram, route }),
            Batching::Off => {
                while let Some((base, host)) = route.peek() {
                    let arrivals = vec![Arrival::new(Duration::ZERO, host)];
                    let single = Route::Apart { base, arrivals, next: 0 };
                    self.put(Flight { datagram: Arc::clone(&datagram), route: single });
                    route.advance(1);
                }
            }
        }
    }

    /// When the next copy arrives; [`Instant::FAR_FUTURE`] if none is under way.
    #[inline]
    pub(crate) fn earliest(&self) -> Instant {
        self.queue.peek().map_or(Instant::FAR_FUTURE, |Reverse(key)| key.at)
    }

    /// Takes out the flight with the next arrival.
    pub(crate) fn take(&mut self) -> Option<Flight<M>> {
        let Reverse(key) = self.queue.pop()?;
        self.free.push(key.slot);
        self.slots.get_mut(key.slot as usize)?.take()
    }

    /// Puts back a flight, unless everyone has been reached.
    pub(crate) fn put(&mut self, flight: Flight<M>) {
        let Some((at, host)) = flight.route.peek() else {
            if let Route::Apart { mut arrivals, .. } = flight.route {
                arrivals.clear();
                self.spare.push(arrivals);
            }
            return;
        };
        let seq = flight.datagram.seq;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        self.slots[slot as usize] = Some(flight);
        self.queue.push(Reverse(Key { at, seq, host, slot }));
    }

    /// Whether some other flight's next arrival comes before this one.
    #[inline]
    pub(crate) fn precedes(&self, at: Instant, seq: u64, host: HostId) -> bool {
        self.queue.peek().is_some_and(|Reverse(key)| (key.at, key.seq, key.host) < (at, seq, host))
    }

    /// How many transmissions are under way.
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}
