//! An interface that goes away and comes back, routes that are missing, in a network of the test's
//! own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::time::Duration;

use aap::wire::MessageType;
use aap::{Command, Event, Phase, Startup};
use addrspace::{Range, Scope, ScopeKind};
use node::{Comeback, CommandError, Happening, Node, NodeConfig, NodeEvent, NodeRole, State};

use crate::support::namespace::{is_inside, run_inside, shell};
use crate::support::{Lan, ONE, Running, demand};

#[test]
fn a_link_that_was_down_for_long_is_joined_again_after_a_silence() {
    run_inside("interface::down_for_long");
}

#[test]
fn a_link_that_was_down_for_a_moment_costs_no_silence() {
    run_inside("interface::down_for_a_moment");
}

#[test]
fn an_interface_that_was_replaced_and_an_address_that_was_moved_are_joined_again() {
    run_inside("interface::replaced");
}

#[test]
fn a_missing_multicast_route_is_told_at_the_start_and_survived_later() {
    run_inside("interface::routeless");
}

/// A cable between `v0` and `v1`, once there is a carrier; two hosts live on `v0`.
const LAY_CABLE: &str = "ip link add v0 type veth peer name v1 && \
    ip addr add 10.9.0.1/24 dev v0 && ip addr add 10.9.0.2/24 dev v0 && \
    ip link set v1 up && ip link set v0 up && \
    for i in $(seq 200); do ip link show v0 | grep -q 'state UP' && exit 0; sleep 0.05; done; exit 1";

fn config(lan: &Lan, host: u8) -> NodeConfig {
    let mut config = lan.config(host);
    let own: SocketAddr = format!("10.9.0.{host}:2878").parse().unwrap();
    let mut machine = config.scopes.remove(0).machine;
    machine.own = own;
    let data = config.data;
    config = NodeConfig::new(NodeRole::Maas, machine);
    config.data = data;
    config
}

async fn lost(node: &mut Running) {
    let gone = |e: &NodeEvent| matches!(e.happening, Happening::InterfaceLost { .. }).then_some(());
    node.until("loss of the interface", gone).await;
}

async fn back(node: &mut Running) -> Comeback {
    node.until("return of the interface", |e| match e.happening {
        Happening::InterfaceBack { then, .. } => Some(then),
        _ => None,
    })
    .await
}

async fn phase(node: &Running) -> Phase {
    match node.handle.snapshot().await.unwrap().scopes[0].state {
        State::Maas { phase, .. } => phase,
        State::Coordinator { .. } => panic!("a MAAS"),
    }
}

