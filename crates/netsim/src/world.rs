mod act;
mod call;
mod host;
mod run;
mod send;
mod spec;

pub use host::Host;
pub use spec::{Batching, Config, HostId, HostSpec, Loopback};

use std::collections::BTreeMap;
use std::net::SocketAddr;

use sansio::{Instant, Machine, Outputs};
use trace::Digest;

use crate::agenda::Agenda;
use crate::chance::key;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::flight::Flights;
use crate::network::Network;
use crate::storage::Storage;
use crate::{Action, Counters, Disk, DrawFault, Drawn, Otherwise, Stop, Stream, Trust};

/// Hosts, their machines and the network between them: see the [crate's description](crate).
#[derive(Clone)]
pub struct World<M: Machine> {
    config: Config,
    now: Instant,
    next_id: u64,
    next_seq: u64,
    digest: Digest,
    counters: Counters,
    stopped: Option<Stop>,
    fixtures: Vec<Fixture<M>>,
    nodes: Vec<Node<M>>,
    dice: Vec<Dice>,
    network: Network<M>,
    flights: Flights<M>,
    agenda: Agenda,
    script: BTreeMap<(Instant, u64), Action<M>>,
    scheduled: u64,
    /// When the first action of `script` is due; far in the future if there is none.
    script_at: Instant,
    draw_faults: Vec<DrawFault>,
    spin: Spin,
    out: Outputs<M>,
    drawn: Vec<Drawn>,
    octets: Vec<u8>,
}

/// The part of a host that outlives crashes and is seldom touched.
#[derive(Clone)]
struct Fixture<M: Machine> {
    name: String,
    address: SocketAddr,
    /// What its draws and those of its links depend on.
    key: u64,
    trust: Trust,
    blank: M,
    storage: Storage<M::Record>,
    /// How many datagrams it has sent: together with its name, what its links' draws depend on.
    sends: u64,
    fuse: Option<Fuse>,
}

/// The part of a host that every delivery touches.
#[derive(Clone)]
struct Node<M> {
    machine: Option<M>,
    /// What its machine last asked for, on its own clock; far in the future if nothing.
    deadline: Instant,
    clock: Clock,
}

/// A crash that is to happen between two outputs.
#[derive(Clone, Copy)]
struct Fuse {
    outputs: u32,
    disk: Disk,
}

/// How often the timers of one host have fired while time stood still.
#[derive(Clone, Copy)]
struct Spin {
    at: Instant,
    host: HostId,
    times: u32,
}

impl<M: Machine> World<M> {
    /// A world without hosts.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            now: Instant::ZERO,
            next_id: 1,
            next_seq: 0,
            digest: Digest::new(),
            counters: Counters::default(),
            stopped: None,
            fixtures: Vec::new(),
            nodes: Vec::new(),
            dice: Vec::new(),
            network: Network::new(config.link),
            flights: Flights::new(config.batching),
            agenda: Agenda::new(),
            script: BTreeMap::new(),
            scheduled: 0,
            script_at: Instant::FAR_FUTURE,
            draw_faults: Vec::new(),
            spin: Spin { at: Instant::ZERO, host: HostId(0), times: 0 },
            out: Vec::new(),
            drawn: Vec::new(),
            octets: Vec::new(),
        }
    }

    /// Adds a host, which is down until [`Action::Start`].
    ///
    /// # Panics
    /// If the world already has 2^24 hosts.
    pub fn add_host(&mut self, spec: HostSpec<M>) -> HostId {
        let host = HostId::new(self.nodes.len());
        assert!(host.0 < 1 << 24, "a world has at most 2^24 hosts");
        for group in spec.groups {
            self.network.join(host, group);
        }
        self.network.add_address(spec.address, host);
        self.nodes.push(Node {
            machine: None,
            deadline: Instant::FAR_FUTURE,
            clock: Clock::new(self.config.epoch, spec.skew),
        });
        self.dice.push(Dice::new(Stream::named(self.config.seed, &spec.name)));
        self.fixtures.push(Fixture {
            key: key(&spec.name),
            name: spec.name,
            address: spec.address,
            trust: spec.trust,
            blank: spec.blank,
            storage: Storage::default(),
            sends: 0,
            fuse: None,
        });
        self.agenda.grow(self.nodes.len());
        host
    }

    /// Gives a world that nothing has happened in another seed.
    ///
    /// A copy with a new seed is the world that would have been built with that seed, for less
    /// than building it costs.
    pub fn reseed(&mut self, seed: u64) {
        debug_assert_eq!(self.next_id, 1, "something has happened already");
        self.config.seed = seed;
        for (dice, fixture) in self.dice.iter_mut().zip(&self.fixtures) {
            dice.reseed(Stream::named(seed, &fixture.name));
        }
    }

    /// Puts a record into a host's stable storage before it starts: a life before the run.
    pub fn preload(&mut self, host: HostId, record: M::Record) {
        self.fixtures[host.index()].storage.write(record);
    }

    /// Replaces the machine a host will start from the next time.
    pub fn set_blank(&mut self, host: HostId, blank: M) {
        self.fixtures[host.index()].blank = blank;
    }

    /// Fixes the next answers to a host's questions of this label, after those already fixed.
    ///
    /// Values that do not fit when they are asked for, and those nobody asks for, turn up in
    /// [`World::draw_faults`].
    pub fn script_draw(
        &mut self,
        host: HostId,
        label: &str,
        values: impl IntoIterator<Item = u128>,
    ) {
        self.dice[host.index()].script(label, values);
    }

    /// How a host's questions of this label are answered once nothing is fixed.
    pub fn draw_otherwise(&mut self, host: HostId, label: &str, otherwise: Otherwise) {
        self.dice[host.index()].otherwise(label, otherwise);
    }

    /// Fixed answers that did not fit, and those that nobody has asked for yet.
    #[must_use]
    pub fn draw_faults(&self) -> Vec<DrawFault> {
        let unused = (0..).map(HostId).zip(&self.dice);
        let unused = unused.flat_map(|(host, dice)| dice.unused(host));
        self.draw_faults.iter().cloned().chain(unused).collect()
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Everything so far in 64 bits.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// How often things have happened so far.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What it was made of.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The number the next observation will have; journals may go on from it.
    #[must_use]
    pub const fn next_id(&self) -> u64 {
        self.next_id
    }

    /// How many transmissions are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// A host to look at.
    ///
    /// # Panics
    /// If `id` comes from a larger world.
    #[must_use]
    pub fn host(&self, id: HostId) -> Host<'_, M> {
        Host::new(self, id)
    }

    /// Every host, in order.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = Host<'_, M>> + '_ {
        (0..self.nodes.len()).map(|index| self.host(HostId::new(index)))
    }

    /// The host of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<HostId> {
        self.fixtures.iter().position(|fixture| fixture.name == name).map(HostId::new)
    }
}
