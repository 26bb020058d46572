//! Peers that mean ill, or are mad.

use std::fs;
use std::path::Path;

use aap::Event;
use aap::wire::Reason;
use serde_json::json;

use super::peer::{Foreign, event, heard, lists, sent};
use super::site::{Site, demand};

/// The octets of all vectors, in hexadecimal.
pub(crate) fn vectors() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let files = ["well-formed.txt", "ignored.txt"].map(|name| folder.join(name));
    let texts = files.map(|file| fs::read_to_string(file).unwrap());
    let lines = texts.iter().flat_map(|text| text.lines());
    lines.filter_map(|line| line.strip_prefix("hex ")).map(|hex| hex.replace(' ', "")).collect()
}

/// SCN-50.
#[tokio::test]
async fn a_flood_of_all_vectors_is_counted_by_reason_and_takes_nothing_away() {
    let Some(site) = Site::small() else { return };
    // Where the vectors live, so that the well-formed ones are about something.
    let site = site.with_scope("239.255.0.0/16");
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let before = node.insist("239.255.99.1").await;
    assert_eq!(before, "239.255.99.1");
    let octets = vectors();
    assert!(octets.len() > 25, "{octets:?}");
    foreign.order(&json!({"do": "flood", "octets": octets, "count": 6000, "per_second": 2000}));
    let during = node.insist("239.255.99.2").await;
    assert_eq!(during, "239.255.99.2", "claims go on");
    foreign.until("the end of the flood", event("flooded")).await;
    let after = node.insist("239.255.99.3").await;
    assert_eq!(node.held().await, [before, during, after]);
    let counters = node.snapshot().await.scopes[0].counters.clone();
    for reason in [
        Reason::TooShort,
        Reason::BadVersion,
        Reason::UnknownType,
        Reason::UnknownFamily,
        Reason::BadLength,
        Reason::BadRange,
    ] {
        assert!(counters.malformed(reason) > 100, "{reason:?}: {counters:?}");
    }
    assert!(counters.ignored("bad_scope") > 100, "{counters:?}");
    foreign.finish().await;
}

/// AAP-1.4-05: what a claimant that listens to nobody takes is at least known to be taken.
#[tokio::test]
async fn a_greedy_claimant_is_answered_and_when_it_takes_the_address_it_is_named() {
    let Some(site) = Site::small() else { return };
    let (mut node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = node.claim().await;
    foreign.order(&json!({"do": "claim", "ranges": [range], "greedy": true}));
    foreign.until("an objection", heard("AIU", &range)).await;
    foreign.until("its claim to stand all the same", event("stood")).await;
    assert_eq!(node.conflict().await.address, site.address(61));
    let another = node.claim().await;
    assert_ne!(another, range);
    foreign.finish().await;
}

/// AAP-6-02: SCN-41.
#[tokio::test]
async fn a_liar_is_not_claimed_against_for_ever_and_others_are_told_nothing_false() {
    let Some(site) = Site::small() else { return };
    let (mut node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    foreign.order(&json!({"do": "lie"}));
    let verdict = node.verdict(demand(1)).await;
    assert!(matches!(verdict, node::Verdict::Refused(_)), "{verdict:?}");
    let peer = node
        .told("clash", |event| match event {
            Event::Clash { peer, .. } => Some(*peer),
            _ => None,
        })
        .await;
    assert_eq!(peer.address, site.address(61), "whoever lies is named");
    foreign.order(&json!({"do": "stop"}));
    foreign.order(&json!({"do": "decode", "octets": "00"}));
    foreign.until("the end of the lies", event("decoded")).await;
    node.claim().await;
    foreign.finish().await;
}

/// AAP-3.2.8-06, F-22: what comes and goes is recorded and forgotten, and nobody else is harmed.
#[tokio::test]
async fn a_flapper_disturbs_only_itself() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let held = node.insist(&site.nth(1)).await;
    let flapping = site.nth(200);
    foreign.order(&json!({"do": "flap", "ranges": [flapping], "every": 0.5}));
    let aiu = sent("AIU");
    foreign
        .until("many turns", |told| aiu(told) && lists(told, &flapping) && told["mseq"] == 40)
        .await;
    assert_eq!(node.held().await, [held]);
    let entries = node.snapshot().await.scopes[0].record_entries;
    assert!(entries <= 2, "{entries} entries for one range");
    node.claim().await;
    foreign.finish().await;
}

/// SCN-44: a deletion by another than the owner is no deletion.
#[tokio::test]
async fn a_forged_deletion_of_the_node_s_address_changes_nothing() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = node.claim().await;
    foreign.until("the node's AIU", heard("AIU", &range)).await;
    // An hour ago.
    foreign.order(&json!({"do": "hold", "ranges": [range], "lasting": -3600, "greedy": true}));
    let aiu = sent("AIU");
    foreign.until("all of them", |told| aiu(told) && told["mseq"] == 5).await;
    assert_eq!(node.held().await, [range]);
    foreign.finish().await;
}
