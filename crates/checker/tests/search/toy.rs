//! A protocol small enough to know all its runs: who claims a number and hears nothing of another
//! claim for a second owns it, and writes that down.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use checker::{Act, Bounds, Host, Problem, Property, Representative, Scripted, Vouched};
use sansio::{
    Cx, Duration, Input, Instant, Machine, Output, Outputs, Question, Rule, Stored, UtcSecs,
};

pub(crate) fn group() -> SocketAddr {
    SocketAddr::from(([239, 255, 255, 1], 2000))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Claim(pub(crate) u8);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Owned(u8);

impl Stored for Owned {
    type Key = u8;
    fn key(&self) -> u8 {
        self.0
    }
    fn removes(&self) -> bool {
        false
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// Claim a number.
    Claim(u8),
    /// Send these at once.
    Send(Vec<u8>),
    /// Claim a number after a random wait of 0 to 2 s.
    ClaimLater(u8),
}

/// A claimant, and what it has heard, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Claimant {
    pub(crate) owned: BTreeSet<u8>,
    pub(crate) heard: Vec<u8>,
    pub(crate) restored: usize,
    claim: Option<(u8, Instant)>,
    later: Option<(u8, Instant)>,
}

impl Claimant {
    fn claim(&mut self, number: u8, now: Instant, out: &mut Outputs<Self>) {
        self.claim = Some((number, now + Duration::from_secs(1)));
        send(number, out);
    }
}

fn send(number: u8, out: &mut Outputs<Claimant>) {
    out.push(Output::Transmit { to: group(), message: Claim(number), rule: Rule("T-1") });
}

impl Machine for Claimant {
    type Message = Claim;
    type Malformed = &'static str;
    type Command = Order;
    type Event = u8;
    type Record = Owned;

    fn encode(message: &Claim, octets: &mut Vec<u8>) {
        octets.push(message.0);
    }

    fn decode(octets: &[u8]) -> Result<Claim, &'static str> {
        octets.first().copied().map(Claim).ok_or("empty")
    }

    fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Self>, out: &mut Outputs<Self>) {
        let now = cx.now.instant;
        match input {
            Input::Start { restored } => {
                self.restored = restored.len();
                self.owned = restored.iter().map(|owned| owned.0).collect();
            }
            Input::Command(Order::Claim(number)) => self.claim(*number, now, out),
            Input::Command(Order::Send(numbers)) => numbers.iter().for_each(|n| send(*n, out)),
            Input::Command(Order::ClaimLater(number)) => {
                let most = Duration::from_secs(2);
                let wait = cx.span_between(Question("wait"), Duration::ZERO, most);
                self.later = Some((*number, now + wait));
            }
            Input::Message { message: Claim(number), .. } => {
                self.heard.push(*number);
                self.claim = self.claim.filter(|(claimed, _)| claimed != number);
            }
            Input::Timeout => {
                out.push(Output::Fired { timer: "wait", armed_by: cx.cause });
                if let Some((number, _)) = self.later.take_if(|(_, at)| *at <= now) {
                    return self.claim(number, now, out);
                }
                let Some((number, _)) = self.claim.take() else { return };
                self.owned.insert(number);
                out.push(Output::Persist { record: Owned(number), rule: Rule("T-2") });
                out.push(Output::Event { event: number, rule: Rule("T-3") });
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        [self.claim, self.later].into_iter().flatten().map(|(_, at)| at).min()
    }
}

/// A property that says what must not be seen in any host, or in all together.
pub(crate) struct Never(pub(crate) fn(&[Option<&Claimant>]) -> bool);

impl Property<Claimant> for Never {
    fn name(&self) -> &'static str {
        "never"
    }

    /// How much was restored, how many numbers are owned, these numbers, then those heard.
    fn view(&self, machine: &Claimant) -> Vec<u128> {
        let counts = [machine.restored as u128, machine.owned.len() as u128];
        let numbers = machine.owned.iter().chain(&machine.heard);
        counts.into_iter().chain(numbers.map(|number| u128::from(*number))).collect()
    }

    fn violation(&self, views: &[Option<&[u128]>], now: Instant) -> Option<String> {
        let claimants: Vec<Option<Claimant>> = views
            .iter()
            .map(|view| {
                let (restored, owned, numbers) = match view {
                    Some([restored, owned, numbers @ ..]) => (*restored, *owned, numbers),
                    _ => return None,
                };
                let (owned, heard) = numbers.split_at(owned as usize);
                Some(Claimant {
                    owned: owned.iter().map(|number| *number as u8).collect(),
                    heard: heard.iter().map(|number| *number as u8).collect(),
                    restored: restored as usize,
                    ..Claimant::default()
                })
            })
            .collect();
        let claimants: Vec<Option<&Claimant>> = claimants.iter().map(Option::as_ref).collect();
        (self.0)(&claimants).then(|| format!("seen at {now}"))
    }
}

/// Two own one number.
pub(crate) fn twice(machines: &[Option<&Claimant>]) -> bool {
    let owners = machines.iter().flatten().filter(|machine| machine.owned.contains(&7));
    owners.count() > 1
}

pub(crate) const NOTHING: Bounds = Bounds {
    delay: Duration::from_millis(20),
    losses: 0,
    duplicates: 0,
    crashes: 0,
    horizon: Instant::from_secs(5),
};

/// Hosts that start at once and are told something at a time, in milliseconds.
pub(crate) fn problem(
    hosts: usize,
    orders: &[(u64, usize, Order)],
    bounds: Bounds,
    never: fn(&[Option<&Claimant>]) -> bool,
) -> Problem<Claimant> {
    let host = |number: usize| Host {
        name: format!("H{number}"),
        address: SocketAddr::from(([10, 0, 0, number as u8 + 1], 2000)),
        groups: vec![group()],
        blank: Claimant::default(),
        ahead_us: 0,
        vouched: Vouched::No,
        stored: Vec::new(),
        answers: Vec::new(),
        candidates: Vec::new(),
    };
    let starts = (0..hosts).map(|h| Scripted { at: Instant::ZERO, act: Act::Start(h) });
    let orders = orders.iter().map(|(ms, host, order)| Scripted {
        at: Instant::from_micros(ms * 1_000),
        act: Act::Command(*host, order.clone()),
    });
    Problem {
        hosts: (0..hosts).map(host).collect(),
        script: starts.chain(orders).collect(),
        epoch: UtcSecs(0),
        bounds,
        representatives: vec![Representative::Low, Representative::Middle, Representative::High],
        properties: vec![Box::new(Never(never))],
    }
}
