//! Requests for addresses: made, waited for, looked up, withdrawn.

use std::sync::Arc;
use std::time::Duration;

use aap::{Command, Demand, GrantPath, RequestId};
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::time::timeout;

use super::app::{App, json_answer, utc_now};
use super::body::{self, Wish};
use super::json;
use super::problem::Problem;
use super::reason::Reason;
use super::requests::{Entry, Opened, Progress};
use crate::answer::{Key, Way};
use crate::event::Served;
use crate::handle::{CommandError, Verdict};

/// How long an answer is waited for if the client does not say.
const WAIT: Duration = Duration::from_secs(60);

/// How long a withdrawal may take: during the start-up silence it waits like its request.
const WITHDRAWAL: Duration = Duration::from_secs(1);

/// The header that makes asking again safe.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Octets of an idempotency key.
const KEY_MAX: usize = 128;

type Asked = Result<Query<Patience>, QueryRejection>;

/// How long a client wants to wait.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Patience {
    wait: Option<bool>,
    timeout_s: Option<u64>,
}

impl Patience {
    /// How long to wait for an answer: not at all, or so long.
    fn span(asked: Asked, app: &App) -> Result<Option<Duration>, Problem> {
        let Query(asked) = asked.map_err(|why| Problem::new(Reason::BadQuery, why.body_text()))?;
        let span = asked.timeout_s.map_or(WAIT, Duration::from_secs).min(app.limits.wait_max);
        Ok(asked.wait.unwrap_or(true).then_some(span))
    }
}

pub(super) async fn allocate(
    State(app): State<Arc<App>>,
    asked: Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    request(&app, Way::Allocate, asked, &headers, body).await
}

pub(super) async fn claim(
    State(app): State<Arc<App>>,
    asked: Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    request(&app, Way::Claim, asked, &headers, body).await
}

pub(super) async fn preallocate(
    State(app): State<Arc<App>>,
    asked: Asked,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    request(&app, Way::Preallocate, asked, &headers, body).await
}

async fn request(
    app: &Arc<App>,
    way: Way,
    asked: Asked,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let patience = Patience::span(asked, app)?;
    let wish: Wish = body::parse(body, &app.limits).await?;
    let scope = app.scope(wish.scope.as_deref())?;
    let demand = wish.demand(scope, &app.limits)?;
    let key = key(headers, way, &wish)?;
    // What was answered once is answered again at once, even in the silence of another start.
    if let Some(key) = &key
        && let Some(known) = app.requests.known(key, utc_now())?
    {
        return answer(app, &known, patience).await;
    }
    if let (Some(patience), Some(silence)) = (patience, app.silence(scope).await?)
        && Duration::from_micros(silence.as_micros()) > patience
    {
        let seconds = silence.as_secs() + 1;
        let detail = format!("{seconds} s of it are left");
        return Err(Problem::new(Reason::NotReady, detail).after(seconds));
    }
    let opened = app.requests.open(|| app.handle.next_request(), scope.id, way, utc_now(), key)?;
    let entry = match opened {
        Opened::Known(entry) => entry,
        Opened::New(entry) => {
            tokio::spawn(carry(Arc::clone(app), Arc::clone(&entry), demand));
            entry
        }
    };
    answer(app, &entry, patience).await
}

/// The key that a client gave its request, if it did.
fn key(headers: &HeaderMap, way: Way, wish: &Wish) -> Result<Option<Key>, Problem> {
    let Some(name) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let legal = name.to_str().ok().filter(|name| (1..=KEY_MAX).contains(&name.len()));
    let name = legal.ok_or_else(|| {
        let detail = format!("Idempotency-Key is 1 to {KEY_MAX} visible ASCII characters");
        Problem::new(Reason::BadHeader, detail)
    })?;
    Ok(Some(Key { name: name.to_owned(), content: content(way, wish) }))
}

/// A hash of what is asked. It is stored, so it is the same in all builds of the program.
fn content(way: Way, wish: &Wish) -> u64 {
    // Numbers and strings, which JSON can always say.
    let wish = serde_json::to_vec(wish).unwrap_or_default();
    let digest = Sha256::new().chain_update(way.name()).chain_update(wish).finalize();
    digest.iter().take(8).fold(0, |hash, octet| hash << 8 | u64::from(*octet))
}

/// Carries a request to its participant and the answer back, whether or not a client still waits.
async fn carry(app: Arc<App>, entry: Arc<Entry>, demand: Demand) {
    let request = entry.id;
    let command = match entry.way {
        Way::Allocate => Command::Allocate { request, demand },
        Way::Claim => Command::Claim { request, demand },
        Way::Preallocate => Command::Preallocate { request, demand },
    };
    let outcome = match app.handle.command_with(entry.scope, command, entry.memo()).await {
        Ok(reply) => match (reply.verdict(request), reply.pending) {
            (Some(verdict), _) => Ok(verdict),
            (None, Some(pending)) => {
                app.requests.note(&entry, Progress::Pending);
                app.note_change();
                pending.wait().await
            }
            (None, None) => Err(CommandError::Stopped),
        },
        Err(error) => Err(error),
    };
    app.note_change();
    if matches!(outcome, Err(CommandError::Storage(_))) {
        app.note_storage_failure();
    }
    let progress = outcome.map_or_else(Progress::Failed, Progress::Decided);
    app.requests.note(&entry, progress);
}

