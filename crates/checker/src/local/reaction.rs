//! What one input does to one host: the part of a step that runs the machine.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use sansio::{Cause, Cx, Input, Instant, Machine, Output, Question, Rule, Stored};

use super::answers::{Answers, Choices};
use super::{Body, Datagram};
use crate::print::Printer;
use crate::problem::{Host, Problem, Subject, Vouched};

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
    pub(crate) body: Body<M>,
    pub(crate) sends: Vec<Datagram<M>>,
    pub(crate) timer: Option<&'static str>,
    pub(crate) events: Vec<M::Event>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) answers: Vec<Answer>,
}

/// Everything a host may do in answer to `what`: one reaction for every combination of answers to
/// the questions it asks, in an order that depends on nothing else.
pub(crate) fn reactions<M: Subject>(
    problem: &Problem<M>,
    host: usize,
    before: &Body<M>,
    at: Instant,
    what: &Local<'_, M>,
) -> Vec<Reaction<M>> {
    let restored: Vec<M::Record> = match what {
        Local::Start => before.stored.values().cloned().collect(),
        _ => Vec::new(),
    };
    let (mut choices, mut all) = (Choices::default(), Vec::new());
    loop {
        let mut machine = match (&before.machine, what) {
            (None, Local::Start) => problem.hosts[host].blank.clone(),
            (Some(machine), _) => machine.clone(),
            (None, _) => return all,
        };
        let mut answers = Answers::new(problem, host, before.given.clone(), &mut choices);
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
        let (given, answers) = answers.finish();
        let stored = match problem.is_storage_used() {
            true => before.stored.clone(),
            false => BTreeMap::new(),
        };
        let body = Body { machine: Some(machine), stored, given };
        all.push(carry_out(problem, host, body, answers, out));
        if !choices.next() {
            return all;
        }
    }
}

fn carry_out<M: Subject>(
    problem: &Problem<M>,
    host: usize,
    mut body: Body<M>,
    answers: Vec<Answer>,
    out: Vec<Output<M>>,
) -> Reaction<M> {
    let keeps = problem.is_storage_used();
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
                    (true, true) => drop(body.stored.remove(&record.key())),
                    (true, false) => drop(body.stored.insert(record.key(), record)),
                }
            }
            Output::Event { event, rule } => {
                rules.push(rule);
                events.push(event);
            }
        }
    }
    Reaction { body, sends, timer, events, rules, answers }
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
