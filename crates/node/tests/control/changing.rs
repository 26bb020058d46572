use node::control::Limits;
use serde_json::json;

use super::Place;

async fn with_one_address() -> Option<(Place, String, i64)> {
    let place = Place::ready(Limits::default()).await?;
    let answer = place.client.post("/v1/allocate", r#"{"lifetime_s": 3600}"#).await.json();
    let lease = &answer["leases"][0];
    let (first, end) = (lease["first"].as_str().unwrap().to_owned(), &lease["end_s"]);
    let end = end.as_i64().unwrap();
    Some((place, first, end))
}

#[tokio::test]
async fn an_end_moves_only_the_way_that_was_asked_for() {
    let Some((place, address, end)) = with_one_address().await else { return };
    let ask = async |path: &str, until: i64| {
        let body = json!({ "ranges": [address], "until_s": until }).to_string();
        place.client.post(path, &body).await
    };
    assert_eq!(ask("/v1/renew", end - 60).await.reason(), "would_shorten");
    assert_eq!(ask("/v1/shorten", end + 60).await.reason(), "would_lengthen");
    let renewed = ask("/v1/renew", end + 60).await.json();
    assert_eq!(renewed["results"][0]["done"], true);
    assert_eq!(renewed["results"][0]["leases"][0]["end_s"], end + 60);
    let shortened = ask("/v1/shorten", end).await.json();
    assert_eq!(shortened["results"][0]["leases"][0]["end_s"], end);
    let list = place.client.get("/v1/list").await.json();
    assert_eq!(list["allocations"][0]["end_s"], end, "the list shows what was just changed");
}

#[tokio::test]
async fn what_is_released_is_no_longer_held() {
    let Some((place, address, _)) = with_one_address().await else { return };
    let body = json!({ "ranges": [address, place.lan.scope.range.first().to_ip(place.lan.scope.family).to_string()] });
    let answer = place.client.post("/v1/release", &body.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let results = &answer.json()["results"];
    let of = |range: &str| {
        let results = results.as_array().unwrap();
        results.iter().find(|result| result["range"] == range).unwrap().clone()
    };
    assert_eq!(of(&address)["done"], true);
    assert!(place.node.held().await.is_empty());
    assert_eq!(place.client.get("/v1/list").await.json()["allocations"][0]["state"], "deleting");
}

#[tokio::test]
async fn what_is_lost_is_gone_at_once() {
    let Some((place, address, _)) = with_one_address().await else { return };
    let body = json!({ "ranges": [address] }).to_string();
    let answer = place.client.post("/v1/lose", &body).await;
    assert_eq!(answer.json()["results"][0]["done"], true, "{answer:?}");
    assert!(place.node.held().await.is_empty());
    let again = place.client.post("/v1/lose", &body).await;
    assert_eq!((again.status, again.reason().as_str()), (409, "not_ours"));
}

#[tokio::test]
async fn addresses_of_no_scope_are_a_mistake() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let answer = place.client.post("/v1/release", r#"{"ranges": ["224.1.2.3"]}"#).await;
    assert_eq!((answer.status, answer.reason().as_str()), (404, "no_such_scope"));
    let answer = place.client.post("/v1/release", r#"{"ranges": ["elsewhere"]}"#).await;
    assert_eq!((answer.status, answer.reason().as_str()), (400, "bad_body"));
    let answer = place.client.post("/v1/release", r#"{"ranges": []}"#).await;
    assert_eq!(answer.reason(), "bad_body");
}
