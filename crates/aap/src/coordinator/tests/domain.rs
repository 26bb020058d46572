//! A group without loss or delay, and a log of what happens on it.

use std::collections::VecDeque;
use std::net::SocketAddr;

use addrspace::{Addr, Family, Range, Scope, ScopeKind};
use sansio::{Cause, Cx, Draw, Input, Instant, Now, Output, Question, UtcSecs};

use crate::command::Command;
use crate::config::Config;
use crate::coordinator::PrefixCoordinator;
use crate::event::{Event, Lease};
use crate::participant::{OneOutput, Out};
use crate::policy::Policy;
use crate::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};

/// What wall clocks show when a test begins.
pub(super) const EPOCH: i64 = 1_000_000;
/// An end time that no test reaches.
pub(super) const LATER: i64 = EPOCH + 100_000;

/// The first address of the scope, 239.192.0.0/16.
const BASE: u128 = 0xefc0_0000;

/// Addresses `first..=last` of the scope.
pub(super) fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(BASE + first), Addr(BASE + last)).unwrap()
}

pub(super) fn space(list: &[(u128, u128, i64)]) -> Vec<(Range, UtcSecs)> {
    list.iter().map(|&(first, last, end)| (range(first, last), UtcSecs(end))).collect()
}

pub(super) fn config(name: &str, policy: Policy) -> Config {
    let scope = Scope::new("test", Family::V4, range(0, 0xffff), ScopeKind::Large);
    Config { policy, ..Config::new(address(name), scope) }
}

/// Where the host of that one-letter name sends from.
pub(super) fn address(name: &str) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, name.as_bytes()[0]], 2878))
}

fn name(peer: impl ToString) -> String {
    let text = peer.to_string();
    let octet: u8 = text.split([':', '.']).nth(3).unwrap().parse().unwrap();
    char::from(octet).to_string()
}

pub(super) fn message(current: i64, body: Body) -> Message {
    let header = Header { family: Family::V4, rseq: Rseq::default(), mseq: 0 };
    Message::new(header, WireTime::saturating_from(current), body)
}

pub(super) fn ranges(list: &[(u128, u128, i64)]) -> Ranges {
    let timed = |&(first, last, end)| TimedRange {
        range: range(first, last),
        end: WireTime::saturating_from(end),
    };
    Ranges::new(Family::V4, list.iter().map(timed))
}

/// An ASA that is valid for `validity` seconds from `current`; a resent one if that is negative.
pub(super) fn asa(current: i64, validity: i64, list: &[(u128, u128, i64)]) -> Message {
    let expiration = WireTime::saturating_from(current + validity);
    message(current, Body::Asa { expiration, ranges: ranges(list) })
}

/// Answers in whole seconds, then the middle of every range; keeps what was asked.
#[derive(Default)]
struct Answers {
    fixed: VecDeque<u64>,
    asked: Vec<(&'static str, u64, u64)>,
}

const SEC: u64 = 1_000_000;

impl Draw for Answers {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        self.asked.push((question.0, low / SEC, high / SEC));
        let answer = self.fixed.pop_front().map_or(u64::midpoint(low, high), |secs| secs * SEC);
        assert!((low..=high).contains(&answer), "{question}: {answer} is not in {low}..={high}");
        answer
    }
}

struct Host {
    name: &'static str,
    coordinator: PrefixCoordinator,
    answers: Answers,
}

#[derive(Default)]
pub(super) struct Domain {
    hosts: Vec<Host>,
    now: Instant,
    log: Vec<String>,
    /// Every ASA sent, for tests of content.
    pub(super) asas: Vec<Message>,
    /// The rule behind every ASA and every event.
    pub(super) rules: Vec<&'static str>,
}

impl Domain {
    /// One coordinator called `a`, with the repaired policy and the first 256 addresses.
    pub(super) fn of_one() -> Self {
        Self::of_one_with(Policy::repaired())
    }

    pub(super) fn of_one_with(policy: Policy) -> Self {
        let mut domain = Self::default();
        domain.join("a", policy, &[(0, 255, LATER)], &[]);
        domain
    }

    /// As [`Domain::of_one`], 61 seconds later: `a` has just begun to lead.
    pub(super) fn led(policy: Policy) -> Self {
        let mut domain = Self::of_one_with(policy);
        domain.run_to(61);
        assert_eq!(domain.log(), ["60 a ASA 0", "60 a leads"]);
        domain
    }

    /// Adds a coordinator that announces `list` and starts it; `answers` are its first waits.
    pub(super) fn join(
        &mut self,
        name: &'static str,
        policy: Policy,
        list: &[(u128, u128, i64)],
        answers: &[u64],
    ) {
        self.join_as(name, config(name, policy), list, answers);
    }

    pub(super) fn join_as(
        &mut self,
        name: &'static str,
        config: Config,
        list: &[(u128, u128, i64)],
        answers: &[u64],
    ) {
        let coordinator = PrefixCoordinator::new(config, space(list));
        let answers = Answers { fixed: answers.iter().copied().collect(), ..Answers::default() };
        self.hosts.push(Host { name, coordinator, answers });
        self.start(name);
    }

