//! Real multicast on loopback: what the simulator shows in virtual time, between live nodes.

use std::time::Duration;

use aap::wire::MessageType;
use aap::{Event, Refusal};
use node::{Fate, FaultPlan, Happening, LinkFault, NodeEvent, Verdict};
use sansio::Rule;
use tokio::time::timeout;

use crate::support::{Lan, ONE, Running, demand, granted, loopback_works};

fn sent(kind: MessageType) -> impl Fn(&NodeEvent) -> Option<Rule> {
    move |event| match &event.happening {
        Happening::Sent { message, rule } if message.kind() == kind => Some(*rule),
        _ => None,
    }
}

#[tokio::test]
async fn three_nodes_claim_different_addresses_and_hear_of_each_other() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let mut nodes = lan.start([11, 12, 13]).await;
    let mut taken = Vec::new();
    for node in &nodes {
        taken.extend(node.claim(2).await);
    }
    for (nth, range) in taken.iter().enumerate() {
        assert!(taken[..nth].iter().all(|other| !other.overlaps(*range)), "{taken:?}");
    }
    for node in &mut nodes {
        loop {
            let snapshot = node.handle.snapshot().await.unwrap();
            let page = node.handle.record(ONE, None, 100).await.unwrap();
            let heard = page.entries.iter().filter(|entry| entry.owner.is_some());
            if snapshot.peers.len() == 2 && heard.map(|e| e.range.len()).sum::<u128>() == 4 {
                assert_eq!(snapshot.scopes[0].counters.ignored("spoofed_self"), 0);
                break;
            }
            node.until("an AIU", |e| matches!(e.happening, Happening::Heard { .. }).then_some(()))
                .await;
        }
    }
}

#[tokio::test]
async fn of_two_that_claim_one_address_only_one_gets_it() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [mut owner, mut other] = lan.start([11, 12]).await;
    let range = owner.claim(1).await[0];
    let verdict = other.insist(range).await;
    let Verdict::Granted { leases, .. } = verdict else { panic!("{verdict:?}") };
    assert!(leases.iter().all(|lease| !lease.range.overlaps(range)), "chosen again");
    let by = owner.handle.scopes()[0].own;
    let peer = other
        .until("clash", |e| match e.told() {
            Some(Event::Clash { peer, message: MessageType::Aiu, .. }) => Some(*peer),
            _ => None,
        })
        .await;
    assert_eq!(peer, by.into(), "the clash names who said so");
    owner.until("defence", sent(MessageType::Aiu)).await;
    assert_eq!(owner.held().await, [range]);
}

#[tokio::test]
async fn a_bystander_defends_the_address_of_an_owner_that_was_killed() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [owner, mut bystander, claimant] = lan.start([11, 12, 13]).await;
    let range = owner.claim(1).await[0];
    bystander
        .until("the owner's AIU", |e| match &e.happening {
            Happening::Heard { message, .. } => (message.kind() == MessageType::Aiu).then_some(()),
            _ => None,
        })
        .await;
    owner.kill().await;
    let verdict = claimant.insist(range).await;
    let Verdict::Granted { leases, .. } = verdict else { panic!("{verdict:?}") };
    assert!(leases.iter().all(|lease| !lease.range.overlaps(range)));
    bystander.until("defence", sent(MessageType::Aiu)).await;
}

#[tokio::test]
async fn a_node_that_was_killed_holds_after_its_restart_what_it_held_before() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [node] = lan.start([11]).await;
    let held = node.claim(3).await;
    let request = node.handle.next_request();
    node.kill().await;
    let mut again = Running::start(lan.config(11));
    again.ready().await;
    assert_eq!(total(&again.held().await), total(&held));
    assert!(again.handle.next_request() >= request, "numbers are not used again");
    again.until("announcement", sent(MessageType::Aiu)).await;
    again.stop().await;
}

fn total(ranges: &[addrspace::Range]) -> Vec<u128> {
    let mut all: Vec<u128> = ranges.iter().flat_map(|r| r.first().0..=r.last().0).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn nodes_that_cannot_hear_each_other_both_take_an_address_and_find_out_when_healed() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [left, mut right] = lan.start([11, 12]).await;
    let cut = FaultPlan {
        everyone: LinkFault { fate: Fate::Cut, ..LinkFault::default() },
        ..FaultPlan::default()
    };
    for node in [&left, &right] {
        node.handle.set_faults(cut.clone()).await.unwrap();
    }
    let range = left.claim(1).await[0];
    let taken = granted(right.insist(range).await);
    assert_eq!(taken, [range], "nobody objects in a partition");
    for node in [&left, &right] {
        node.handle.set_faults(FaultPlan::default()).await.unwrap();
    }
    // Both may hear of it at once and undo; at least one of them does.
    let conflict = |e: &NodeEvent| matches!(e.told(), Some(Event::Conflict { .. })).then_some(());
    let mut left = left;
    tokio::select! {
        () = left.until("conflict", conflict) => {}
        () = right.until("conflict", conflict) => {}
    }
    tokio::time::sleep(Duration::from_millis(1000)).await;
    let (left, right) = (left.held().await, right.held().await);
    assert!(left.is_empty() || right.is_empty(), "{left:?} {right:?}");
}

#[tokio::test]
async fn a_second_node_at_the_same_address_is_refused_in_words() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let _first = Running::start(lan.config(11));
    let mut config = lan.config(11);
    config.data = Some(lan.data(99));
    let error = node::Node::open(config).unwrap_err().to_string();
    assert!(error.contains("the port is taken"), "{error}");
}

#[tokio::test]
async fn junk_is_counted_by_reason_and_delays_no_timer() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [node] = lan.start([11]).await;
    let group = node.handle.scopes()[0].group;
    let flood = std::thread::spawn(move || {
        let socket =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None).unwrap();
        socket.set_multicast_if_v4(&std::net::Ipv4Addr::LOCALHOST).unwrap();
        let end = std::time::Instant::now() + Duration::from_millis(1500);
        let mut sent = 0_u32;
        while std::time::Instant::now() < end {
            let _ = socket.send_to(&[7; 64], &group.into());
            sent += 1;
            if sent.is_multiple_of(20) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let begin = std::time::Instant::now();
    let mut claims = 0;
    while !flood.is_finished() {
        timeout(Duration::from_secs(5), node.claim(1)).await.expect("claims go on");
        claims += 1;
    }
    let mean = begin.elapsed() / claims;
    flood.join().unwrap();
    let counters = node.handle.snapshot().await.unwrap().scopes[0].counters.clone();
    assert!(counters.malformed(aap::wire::Reason::BadVersion) > 1000, "{counters:?}");
    assert!(mean < Duration::from_millis(250), "a claim of 100 ms took {mean:?}");
}

#[tokio::test]
async fn what_cannot_be_done_is_said_at_once() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [node] = lan.start([11]).await;
    let request = node.handle.next_request();
    let command = aap::Command::Claim { request, demand: demand(0) };
    let reply = node.handle.command(ONE, command).await.unwrap();
    assert_eq!(reply.verdict(request), Some(Verdict::Refused(Refusal::Impossible)));
    let command = aap::Command::Release { range: lan.scope.range };
    let reply = node.handle.command(ONE, command).await.unwrap();
    assert_eq!(reply.refusal(), Some(Refusal::NotOurs));
}
