//! The questions that programs here ask, each with its document.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::documents::{Entry, Listing, RecordPage, Request, Status, Wish};
use crate::error::{Error, Problem};
use crate::events::Events;
use crate::http::{Answer, Client, Question, quoted};

/// Entries of a page of the record.
const PAGE: usize = 4096;

/// How long a stream of events may be silent: longer than a node leaves between signs of life.
const SILENCE: Duration = Duration::from_secs(60);

impl Client {
    /// What the node is doing.
    ///
    /// # Errors
    /// If no node answers, or it says no.
    pub fn status(&self) -> Result<Status, Error> {
        self.get("/v1/status")
    }

    /// What the node holds and claims.
    ///
    /// # Errors
    /// If no node answers, or it says no.
    pub fn list(&self) -> Result<Listing, Error> {
        self.get("/v1/list")
    }

    /// The first entries of the Allocation Record, at most `limit`.
    ///
    /// # Errors
    /// If no node answers, or it serves several scopes.
    pub fn record_start(&self, limit: usize) -> Result<Vec<Entry>, Error> {
        self.get(&format!("/v1/record?limit={limit}")).map(|page: RecordPage| page.entries)
    }

    /// The Allocation Record of `scope`, or of the only one.
    ///
    /// # Errors
    /// If no node answers, or it does not serve the scope.
    pub fn record(&self, scope: Option<&str>) -> Result<Vec<Entry>, Error> {
        let scope = scope.map_or_else(String::new, |name| format!("&scope={}", quoted(name)));
        let (mut entries, mut after) = (Vec::new(), String::new());
        loop {
            let page: RecordPage = self.get(&format!("/v1/record?limit={PAGE}{after}{scope}"))?;
            entries.extend(page.entries);
            let Some(next) = page.next else { return Ok(entries) };
            after = format!("&after={}", quoted(&next));
        }
    }

    /// Asks for addresses and waits at most `wait` for the answer: if that was too short, the
    /// request is still `pending`.
    ///
    /// # Errors
    /// If no node answers, or it refuses.
    pub fn allocate(&self, wish: &Wish, wait: Duration) -> Result<Request, Error> {
        let path = match wait.as_secs() {
            0 => "/v1/allocate?wait=false".to_owned(),
            seconds => format!("/v1/allocate?timeout_s={seconds}"),
        };
        self.call("POST", &path, Some(json!(wish)), wait)
    }

    /// How far a request got.
    ///
    /// # Errors
    /// If no node answers, or it does not know the request.
    pub fn request(&self, number: u32) -> Result<Request, Error> {
        self.get(&format!("/v1/requests/{number}"))
    }

    /// Gives addresses back.
    ///
    /// # Errors
    /// If no node answers, or none of them is its own.
    pub fn release(&self, ranges: &[String]) -> Result<(), Error> {
        let body = json!({ "ranges": ranges });
        self.call::<Value>("POST", "/v1/release", Some(body), Duration::ZERO).map(drop)
    }

    /// Replaces the faults that datagrams of others meet on their way into the node.
    ///
    /// # Errors
    /// If no node answers, or it is on a real network.
    pub fn put_faults(&self, plan: Value) -> Result<(), Error> {
        self.call::<Value>("PUT", "/v1/faults", Some(plan), Duration::ZERO).map(drop)
    }

    /// Events after the one numbered `since`, or from now on, those of single messages included.
    ///
    /// # Errors
    /// If no node answers, or it has as many watchers as it allows.
    pub fn events(&self, since: Option<u64>) -> Result<Events, Error> {
        let since = since.map_or_else(String::new, |number| format!("&since={number}"));
        let path = &format!("/v1/events?messages=true{since}");
        let question = Question { method: "GET", path, wait: SILENCE, ..Question::default() };
        let (status, body) = self.open(&question)?;
        if status < 400 {
            Ok(Events::new(body))
        } else {
            Err(Error::Refused(Box::<Problem>::default()))
        }
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.call("GET", path, None, Duration::ZERO)
    }

    fn call<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        body: Option<Value>,
        wait: Duration,
    ) -> Result<T, Error> {
        let answer = self.ask(&Question { method, path, header: None, body, wait })?;
        self.document(&answer)
    }

    fn document<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Error> {
        let strange = |_| Error::Strange(self.path().to_owned());
        if answer.status >= 400 {
            return Err(Error::Refused(serde_json::from_str(&answer.text).map_err(strange)?));
        }
        // An answer without a document says no more than that it was done.
        let text = if answer.text.is_empty() { "null" } else { &answer.text };
        serde_json::from_str(text).map_err(strange)
    }
}
