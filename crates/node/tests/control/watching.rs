use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;

use node::control::Limits;
use serde_json::Value;

use crate::Place;
use crate::client::Client;

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
