//! The storm as a protocol: a host announces 100 octets every 30 s ± 30 % and counts what it
//! hears.

use std::convert::Infallible;
use std::net::SocketAddr;

use netsim::{Config, HostSpec, Loopback, Silent, World};
use sansio::{
    Cause, Cx, Duration, Input, Instant, Machine, Output, Outputs, Question, Rule, Stored,
};

pub(crate) const PAYLOAD: usize = 100;

#[derive(Clone, Default)]
pub(crate) struct Announcer {
    seq: u32,
    next: Option<Instant>,
    armed_by: Cause,
    pub(crate) got: u64,
    sum: u64,
    last: Instant,
}

/// There is nothing to store.
#[derive(Clone, Debug)]
pub(crate) struct Nothing(Infallible);

impl Stored for Nothing {
    type Key = ();
    fn key(&self) {
        match self.0 {}
    }
    fn removes(&self) -> bool {
        match self.0 {}
    }
}

impl Announcer {
    fn on_message(&mut self, cx: &Cx<'_>, from: SocketAddr, message: &[u8; PAYLOAD]) {
        let seq = u32::from_be_bytes([message[4], message[5], message[6], message[7]]);
        self.got += 1;
        self.sum = self.sum.wrapping_add(u64::from(seq ^ u32::from(from.port())));
        self.last = cx.now.instant;
    }

    #[inline(never)]
    fn announce(&mut self, cx: &mut Cx<'_>, out: &mut Outputs<Self>) {
        out.push(Output::Fired { timer: "announce", armed_by: self.armed_by });
        self.seq += 1;
        let mut message = [0; PAYLOAD];
        message[4..8].copy_from_slice(&self.seq.to_be_bytes());
        out.push(Output::Transmit { to: group(), message, rule: Rule("storm") });
        self.arm(cx, "gap", 21, 39);
    }

    #[inline(never)]
    fn arm(&mut self, cx: &mut Cx<'_>, question: &'static str, low: u64, high: u64) {
        let (low, high) = (Duration::from_secs(low), Duration::from_secs(high));
        self.next = Some(cx.now.instant + cx.span_between(Question(question), low, high));
        self.armed_by = cx.cause;
    }
}

impl Machine for Announcer {
    type Message = [u8; PAYLOAD];
    type Malformed = &'static str;
    type Command = Infallible;
    type Event = Infallible;
    type Record = Nothing;

    fn encode(message: &Self::Message, octets: &mut Vec<u8>) {
        octets.extend_from_slice(message);
    }

    fn decode(octets: &[u8]) -> Result<Self::Message, &'static str> {
        octets.try_into().map_err(|_| "bad_length")
    }

    #[inline]
    fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Self>, out: &mut Outputs<Self>) {
        match input {
            Input::Message { from, message, .. } => self.on_message(cx, from, message),
            Input::Start { .. } => self.arm(cx, "first", 0, 30),
            Input::Timeout => self.announce(cx, out),
            Input::Command(never) => match *never {},
        }
    }

    #[inline]
    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }
}

fn group() -> SocketAddr {
    SocketAddr::from(([239, 255, 255, 1], 2000))
}

/// `hosts` announcers, started.
pub(crate) fn world(hosts: usize, config: Config) -> World<Announcer> {
    let config = Config { loopback: Loopback::Off, message_cap: u64::MAX, ..config };
    let mut world = World::new(config);
    for index in 0..hosts {
        let address = SocketAddr::from(([10, 0, (index / 250) as u8, (index % 250) as u8], 2000));
        let spec = HostSpec::new(format!("H{index}"), address, Announcer::default());
        world.add_host(HostSpec { groups: vec![group()], ..spec });
    }
    world.start_all(&mut Silent);
    world
}
