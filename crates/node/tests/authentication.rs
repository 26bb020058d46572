//! Nodes that share a key, among nodes that do not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aap::wire::MessageType;
use node::{Auth, FaultPlan, Happening, Keys, NodeConfig, NodeEvent, Verdict};

use crate::support::{Lan, ONE, Running, Scratch, granted, loopback_works};

/// Writes `keys`, each a repeated octet, into a file and reads it back.
fn keys(scratch: &Scratch, keys: &[&str]) -> Keys {
    let path: PathBuf = scratch.join(&keys.concat());
    let lines: Vec<String> = keys.iter().map(|key| key.repeat(32)).collect();
    fs::write(&path, lines.join("\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    Keys::read(&path).unwrap()
}

fn keyed(lan: &Lan, host: u8, keys: Keys) -> NodeConfig {
    let mut config = lan.config(host);
    config.auth = Some(Auth::with(keys));
    config
}

async fn heard(node: &mut Running, from: std::net::SocketAddr, kind: MessageType) {
    node.until("message", |e: &NodeEvent| match &e.happening {
        Happening::Heard { peer, message } => {
            (*peer == from.into() && message.kind() == kind).then_some(())
        }
        _ => None,
    })
    .await;
}

async fn checked(node: &Running, finding: &str) -> u64 {
    node.handle.snapshot().await.unwrap().scopes[0].counters.checked(finding)
}

/// Waits until something was found at least once.
async fn found(node: &Running, finding: &str) -> u64 {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let count = checked(node, finding).await;
        if count > 0 {
            return count;
        }
        assert!(Instant::now() < end, "nothing was {finding}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn who_shares_the_key_is_heard_and_heeded() {
    if !loopback_works() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let config = |host| keyed(&lan, host, keys(&scratch, &["0a"]));
    let (mut owner, mut other) = (Running::start(config(11)), Running::start(config(12)));
    owner.ready().await;
    other.ready().await;
    let range = owner.claim(1).await[0];
    let taken = granted(other.insist(range).await);
    assert!(taken.iter().all(|other| !other.overlaps(range)), "the owner's defence counted");
    heard(&mut owner, lan.address(12), MessageType::Aiu).await;
    for node in [&owner, &other] {
        assert!(checked(node, "authentic").await > 0);
        for finding in ["missing", "unknown_key", "forged", "stale", "replayed"] {
            assert_eq!(checked(node, finding).await, 0, "{finding}");
        }
        assert_eq!(node.ignored("spoofed_self").await, 0, "its own trailers do not confuse it");
    }
}

#[tokio::test]
async fn in_a_mixed_cluster_the_keyless_hear_the_keyed_and_are_not_heard() {
    if !loopback_works() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let mut keyed_node = Running::start(keyed(&lan, 11, keys(&scratch, &["0a"])));
    let mut keyless = Running::start(lan.config(12));
    let mut stranger = Running::start(keyed(&lan, 13, keys(&scratch, &["0c"])));
    for node in [&mut keyed_node, &mut keyless, &mut stranger] {
        node.ready().await;
    }
    let range = keyed_node.claim(1).await[0];
    heard(&mut keyless, lan.address(11), MessageType::Aiu).await;
    let taken = granted(keyless.insist(range).await);
    assert!(taken.iter().all(|other| !other.overlaps(range)), "nobody without a key gets it");

    // Nothing that the keyless one and the stranger say has any effect on the keyed one.
    let record = keyed_node.handle.record(ONE, None, 100).await.unwrap().entries;
    assert!(record.iter().all(|entry| entry.owner.is_none()), "{record:?}");
    assert!(checked(&keyed_node, "missing").await > 0);
    let verdict = stranger.insist(taken[0]).await;
    assert!(matches!(verdict, Verdict::Granted { .. }), "it does not hear the keyless defend");
    let unknown = found(&keyed_node, "unknown_key").await;
    assert_eq!(keyed_node.told("clash").await + keyed_node.told("conflict").await, 0);
    let ignored = keyed_node.ignored("unauthenticated").await;
    assert!(ignored >= unknown, "{ignored} were ignored, {unknown} of an unknown key");
}

#[tokio::test]
async fn types_that_need_no_key_are_heard_from_anybody() {
    if !loopback_works() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let mut config = keyed(&lan, 11, keys(&scratch, &["0a"]));
    config.auth.as_mut().unwrap().require = BTreeSet::from([MessageType::Asa]);
    let mut node = Running::start(config);
    let mut keyless = Running::start(lan.config(12));
    node.ready().await;
    keyless.ready().await;
    let range = keyless.claim(1).await[0];
    let taken = granted(node.insist(range).await);
    assert!(taken.iter().all(|other| !other.overlaps(range)), "a bare AIU is heeded");
    assert!(checked(&node, "missing").await > 0);
    assert_eq!(node.ignored("unauthenticated").await, 0);
}

#[tokio::test]
async fn a_key_is_replaced_while_the_nodes_run() {
    if !loopback_works() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let config = |host, of: &[&str]| keyed(&lan, host, keys(&scratch, of));
    let mut a = Running::start(config(11, &["0a"]));
    let mut b = Running::start(config(12, &["0a"]));
    a.ready().await;
    b.ready().await;
    a.claim(1).await;
    b.claim(1).await;
    let steps: [&[&str]; 3] = [&["0a", "0b"], &["0b", "0a"], &["0b"]];
    for step in steps {
        for (host, node) in [(11, &a), (12, &b)] {
            let told = node.handle.reload(config(host, step)).await.unwrap();
            assert!(format!("{told:?}").contains("auth"), "{told:?}");
        }
        for (node, from) in [(&mut a, 12), (&mut b, 11)] {
            while node.events.try_recv().is_ok() {}
            heard(node, lan.address(from), MessageType::Aiu).await;
        }
    }
    for node in [&a, &b] {
        for finding in ["unknown_key", "forged", "missing"] {
            assert_eq!(checked(node, finding).await, 0, "{finding}");
        }
    }
}

#[tokio::test]
async fn who_has_a_wrong_clock_is_stale_and_not_heard() {
    if !loopback_works() {
        return;
    }
    let (lan, scratch) = (Lan::new(), Scratch::new());
    let config = |host| keyed(&lan, host, keys(&scratch, &["0a"]));
    let (mut node, mut late) = (Running::start(config(11)), Running::start(config(12)));
    let hour = FaultPlan { clock_ahead_us: -3_600_000_000, ..FaultPlan::default() };
    late.handle.set_faults(hour).await.unwrap();
    node.ready().await;
    late.ready().await;
    late.claim(1).await;
    found(&node, "stale").await;
    assert!(node.ignored("unauthenticated").await > 0);
    assert!(node.handle.record(ONE, None, 10).await.unwrap().entries.is_empty());
}
