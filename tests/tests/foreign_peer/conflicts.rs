//! Two owners of one address (section 3.2.3), one of which is no node of ours.

use std::time::Duration;

use node::{Fate, FaultPlan, LinkFault};
use serde_json::{Value, json};

use super::peer::{Foreign, event, heard, lists, millis, sent};
use super::site::{Running, Site};

async fn hear_peers(node: &Running, fate: Fate) {
    let everyone = LinkFault { fate, ..LinkFault::default() };
    node.handle.set_faults(FaultPlan { everyone, ..FaultPlan::default() }).await.unwrap();
}

/// AAP-3.2.3-01, -02.
#[tokio::test]
async fn a_node_that_hears_another_announce_its_address_gives_it_up_and_names_the_peer() {
    let Some(site) = Site::small() else { return };
    let (mut node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = node.claim().await;
    foreign.until("the node's AIU", heard("AIU", &range)).await;
    // An end near the node's own might be a defender's word for it (F-14).
    let rival = json!({"do": "hold", "ranges": [range], "greedy": true, "lasting": 1800});
    foreign.order(&rival);
    let said = foreign.until("its own AIU", sent("AIU")).await;
    assert!(lists(&said, &range));
    assert_eq!(node.conflict().await.address, site.address(61));
    foreign.until("what was on its way", |told| millis(&said, told) > 500).await;
    let more = foreign.during(Duration::from_secs(4), heard("AIU", &range)).await;
    assert_eq!(more, Vec::<Value>::new(), "it is announced no more");
    assert!(node.held().await.is_empty());
    foreign.finish().await;
}

/// AAP-3.2.3-01: a partition leads to two owners; when the peer hears the node, the peer yields.
#[tokio::test]
async fn a_peer_that_hears_the_node_announce_its_address_yields() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = site.nth(4);
    foreign.order(&json!({"do": "hold", "ranges": [range]}));
    let aiu = sent("AIU");
    foreign.until("the last of the fast AIUs", |told| aiu(told) && told["mseq"] == 5).await;
    hear_peers(&node, Fate::Cut).await;
    assert_eq!(node.insist(&range).await, range, "its objections are not heard");
    let conflict = foreign.until("a conflict", event("conflict")).await;
    assert_eq!(conflict["from"], site.address(11).to_string());
    foreign.order(&json!({"do": "stop"}));
    foreign.during(Duration::from_millis(500), |_| false).await;
    hear_peers(&node, Fate::Through).await;
    assert_eq!(node.held().await, [range]);
    foreign.finish().await;
}
