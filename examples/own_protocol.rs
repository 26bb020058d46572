//! A protocol of your own on the deterministic network.
//!
//! ```sh
//! cargo run -p examples --example own_protocol
//! ```
//!
//! The network knows nothing of AAP: it drives anything that is a [`Machine`]. Here three hosts
//! choose a leader by a rule of forty lines: wait a random while, then say your number; whoever
//! hears a number before it has spoken itself follows it. You will see who leads under a few
//! seeds, and that the rule fails under some: two hosts that speak less than a network delay apart
//! both lead. Make `DELAY` larger: how often does it fail?

#![expect(clippy::print_stdout, reason = "a lesson")]

use std::net::SocketAddr;

use netsim::{Config, HostSpec, Link, Silent, World};
use sansio::{Cx, Duration, Input, Instant, Machine, Output, Outputs, Question, Rule, Stored};

const DELAY: Duration = Duration::from_millis(200);
const PATIENCE: Duration = Duration::from_secs(2);

fn group() -> SocketAddr {
    SocketAddr::from(([239, 255, 0, 1], 4000))
}

/// Where a host stands.
#[derive(Clone, Debug)]
enum Candidate {
    Down(u8),
    Waiting { number: u8, until: Instant },
    Leads(u8),
    Follows,
}

/// This protocol writes nothing down.
#[derive(Clone, Debug)]
enum Nothing {}

impl Stored for Nothing {
    type Key = ();
    fn key(&self) {}
    fn removes(&self) -> bool {
        match *self {}
    }
}

impl Machine for Candidate {
    type Message = u8;
    type Malformed = &'static str;
    type Command = ();
    type Event = String;
    type Record = Nothing;

    fn encode(number: &u8, octets: &mut Vec<u8>) {
        octets.push(*number);
    }

    fn decode(octets: &[u8]) -> Result<u8, &'static str> {
        <[u8; 1]>::try_from(octets).map(|[number]| number).map_err(|_| "not one octet")
    }

    fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Self>, out: &mut Outputs<Self>) {
        *self = match (&*self, input) {
            (&Self::Down(number), Input::Start { .. }) => {
                let wait = cx.span_between(Question("patience"), Duration::ZERO, PATIENCE);
                Self::Waiting { number, until: cx.now.instant + wait }
            }
            (&Self::Waiting { number, .. }, Input::Timeout) => {
                out.push(Output::Transmit { to: group(), message: number, rule: Rule("speak") });
                Self::Leads(number)
            }
            (Self::Waiting { .. }, Input::Message { .. }) => Self::Follows,
            _ => return,
        };
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Waiting { until, .. } => Some(*until),
            _ => None,
        }
    }
}

/// The numbers of those who lead in the end.
fn leaders(seed: u64) -> Vec<u8> {
    let mut config = Config::new(seed);
    config.link = Link::constant(DELAY);
    let mut world = World::new(config);
    for number in 1..=3 {
        let address = SocketAddr::from(([10, 0, 0, number], 4000));
        let mut spec = HostSpec::new(format!("host {number}"), address, Candidate::Down(number));
        spec.groups = vec![group()];
        world.add_host(spec);
    }
    world.start_all(&mut Silent);
    world.run_until_idle(&mut Silent);
    let machines = world.hosts().filter_map(|host| host.machine());
    machines
        .filter_map(|machine| match machine {
            Candidate::Leads(number) => Some(*number),
            _ => None,
        })
        .collect()
}

fn main() {
    for seed in 1..=8 {
        println!("seed {seed}: {:?} lead(s)", leaders(seed));
    }
    let split = (0..1_000).filter(|&seed| leaders(seed).len() > 1).count();
    println!("of 1000 seeds, {split} end with more than one leader");
    assert!((1..1_000).contains(&split));
    assert_eq!(leaders(5), leaders(5), "the same seed is the same run");
}
