//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use addrspace::{Family, Range};
use axum::body::{Body, HttpBody as _};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sansio::UtcSecs;
use serde_json::Value;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

use super::events::Hub;
use super::problem::Problem;
use super::rate::Rate;
use super::reason::Reason;
use super::requests::Requests;
use super::settings::Limits;
use crate::event::Served;
use crate::handle::{Handle, Stopped};
use crate::log::LogControl;
use crate::snapshot::{Snapshot, State};

/// How old a snapshot may be that several readers share. What this API changed is never missing
/// from it.
const SNAPSHOT_AGE: Duration = Duration::from_millis(100);

/// How long the engine may take to answer before a reader is told that it is busy.
const ENGINE_PATIENCE: Duration = Duration::from_secs(5);

/// What all requests share.
pub(super) struct App {
    pub(super) handle: Handle,
    pub(super) limits: Limits,
    /// The log of the process, if it was handed over.
    pub(super) log: Option<LogControl>,
    pub(super) requests: Requests,
    pub(super) hub: Hub,
    pub(super) rate: Rate,
    /// When the server started, which is when its node did.
    pub(super) started: Instant,
    /// One permit per request that is being answered.
    pub(super) slots: Arc<Semaphore>,
    /// Turns true when the server ends.
    pub(super) ending: watch::Receiver<bool>,
    /// By scope: whether its start-up silence was seen to be over.
    silence_over: Box<[AtomicBool]>,
    /// Counts what this API has changed.
    changes: AtomicU64,
    latest: tokio::sync::Mutex<Option<Shown>>,
}

/// A snapshot, and when it was taken.
struct Shown {
    taken: Instant,
    changes: u64,
    snapshot: Arc<Snapshot>,
}

impl App {
    pub(super) fn new(
        handle: Handle,
        limits: Limits,
        log: Option<LogControl>,
        ending: watch::Receiver<bool>,
    ) -> Arc<Self> {
        let silence_over = handle.scopes().iter().map(|_| AtomicBool::new(false)).collect();
        Arc::new(Self {
            requests: Requests::new(limits.remembered, limits.pending, handle.recalled()),
            hub: Hub::new(limits.watchers),
            rate: Rate::new(limits.per_second),
            slots: Arc::new(Semaphore::new(limits.concurrent)),
            started: Instant::now(),
            ending,
            silence_over,
            changes: AtomicU64::new(0),
            latest: tokio::sync::Mutex::new(None),
            handle,
            limits,
            log,
        })
    }

    /// Something changed: the next snapshot must show it.
    pub(super) fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    /// The participants may start anew, with a start-up silence.
    pub(super) fn note_storage_failure(&self) {
        for over in &self.silence_over {
            over.store(false, Ordering::Relaxed);
        }
    }

    /// What the node is doing: a snapshot that readers share for a moment, so that many of them
    /// are as little work for the node as one.
    pub(super) async fn snapshot(&self) -> Result<Arc<Snapshot>, Problem> {
        // Held while the node is asked: however many readers there are, it answers one at a time.
        let mut latest = self.latest.lock().await;
        let changes = self.changes.load(Ordering::Acquire);
        if let Some(shown) = &*latest
            && shown.changes == changes
            && shown.taken.elapsed() < SNAPSHOT_AGE
        {
            return Ok(Arc::clone(&shown.snapshot));
        }
        let snapshot = Arc::new(self.engine(self.handle.snapshot()).await?);
        *latest = Some(Shown { taken: Instant::now(), changes, snapshot: Arc::clone(&snapshot) });
        Ok(snapshot)
    }

    /// Waits for an answer of the engine, but not for ever.
    pub(super) async fn engine<T>(
        &self,
        answer: impl Future<Output = Result<T, Stopped>>,
    ) -> Result<T, Problem> {
        let answer = timeout(ENGINE_PATIENCE, answer).await;
        Ok(answer.map_err(|_| Problem::from(Reason::Busy))??)
    }

    /// How long the start-up silence of a scope goes on, if it does.
    pub(super) async fn silence(
        &self,
        scope: &Served,
    ) -> Result<Option<sansio::Duration>, Problem> {
        let Some(over) = self.silence_over.get(scope.id.0) else { return Ok(None) };
        if over.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let snapshot = self.snapshot().await?;
        let Some(state) = snapshot.scopes.get(scope.id.0).map(|s| s.state) else { return Ok(None) };
        over.store(state.is_ready(), Ordering::Relaxed);
        Ok(match state {
            State::Maas { silence_left, .. } => silence_left,
            State::Coordinator { .. } => None,
        })
    }

    /// The scope of that name, or the only one.
    pub(super) fn scope(&self, name: Option<&str>) -> Result<&Served, Problem> {
        match (name, self.handle.scopes()) {
            (Some(name), _) => self
                .handle
                .scope(name)
                .ok_or_else(|| Problem::new(Reason::NoSuchScope, self.scope_names())),
            (None, [only]) => Ok(only),
            (None, _) => Err(Problem::new(Reason::WhichScope, self.scope_names())),
        }
    }

    /// The scope these addresses lie in, of that name if one is given.
    pub(super) fn scope_of(
        &self,
        family: Family,
        range: Range,
        name: Option<&str>,
    ) -> Result<&Served, Problem> {
        let named = name.map(|name| self.scope(Some(name))).transpose()?;
        let candidates = named.map_or(self.handle.scopes(), std::slice::from_ref);
        let holds = |s: &&Served| s.family == family && s.range.contains_range(range);
        candidates.iter().find(holds).ok_or_else(|| {
            let detail = format!("{}: {}", range.display(family), self.scope_names());
            Problem::new(Reason::NoSuchScope, detail)
        })
    }

    fn scope_names(&self) -> String {
        let names: Vec<String> = self
            .handle
            .scopes()
            .iter()
            .map(|s| format!("{} ({})", s.name, s.range.display(s.family)))
            .collect();
        format!("it serves {}", names.join(", "))
    }
}

/// The wall clock.
pub(super) fn utc_now() -> UtcSecs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcSecs(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A document as an answer.
pub(super) fn json_answer(document: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, format!("{document:#}\n")).into_response()
}

/// The whole of a body.
pub(super) async fn read(body: Body, limits: &Limits) -> Result<Vec<u8>, Problem> {
    timeout(limits.patience, collect(body, limits.body))
        .await
        .map_err(|_| Problem::from(Reason::TooSlow))?
}

async fn collect(body: Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::new(Reason::TooLarge, format!("{limit} octets are allowed"));
    let mut body = std::pin::pin!(body);
    // A length that is announced is refused before any of it is read.
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut octets = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|why| Problem::new(Reason::BadBody, why.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if octets.len() + data.len() > limit {
            return Err(too_large());
        }
        octets.extend_from_slice(&data);
    }
    Ok(octets)
}
