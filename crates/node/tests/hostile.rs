//! Datagrams, clocks and disks that mean no good.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use aap::wire::{Body, Header, Message, Ranges, Reason, Rseq, TimedRange, WireTime};
use aap::{Command, Demand, Event};
use addrspace::{Family, Range};
use node::{CommandError, FaultPlan, Happening, InterfaceChoice, Node, inspect};
use sansio::UtcSecs;

use crate::support::namespace::{is_inside, run_inside, shell};
use crate::support::{Lan, ONE, Running, Scratch, demand, granted, loopback_works};

/// A sender of anything, at an address of its own.
fn stranger(lan: &Lan, host: u8) -> UdpSocket {
    let socket = UdpSocket::bind(lan.address(host)).unwrap();
    socket2::SockRef::from(&socket).set_multicast_if_v4(&Ipv4Addr::LOCALHOST).unwrap();
    socket
}

fn aiu(range: Range, now: i64, end: i64) -> Vec<u8> {
    let time = WireTime::saturating_from;
    let header = Header { family: Family::V4, rseq: Rseq::wrapping(5), mseq: 0 };
    let ranges = Ranges::new(Family::V4, [TimedRange { range, end: time(end) }]);
    let mut octets = Vec::new();
    Message::new(header, time(now), Body::Aiu(ranges)).encode(&mut octets);
    octets
}

fn now() -> i64 {
    demand(1).end.0 - 3600
}

#[tokio::test]
async fn what_is_malformed_too_long_or_of_another_scope_is_counted_and_changes_nothing() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let mut config = lan.config(11);
    config.limits.datagram = 1200;
    let node = Running::start(config);
    let served = node.handle.scopes()[0].clone();
    let before = node.handle.record(ONE, None, 100).await.unwrap();
    let stranger = stranger(&lan, 99);
    let (_, foreign) = Range::parse("239.9.9.9").unwrap();
    let mine = Range::single(lan.scope.range.first().saturating_add(3));
    let good = aiu(mine, now(), now() + 900);
    // The largest datagram there is; the kernel takes it apart and puts it together again.
    for (octets, counted) in [
        (good[..11].to_vec(), Reason::TooShort),
        ([&[1], &good[1..]].concat(), Reason::BadVersion),
        ([&good[..], &[0]].concat(), Reason::BadLength),
    ] {
        stranger.send_to(&octets, served.group).unwrap();
        until(&node, |counters| counters.malformed(counted) == 1).await;
    }
    for (octets, counted) in [
        (vec![0; 65_507], "oversized"),
        (vec![0; 1201], "oversized"),
        (aiu(foreign, now(), now() + 900), "other_scope"),
    ] {
        let already = node.ignored(counted).await;
        stranger.send_to(&octets, served.group).unwrap();
        until(&node, |counters| counters.ignored(counted) == already + 1).await;
    }
    let peers = node.handle.snapshot().await.unwrap().peers;
    assert_eq!(peers.iter().map(|peer| peer.messages).sum::<u64>(), 1, "only what is well-formed");
    assert_eq!(node.handle.record(ONE, None, 100).await.unwrap(), before);
}

