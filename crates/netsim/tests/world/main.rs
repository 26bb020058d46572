//! What a world promises, tried with a toy protocol.

mod determinism;
mod draws;
mod faults;
mod journal;
mod order;
mod toy;

use netsim::{
    Action, Batching, Capture, Config, Delay, Disk, DrawFault, DropCause, Fault, HostId, HostSpec,
    Injection, Link, Loopback, Loss, Otherwise, Pick, PickRule, Ppm, Reach, Recorder, Silent, Skew,
    Stop, Trust, World,
};
use sansio::{Duration, Instant};
use toy::{Claimant, Owned, Toy, Words, group};
use trace::{Entry, What};

const A: HostId = HostId::new(0);
const B: HostId = HostId::new(1);
const C: HostId = HostId::new(2);

fn s(secs: u64) -> Instant {
    Instant::from_secs(secs)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn address(index: usize) -> std::net::SocketAddr {
    std::net::SocketAddr::from(([10, 0, (index / 200) as u8, (index % 200) as u8 + 1], 2000))
}

fn spec(name: &str, index: usize) -> HostSpec<Claimant> {
    HostSpec { groups: vec![group()], ..HostSpec::new(name, address(index), Claimant::default()) }
}

fn world(hosts: usize, config: Config) -> World<Claimant> {
    let mut world = World::new(config);
    for index in 0..hosts {
        world.add_host(spec(&name(index), index));
    }
    world
}

fn name(index: usize) -> String {
    match u8::try_from(index) {
        Ok(small @ 0..=25) => char::from(b'A' + small).to_string(),
        _ => format!("H{index}"),
    }
}

fn delayed(delay: Duration) -> Config {
    Config { link: Link::constant(delay), ..Config::new(1) }
}

fn noisy(seed: u64) -> Config {
    let link = Link {
        delay: Delay::Tail { base: ms(5), mean: ms(20) },
        loss: Loss::Independent(Ppm::percent(5)),
        duplicate: Ppm::percent(3),
        reorder: Ppm::percent(3),
        reorder_by: ms(700),
    };
    Config { link, ..Config::new(seed) }
}

/// Starts everyone, lets `play` act, runs 100 s; gives the journal.
fn record(world: &mut World<Claimant>, play: impl FnOnce(&mut World<Claimant>)) -> Vec<Entry> {
    let mut recorder = Recorder::new(world, Words);
    world.start_all(&mut recorder);
    play(world);
    let stop = world.run_until(s(100), &mut recorder);
    recorder.end(world, stop);
    recorder.into_journal(world, "test").entries
}

fn story(entries: &[Entry]) -> Vec<String> {
    entries
        .iter()
        .filter_map(|entry| {
            let host = entry.host.as_deref().unwrap_or("-");
            let at = Instant::from_micros(entry.at);
            match &entry.what {
                What::Sent { summary, .. } => Some(format!("{at} {host} {summary}")),
                What::Event { summary, .. } => Some(format!("{at} {host} {summary}")),
                What::Timer { name } => Some(format!("{at} {host} timer {name}")),
                _ => None,
            }
        })
        .collect()
}
