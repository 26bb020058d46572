//! A running domain to throw datagrams at.

use std::net::SocketAddr;

use aap::policy::{DefenceDoubling, DefenceFloor, Policy, Profile};
use aap::{
    Choice, Command, Config, Demand, Event, Layout, Maas, Participant, PrefixCoordinator,
    RequestId, Startup,
};
use addrspace::{Family, Range, Scope, ScopeKind};
use netsim::{
    Action, Host, HostId, HostSpec, Injection, Link, Observation, Observer, Reach, Seen, Trust,
    World,
};
use sansio::{Duration, UtcSecs};

/// What right wall clocks show when a run begins: the time of the vectors.
pub(crate) const EPOCH: i64 = 961_070_400;

/// The participants' AAP group, whatever their scope.
pub(crate) const GROUP: ([u8; 4], u16) = ([239, 251, 255, 248], 2878);

const MAASES: u8 = 3;
const LIFETIME: i64 = 900;

/// A world of three MAASs, in a large scope with a Prefix Coordinator, and what was seen of it.
#[derive(Clone)]
pub(crate) struct Domain {
    pub(crate) world: World<Participant>,
    pub(crate) seen: Eavesdropper,
    /// The addresses that everything is about: all of a small scope, the space of a large one.
    pub(crate) contested: Range,
    requests: u32,
}

/// Keeps the latest datagrams that were sent, and what became of requests.
#[derive(Clone, Default)]
pub(crate) struct Eavesdropper {
    pub(crate) datagrams: Vec<Vec<u8>>,
    heard: usize,
    kept: usize,
    pub(crate) answers: Vec<(RequestId, Answer)>,
    pub(crate) ignored: Vec<&'static str>,
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Granted,
    Refused,
}

impl Eavesdropper {
    const KEPT: usize = 512;
    /// One in so many of the longest datagrams is kept: they cost every node dear, and a few do.
    const LONG_KEPT: usize = 16;

    fn hear(&mut self, octets: &[u8]) {
        self.heard += 1;
        if octets.len() > 100 && !self.heard.is_multiple_of(Self::LONG_KEPT) {
            return;
        }
        if self.datagrams.len() < Self::KEPT {
            self.datagrams.push(octets.to_vec());
        } else {
            self.datagrams[self.kept % Self::KEPT] = octets.to_vec();
        }
        self.kept += 1;
    }
}

impl Observer<Participant> for Eavesdropper {
    fn observe(&mut self, seen: &Observation<'_, Participant>) {
        match &seen.what {
            Seen::Sent { octets, .. } => self.hear(octets),
            Seen::Event { event: Event::Granted { request, .. }, .. } => {
                self.answers.push((*request, Answer::Granted));
            }
            Seen::Event { event: Event::Refused { request, .. }, .. } => {
                self.answers.push((*request, Answer::Refused));
            }
            // A flood is ignored by the million; the tests look at the first few.
            Seen::Event { event: Event::Ignored { reason, .. }, .. } if self.ignored.len() < 99 => {
                self.ignored.push(reason.name());
            }
            _ => {}
        }
    }
}

impl Domain {
    /// A domain at work: it has allocated, preallocated and asked for more than there is.
    pub(crate) fn at_work(kind: ScopeKind, profile: Profile, seed: u64) -> Self {
        let mut domain = Self::started(kind, profile, seed);
        for n in 0..MAASES {
            domain.demand(n, 5, Kind::Allocate);
            domain.demand(n, 8, Kind::Preallocate);
        }
        domain.run(60);
        if kind == ScopeKind::Large {
            domain.demand(0, 1 << 16, Kind::Allocate);
            domain.run(60);
        }
        domain
    }

    fn started(kind: ScopeKind, profile: Profile, seed: u64) -> Self {
        let (served, other, contested) = match kind {
            ScopeKind::Large => ("239.192.0.0/14", "239.255.0.0/16", "239.192.0.0/22"),
            ScopeKind::Small => ("239.255.8.0/22", "239.192.0.0/14", "239.255.8.0/22"),
        };
        let (served, other, contested) = (range(served), range(other), range(contested));
        let scope = Scope::new("site", Family::V4, served, kind);
        let mut config = netsim::Config::new(seed);
        config.epoch = UtcSecs(EPOCH);
        config.link = Link::constant(Duration::from_millis(20));
        config.message_cap = 100_000_000;
        let mut world = World::new(config);
        for n in 0..MAASES + u8::from(kind == ScopeKind::Large) {
            let own = SocketAddr::from(([10, 0, 0, n + 1], 2878));
            let mut config = Config::new(own, scope.clone());
            config.group = GROUP.into();
            config.scopes_on_group = vec![served, other];
            config.policy = calmed(profile.policy());
            config.startup = Startup::Settled;
            let blank = if n < MAASES {
                Participant::Maas(Box::new(Maas::new(config)))
            } else {
                let space = vec![(contested, UtcSecs(EPOCH + 30 * 86_400))];
                Participant::Coordinator(Box::new(PrefixCoordinator::new(config, space)))
            };
            let mut spec = HostSpec::new(format!("h{n}"), own, blank);
            spec.groups = vec![GROUP.into()];
            world.add_host(spec);
        }
        let mut domain = Self { world, seen: Eavesdropper::default(), contested, requests: 0 };
        domain.world.start_all(&mut domain.seen);
        // The first ASA comes after about a minute.
        domain.run(90);
        domain
    }

    pub(crate) fn run(&mut self, secs: u64) {
        self.pass(Duration::from_secs(secs));
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let stop = self.world.run_until(self.world.now() + time, &mut self.seen);
        assert!(!stop.is_final(), "{stop}");
    }

    /// Has a MAAS ask for addresses.
    pub(crate) fn demand(&mut self, maas: u8, count: u32, kind: Kind) -> RequestId {
        self.requests += 1;
        let request = RequestId(self.requests);
        let host = HostId::new(usize::from(maas % MAASES));
        let end = self.world.host(host).now().utc.plus(LIFETIME);
        let demand = Demand {
            count,
            layout: Layout::Scattered,
            end,
            preferred: Vec::new(),
            choice: Choice::IfFree,
        };
        let command = match kind {
            Kind::Allocate => Command::Allocate { request, demand },
            Kind::Preallocate => Command::Preallocate { request, demand },
        };
        self.world.act(Action::Command(host, command), &mut self.seen);
        request
    }

    /// Lets everyone hear a datagram that nobody in the domain sent.
    pub(crate) fn inject(&mut self, from: SocketAddr, octets: Vec<u8>) {
        let injection = Injection {
            from,
            to: GROUP.into(),
            octets,
            trust: Trust::Open,
            reach: Reach::Everyone,
        };
        self.world.act(Action::Inject(injection), &mut self.seen);
    }

    pub(crate) fn maases(&self) -> impl Iterator<Item = &Maas> {
        self.world.hosts().filter_map(|host| host.machine()).filter_map(Participant::maas)
    }

    /// The machines, as they are now.
    pub(crate) fn machines(&self) -> Vec<Participant> {
        self.world.hosts().filter_map(|host: Host<'_, _>| host.machine().cloned()).collect()
    }
}

/// The same reading without its storms: two defenders whom a forger sets against each other would
/// else speak at every turn of the network, for ever (F-15, F-16), and the flood would be theirs.
fn calmed(policy: Policy) -> Policy {
    Policy {
        defence_doubling: DefenceDoubling::Current,
        defence_floor: DefenceFloor::ResendWait,
        ..policy
    }
}

fn range(text: &str) -> Range {
    Range::parse(text).expect("a range").1
}

/// What is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Allocate,
    Preallocate,
}
