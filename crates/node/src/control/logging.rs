//! What the node logs, seen and changed while it runs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::app::{App, json_answer};
use super::body;
use super::json as form;
use super::problem::Problem;
use super::reason::Reason;
use crate::log::LogControl;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    filter: String,
}

fn control(app: &App) -> Result<&LogControl, Problem> {
    app.log.as_ref().ok_or_else(|| Reason::NoLog.into())
}

fn answer(log: &LogControl) -> Response {
    json_answer(&form::document("aap.log", json!({ "filter": log.filter() })))
}

/// The filter in force.
pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    control(&app).map(answer)
}

/// Replaces the filter, until the next change or the next time the configuration is read.
pub(super) async fn replace(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    let log = control(&app)?;
    let wanted: Wanted = body::parse(body, &app.limits).await?;
    log.set_filter(&wanted.filter).map_err(|why| Problem::new(Reason::BadBody, why))?;
    tracing::info!("what is logged was changed: {}", wanted.filter);
    Ok(answer(log))
}
