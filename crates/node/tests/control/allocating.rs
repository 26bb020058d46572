use std::io::Write as _;
use std::time::Duration;

use node::control::Limits;
use tokio::time::{sleep, timeout};

use super::Place;

#[tokio::test]
async fn an_allocation_waits_for_its_claim_and_is_listed() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let answer = place.client.post("/v1/allocate", r#"{"count": 4, "contiguous": true}"#).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let granted = answer.json();
    assert_eq!(granted["state"], "granted");
    assert_eq!(granted["path"], "claim");
    assert_eq!(granted["leases"][0]["count"], 4);

    let list = place.client.get("/v1/list").await.json();
    assert_eq!(list["allocations"].as_array().unwrap().len(), 1);
    assert_eq!(list["allocations"][0]["first"], granted["leases"][0]["first"]);
    let record = place.client.get("/v1/record").await.json();
    assert_eq!(record["entries"][0]["state"], "allocated");
    assert_eq!(record["entries"][0]["first"], granted["leases"][0]["first"]);
}

#[tokio::test]
async fn whoever_does_not_wait_gets_a_handle_to_ask_again() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let answer = place.client.post("/v1/claim?wait=false", "").await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["state"], "pending");
    let location = answer.header("location").unwrap().to_owned();
    for _ in 0..100 {
        let answer = place.client.get(&location).await;
        if answer.status == 200 {
            assert_eq!(answer.json()["state"], "granted");
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the claim never ended");
}

#[tokio::test]
async fn the_same_key_gets_the_same_addresses() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let ask = |body: &'static str| {
        place.client.ask("POST", "/v1/allocate", "Idempotency-Key: one\r\n", body)
    };
    // The second asks while the first is under way, the third when it is over.
    let (first, second) = tokio::join!(ask(r#"{"count":2}"#), ask(r#"{ "count": 2 }"#));
    let third = ask(r#"{"count":2}"#).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.json(), second.json());
    assert_eq!(first.json(), third.json());
    assert_eq!(place.node.held().await.len(), first.json()["leases"].as_array().unwrap().len());

    let other = ask(r#"{"count":3}"#).await;
    assert_eq!((other.status, other.reason().as_str()), (422, "key_reused"));
}

#[tokio::test]
async fn a_client_that_went_away_keeps_nothing() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let mut stream = place.client.connect();
    stream
        .write_all(b"POST /v1/claim HTTP/1.1\r\nHost: node\r\nContent-Length: 0\r\n\r\n")
        .unwrap();
    let claiming = async || place.node.handle.snapshot().await.unwrap().scopes[0].claiming.len();
    let until = async |count| {
        while claiming().await != count {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(Duration::from_secs(5), until(1)).await.expect("a claim begins");
    drop(stream);
    timeout(Duration::from_secs(5), until(0)).await.expect("the claim is withdrawn");
    sleep(Duration::from_millis(300)).await;
    assert!(place.node.held().await.is_empty());
}

#[tokio::test]
async fn during_the_silence_the_impatient_are_told_when_to_come_back() {
    let Some(mut place) = Place::silent(Limits::default()) else { return };
    let answer = place.client.post("/v1/allocate?timeout_s=0", "").await;
    assert_eq!((answer.status, answer.reason().as_str()), (503, "not_ready"));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3).contains(&seconds), "{seconds}");
    assert_eq!(place.client.get("/v1/ready").await.status, 503);
    assert_eq!(place.client.get("/v1/health").await.status, 200);

    // Whoever has the time is served when it is over.
    let answer = place.client.post("/v1/allocate", "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    place.node.ready().await;
    assert_eq!(place.client.get("/v1/ready").await.status, 200);
}

#[tokio::test]
async fn a_preallocation_serves_the_next_allocation_at_once() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let answer = place.client.post("/v1/preallocate", r#"{"count": 8}"#).await;
    assert_eq!((answer.status, answer.json()["state"].as_str()), (200, Some("held")), "{answer:?}");
    let answer = place.client.post("/v1/allocate", r#"{"lifetime_s": 600}"#).await;
    assert_eq!(answer.json()["path"], "preallocation", "{answer:?}");
}

#[tokio::test]
async fn a_refusal_says_what_and_what_to_do() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    // Half of the 512 addresses are reserved.
    assert_eq!(place.client.post("/v1/claim", r#"{"count": 200}"#).await.status, 200);
    let answer = place.client.post("/v1/claim", r#"{"count": 100}"#).await;
    assert_eq!((answer.status, answer.reason().as_str()), (409, "none_free"));
    let answer = place.client.post("/v1/allocate", r#"{"until_s": 5}"#).await;
    assert_eq!((answer.status, answer.reason().as_str()), (409, "impossible"));
}

#[tokio::test]
async fn a_request_can_be_withdrawn() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let answer = place.client.post("/v1/claim?wait=false", "").await;
    let location = answer.header("location").unwrap().to_owned();
    let answer = place.client.ask("DELETE", &location, "", "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["reason"], "withdrawn");
    sleep(Duration::from_millis(300)).await;
    assert!(place.node.held().await.is_empty());
    let answer = place.client.get("/v1/requests/9999").await;
    assert_eq!((answer.status, answer.reason().as_str()), (404, "no_such_request"));
}
