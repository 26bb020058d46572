//! One MAAS on a bench: the test is its network, its user, its clock and its dice.
//!
//! Whatever the MAAS sends and says becomes a line of a log, so that what is not in the log did
//! not happen. Addresses are written as offsets into the scope, `7` or `5-9`, with `@` and an end
//! in seconds after the bench's epoch where that is not [`LATER`].

use std::collections::{BTreeMap, VecDeque};

use addrspace::{Family, Scope, ScopeKind};
use sansio::{Cause, Cx, Draw, Duration, Input, Instant, Now, Output, Question, Stored, UtcSecs};

use super::super::Maas;
pub(super) use super::words::{BASE, EPOCH, LATER, address, leases, message, one, range, ranges};
use super::words::{show, tell};
use crate::command::{Choice, Command, Demand, Layout, RequestId};
use crate::config::{Config, Reports, Startup};
use crate::participant::{OneOutput, Out};
use crate::stored::{Item, ItemKey};
use crate::wire::{Body, Message, WireTime};

/// Answers that a test prepares, by question; otherwise the middle of every range.
#[derive(Default)]
pub(super) struct Answers {
    addresses: VecDeque<u128>,
    micros: BTreeMap<&'static str, VecDeque<u64>>,
    /// Every question of time with its range in milliseconds.
    pub(super) asked: Vec<(&'static str, u64, u64)>,
}

impl Draw for Answers {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        self.asked.push((question.0, low / 1000, high / 1000));
        let prepared = self.micros.get_mut(question.0).and_then(VecDeque::pop_front);
        let answer = prepared.unwrap_or(u64::midpoint(low, high));
        assert!((low..=high).contains(&answer), "{question}: {answer} is not in {low}..={high}");
        answer
    }

    fn fixed(&mut self, question: Question, legal: &dyn Fn(u128) -> bool) -> Option<u128> {
        if question.0 == "reselect" {
            let micros = self.micros.get_mut(question.0)?.pop_front()?;
            return legal(micros.into()).then(|| micros.into());
        }
        if question.0 != "address" {
            return None;
        }
        let wanted = self.addresses.front().copied().filter(|&a| legal(a))?;
        self.addresses.pop_front();
        Some(wanted)
    }
}

pub(super) struct Bench {
    pub(super) maas: Maas,
    pub(super) answers: Answers,
    pub(super) now: Instant,
    /// How many seconds our wall clock is ahead of time.
    pub(super) ahead: i64,
    /// Every message sent.
    pub(super) sent: Vec<Message>,
    /// What stable storage holds.
    pub(super) storage: BTreeMap<ItemKey, Item>,
    log: Vec<String>,
    /// Every output since the last look, for tests to which their order matters.
    outputs: Vec<OneOutput>,
}

impl Bench {
    /// A MAAS at work in a small scope; ends are not spread.
    pub(super) fn small() -> Self {
        Self::with(|_| {})
    }

