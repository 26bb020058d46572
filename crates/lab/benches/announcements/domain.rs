//! The storm with real machines: every host owns 40 ranges and announces them in one AIU.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use aap::{Config, Item, Maas, Participant, Shortcut, Startup};
use addrspace::{Addr, Family, Range, Scope, ScopeKind};
use netsim::{Action, HostId, HostSpec, Link, Loopback, Silent, World};
use sansio::{Duration, Instant, UtcSecs};

use crate::{Figure, timed};

const RANGES: u32 = 40;
/// Until everyone has heard everyone twice: see the README.
const WARM: u64 = 150;

pub(crate) fn run(hosts: u32, secs: u64) -> Figure {
    let mut world = world(hosts, Shortcut::On);
    world.run_until(Instant::from_secs(WARM), &mut Silent);
    let before = world.counters().delivered;
    let mut figure = timed(|| {
        world.run_until(Instant::from_secs(WARM + secs), &mut Silent);
        world.counters().delivered
    });
    figure.delivered -= before;
    figure
}

/// The digest of a smaller domain in which allocations also change.
pub(crate) fn digest(shortcut: Shortcut) -> String {
    let mut world = world(20, shortcut);
    for host in 0..20 {
        let (at, id) = (Instant::from_secs(100 + 7 * host), HostId::new(host as usize));
        let command = aap::Command::Allocate {
            request: aap::RequestId(1),
            demand: aap::Demand {
                count: 3,
                layout: aap::Layout::Scattered,
                end: UtcSecs(world.config().epoch.0 + 90_000),
                preferred: Vec::new(),
                choice: aap::Choice::IfFree,
            },
        };
        world.schedule(at, Action::Command(id, command));
    }
    world.schedule(Instant::from_secs(200), Action::Crash(HostId::new(3), netsim::Disk::Keep));
    world.schedule(Instant::from_secs(260), Action::Start(HostId::new(3)));
    world.run_until(Instant::from_secs(600), &mut Silent);
    world.digest().to_string()
}

fn world(hosts: u32, shortcut: Shortcut) -> World<Participant> {
    let mut config = netsim::Config::new(1);
    config.link = Link::constant(Duration::from_millis(10));
    config.loopback = Loopback::Off;
    config.message_cap = u64::MAX;
    let mut world = World::new(config);
    let (_, range) = Range::parse("239.0.0.0/8").expect("a constant");
    for host in 0..hosts {
        let own = SocketAddr::new(IpAddr::V4(Ipv4Addr::from(0x0a00_0001 + host)), aap::AAP_PORT);
        let mut config = Config::new(own, Scope::new("site", Family::V4, range, ScopeKind::Small));
        config.startup = Startup::Settled;
        config.shortcut = shortcut;
        let group = config.group;
        let mut spec =
            HostSpec::new(format!("M{host}"), own, Participant::Maas(Box::new(Maas::new(config))));
        spec.groups = vec![group];
        let id = world.add_host(spec);
        for i in 0..RANGES {
            world.preload(id, owned(i * hosts + host, host, world.config().epoch));
        }
        world.schedule(Instant::ZERO, Action::Start(id));
    }
    world
}

/// Ranges of 8 to 15 addresses, scattered and disjoint.
fn owned(cell: u32, host: u32, epoch: UtcSecs) -> Item {
    let first = Addr(0xef00_0000 + u128::from(cell) * 64);
    let range = Range::with_len(first, 8 + u128::from(host % 8)).expect("inside the scope");
    let end = epoch.plus(1_000_000 + i64::from(cell));
    Item::Own { range, end, latest_end: end, request: cell, deleted: false }
}
