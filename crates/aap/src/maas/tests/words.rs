//! How a log writes messages and events, and how tests write ranges.

use std::net::SocketAddr;

use addrspace::{Addr, Family, Range};
use sansio::UtcSecs;

use crate::event::{Event, Lease, Loss};
use crate::wire::{Body, Header, Message, Ranges, Request, Rseq, TimedRange, WireTime};

/// What the wall clock shows when a test begins.
pub(super) const EPOCH: i64 = 1_000_000;
/// The end that goes without saying, in seconds after the epoch.
pub(super) const LATER: i64 = 100_000;
/// The first address of the scope, 239.255.0.0/16.
pub(super) const BASE: u128 = 0xefff_0000;

/// Where the host of that one-letter name sends from.
pub(super) fn address(name: &str) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, name.as_bytes()[0]], 2878))
}

pub(super) fn message(current: i64, rseq: u32, body: Body) -> Message {
    let header = Header { family: Family::V4, rseq: Rseq::wrapping(rseq), mseq: 0 };
    Message::new(header, WireTime::saturating_from(current), body)
}

/// Addresses `first..=last` of the scope.
pub(super) fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(BASE + first), Addr(BASE + last)).unwrap()
}

/// Reads `5-9@60 12`.
pub(super) fn leases(text: &str) -> Vec<Lease> {
    text.split_whitespace().map(one).collect()
}

pub(super) fn one(text: &str) -> Lease {
    let (span, end) = text.split_once('@').unwrap_or((text, ""));
    let (first, last) = span.split_once('-').unwrap_or((span, span));
    let end = if end.is_empty() { LATER } else { end.parse().unwrap() };
    let range = range(first.parse().unwrap(), last.parse().unwrap());
    Lease { range, end: UtcSecs(EPOCH + end) }
}

pub(super) fn ranges(text: &str) -> Ranges {
    let timed = leases(text).into_iter().map(|lease| TimedRange {
        range: lease.range,
        end: WireTime::saturating_from(lease.end.0),
    });
    Ranges::new(Family::V4, timed)
}

fn span(range: Range) -> String {
    let offset = |addr: Addr| addr.0.wrapping_sub(BASE);
    let (first, last) = (offset(range.first()), offset(range.last()));
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

fn lease(lease: &Lease) -> String {
    let end = lease.end.0 - EPOCH;
    if end == LATER { span(lease.range) } else { format!("{}@{end}", span(lease.range)) }
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    items.iter().map(show).collect::<Vec<_>>().join(" ")
}

pub(super) fn show(message: &Message) -> String {
    let header = message.header();
    let body = match message.body() {
        Body::Asa { ranges, .. } | Body::Aclm(ranges) | Body::Aiu(ranges) | Body::Aitu(ranges) => {
            let timed = |t: TimedRange| Lease { range: t.range, end: UtcSecs(t.end.secs().into()) };
            list(&ranges.iter().map(timed).collect::<Vec<_>>(), lease)
        }
        Body::Asrp { reports, requests } => {
            let used = list(reports, |r| format!("{}:{}", span(r.range), r.in_use));
            let wanted = list(requests, |r: &Request| {
                format!("+{}@{}", r.addresses, i64::from(r.end.secs()) - EPOCH)
            });
            format!("{used} {wanted}")
        }
        Body::Ana { count, end } => format!("{count}@{}", i64::from(end.secs()) - EPOCH),
    };
    format!("{} {}/{} {body}", message.kind(), header.rseq, header.mseq).trim_end().to_owned()
}

pub(super) fn name(peer: impl ToString) -> char {
    let text = peer.to_string();
    let octet: u8 = text.split([':', '.']).nth(3).unwrap().parse().unwrap();
    char::from(octet)
}

fn cause(loss: &Loss) -> String {
    match loss {
        Loss::Collision { message, peer } => format!("{message} of {}", name(peer)),
        other => format!("{other:?}").to_lowercase(),
    }
}

pub(super) fn tell(event: &Event) -> String {
    match event {
        Event::Ready => "ready".to_owned(),
        Event::Granted { request, leases, path } => {
            format!("granted {} {} {path:?}", request.0, list(leases, lease))
        }
        Event::Held { leases, .. } => format!("held {}", list(leases, lease)),
        Event::Refused { request, why } => format!("refused {} {why:?}", request.0),
        Event::Clash { given_up, peer, message, .. } => {
            format!("clash {} {message} of {}", list(given_up, |r| span(*r)), name(peer))
        }
        Event::Abandoned { ranges, why, .. } => {
            format!("abandoned {} {}", list(ranges, |r| span(*r)), cause(why))
        }
        Event::Conflict { ours, peer, outcome, .. } => {
            format!("conflict {} {} {outcome:?}", span(ours.range), name(peer))
        }
        Event::Lost { lease: l, why } => format!("lost {} {}", span(l.range), cause(why)),
        Event::Ending { lease: l } => format!("ending {}", span(l.range)),
        Event::Released { lease: l } => format!("released {}", lease(l)),
        Event::EndChanged { lease: l } => format!("end {}", lease(l)),
        Event::Ended { range } => format!("ended {}", span(*range)),
        Event::NotDone { range, why } => format!("not done {} {why:?}", span(*range)),
        Event::Ignored { reason, peer, .. } => format!("ignored {} {}", reason.name(), name(peer)),
        Event::Invalidated { ranges } => format!("invalidated {}", list(ranges, |r| span(*r))),
        Event::SpaceExpired => "space expired".to_owned(),
        other => format!("{other:?}"),
    }
}