    pub(super) fn start(&mut self, name: &str) {
        self.input(name, Input::Start { restored: &[] });
    }

    /// Takes a coordinator off the group, for good.
    pub(super) fn kill(&mut self, name: &str) {
        self.hosts.retain(|host| host.name != name);
    }

    pub(super) fn at(&self, name: &str) -> &PrefixCoordinator {
        &self.hosts.iter().find(|host| host.name == name).unwrap().coordinator
    }

    /// The questions `name` was asked, with their bounds in seconds.
    pub(super) fn asked(&self, name: &str) -> &[(&'static str, u64, u64)] {
        &self.hosts.iter().find(|host| host.name == name).unwrap().answers.asked
    }

    pub(super) fn command(&mut self, name: &str, command: &Command) {
        self.input(name, Input::Command(command));
    }

    pub(super) fn offer(&mut self, name: &str, list: &[(u128, u128, i64)]) {
        self.command(name, &Command::Offer { space: space(list) });
    }

    /// Multicasts `message` from an outside host, or from anybody's forged address.
    pub(super) fn inject(&mut self, from: &str, message: &Message) {
        self.deliver(address(from), message, false);
    }

    pub(super) fn inject_authenticated(&mut self, from: &str, message: &Message) {
        self.deliver(address(from), message, true);
    }

    /// Lets everything happen that is due within `secs` seconds of the beginning.
    pub(super) fn run_to(&mut self, secs: u64) {
        let end = Instant::from_secs(secs);
        while let Some((at, name)) = self.next().filter(|&(at, _)| at <= end) {
            self.now = self.now.max(at);
            self.input(name, Input::Timeout);
        }
        self.now = end;
    }

    /// What has happened since the last look.
    pub(super) fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    pub(super) fn utc(&self) -> i64 {
        EPOCH + self.now.since(Instant::ZERO).as_secs() as i64
    }

    fn next(&self) -> Option<(Instant, &'static str)> {
        let due = |host: &Host| Some((host.coordinator.poll_timeout()?, host.name));
        self.hosts.iter().filter_map(due).min()
    }

    fn deliver(&mut self, from: SocketAddr, message: &Message, authenticated: bool) {
        let names: Vec<&str> = self.hosts.iter().map(|host| host.name).collect();
        for name in names {
            let to = self.at(name).config().group;
            self.input(name, Input::Message { from, to, message, authenticated });
        }
    }

    fn input(&mut self, name: &str, input: Input<'_, crate::participant::Participant>) {
        let now = Now { instant: self.now, utc: UtcSecs(self.utc()) };
        let host = self.hosts.iter_mut().find(|host| host.name == name).unwrap();
        let timeout = matches!(input, Input::Timeout);
        let mut out = Out::new();
        let mut cx = Cx { now, draw: &mut host.answers, cause: Cause(0) };
        host.coordinator.handle(&mut cx, input, &mut out);
        assert_eq!(timeout, matches!(out.first(), Some(OneOutput::Fired { .. })));
        let sent: Vec<Message> =
            out.into_iter().filter_map(|output| self.note(name, output)).collect();
        for message in sent {
            self.deliver(address(name), &message, true);
            self.asas.push(message);
        }
    }

    /// Logs what `name` does; hands back what it sends.
    fn note(&mut self, name: &str, output: OneOutput) -> Option<Message> {
        let secs = self.now.since(Instant::ZERO).as_secs();
        match output {
            Output::Fired { .. } => None,
            Output::Persist { record, .. } => panic!("{name} stores {record:?}"),
            Output::Transmit { to, message, rule } => {
                self.rules.push(rule.0);
                assert_eq!(to, self.at(name).config().group);
                assert_eq!(message.mseq(), 0);
                self.log.push(format!("{secs} {name} {} {}", message.kind(), message.rseq()));
                Some(message)
            }
            Output::Event { event, rule } => {
                self.rules.push(rule.0);
                self.log.push(format!("{secs} {name} {}", told(&event)));
                None
            }
        }
    }
}

fn told(event: &Event) -> String {
    let part = |range: Range| format!("{}-{}", range.first().0 - BASE, range.last().0 - BASE);
    match event {
        Event::Leads => "leads".to_owned(),
        Event::Follows { peer } => format!("follows {}", name(peer)),
        Event::Inconsistent { peer } => format!("contradicts {}", name(peer)),
        Event::Adopted { leases } => {
            let lease = |lease: &Lease| format!(" {}@{}", part(lease.range), lease.end.0 - EPOCH);
            format!("adopts{}", leases.iter().map(lease).collect::<String>())
        }
        Event::Ignored { reason, peer, message } => {
            format!("ignores {message} of {}: {}", name(peer), reason.name())
        }
        Event::Demand { usage, requests } => {
            let usage = usage.iter().map(|(range, used)| format!(" {}={used}", part(*range)));
            let requests = requests.iter().map(|request| {
                format!(" +{}@{}", request.addresses, i64::from(request.end.secs()) - EPOCH)
            });
            format!("hears demand{}", usage.chain(requests).collect::<String>())
        }
        Event::SpaceTooLarge { ranges, limit } => format!("cannot announce {ranges} > {limit}"),
        other => format!("{other:?}"),
    }
}