fn heard(kind: MessageType, from: &'static str) -> impl Fn(&NodeEvent) -> Option<()> {
    let from: SocketAddr = from.parse().unwrap();
    move |e| match &e.happening {
        Happening::Heard { peer, message } => {
            (*peer == from.into() && message.kind() == kind).then_some(())
        }
        _ => None,
    }
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn down_for_long() {
    if !is_inside() {
        return;
    }
    shell(LAY_CABLE);
    let lan = Lan::new();
    let long_claims = |host| {
        let mut config = config(&lan, host);
        config.scopes[0].machine.timing.announce_wait = sansio::Duration::from_secs(3);
        config
    };
    let mut node = Running::start(long_claims(1));
    let mut other = Running::start(config(&lan, 2));
    node.ready().await;
    other.ready().await;
    let held = node.claim(1).await;

    let claim = || Command::Claim { request: node.handle.next_request(), demand: demand(1) };
    let pending = node.handle.command(ONE, claim()).await.unwrap().pending.unwrap();
    let refused_later = claim();
    shell("ip link set v0 down");
    lost(&mut node).await;
    assert_eq!(pending.wait().await, Err(CommandError::Offline), "nobody could have objected");
    let refused = node.handle.command(ONE, refused_later).await;
    assert_eq!(refused.map(|_| ()), Err(CommandError::Offline));
    assert_eq!(node.held().await, held, "what is held stays held");
    tokio::time::sleep(Duration::from_millis(2500)).await;

    shell("ip link set v0 up");
    assert_eq!(back(&mut node).await, Comeback::StartOver);
    assert_eq!(phase(&node).await, Phase::Listening, "as after a start (section 3.2.4)");
    node.ready().await;
    while other.events.try_recv().is_ok() {}
    other.until("an announcement", heard(MessageType::Aiu, "10.9.0.1:2878")).await;
    assert_eq!(node.held().await, held);
    node.claim(1).await;
    assert_eq!(other.held().await, []);
    other.claim(1).await;
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn down_for_a_moment() {
    if !is_inside() {
        return;
    }
    shell(LAY_CABLE);
    let lan = Lan::new();
    let mut config = config(&lan, 1);
    let machine = &mut config.scopes[0].machine;
    (machine.startup, machine.timing) = (Startup::Settled, aap::Timing::draft());
    let mut node = Running::start(config);
    let claim = Command::Claim { request: node.handle.next_request(), demand: demand(1) };
    let pending = node.handle.command(ONE, claim).await.unwrap().pending.unwrap();
    shell("ip link set v0 down");
    lost(&mut node).await;
    assert_eq!(pending.wait().await, Err(CommandError::Offline));
    shell("ip link set v0 up");
    assert_eq!(back(&mut node).await, Comeback::GoOn);
    assert_eq!(phase(&node).await, Phase::Ready);
    let snapshot = node.handle.snapshot().await.unwrap();
    assert!(snapshot.scopes[0].claiming.is_empty(), "the claim ended with the interface");
    let claim = Command::Claim { request: node.handle.next_request(), demand: demand(1) };
    assert!(node.handle.command(ONE, claim).await.is_ok());
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn replaced() {
    if !is_inside() {
        return;
    }
    shell(LAY_CABLE);
    let lan = Lan::new();
    let mut node = Running::start(config(&lan, 1));
    node.ready().await;
    let held = node.claim(1).await;

    shell("ip link del v0");
    lost(&mut node).await;
    shell(LAY_CABLE);
    back(&mut node).await;
    node.ready().await;
    let mut other = Running::start(config(&lan, 2));
    other.until("an announcement", heard(MessageType::Aiu, "10.9.0.1:2878")).await;

    shell("ip addr del 10.9.0.1/24 dev v0");
    lost(&mut node).await;
    // The kernel may have taken the other address with the first.
    shell("ip addr replace 10.9.0.2/24 dev v0; ip addr add 10.9.0.1/24 dev v0");
    back(&mut node).await;
    node.ready().await;
    assert_eq!(node.held().await, held);
    node.claim(1).await;
}

#[tokio::test]
#[ignore = "runs in a namespace"]
async fn routeless() {
    if !is_inside() {
        return;
    }
    let lan = Lan::new();
    let (family, range) = Range::parse("ff05::1:0/112").unwrap();
    let scope = Scope::new("six", family, range, ScopeKind::Small);
    let mut machine = aap::Config::new("[::1]:2878".parse().unwrap(), scope);
    machine.timing = aap::Timing::draft().divided_by(100);
    let mut config = NodeConfig::new(NodeRole::Maas, machine);
    config.data = Some(lan.data(6));
    let error = Node::open(config.clone()).unwrap_err().to_string();
    assert!(error.contains("no multicast route") && error.contains("ff00::/8"), "{error}");

    let route = "local ff00::/8 dev lo table local";
    shell(&format!("ip -6 route add {route}"));
    let mut node = Running::start(config);
    node.ready().await;
    let held = node.claim(1).await;
    shell(&format!("ip -6 route del {route}"));
    let cannot = |e: &NodeEvent| match &e.happening {
        Happening::CannotSend { why } => Some(why.clone()),
        _ => None,
    };
    let why = node.until("word of it", cannot).await;
    assert!(why.contains("multicast route"), "{why}");
    // Several announcements later it is counted, and not told again.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let unsent = |rows: Vec<node::Row>| rows.iter().find(|r| r.name == "unsent").unwrap().value;
    let counters = node.handle.snapshot().await.unwrap().scopes[0].counters.clone();
    assert!(unsent(counters.rows().collect()) > 2, "{counters:?}");
    while let Ok(event) = node.events.try_recv() {
        assert_eq!(cannot(&event), None, "told once per cause");
    }
    shell(&format!("ip -6 route add {route}"));
    node.until("an announcement", |e| matches!(&e.happening, Happening::Sent { .. }).then_some(()))
        .await;
    assert_eq!(node.held().await, held);
    assert!(matches!(
        node.handle.snapshot().await.unwrap().scopes[0].state,
        State::Maas { phase: Phase::Ready, .. }
    ));
    assert!(node.events.try_recv().map_or(true, |e| !matches!(e.told(), Some(Event::Lost { .. }))));
}
