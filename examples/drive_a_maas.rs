//! One allocation server, driven by hand: no network, no clock, no thread.
//!
//! ```sh
//! cargo run -p examples --example drive_a_maas
//! ```
//!
//! A participant of the protocol is a plain value. It is told what happens (it was started, a user
//! wants an address, time has passed) and answers with an ordered list of what it wants done. All
//! the rest (sending, waiting, writing to a disk, tossing coins) is up to whoever drives it: here
//! it is you.
//!
//! You will see a claim sent at 0, 1, 3 and 7 s, the address granted at 10 s because nobody
//! objected, and the first announcements of it. Then let `OBJECTION_AT` be 5 and run again.

#![expect(clippy::print_stdout, reason = "a lesson")]

use std::net::SocketAddr;

use aap::wire::{Body, Header, Message, Rseq, WireTime};
use aap::{Choice, Command, Config, Demand, Layout, Maas, Participant, RequestId, Startup};
use addrspace::{Family, Range, Scope, ScopeKind};
use sansio::{
    Cause, Cx, Draw, Duration, Input, Instant, Machine, Now, Output, Outputs, Question, UtcSecs,
};

/// When, in seconds, somebody else says that the claimed address is taken; never if beyond the end.
const OBJECTION_AT: u64 = 99;
const END: u64 = 30;

/// What wall clocks show at the beginning.
const EPOCH: i64 = 961_070_400;

/// Answers every question of chance with the least of what is allowed, so that every run of this
/// lesson is the same.
struct Least;

impl Draw for Least {
    fn between(&mut self, question: Question, low: u64, high: u64) -> u64 {
        println!("         (asks for {question}, {low} to {high}: {low})");
        low
    }
}

fn main() {
    let (_, scope) = Range::parse("239.255.0.0/16").expect("a range");
    let scope = Scope::new("site", Family::V4, scope, ScopeKind::Small);
    let mut config = Config::new(SocketAddr::from(([10, 0, 0, 1], 2878)), scope);
    // It would listen for 150 s first; take that as done.
    config.startup = Startup::Settled;
    let mut maas = Participant::Maas(Box::new(Maas::new(config)));

    let mut sent: Vec<(u64, Message)> = Vec::new();
    give(&mut maas, Instant::ZERO, Input::Start { restored: &[] }, &mut sent);
    let demand = Demand {
        count: 1,
        layout: Layout::Scattered,
        end: UtcSecs(EPOCH + 3_600),
        preferred: Vec::new(),
        choice: Choice::IfFree,
    };
    let command = Command::Allocate { request: RequestId(1), demand };
    give(&mut maas, Instant::ZERO, Input::Command(&command), &mut sent);

    // The machine says when it wants to be woken; the driver jumps there.
    let mut objected = false;
    while let Some(at) = maas.poll_timeout().filter(|at| *at <= Instant::from_secs(END)) {
        let objection = Instant::from_secs(OBJECTION_AT);
        if !objected && objection <= at {
            objected = true;
            let (from, message) = objection_to(&sent);
            let input = Input::Message { from, to: from, message: &message, authenticated: true };
            give(&mut maas, objection, input, &mut sent);
            continue;
        }
        give(&mut maas, at, Input::Timeout, &mut sent);
    }

    let held = maas.maas().map_or(0, |maas| maas.held().count());
    println!("\nat {END} s it holds {held} range(s) and has sent {} messages", sent.len());
    assert_eq!(held, 1);
    let seconds: Vec<u64> = sent.iter().map(|(at, _)| *at).collect();
    assert!(objected || seconds == [0, 1, 3, 7, 10, 11, 13, 17, 25], "{seconds:?}");
}

/// Hands one input over and reports what the machine wants done.
fn give(
    maas: &mut Participant,
    at: Instant,
    input: Input<'_, Participant>,
    sent: &mut Vec<(u64, Message)>,
) {
    let secs = at.since(Instant::ZERO).as_secs();
    let now = Now { instant: at, utc: UtcSecs(EPOCH + secs as i64) };
    let mut out: Outputs<Participant> = Vec::new();
    maas.handle(&mut Cx { now, draw: &mut Least, cause: Cause(0) }, input, &mut out);
    for output in out {
        match output {
            Output::Fired { timer, .. } => println!("{secs:>3} s    timer {timer}"),
            Output::Persist { record, .. } => println!("{secs:>3} s    write {record:?}"),
            Output::Transmit { message, rule, .. } => {
                println!("{secs:>3} s    send  {message}   [{rule}]");
                sent.push((secs, message));
            }
            Output::Event { event, .. } => println!("{secs:>3} s    tell  {event:?}"),
        }
    }
}

/// What a neighbour says who has allocated the claimed address long ago: the same ranges, in an AIU.
fn objection_to(sent: &[(u64, Message)]) -> (SocketAddr, Message) {
    let claimed = sent.iter().find_map(|(_, message)| match message.body() {
        Body::Aclm(ranges) => Some(ranges.clone()),
        _ => None,
    });
    let ranges = claimed.expect("the claim comes first");
    let now = EPOCH + Duration::from_secs(OBJECTION_AT).as_secs() as i64;
    let header = Header { family: Family::V4, rseq: Rseq::wrapping(0), mseq: 0 };
    let message = Message::new(header, WireTime::saturating_from(now), Body::Aiu(ranges));
    (SocketAddr::from(([10, 0, 0, 2], 2878)), message)
}
