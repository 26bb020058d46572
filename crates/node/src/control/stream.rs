//! Events as a stream of [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html).

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::app::App;
use super::events::{Heard, Watcher};
use super::problem::Problem;
use super::reason::Reason;
use super::server::is_true;
use super::telling;
use crate::event::{Happening, NodeEvent, Served};

/// Without an event for so long, a comment shows that the stream is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Events in one piece of the stream, and pieces on their way to a client: what a slow one can
/// make the server keep for it.
const PIECE: usize = 64;
const PIECES: usize = 4;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    since: Option<u64>,
    scope: Option<String>,
    messages: bool,
}

impl Wanted {
    /// Whether the client wants to hear of this event.
    fn covers(&self, event: &NodeEvent, scopes: &[Served]) -> bool {
        let message = matches!(event.happening, Happening::Sent { .. } | Happening::Heard { .. });
        let name = event.scope.and_then(|id| scopes.get(id.0)).map(|scope| &scope.name);
        let of_scope = match (&self.scope, name) {
            (Some(wanted), Some(name)) => wanted == name,
            // What concerns the node concerns every scope.
            _ => true,
        };
        of_scope && (self.messages || !message)
    }
}

/// Events as they happen.
pub(super) async fn events(
    State(app): State<Arc<App>>,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let wanted = wanted.map_err(|why| Problem::new(Reason::BadQuery, why.body_text()));
    let Query(mut wanted) = wanted?;
    if let Some(name) = &wanted.scope {
        app.scope(Some(name))?;
    }
    // A browser that lost the connection names the last event it got.
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    wanted.since = last.or(wanted.since);
    let watcher = app.hub.watch(&app.handle, wanted.since)?;
    let (pieces, feed) = mpsc::channel(PIECES);
    tokio::spawn(pump(Arc::clone(&app), watcher, wanted, pieces));
    let kind = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((kind, Body::new(Feed(feed))).into_response())
}

/// Writes events until the client, the node or the server ends.
async fn pump(app: Arc<App>, mut watcher: Watcher, wanted: Wanted, pieces: mpsc::Sender<Bytes>) {
    let mut ending = app.ending.clone();
    if pieces.send(Bytes::from_static(b": aap events\n\n")).await.is_err() {
        return;
    }
    loop {
        let heard = tokio::select! {
            heard = timeout(HEARTBEAT, watcher.next(PIECE)) => heard,
            () = pieces.closed() => return,
            () = is_true(&mut ending) => return,
        };
        let piece = match heard {
            Ok(Some(heard)) => piece(&heard, &wanted, app.handle.scopes()),
            Ok(None) => return,
            Err(_) => ":\n\n".to_owned(),
        };
        if !piece.is_empty() && pieces.send(piece.into()).await.is_err() {
            return;
        }
    }
}

fn piece(heard: &Heard, wanted: &Wanted, scopes: &[Served]) -> String {
    let mut text = String::new();
    let mut write = |number: u64, kind: &str, data: serde_json::Value| {
        // Writing to a string cannot fail. The data is one line: serde_json escapes line ends.
        let _ = write!(text, "id: {number}\nevent: {kind}\ndata: {data}\n\n");
    };
    match heard {
        Heard::Missed { first, last } => {
            write(*last, "missed", json!({ "event": "missed", "first": first, "last": last }));
        }
        Heard::Events(events) => {
            for event in events.iter().filter(|event| wanted.covers(event, scopes)) {
                let kind = crate::say::happening_kind(&event.happening);
                write(event.number, kind, telling::object(event, scopes));
            }
        }
    }
    text
}

/// A body that comes in pieces.
struct Feed(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Feed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
