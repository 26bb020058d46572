//! Who holds an address keeps it (section 3.2.2), whoever wrote the other side.

use std::time::Duration;

use serde_json::{Value, json};

use super::peer::{Foreign, assert_times, event, heard, lists, millis, sent};
use super::site::Site;

/// Waits for the first AIU of a defence of `range`, and answers with it: the one whose rseq was
/// never heard before.
async fn defence(foreign: &mut Foreign, range: &str, known: &[Value]) -> Value {
    let aiu = heard("AIU", range);
    foreign.until("a defence", |told| aiu(told) && !known.contains(&told["rseq"])).await
}

/// The request numbers of the AIUs that announce `range`, heard for a while.
async fn announcements(foreign: &mut Foreign, range: &str) -> Vec<Value> {
    let mut known = vec![foreign.until("an AIU", heard("AIU", range)).await["rseq"].clone()];
    // Regular AIUs follow the fast ones and may have a number of their own.
    let more = foreign.during(Duration::from_secs(8), heard("AIU", range)).await;
    known.extend(more.into_iter().map(|told| told["rseq"].clone()));
    known
}

/// AAP-3.2.2-10, -14, -16, -17: SCN-05.
#[tokio::test]
async fn a_claim_of_what_the_node_owns_is_answered_at_the_times_of_the_draft() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = node.claim().await;
    let known = announcements(&mut foreign, &range).await;

    foreign.order(&json!({"do": "claim", "ranges": [range]}));
    let claim = foreign.until("the claim", sent("ACLM")).await;
    let first = defence(&mut foreign, &range, &known).await;
    let gave_up = foreign.until("the end of the claim", event("gave up")).await;
    assert_eq!(gave_up["because"], "AIU");
    let of_defence = |told: &Value| told["event"] == "heard" && told["rseq"] == first["rseq"];
    let mut all = vec![first.clone()];
    all.extend(foreign.during(Duration::from_secs(5), of_defence).await);
    assert_times(&claim, &all, &[0, 1, 3, 7, 15, 31]);
    for (mseq, told) in all.iter().enumerate() {
        assert_eq!(told["mseq"], mseq, "one request, counted up");
        assert!(lists(told, &range), "{told}");
    }
    assert_eq!(node.held().await, [range]);
    foreign.finish().await;
}

/// AAP-3.2.2-13: SCN-04.
#[tokio::test]
async fn a_claimant_that_chooses_again_is_left_alone() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let owned = node.insist(&site.nth(1)).await;
    let known = announcements(&mut foreign, &owned).await;

    let free = site.nth(77);
    foreign.order(&json!({"do": "claim", "ranges": [owned], "instead": [free]}));
    let answer = defence(&mut foreign, &owned, &known).await;
    let again = foreign.until("another claim", sent("ACLM")).await;
    assert!(lists(&again, &free), "{again}");
    let further = |told: &Value| {
        let late = told["event"] == "heard" && millis(&again, told) > 50;
        late && told["rseq"] == answer["rseq"]
    };
    assert_eq!(foreign.during(Duration::from_secs(3), further).await, Vec::<Value>::new());
    // It holds the other address by now, and the node has heard that it does.
    let entries = node.handle.record(node::ScopeId(0), None, 10).await.unwrap().entries;
    assert!(entries.iter().any(|entry| entry.owner.is_some()), "{entries:?}");
    assert_eq!(node.held().await, [owned]);
    foreign.finish().await;
}

/// AAP-3.2.5-02, -03, -05 to -07, AAP-5.1.5-01.
#[tokio::test]
async fn the_node_chooses_again_when_the_owner_objects() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let owned = site.nth(5);
    foreign.order(&json!({"do": "hold", "ranges": [owned]}));
    let aiu = sent("AIU");
    foreign.until("the last of the fast AIUs", |told| aiu(told) && told["mseq"] == 5).await;

    let got = node.insist(&owned).await;
    assert_ne!(got, owned);
    let wanted = foreign.until("the claim", heard("ACLM", &owned)).await;
    assert_eq!(wanted["mseq"], 0);
    foreign.until("the defence", event("defends")).await;
    let mut claims = vec![foreign.until("another claim", heard("ACLM", &got)).await];
    while claims.len() < 4 {
        claims.push(foreign.until("more of it", heard("ACLM", &got)).await);
    }
    let verdict = foreign.until("the verdict", heard("AIU", &got)).await;
    assert_times(&claims[0], &claims, &[0, 1, 3, 7]);
    assert_times(&claims[0], std::slice::from_ref(&verdict), &[10]);
    for (mseq, claim) in (1..).zip(&claims) {
        assert_eq!((&claim["rseq"], &claim["mseq"]), (&wanted["rseq"], &json!(mseq)));
    }
    assert_eq!(verdict["mseq"], 0, "an AIU is a request of its own");
    assert_ne!(verdict["rseq"], wanted["rseq"]);
    foreign.finish().await;
}

