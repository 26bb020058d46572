//! A client that shares no code with the server: HTTP by hand.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The reason of a problem document, once it is one.
    pub(crate) fn reason(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let document = self.json();
        assert_eq!(document["status"], self.status);
        assert!(!document["title"].as_str().unwrap().is_empty());
        assert!(!document["remedy"].as_str().unwrap().is_empty());
        document["reason"].as_str().unwrap().to_owned()
    }
}

/// Where to ask. Every request is a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Client(pub(crate) PathBuf);

impl Client {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, "", body).await
    }

    /// `headers` are whole lines.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        );
        self.raw(text).await
    }

    /// Sends octets as they are, and reads to the end.
    pub(crate) async fn raw(&self, text: String) -> Answer {
        let path = self.0.clone();
        tokio::task::spawn_blocking(move || converse(&path, &text)).await.unwrap()
    }

    pub(crate) fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.0).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

fn converse(path: &Path, text: &str) -> Answer {
    let mut stream = Client(path.to_owned()).connect();
    // A server that refuses early may stop reading before all is written.
    let _ = stream.write_all(text.as_bytes());
    answer(&mut stream)
}

/// Reads an answer to the end of the connection.
pub(crate) fn answer(stream: &mut impl Read) -> Answer {
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets);
    let text = String::from_utf8(octets).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}
