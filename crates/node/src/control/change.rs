//! What becomes of addresses one has: longer, shorter, given back, lost.

use std::sync::Arc;

use aap::{Command, Event};
use addrspace::Range;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use sansio::UtcSecs;
use serde_json::{Value, json};

use super::app::{App, json_answer};
use super::body::{self, Change};
use super::json;
use super::problem::Problem;
use super::reason::Reason;
use crate::event::Served;

/// Which way an end moves.
#[derive(Clone, Copy)]
enum Direction {
    Later,
    Earlier,
}

pub(super) async fn renew(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    set_end(&app, body, Direction::Later).await
}

pub(super) async fn shorten(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    set_end(&app, body, Direction::Earlier).await
}

pub(super) async fn release(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    let change: Change = body::parse(body, &app.limits).await?;
    change.without_end()?;
    each(&app, &change, |range| Command::Release { range }).await
}

pub(super) async fn lose(State(app): State<Arc<App>>, body: Body) -> Result<Response, Problem> {
    let change: Change = body::parse(body, &app.limits).await?;
    change.without_end()?;
    each(&app, &change, |range| Command::Lose { range }).await
}

async fn set_end(app: &App, body: Body, direction: Direction) -> Result<Response, Problem> {
    let change: Change = body::parse(body, &app.limits).await?;
    let end = change.end()?;
    let snapshot = app.snapshot().await?;
    for (family, range) in change.ranges(&app.limits)? {
        let scope = app.scope_of(family, range, change.scope.as_deref())?;
        let Some(shown) = snapshot.scopes.get(scope.id.0) else { continue };
        let held = shown.held.iter().chain(&shown.conflicted);
        let against = |old: UtcSecs| match direction {
            Direction::Later => old > end,
            Direction::Earlier => old < end,
        };
        let mut overlapping = held.filter(|lease| lease.range.overlaps(range));
        if let Some(lease) = overlapping.find(|lease| against(lease.end)) {
            let reason = match direction {
                Direction::Later => Reason::WouldShorten,
                Direction::Earlier => Reason::WouldLengthen,
            };
            let detail = format!("{} ends {}", lease.range.display(family), json::time(lease.end));
            return Err(Problem::new(reason, detail));
        }
    }
    each(app, &change, |range| Command::SetEnd { range, end }).await
}

/// Gives one command for each range, and tells what each led to. A problem if none led to
/// anything.
async fn each(
    app: &App,
    change: &Change,
    command: impl Fn(Range) -> Command,
) -> Result<Response, Problem> {
    let mut results = Vec::new();
    let mut refusal = None;
    let mut any = false;
    for (family, range) in change.ranges(&app.limits)? {
        let scope = app.scope_of(family, range, change.scope.as_deref())?;
        if let Some(silence) = app.silence(scope).await? {
            return Err(Problem::from(Reason::NotReady).after(silence.as_secs() + 1));
        }
        let reply = app.handle.command(scope.id, command(range)).await?;
        let text = range.display(family).to_string();
        if let Some(why) = reply.refusal() {
            refusal = refusal.or(Some((why, text.clone())));
            results.push(json!({
                "range": text, "scope": scope.name, "done": false, "reason": json::refusal(why),
            }));
        } else {
            any = true;
            app.note_change();
            let told = reply.events.iter().filter_map(|event| event.told());
            let leases: Vec<Value> = told.filter_map(|event| changed(scope, event)).collect();
            results.push(json!({
                "range": text, "scope": scope.name, "done": true, "leases": leases,
            }));
        }
    }
    match refusal {
        Some((why, range)) if !any => Err(Problem::new(Reason::Refused(why), range)),
        _ => Ok(json_answer(&json::document("aap.changes", json!({ "results": results })))),
    }
}

/// The addresses an event changed, with their end.
fn changed(scope: &Served, event: &Event) -> Option<Value> {
    match event {
        Event::Released { lease } | Event::EndChanged { lease } | Event::Lost { lease, .. } => {
            Some(json::lease(scope.family, *lease))
        }
        _ => None,
    }
}
