//! What one input does to one host: the part of a step that runs the machine.

mod answers;
mod arena;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;

use sansio::{Cause, Cx, Input, Instant, Machine, Output, Question, Rule, Stored};

use crate::print::{Print, Printer};
use crate::problem::{Disk, Host, Problem, Vouched};

use answers::{Answers, Choices};
pub(crate) use arena::{Arena, Found, Overlay, Renumbering, Sheaf};

/// A host at one moment: its machine and whatever else of it can make a difference later.
pub(crate) struct Slot<M: Machine> {
    /// None while it is down.
    pub(crate) machine: Option<M>,
    /// Stable storage, if it can ever be read again.
    pub(crate) stored: BTreeMap<<M::Record as Stored>::Key, M::Record>,
    /// How many of the fixed answers of each label have been given.
    pub(crate) given: Vec<u16>,
    /// When its machine wants to be called.
    pub(crate) deadline: Instant,
    /// What stands for all of it.
    pub(crate) print: Print,
}

impl<M: Machine + Hash> Slot<M>
where
    M::Record: Hash,
{
    fn new(
        machine: Option<M>,
        stored: BTreeMap<<M::Record as Stored>::Key, M::Record>,
        given: Vec<u16>,
    ) -> Self {
        let deadline = machine.as_ref().and_then(M::poll_timeout).unwrap_or(Instant::FAR_FUTURE);
        let mut printer = Printer::new();
        machine.hash(&mut printer);
        printer.write_usize(stored.len());
        stored.values().for_each(|record| record.hash(&mut printer));
        given.hash(&mut printer);
        Self { machine, stored, given, deadline, print: printer.print() }
    }

    /// A host before its first start.
    pub(crate) fn first(problem: &Problem<M>, host: usize) -> Self {
        let host = &problem.hosts[host];
        let stored = host.stored.iter().map(|record| (record.key(), record.clone())).collect();
        Self::new(None, stored, vec![0; host.answers.len()])
    }

    /// The same host after a crash.
    pub(crate) fn crashed(&self, disk: Disk) -> Self {
        let stored = match disk {
            Disk::Keep => self.stored.clone(),
            Disk::Lose => BTreeMap::new(),
        };
        Self::new(None, stored, self.given.clone())
    }
}

/// A datagram as its receivers see it.
#[derive(Debug)]
pub(crate) struct Datagram<M: Machine> {
    /// The place of the host that sent it.
    pub(crate) sender: usize,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) vouched: Vouched,
    pub(crate) message: M::Message,
    /// Who listens to where it goes: a bit for every host.
    pub(crate) listeners: u64,
    pub(crate) print: Print,
}

/// What happens to one host.
pub(crate) enum Local<'a, M: Machine> {
    Start,
    Timeout,
    Message(&'a Datagram<M>),
    Command(&'a M::Command),
}

/// A question and the answer it got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    /// What for.
    pub(crate) question: Question,
    /// The answer.
    pub(crate) value: u128,
}

/// What a host does.
pub(crate) struct Reaction<M: Machine> {
    pub(crate) slot: Slot<M>,
    pub(crate) sends: Vec<Datagram<M>>,
    pub(crate) timer: Option<&'static str>,
    pub(crate) events: Vec<M::Event>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) answers: Vec<Answer>,
}

/// Everything a host may do in answer to `what`: one reaction for every combination of answers to
/// the questions it asks, in an order that depends on nothing else.
pub(crate) fn reactions<M: Machine + Hash>(
    problem: &Problem<M>,
    host: usize,
    slot: &Slot<M>,
    at: Instant,
    what: &Local<'_, M>,
    mut each: impl FnMut(Reaction<M>),
) where
    M::Record: Hash,
{
    let restored: Vec<M::Record> = match what {
        Local::Start => slot.stored.values().cloned().collect(),
        _ => Vec::new(),
    };
    let mut choices = Choices::default();
    loop {
        let mut machine = match (&slot.machine, what) {
            (None, Local::Start) => problem.hosts[host].blank.clone(),
            (Some(machine), _) => machine.clone(),
            (None, _) => return,
        };
        let mut answers = Answers::new(problem, host, slot.given.clone(), &mut choices);
        let mut cx =
            Cx { now: problem.clocks(host, at), draw: &mut answers, cause: Cause::default() };
        let input = match *what {
            Local::Start => Input::Start { restored: &restored },
            Local::Timeout => Input::Timeout,
            Local::Command(command) => Input::Command(command),
            Local::Message(datagram) => Input::Message {
                from: datagram.from,
                to: datagram.to,
                message: &datagram.message,
                authenticated: datagram.vouched == Vouched::Yes,
            },
        };
        let mut out = Vec::new();
        machine.handle(&mut cx, input, &mut out);
        let (given, answered) = answers.finish();
        each(carry_out(problem, host, slot, machine, given, answered, out));
        if !choices.next() {
            return;
        }
    }
}

fn carry_out<M: Machine + Hash>(
    problem: &Problem<M>,
    host: usize,
    before: &Slot<M>,
    machine: M,
    given: Vec<u16>,
    answers: Vec<Answer>,
    out: Vec<Output<M>>,
) -> Reaction<M>
where
    M::Record: Hash,
{
    let keeps = problem.is_storage_used();
    let mut stored = if keeps { before.stored.clone() } else { BTreeMap::new() };
    let (mut sends, mut events, mut rules, mut timer) = (Vec::new(), Vec::new(), Vec::new(), None);
    for output in out {
        match output {
            Output::Fired { timer: name, .. } => timer = Some(name),
            Output::Transmit { to, message, rule } => {
                rules.push(rule);
                sends.extend(datagram(problem, host, to, &message));
            }
            Output::Persist { record, rule } => {
                rules.push(rule);
                match (keeps, record.removes()) {
                    (false, _) => {}
                    (true, true) => drop(stored.remove(&record.key())),
                    (true, false) => drop(stored.insert(record.key(), record)),
                }
            }
            Output::Event { event, rule } => {
                rules.push(rule);
                events.push(event);
            }
        }
    }
    Reaction { slot: Slot::new(Some(machine), stored, given), sends, timer, events, rules, answers }
}

/// A message as its receivers decode it; none if they cannot.
fn datagram<M: Machine>(
    problem: &Problem<M>,
    sender: usize,
    to: SocketAddr,
    message: &M::Message,
) -> Option<Datagram<M>> {
    let mut octets = Vec::new();
    M::encode(message, &mut octets);
    let message = M::decode(&octets).ok()?;
    let host = &problem.hosts[sender];
    let print = Printer::of(&(sender, to, octets));
    let hears = |(_, host): &(usize, &Host<M>)| host.address == to || host.groups.contains(&to);
    let others = problem.hosts.iter().enumerate().filter(|(at, _)| *at != sender);
    let listeners = others.filter(hears).fold(0, |bits, (at, _)| bits | 1 << at);
    let (from, vouched) = (host.address, host.vouched);
    Some(Datagram { sender, from, to, vouched, message, listeners, print })
}