    /// As [`Bench::small`] with another configuration.
    pub(super) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut bench = Self::unstarted(change);
        bench.start();
        bench
    }

    /// A MAAS at work in a large scope of which `space` is available; it sends no reports.
    pub(super) fn large(space: &str) -> Self {
        Self::large_with(space, |_| {})
    }

    pub(super) fn large_with(space: &str, change: impl FnOnce(&mut Config)) -> Self {
        let mut bench = Self::with(|config| {
            config.scope.kind = ScopeKind::Large;
            config.reports = Reports::Never;
            change(config);
        });
        bench.asa("p", 3000, space);
        bench
    }

    /// A MAAS that has not been started.
    pub(super) fn unstarted(change: impl FnOnce(&mut Config)) -> Self {
        let scope = Scope::new("test", Family::V4, range(0, 0xffff), ScopeKind::Small);
        let mut config = Config::new(address("a"), scope);
        config.startup = Startup::Settled;
        config.policy.end_spread = 0;
        change(&mut config);
        Self {
            maas: Maas::new(config),
            answers: Answers::default(),
            now: Instant::ZERO,
            ahead: 0,
            sent: Vec::new(),
            storage: BTreeMap::new(),
            log: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// Starts the MAAS with what storage holds.
    pub(super) fn start(&mut self) {
        let restored: Vec<Item> = self.storage.values().cloned().collect();
        self.input(Input::Start { restored: &restored });
        self.log.retain(|line| !line.ends_with(" ready"));
    }

    /// Power fails, and the MAAS comes back with its storage; it listens before it speaks.
    pub(super) fn reboot(&mut self) {
        let config = Config { startup: Startup::Listen, ..self.maas.config().clone() };
        self.maas = Maas::new(config);
        self.start();
    }

    /// The next addresses to choose, where a choice is free.
    pub(super) fn choose(&mut self, offsets: &[u128]) {
        self.answers.addresses.extend(offsets.iter().map(|o| BASE + o));
    }

    /// The next answers to `question`, in milliseconds.
    pub(super) fn draw(&mut self, question: &'static str, millis: &[u64]) {
        self.answers.micros.entry(question).or_default().extend(millis.iter().map(|m| m * 1000));
    }

    /// What happened since the last look.
    pub(super) fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    /// Every output since the last look, in order.
    pub(super) fn outputs(&mut self) -> Vec<OneOutput> {
        std::mem::take(&mut self.outputs)
    }

    /// As [`Bench::log`], only the lines with `what` in them.
    pub(super) fn log_of(&mut self, what: &str) -> Vec<String> {
        let mut log = self.log();
        log.retain(|line| line.contains(what));
        log
    }

    pub(super) fn utc(&self) -> i64 {
        EPOCH + self.ahead + (self.now.as_micros() / 1_000_000) as i64
    }

    /// Lets time pass until `secs`, with all that comes due.
    pub(super) fn run_to(&mut self, secs: u64) {
        self.run_to_ms(secs * 1000);
    }

    pub(super) fn run_to_ms(&mut self, millis: u64) {
        let end = Instant::ZERO + Duration::from_millis(millis);
        while let Some(due) = self.maas.poll_timeout().filter(|&due| due <= end) {
            self.now = due.max(self.now);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    pub(super) fn command(&mut self, command: &Command) {
        self.input(Input::Command(command));
    }

    pub(super) fn allocate(&mut self, request: u32, count: u32) {
        self.allocate_until(request, count, LATER);
    }

    pub(super) fn allocate_until(&mut self, request: u32, count: u32, end: i64) {
        let demand = demand(count, end);
        self.command(&Command::Allocate { request: RequestId(request), demand });
    }

    pub(super) fn preallocate(&mut self, request: u32, count: u32) {
        let demand = demand(count, LATER);
        self.command(&Command::Preallocate { request: RequestId(request), demand });
    }

    pub(super) fn set_end(&mut self, text: &str, end: i64) {
        self.command(&Command::SetEnd { range: one(text).range, end: UtcSecs(EPOCH + end) });
    }

    pub(super) fn release(&mut self, text: &str) {
        self.command(&Command::Release { range: one(text).range });
    }

    /// Allocates `offsets`, one request each, and lets the fast announcements pass.
    pub(super) fn own(&mut self, offsets: &[u128]) {
        self.choose(offsets);
        for (request, _) in (1000..).zip(offsets) {
            self.allocate(request, 1);
        }
        let settled = self.now.as_micros() / 1_000_000 + 42;
        self.run_to(settled);
        self.log();
    }

    pub(super) fn aclm(&mut self, from: &str, rseq: u32, text: &str) {
        let ranges = Body::Aclm(ranges(text));
        self.hear(from, rseq, ranges);
    }

    pub(super) fn aiu(&mut self, from: &str, rseq: u32, text: &str) {
        let ranges = Body::Aiu(ranges(text));
        self.hear(from, rseq, ranges);
    }

    pub(super) fn aitu(&mut self, from: &str, rseq: u32, text: &str) {
        let ranges = Body::Aitu(ranges(text));
        self.hear(from, rseq, ranges);
    }

    /// An ASA valid for `validity` seconds; a resent one if that is negative.
    pub(super) fn asa(&mut self, from: &str, validity: i64, text: &str) {
        let expiration = WireTime::saturating_from(self.utc() + validity);
        self.hear(from, 0, Body::Asa { expiration, ranges: ranges(text) });
    }

    pub(super) fn ana(&mut self, from: &str, rseq: u32, count: u32, end: i64) {
        let end = WireTime::saturating_from(EPOCH + end);
        self.hear(from, rseq, Body::Ana { count, end });
    }

    /// A message of `from`, whose clock shows what ours does.
    pub(super) fn hear(&mut self, from: &str, rseq: u32, body: Body) {
        let message = message(self.utc(), rseq, body);
        self.receive(from, &message);
    }

    pub(super) fn receive(&mut self, from: &str, message: &Message) {
        let to = self.maas.config().group;
        self.input(Input::Message { from: address(from), to, message, authenticated: false });
    }

    pub(super) fn input(&mut self, input: Input<'_, crate::Participant>) {
        let utc = UtcSecs(self.utc());
        let now = Now { instant: self.now, utc };
        let mut out = Out::new();
        let mut cx = Cx { now, draw: &mut self.answers, cause: Cause::default() };
        self.maas.handle(&mut cx, input, &mut out);
        for output in out {
            self.outputs.push(output.clone());
            self.note(output);
        }
    }

    fn note(&mut self, output: OneOutput) {
        let line = match output {
            Output::Fired { .. } => return,
            Output::Persist { record, .. } => {
                if record.removes() {
                    self.storage.remove(&record.key());
                } else {
                    self.storage.insert(record.key(), record);
                }
                return;
            }
            Output::Transmit { to, message, .. } => {
                assert_eq!(to, self.maas.config().group);
                let current = i64::from(message.current_time().secs());
                assert!(
                    current == self.utc() || matches!(message.body(), Body::Asa { .. }),
                    "stamped {current}"
                );
                let line = show(&message);
                self.sent.push(message);
                line
            }
            Output::Event { event, .. } => tell(&event),
        };
        self.log.push(format!("{} {line}", self.now));
    }

    /// The octets of the last message sent.
    pub(super) fn last_octets(&self) -> usize {
        let mut octets = Vec::new();
        self.sent.last().unwrap().encode(&mut octets);
        octets.len()
    }
}

pub(super) fn demand(count: u32, end: i64) -> Demand {
    Demand {
        count,
        layout: Layout::Scattered,
        end: UtcSecs(EPOCH + end),
        preferred: Vec::new(),
        choice: Choice::IfFree,
    }
}