async fn until(node: &Running, reached: impl Fn(&node::Counters) -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let snapshot = node.handle.snapshot().await.unwrap();
        let counters = &snapshot.scopes[0].counters;
        if reached(counters) {
            return;
        }
        assert!(Instant::now() < end, "{counters:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_replay_revives_nothing_where_the_age_of_messages_is_checked() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let mut config = lan.config(11);
    config.scopes[0].machine.policy.set("max-skew", "60").unwrap();
    let node = Running::start(config);
    let group = node.handle.scopes()[0].group;
    let range = Range::single(lan.scope.range.first().saturating_add(3));
    // Announced an hour ago for ten minutes: the skew correction of 5.3.1 would renew it (F-38).
    stranger(&lan, 98).send_to(&aiu(range, now() - 3600, now() - 3000), group).unwrap();
    until(&node, |counters| counters.ignored("skew") == 1).await;
    assert!(node.handle.record(ONE, None, 10).await.unwrap().entries.is_empty());
    stranger(&lan, 97).send_to(&aiu(range, now(), now() + 600), group).unwrap();
    until(&node, |counters| counters.received(aap::wire::MessageType::Aiu) == 2).await;
    assert_eq!(node.handle.record(ONE, None, 10).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_by_an_hour_costs_no_allocation_and_moves_no_timer() {
    if !loopback_works() {
        return;
    }
    const HOUR_US: i64 = 3_600_000_000;
    let lan = Lan::new();
    let [mut node, other] = lan.start([11, 12]).await;
    let request = node.handle.next_request();
    let long = Demand { end: UtcSecs(now() + 86_400), ..demand(2) };
    let held = granted(node.verdict(Command::Claim { request, demand: long }).await);
    let mut expected = held.clone();
    expected.sort();
    for ahead in [HOUR_US, -HOUR_US, 0] {
        let plan = FaultPlan { clock_ahead_us: ahead, ..FaultPlan::default() };
        node.handle.set_faults(plan).await.unwrap();
        let by = node
            .until("word of the step", |e| match e.happening {
                Happening::ClockStepped { by_us } => Some(by_us),
                _ => None,
            })
            .await;
        assert!(by.abs() > HOUR_US / 2, "{by}");
        let begin = Instant::now();
        let request = node.handle.next_request();
        let short = Demand { end: UtcSecs(now() + 3 * 3600), ..demand(1) };
        let claimed = granted(node.verdict(Command::Claim { request, demand: short }).await);
        let took = begin.elapsed();
        // A claim of 100 ms, on a busy machine.
        assert!(took > Duration::from_millis(95) && took < Duration::from_secs(5), "{took:?}");
        expected.extend(claimed);
        expected.sort();
        let mut now_held = node.held().await;
        now_held.sort();
        assert_eq!(now_held, expected, "{ahead} us ahead");
    }
    other.claim(1).await;
    for event in ["conflict", "lost", "ended"] {
        assert_eq!((node.told(event).await, other.told(event).await), (0, 0), "{event}");
    }
}

#[test]
fn a_disk_that_is_full_stops_grants_and_costs_none() {
    run_inside("hostile::full_disk");
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn full_disk() {
    if !is_inside() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let disk = scratch.0.display();
    shell(&format!("mount -t tmpfs -o size=8m tmpfs {disk}"));
    let mut config = lan.config(11);
    config.data = Some(scratch.join("data"));
    let fill = || shell(&format!("cat /dev/zero > {disk}/ballast 2>/dev/null || true"));
    let relieve = || shell(&format!("rm {disk}/ballast"));

    fill();
    let error = Node::open(config.clone()).unwrap_err().to_string();
    assert!(error.contains("the disk is full"), "{error}");
    relieve();

    let mut node = Running::start(config.clone());
    node.ready().await;
    let mut granted = node.claim(2).await;
    fill();
    // What is already in the file may still have room for a while.
    let why = loop {
        let request = node.handle.next_request();
        let claim = Command::Claim { request, demand: demand(200) };
        let ended = match node.handle.command(ONE, claim).await {
            Ok(reply) => reply.pending.unwrap().wait().await,
            Err(error) => Err(error),
        };
        match ended {
            Ok(node::Verdict::Granted { leases, .. }) => {
                granted.extend(leases.iter().map(|l| l.range));
                for range in granted.split_off(2) {
                    // What fails to be released is still held; it is counted with the rest.
                    if node.handle.command(ONE, Command::Release { range }).await.is_err() {
                        break;
                    }
                }
            }
            Ok(other) => panic!("{other:?}"),
            Err(CommandError::Storage(why)) => break why,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(why.contains("the disk is full"), "{why}");
    relieve();
    node.until("storage", |e| matches!(e.happening, Happening::StorageBack).then_some(())).await;
    node.ready().await;
    node.claim(1).await;
    let held = node.held().await;
    assert!(granted.iter().all(|range| held.iter().any(|h| h.overlaps(*range))), "{held:?}");
    node.stop().await;
    assert!(inspect(&scratch.join("data")).is_ok());
    shell(&format!("umount {disk}"));
}

#[test]
fn a_read_only_disk_is_told_at_the_start() {
    run_inside("hostile::read_only");
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn read_only() {
    if !is_inside() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let disk = scratch.0.display();
    shell(&format!("mount -t tmpfs tmpfs {disk}"));
    let mut config = lan.config(11);
    config.data = Some(scratch.join("data"));
    let mut node = Running::start(config.clone());
    node.ready().await;
    let held = node.claim(1).await;
    node.stop().await;
    shell(&format!("mount -o remount,ro {disk}"));
    let error = Node::open(config.clone()).unwrap_err().to_string();
    assert!(error.contains("the file system is read-only"), "{error}");
    shell(&format!("mount -o remount,rw {disk}"));
    let mut again = Running::start(config);
    again.ready().await;
    assert_eq!(again.held().await, held, "nothing was lost by trying");
    again.stop().await;
    shell(&format!("umount {disk}"));
}

#[tokio::test]
async fn an_interface_that_is_not_there_is_named_with_those_that_are() {
    let lan = Lan::new();
    let mut config = lan.config(11);
    config.interface = InterfaceChoice::Name("no-such-if0".to_owned());
    let error = Node::open(config).unwrap_err().to_string();
    assert!(error.contains("no-such-if0") && error.contains("there are "), "{error}");
    assert!(!lan.data(11).exists(), "nothing was begun");
}

#[tokio::test]
async fn an_address_of_another_host_is_no_address_to_speak_from() {
    let lan = Lan::new();
    let mut config = lan.config(11);
    config.scopes[0].machine.own = "192.0.2.7:2878".parse().unwrap();
    let error = Node::open(config).unwrap_err().to_string();
    assert!(error.contains("this host does not have that address"), "{error}");
}

#[tokio::test]
async fn a_forged_flood_of_senders_fills_no_memory() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let mut config = lan.config(11);
    config.limits.peers = 8;
    let mut node = Running::start(config);
    let group = node.handle.scopes()[0].group;
    for host in 100..140 {
        let range = Range::single(lan.scope.range.first().saturating_add(host.into()));
        stranger(&lan, host).send_to(&aiu(range, now(), now() + 900), group).unwrap();
    }
    until(&node, |counters| counters.received(aap::wire::MessageType::Aiu) == 40).await;
    assert_eq!(node.handle.snapshot().await.unwrap().peers.len(), 8);
    node.ready().await;
    assert!(!matches!(
        node.events.try_recv().map(|e| e.told().cloned()),
        Ok(Some(Event::Lost { .. }))
    ));
}
