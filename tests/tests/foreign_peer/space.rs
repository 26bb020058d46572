//! A large scope whose Prefix Coordinator is not ours (sections 3.2.9, 3.2.10 and 4).

use std::time::Duration;

use serde_json::{Value, json};

use super::peer::{Foreign, assert_times, heard, millis, sent};
use super::site::{Site, demand};

fn kind(name: &str) -> impl Fn(&Value) -> bool + '_ {
    move |told| told["event"] == "heard" && told["type"] == name
}

/// AAP-3.2.4-03, AAP-3.2.10.1-13, AAP-3.2.10.3-04: the node allocates what is announced and
/// reports what it has allocated.
#[tokio::test]
async fn the_node_stays_within_the_announced_space_and_reports_its_use() {
    let Some(site) = Site::large() else { return };
    let mut coordinator = Foreign::start(&site, 61).await;
    let space = site.first(16);
    coordinator.order(&json!({"do": "space", "ranges": [space]}));
    let node = site.node(11).await;
    node.knows_space().await;
    for _ in 0..3 {
        let got = node.claim().await;
        let inside = (0..16).any(|nth| got == site.nth(nth));
        assert!(inside, "{got} is not in {space}");
    }
    let report = heard("ASRP", &space);
    let used = |told: &Value| report(told) && told["ranges"][0]["in_use"] == 3;
    let told = coordinator.until("a report of three in use", used).await;
    assert_eq!(told["ranges"].as_array().unwrap().len(), 1, "one report for each range");
    coordinator.finish().await;
}

/// AAP-3.2.4-03, -04: without an ASA, nothing is claimed.
#[tokio::test]
async fn without_a_coordinator_a_large_scope_stays_silent() {
    let Some(site) = Site::large() else { return };
    let mut foreign = Foreign::start(&site, 61).await;
    let node = site.node(11).await;
    let verdict = node.verdict(demand(1));
    let (verdict, told) =
        tokio::join!(verdict, foreign.during(Duration::from_secs(3), kind("ACLM")));
    assert!(matches!(verdict, node::Verdict::Refused(_)), "{verdict:?}");
    assert_eq!(told, Vec::<Value>::new());
    foreign.finish().await;
}

/// AAP-3.2.9-06 to -08 and AAP-3.2.10.3-08: SCN-36.
#[tokio::test]
async fn what_the_space_cannot_give_is_reported_until_it_can() {
    let Some(site) = Site::large() else { return };
    let mut coordinator = Foreign::start(&site, 61).await;
    coordinator.order(&json!({"do": "space", "ranges": [site.first(4)]}));
    let node = site.node(11).await;
    node.knows_space().await;
    let verdict = node.verdict(demand(8)).await;
    assert!(matches!(verdict, node::Verdict::Refused(_)), "{verdict:?}");
    let mut all = vec![coordinator.until("an ANA", kind("ANA")).await];
    while all.len() < 4 {
        all.push(coordinator.until("more of it", kind("ANA")).await);
    }
    assert_times(&all[0], &all, &[0, 1, 3, 7]);
    for (mseq, told) in all.iter().enumerate() {
        assert_eq!((&told["mseq"], &told["address_count"]), (&json!(mseq), &json!(8)));
        assert_eq!(told["rseq"], all[0]["rseq"], "one request");
    }
    let report = kind("ASRP");
    let asks = |told: &Value| report(told) && told["requests"][0]["addresses"] == 8;
    coordinator.until("a report that asks for 8", asks).await;
    coordinator.order(&json!({"do": "space", "ranges": [site.first(64)]}));
    let wider = sent("ASA");
    let space = site.first(64);
    coordinator.until("the wider space", |t| wider(t) && super::peer::lists(t, &space)).await;
    let verdict = node.verdict(demand(8)).await;
    assert!(matches!(verdict, node::Verdict::Granted { .. }), "{verdict:?}");
    coordinator.finish().await;
}

/// AAP-3.2.9-09, -10, AAP-3.2.10.3-08: the need of a peer is in the node's report.
#[tokio::test]
async fn a_need_that_was_heard_is_reported() {
    let Some(site) = Site::large() else { return };
    let mut coordinator = Foreign::start(&site, 61).await;
    coordinator.order(&json!({"do": "space", "ranges": [site.first(4)]}));
    let _node = site.node(11).await;
    let mut needy = Foreign::start(&site, 62).await;
    needy.order(&json!({"do": "lack", "addresses": 64, "lasting": 7200}));
    let ana = needy.until("its ANA", sent("ANA")).await;
    let report = kind("ASRP");
    let asks = |told: &Value| report(told) && told["requests"][0]["addresses"] == 64;
    let told = coordinator.until("a report that asks for 64", asks).await;
    let end = |told: &Value| told.as_i64().unwrap();
    assert!((end(&told["requests"][0]["end"]) - end(&ana["end"])).abs() <= 2, "{told}");
    needy.finish().await;
    coordinator.finish().await;
}

/// AAP-3.2.10.3-06: one report a round, whoever sends it.
#[tokio::test]
async fn the_report_of_another_is_enough() {
    let Some(site) = Site::large() else { return };
    let mut coordinator = Foreign::start(&site, 61).await;
    let space = site.first(4);
    coordinator.order(&json!({"do": "space", "ranges": [space]}));
    let node = site.node(11).await;
    // Before that, the reports are of another space to the node, and put nothing off.
    node.knows_space().await;
    let mut all = Vec::new();
    for _ in 0..10 {
        coordinator.order(&json!({"do": "report", "reports": [[space, 1]]}));
        all.extend(coordinator.during(Duration::from_millis(400), report()).await);
    }
    all.push(coordinator.until("its turn", kind("ASRP")).await);
    all.sort_by_key(|told| told["at"].as_i64());
    let heard = |told: &Value| told["event"] == "heard";
    let own = all.iter().position(|told| !heard(told)).expect("the coordinator's reports");
    // By their times: on a busy machine the coordinator's reports may be so late that the node's
    // turn has come.
    for pair in all[own..].windows(2).filter(|pair| heard(&pair[1])) {
        let waited = millis(&pair[0], &pair[1]);
        assert!(waited > 2100 - 20, "it waits for its turn: {waited} ms, {all:?}");
    }
    coordinator.finish().await;
}

/// A report, sent by the foreign peer or heard by it.
fn report() -> impl Fn(&Value) -> bool {
    |told| told["type"] == "ASRP" && (told["event"] == "sent" || told["event"] == "heard")
}