const fn is_over(progress: &Progress) -> bool {
    matches!(progress, Progress::Decided(_) | Progress::Failed(_))
}

/// Waits for the answer as long as the client wants to, and says how far it got.
async fn answer(
    app: &Arc<App>,
    entry: &Arc<Entry>,
    patience: Option<Duration>,
) -> Result<Response, Problem> {
    let mut progress = entry.progress();
    if let Some(patience) = patience {
        let guard = Abandoned { app, entry };
        // Out of patience is no error: the client gets the handle instead.
        let _ = timeout(patience, progress.wait_for(is_over)).await;
        std::mem::forget(guard);
    } else {
        let _ = progress.wait_for(|p| *p != Progress::Sent).await;
    }
    let now = progress.borrow().clone();
    show(app, entry, &now)
}

/// Dropped by a client that went away while it waited. Unless it gave its request a key, it can
/// never learn what it got, so nobody should keep that for it.
struct Abandoned<'a> {
    app: &'a Arc<App>,
    entry: &'a Arc<Entry>,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (false, Ok(runtime)) = (self.entry.is_repeatable(), runtime) {
            runtime.spawn(give_back(Arc::clone(self.app), Arc::clone(self.entry)));
        }
    }
}

/// Withdraws a request, and releases what it gets all the same.
async fn give_back(app: Arc<App>, entry: Arc<Entry>) {
    let request = entry.id;
    // If the node cannot take it now, the addresses end with their lifetime.
    let _ = app.handle.command(entry.scope, Command::Withdraw { request }).await;
    let mut progress = entry.progress();
    let Ok(outcome) = progress.wait_for(is_over).await.map(|p| p.clone()) else { return };
    if let Progress::Decided(Verdict::Granted { leases, .. }) = outcome {
        for lease in leases {
            let release = Command::Release { range: lease.range };
            let _ = app.handle.command(entry.scope, release).await;
        }
    }
    app.note_change();
}

type Named = Result<Path<u32>, PathRejection>;

/// How a request is getting on.
pub(super) async fn lookup(State(app): State<Arc<App>>, id: Named) -> Result<Response, Problem> {
    let entry = find(&app, id)?;
    let now = entry.progress().borrow().clone();
    show(&app, &entry, &now)
}

/// Withdraws a request that has no answer yet.
pub(super) async fn withdraw(State(app): State<Arc<App>>, id: Named) -> Result<Response, Problem> {
    let entry = find(&app, id)?;
    let command = Command::Withdraw { request: entry.id };
    app.handle.command(entry.scope, command).await?;
    app.note_change();
    // What came of it: withdrawn, or answered a moment before.
    let mut progress = entry.progress();
    let _ = timeout(WITHDRAWAL, progress.wait_for(is_over)).await;
    let now = entry.progress().borrow().clone();
    Ok(json_answer(&describe(scope(&app, &entry)?, &entry, &now)))
}

fn find(app: &App, id: Named) -> Result<Arc<Entry>, Problem> {
    let id = id.map(|Path(id)| RequestId(id)).map_err(|_| Reason::NoSuchRequest)?;
    app.requests.find(id).ok_or_else(|| Reason::NoSuchRequest.into())
}

fn scope<'a>(app: &'a App, entry: &Entry) -> Result<&'a Served, Problem> {
    app.handle.scopes().get(entry.scope.0).ok_or_else(|| Reason::NoSuchScope.into())
}

/// An answer that says how far a request got.
fn show(app: &App, entry: &Entry, progress: &Progress) -> Result<Response, Problem> {
    match progress {
        Progress::Failed(error) => return Err(error.clone().into()),
        Progress::Decided(Verdict::Refused(why)) => return Err(Reason::Refused(*why).into()),
        Progress::Sent | Progress::Pending | Progress::Decided(_) => {}
    }
    let mut response = json_answer(&describe(scope(app, entry)?, entry, progress));
    let place = format!("/v1/requests/{}", entry.id.0);
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    if matches!(progress, Progress::Sent | Progress::Pending) {
        return Ok((StatusCode::ACCEPTED, response).into_response());
    }
    Ok(response)
}

/// A request as a document.
fn describe(scope: &Served, entry: &Entry, progress: &Progress) -> Value {
    let (state, leases, path) = match progress {
        Progress::Sent | Progress::Pending => ("pending", &[][..], None),
        Progress::Decided(Verdict::Granted { leases, path }) => {
            ("granted", leases.as_slice(), Some(*path))
        }
        Progress::Decided(Verdict::Held { leases }) => ("held", leases.as_slice(), None),
        Progress::Decided(Verdict::Refused(_)) => ("refused", &[][..], None),
        Progress::Failed(_) => ("failed", &[][..], None),
    };
    let mut fields = json!({
        "request": entry.id.0,
        "scope": scope.name,
        "way": entry.way.name(),
        "made": json::time(entry.made),
        "state": state,
        "leases": json::leases(scope.family, leases),
    });
    if let Some(path) = path {
        fields["path"] = match path {
            GrantPath::Claim => "claim",
            GrantPath::Preallocation => "preallocation",
        }
        .into();
    }
    if let Progress::Decided(Verdict::Refused(why)) = progress {
        fields["reason"] = json::refusal(*why).into();
    }
    json::document("aap.request", fields)
}
