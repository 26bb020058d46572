//! Who gets in, and how many.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use super::app::App;
use super::problem::Problem;
use super::reason::Reason;
use super::settings::Token;

/// Lets a request through if it carries the token of its socket.
pub(super) async fn authorize(
    State(token): State<Arc<Token>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let offered = request.headers().get(header::AUTHORIZATION);
    let offered = offered.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if offered.is_some_and(|offered| token.admits(offered)) {
        Ok(next.run(request).await)
    } else {
        Err(Reason::Unauthorized.into())
    }
}

/// Lets a request through if neither the rate nor the number of requests under way is too high.
pub(super) async fn limit(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if !app.rate.admits(Instant::now()) {
        return Err(Reason::TooMany.into());
    }
    let _slot = Arc::clone(&app.slots).try_acquire_owned().map_err(|_| Reason::Busy)?;
    Ok(next.run(request).await)
}
