//! A protocol to try a network with: hosts claim numbers, and whoever already has one objects.
//!
//! A claim is sent three times, a second apart; 3 s after the first without an objection the
//! number is owned and written down. Owners object to claims of their numbers after a random
//! wait of 0 to 500 ms and announce all they own every 30 s. Nobody may own 0: whoever hears it
//! claimed says so at once.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use netsim::{Described, Dissect};
use sansio::{
    Cause, Cx, Deadlines, Duration, Input, Instant, Machine, Output, Outputs, Question, Rule,
    Stored, TimerKind, Urgency,
};

pub(crate) fn group() -> SocketAddr {
    SocketAddr::from(([239, 255, 255, 1], 2000))
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Toy {
    Claim(u8),
    Mine(u8),
}

#[derive(Clone, Debug)]
pub(crate) enum Told {
    Owns(u8),
    GaveUp(u8),
    Heard(u8),
    /// The same, and the transport vouches for it.
    Knows(u8),
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Owned(pub(crate) u8);

impl Stored for Owned {
    type Key = u8;
    fn key(&self) -> u8 {
        self.0
    }
    fn removes(&self) -> bool {
        false
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Timer {
    Claim(u8),
    Repeat(u8),
    Object(u8),
    Announce,
}

impl TimerKind for Timer {
    fn urgency(&self) -> Urgency {
        if matches!(self, Timer::Claim(_)) { Urgency::Verdict } else { Urgency::Routine }
    }
    fn name(&self) -> &'static str {
        match self {
            Timer::Claim(_) => "claim",
            Timer::Repeat(_) => "repeat",
            Timer::Object(_) => "object",
            Timer::Announce => "announce",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Claimant {
    /// How long it waits before it repeats a claim.
    pub(crate) pause: Duration,
    pub(crate) owned: BTreeSet<u8>,
    heard: BTreeSet<u8>,
    timers: Deadlines<Timer>,
}

impl Default for Claimant {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(1),
            owned: BTreeSet::new(),
            heard: BTreeSet::new(),
            timers: Deadlines::default(),
        }
    }
}

impl Claimant {
    fn send(message: Toy, rule: &'static str, out: &mut Outputs<Self>) {
        out.push(Output::Transmit { to: group(), message, rule: Rule(rule) });
    }

    fn tell(event: Told, rule: &'static str, out: &mut Outputs<Self>) {
        out.push(Output::Event { event, rule: Rule(rule) });
    }

    fn arm(&mut self, timer: Timer, after: Duration, now: Instant, cause: Cause) {
        self.timers.set(timer, now + after, now, cause);
    }

    fn due(&mut self, timer: Timer, cx: &mut Cx<'_>, out: &mut Outputs<Self>) {
        let (now, cause) = (cx.now.instant, cx.cause);
        match timer {
            Timer::Claim(number) => {
                self.timers.cancel(Timer::Repeat(number));
                out.push(Output::Persist { record: Owned(number), rule: Rule("T-3") });
                self.owned.insert(number);
                Self::send(Toy::Mine(number), "T-4", out);
                Self::tell(Told::Owns(number), "T-3", out);
                self.arm(Timer::Announce, Duration::from_secs(30), now, cause);
            }
            Timer::Repeat(number) => {
                Self::send(Toy::Claim(number), "T-1", out);
                self.arm(Timer::Repeat(number), self.pause, now, cause);
            }
            Timer::Object(number) => Self::send(Toy::Mine(number), "T-5", out),
            Timer::Announce => {
                for number in self.owned.clone() {
                    Self::send(Toy::Mine(number), "T-6", out);
                }
                self.arm(Timer::Announce, Duration::from_secs(30), now, cause);
            }
        }
    }
}

impl Machine for Claimant {
    type Message = Toy;
    type Malformed = &'static str;
    type Command = u8;
    type Event = Told;
    type Record = Owned;

    fn encode(message: &Toy, octets: &mut Vec<u8>) {
        octets.extend(match message {
            Toy::Claim(number) => [1, *number],
            Toy::Mine(number) => [2, *number],
        });
    }

    fn decode(octets: &[u8]) -> Result<Toy, &'static str> {
        match octets {
            [1, number] => Ok(Toy::Claim(*number)),
            [2, number] => Ok(Toy::Mine(*number)),
            [_, _] => Err("bad_type"),
            _ => Err("bad_length"),
        }
    }

    fn handle(&mut self, cx: &mut Cx<'_>, input: Input<'_, Self>, out: &mut Outputs<Self>) {
        let (now, cause) = (cx.now.instant, cx.cause);
        match input {
            Input::Start { restored } => {
                self.owned = restored.iter().map(|record| record.0).collect();
                if !self.owned.is_empty() {
                    self.arm(Timer::Announce, Duration::ZERO, now, cause);
                }
            }
            Input::Command(&number) => {
                Self::send(Toy::Claim(number), "T-1", out);
                self.arm(Timer::Claim(number), Duration::from_secs(3), now, cause);
                self.arm(Timer::Repeat(number), self.pause, now, cause);
            }
            Input::Message { message: Toy::Claim(0), .. } => Self::send(Toy::Mine(0), "T-8", out),
            Input::Message { message: Toy::Claim(number), .. } if self.owned.contains(number) => {
                let (low, high) = (Duration::ZERO, Duration::from_millis(500));
                let wait = cx.span_between(Question("objection"), low, high);
                self.arm(Timer::Object(*number), wait, now, cause);
            }
            Input::Message { message: Toy::Claim(_), .. } => {}
            Input::Message { message: Toy::Mine(number), authenticated, .. } => {
                if self.timers.cancel(Timer::Claim(*number)) {
                    self.timers.cancel(Timer::Repeat(*number));
                    Self::tell(Told::GaveUp(*number), "T-2", out);
                } else if !self.owned.contains(number) && self.heard.insert(*number) {
                    let heard = if authenticated { Told::Knows } else { Told::Heard };
                    Self::tell(heard(*number), "T-7", out);
                }
            }
            Input::Timeout => {
                let Some(due) = self.timers.pop_due(now) else { return };
                out.push(Output::Fired { timer: due.timer.name(), armed_by: due.armed_by });
                self.due(due.timer, cx, out);
            }
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }
}

/// Puts the toy into words.
#[derive(Clone, Copy)]
pub(crate) struct Words;

fn described(kind: &str, number: u8) -> Described {
    let fields = [("number".to_owned(), number.into())].into_iter().collect();
    Described { kind: kind.to_owned(), summary: format!("{kind} .{number}"), fields }
}

impl Dissect<Claimant> for Words {
    fn message(&self, message: &Toy) -> Described {
        match message {
            Toy::Claim(number) => described("CLAIM", *number),
            Toy::Mine(number) => described("MINE", *number),
        }
    }

    fn event(&self, event: &Told) -> Described {
        match event {
            Told::Owns(number) => described("owns", *number),
            Told::GaveUp(number) => described("gives up", *number),
            Told::Heard(number) => described("heard", *number),
            Told::Knows(number) => described("knows", *number),
        }
    }

    fn command(&self, number: &u8) -> Described {
        described("claim", *number)
    }

    fn record(&self, record: &Owned) -> String {
        format!("owned .{}", record.0)
    }
}