/// AAP-2.2-04, AAP-3.2.2-18: SCN-06.
#[tokio::test]
async fn the_node_defends_what_a_dead_peer_has_allocated() {
    let Some(site) = Site::small() else { return };
    let (mut node, mut owner) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = site.nth(9);
    owner.order(&json!({"do": "claim", "ranges": [range]}));
    let held = owner.until("the AIU", sent("AIU")).await;
    drop(owner);

    let mut claimant = Foreign::start(&site, 62).await;
    claimant.order(&json!({"do": "claim", "ranges": [range]}));
    let claim = claimant.until("the claim", sent("ACLM")).await;
    let defence = claimant.until("a defence by the node", heard("AIU", &range)).await;
    assert_eq!(defence["from"], site.address(11).to_string());
    assert_eq!(defence["ranges"].as_array().unwrap().len(), 1);
    let end = |told: &Value| told["ranges"][0]["end"].as_i64().unwrap();
    assert!((end(&defence) - end(&held)).abs() <= 2, "the owner's end: {defence} {held}");
    let draw = millis(&claim, &defence);
    assert!((180..800 + 1000).contains(&draw), "U[2, 8] s / 10: {draw} ms");
    claimant.until("the end of the claim", event("gave up")).await;
    // The claimant is silent: the timer doubles until it exceeds 30 s.
    let again = claimant.until("a second one", heard("AIU", &range)).await;
    assert_eq!(again["rseq"], defence["rseq"]);
    // What came late by up to a second is not three times as late.
    assert!(millis(&claim, &again) > 3 * (draw - 1000).max(180), "three times the draw");
    assert!(node.held().await.is_empty(), "defending is not holding");
    let taken = node.claim().await;
    assert_ne!(taken, range);
    node.told("granted", |event| matches!(event, aap::Event::Granted { .. }).then_some(())).await;
    claimant.finish().await;
}

/// AAP-3.2.5-05: of two that claim one address, the one that hears the other gives it up.
#[tokio::test]
async fn a_claim_of_the_node_pre_empts_one_of_the_peer() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let aclm = sent("ACLM");
    for nth in 3.. {
        assert!(nth < 8, "a machine too busy to be first even once");
        let range = site.nth(nth);
        foreign.order(&json!({"do": "claim", "ranges": [range]}));
        // Its next ACLM comes 4 s later, divided by the scale: enough for the node to be first,
        // unless the machine is busy.
        let third = |told: &Value| aclm(told) && told["mseq"] == 2 && lists(told, &range);
        foreign.until("the third ACLM", third).await;
        let got = node.insist(&range).await;
        let last = |told: &Value| event("gave up")(told) || aclm(told) && told["mseq"] == 3;
        let next = foreign.until("the end of its claim, or more of it", last).await;
        if next["event"] == "sent" {
            continue;
        }
        assert_eq!((got, &next["because"]), (range, &json!("ACLM")));
        let more = foreign.during(Duration::from_secs(1), &aclm).await;
        assert_eq!(more, Vec::<Value>::new(), "the ACLM at 7 s never comes");
        break;
    }
    foreign.finish().await;
}

/// The same the other way round.
#[tokio::test]
async fn a_claim_of_the_peer_pre_empts_one_of_the_node() {
    let Some(site) = Site::small() else { return };
    let (node, mut foreign) = (site.node(11).await, Foreign::start(&site, 61).await);
    let range = site.nth(3);
    let story = async {
        foreign.until("the node's claim", heard("ACLM", &range)).await;
        foreign.order(&json!({"do": "claim", "ranges": [range], "greedy": true}));
        foreign.until("the end of its claim", event("stood")).await;
    };
    let (got, ()) = tokio::join!(node.insist(&range), story);
    assert_ne!(got, range);
    foreign.finish().await;
}
