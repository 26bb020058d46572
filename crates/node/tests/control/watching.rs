use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;

use node::control::Limits;
use serde_json::Value;

use super::Place;
use super::client::Client;
use crate::support::Running;

/// A stream of events.
struct Stream(BufReader<UnixStream>);

impl Stream {
    /// Opens the stream and reads its head.
    fn open(client: &Client, query: &str) -> Self {
        let mut stream = client.connect();
        let text = format!("GET /v1/events{query} HTTP/1.1\r\nHost: node\r\n\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let mut stream = Self(BufReader::new(stream));
        while stream.line() != ": aap events" {}
        stream
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
        line.trim_end().to_owned()
    }

    /// The next event's id and data.
    fn next(&mut self) -> (u64, Value) {
        let mut id = 0;
        loop {
            let line = self.line();
            if let Some(number) = line.strip_prefix("id: ") {
                id = number.parse().unwrap();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return (id, serde_json::from_str(data).unwrap());
            }
        }
    }

    /// The next event of this kind.
    fn until(&mut self, kind: &str) -> (u64, Value) {
        loop {
            let (id, event) = self.next();
            if event["event"] == kind {
                return (id, event);
            }
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn events_come_as_they_happen_and_again_for_those_who_missed_them() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let client = place.client.clone();
    let mut stream = blocking(move || Stream::open(&client, "?messages=true")).await;
    let answer = place.client.post("/v1/allocate", "").await.json();
    let (sent, granted) = blocking(move || (stream.until("sent"), stream.until("granted"))).await;
    assert!(sent.1["message"].as_str().unwrap().starts_with("ACLM"), "{sent:?}");
    assert!(sent.1["rule"].as_str().unwrap().starts_with("AAP-"));
    assert_eq!(granted.1["leases"], answer["leases"]);
    assert_eq!(granted.1["scope"], "site");

    let client = place.client.clone();
    let query = format!("?since={}", granted.0 - 1);
    let again = blocking(move || Stream::open(&client, &query).next()).await;
    assert_eq!(again, granted);
}

#[tokio::test]
async fn messages_are_shown_only_to_those_who_want_them() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let client = place.client.clone();
    let mut stream = blocking(move || Stream::open(&client, "?scope=site")).await;
    place.client.post("/v1/claim", "").await;
    let (_, first) = blocking(move || stream.next()).await;
    assert_eq!(first["event"], "granted");
}

#[tokio::test]
async fn streams_are_limited_and_one_that_is_not_read_holds_up_nobody() {
    let Some(place) = Place::ready(Limits { watchers: 1, ..Limits::default() }).await else {
        return;
    };
    let client = place.client.clone();
    let unread = blocking(move || Stream::open(&client, "?messages=true")).await;
    let refused = place.client.get("/v1/events").await;
    assert_eq!((refused.status, refused.reason().as_str()), (503, "busy"));
    for _ in 0..20 {
        assert_eq!(place.client.post("/v1/allocate", "").await.status, 200);
    }
    drop(unread);
}

#[tokio::test]
async fn what_is_under_way_is_shown_with_the_time_it_takes() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    for (path, kind) in [("/v1/claim", "claim"), ("/v1/preallocate", "preallocation")] {
        let asked = place.client.post(&format!("{path}?wait=false"), r#"{"count": 2}"#).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        let list = place.client.get("/v1/list").await.json();
        let claims = list["claims"].as_array().unwrap();
        let Some(claim) = claims.iter().find(|claim| claim["kind"] == kind) else {
            // On a busy machine it may be over by now.
            continue;
        };
        assert_eq!(claim["request"], asked.json()["request"]);
        assert_eq!(claim["attempt"], 1);
        assert!(claim["left_us"].as_u64().unwrap() <= 100_000, "[ANNOUNCE-WAIT] / 100: {claim}");
    }
    let status = place.client.get("/v1/status").await.json();
    let sent = &status["scopes"][0]["messages"]["sent"];
    assert!(sent["ACLM"].as_u64() >= Some(1) && sent["AITU"].as_u64() >= Some(1), "{sent}");
}

#[tokio::test]
async fn a_defence_is_told_as_one_and_counted() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let owned = place.node.claim(1).await[0];
    let client = place.client.clone();
    let mut stream = blocking(move || Stream::open(&client, "?messages=true")).await;
    let mut rival = Running::start(place.lan.config(2));
    rival.ready().await;
    rival.insist(owned).await;
    let told = blocking(move || {
        loop {
            let (_, event) = stream.until("sent");
            if event["defends"] == true {
                return event;
            }
        }
    });
    let told = told.await;
    assert!(told["text"].as_str().unwrap().starts_with("defended: AIU"), "{told}");
    let metrics = place.client.get("/metrics").await.body;
    assert!(metrics.contains(r#"aap_events_total{scope="site",event="defended"} "#), "{metrics}");
}

#[tokio::test]
async fn pages_of_the_record_are_the_record() {
    let Some(place) = Place::ready(Limits::default()).await else { return };
    let mut other = Running::start(place.lan.config(2));
    other.ready().await;
    place.node.claim(5).await;
    other.claim(5).await;
    assert_eq!(place.client.post("/v1/preallocate", "").await.status, 200);
    let all = place.client.get("/v1/record").await.json()["entries"].clone();
    assert!(all.as_array().unwrap().len() >= 2, "{all}");
    for limit in 1..4 {
        let (mut pieces, mut after) = (Vec::new(), String::new());
        loop {
            let page = place.client.get(&format!("/v1/record?limit={limit}{after}")).await.json();
            pieces.extend(page["entries"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(Value::from(pieces), all, "{limit} on a page");
    }
}
