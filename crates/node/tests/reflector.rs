//! A node's own datagrams come back, at once and late, and others send what looks like them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aap::wire::{Body, Header, Message, MessageType, Ranges, Rseq, TimedRange, WireTime};
use aap::{Choice, Command, Demand, Event};
use addrspace::{Family, Range};
use node::{Verdict, say};

use crate::support::forger::Forger;
use crate::support::namespace::{is_inside, run_inside};
use crate::support::{Lan, ONE, Running, demand, loopback_works};

#[test]
fn what_a_reflector_returns_is_known_as_own() {
    run_inside("reflector::reflected_at_once_and_late");
}

#[test]
fn what_comes_from_the_own_address_but_was_never_sent_changes_nothing() {
    run_inside("reflector::spoofed");
}

/// Hears everything on `group`.
fn listener(group: SocketAddr) -> UdpSocket {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&group.into()).unwrap();
    let SocketAddr::V4(v4) = group else { panic!("IPv4 only") };
    socket.join_multicast_v4(v4.ip(), &Ipv4Addr::LOCALHOST).unwrap();
    let socket = UdpSocket::from(socket);
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    socket
}

/// Returns every datagram of `victim` from the victim's own address: at once, and `late`. Returns
/// how many it returned.
fn reflect(
    victim: SocketAddr,
    group: SocketAddr,
    late: Duration,
    until: Instant,
) -> JoinHandle<u64> {
    let (socket, forger) = (listener(group), Forger::new());
    std::thread::spawn(move || {
        let (mut known, mut waiting) = (BTreeSet::new(), VecDeque::<(Instant, Vec<u8>)>::new());
        let (mut buffer, mut returned) = ([0; 2048], 0);
        while Instant::now() < until {
            if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let octets = buffer[..length].to_vec();
                // It hears its own reflections too.
                if from == victim && known.insert(octets.clone()) {
                    forger.send(victim, group, &octets);
                    returned += 1;
                    waiting.push_back((Instant::now() + late, octets));
                }
            }
            while waiting.front().is_some_and(|(due, _)| *due <= Instant::now()) {
                let Some((_, octets)) = waiting.pop_front() else { break };
                forger.send(victim, group, &octets);
                returned += 1;
            }
        }
        returned
    })
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn reflected_at_once_and_late() {
    if !is_inside() {
        return;
    }
    let lan = Lan::new();
    let [node, other] = lan.start([11, 12]).await;
    let served = node.handle.scopes()[0].clone();
    let end = Instant::now() + Duration::from_secs(6);
    // Two seconds at these constants are minutes of the draft's.
    let reflector = reflect(served.own, served.group, Duration::from_secs(2), end);
    let mut held = node.claim(2).await;
    held.extend(node.claim(1).await);
    tokio::time::sleep(Duration::from_secs(4)).await;
    held.extend(node.claim(1).await);
    let returned = tokio::task::spawn_blocking(|| reflector.join().unwrap()).await.unwrap();

    let counters = node.handle.snapshot().await.unwrap().scopes[0].counters.clone();
    let reflected = counters.ignored("reflected");
    assert!(returned > 20 && reflected > returned / 2, "{reflected} of {returned}");
    assert_eq!(counters.ignored("spoofed_self"), 0);
    for event in ["clash", "conflict", "lost"] {
        assert_eq!((node.told(event).await, other.told(event).await), (0, 0), "{event}");
    }
    held.sort();
    assert_eq!(addresses(&node.held().await), addresses(&held));
    let record = node.handle.record(ONE, None, 100).await.unwrap().entries;
    // A bystander may have defended the owner's addresses against the owner's late claim, as it
    // would against one that lost its storage (AAP-3.1-03, F-46); nothing else is known of.
    let foreign = record.iter().filter(|entry| entry.owner.is_some());
    let own = |entry: &node::Entry| held.iter().any(|range| range.overlaps(entry.range));
    assert!(foreign.clone().all(own), "{record:?}");
}

fn addresses(ranges: &[Range]) -> Vec<u128> {
    let mut all: Vec<u128> = ranges.iter().flat_map(|r| r.first().0..=r.last().0).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn spoofed() {
    if !is_inside() {
        return;
    }
    let lan = Lan::new();
    let [mut node] = lan.start([11]).await;
    let range = node.claim(1).await[0];
    let served = node.handle.scopes()[0].clone();
    let before = node.handle.record(ONE, None, 100).await.unwrap();
    let header = Header { family: Family::V4, rseq: Rseq::wrapping(77), mseq: 0 };
    let now = demand(1).end.0 - 3600;
    let ranges = Ranges::new(Family::V4, [TimedRange { range, end: wire(now + 100) }]);
    let forger = Forger::new();
    for body in [Body::Aclm(ranges.clone()), Body::Aiu(ranges.clone()), Body::Aitu(ranges)] {
        let mut octets = Vec::new();
        Message::new(header, wire(now), body).encode(&mut octets);
        forger.send(served.own, served.group, &octets);
        node.until("alarm", |e| match e.told() {
            Some(Event::Ignored { reason: aap::Ignored::SpoofedSelf, .. }) => Some(()),
            _ => None,
        })
        .await;
    }
    assert_eq!(node.ignored("spoofed_self").await, 3);
    assert_eq!(node.held().await, [range]);
    assert_eq!(node.handle.record(ONE, None, 100).await.unwrap(), before);
    assert_eq!(node.told("conflict").await, 0);
}

fn wire(secs: i64) -> WireTime {
    WireTime::saturating_from(secs)
}

#[tokio::test]
async fn an_identical_claim_from_another_address_is_a_real_clash() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let mut config = lan.config(11);
    // Long enough for another to say the same on a busy machine.
    config.scopes[0].machine.timing.announce_wait = sansio::Duration::from_secs(3);
    let mut node = Running::start(config);
    node.ready().await;
    let group = node.handle.scopes()[0].group;
    let ear = listener(group);
    let twin = UdpSocket::bind(lan.address(99)).unwrap();
    socket2::SockRef::from(&twin).set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();

    let range = Range::single(lan.scope.range.first().saturating_add(9));
    let request = node.handle.next_request();
    let wanted = Demand { preferred: vec![range], choice: Choice::Insist, ..demand(1) };
    let claim = Command::Claim { request, demand: wanted };
    let pending = node.handle.command(ONE, claim).await.unwrap().pending.unwrap();
    let (octets, from) = loop {
        let mut buffer = [0; 2048];
        if let Ok((length, from)) = ear.recv_from(&mut buffer) {
            break (buffer[..length].to_vec(), from);
        }
    };
    assert_eq!(from, lan.address(11));
    twin.send_to(&octets, group).unwrap();

    let clash = node
        .until("clash", |e| match e.told() {
            Some(event @ Event::Clash { .. }) => Some(event.clone()),
            _ => None,
        })
        .await;
    let Event::Clash { given_up, peer, message, listed, .. } = &clash else { unreachable!() };
    assert_eq!((*peer, *message), (lan.address(99).into(), MessageType::Aclm));
    assert_eq!((given_up.as_slice(), listed[0].range), ([range].as_slice(), range));
    let told = say::event(&clash, Family::V4);
    for part in [lan.address(99).to_string(), "ACLM".to_owned(), "until 20".to_owned()] {
        assert!(told.contains(&part), "{part} in {told}");
    }
    let Verdict::Granted { leases, .. } = pending.wait().await.unwrap() else { panic!("refused") };
    assert!(leases.iter().all(|lease| !lease.range.overlaps(range)), "chosen again");
    assert_eq!(node.ignored("reflected").await, 0);
}
