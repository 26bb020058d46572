//! What is shown: the node, its scopes, what it holds, what it knows of others.

use std::net::IpAddr;
use std::sync::Arc;

use aap::wire::MessageType;
use aap::{Lease, Phase, Role};
use addrspace::{Addr, Family, ScopeKind};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use sansio::Duration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::app::{App, json_answer};
use super::json;
use super::problem::Problem;
use super::reason::Reason;
use crate::counters::Counters;
use crate::snapshot::{ClaimView, EntryKind, PeerView, ScopeSnapshot, Snapshot, State as Life};

/// Entries of a page of the record if nobody says otherwise.
const PAGE: usize = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OfScope {
    scope: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OfRecord {
    scope: Option<String>,
    after: Option<IpAddr>,
    limit: Option<usize>,
}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let Query(query) = query.map_err(|why| Problem::new(Reason::BadQuery, why.body_text()))?;
    Ok(query)
}

/// The node in one document.
pub(super) async fn status(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    let scopes: Vec<Value> = snapshot.scopes.iter().map(scope_state).collect();
    let fields = json!({
        "up_us": u64::try_from(app.started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "clock": json::time(snapshot.utc),
        "interface_up": snapshot.interface_up,
        "storage_failure": snapshot.storage_failure,
        "faults": snapshot.faults.is_some(),
        "peers": snapshot.peers.len(),
        "scopes": scopes,
    });
    Ok(json_answer(&json::document("aap.status", fields)))
}

/// The scopes the node serves, and how full they are.
pub(super) async fn scopes(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    let scopes: Vec<Value> = snapshot.scopes.iter().map(scope_state).collect();
    Ok(json_answer(&json::document("aap.scopes", json!({ "scopes": scopes }))))
}

fn scope_state(scope: &ScopeSnapshot) -> Value {
    let served = &scope.served;
    let sum = |leases: &[Lease]| addresses(leases.iter().map(|lease| lease.range.len()));
    let mut fields = json!({
        "name": served.name,
        "family": match served.family { Family::V4 => "ipv4", Family::V6 => "ipv6" },
        "range": served.range.display(served.family).to_string(),
        "kind": match served.kind { ScopeKind::Small => "small", ScopeKind::Large => "large" },
        "group": served.group.to_string(),
        "own": served.own.to_string(),
        "ready": scope.state.is_ready(),
        "held": sum(&scope.held),
        "conflicted": sum(&scope.conflicted),
        "deleting": sum(&scope.deleting),
        "preallocated": sum(&scope.preallocated),
        "claims": scope.claiming.len(),
        "preallocating": scope.preallocating.len(),
        "record_entries": scope.record_entries,
        "free": scope.free,
        "defences": scope.defences,
        "messages": messages(&scope.counters),
        "space": scope.space.as_ref().map(|space| json::leases(served.family, space)),
    });
    match scope.state {
        Life::Maas { phase, silence_left } => {
            fields["role"] = "maas".into();
            fields["phase"] = phase_name(phase).into();
            if let Some(left) = silence_left {
                fields["silence_left_us"] = left.as_micros().into();
            }
        }
        Life::Coordinator { role, follows } => {
            fields["role"] = "coordinator".into();
            fields["phase"] = role_name(role).into();
            if let Some(peer) = follows {
                fields["follows"] = peer.to_string().into();
            }
        }
    }
    fields
}

/// How many messages of each type were sent and heard.
fn messages(counters: &Counters) -> Value {
    let by_type = |count: &dyn Fn(MessageType) -> u64| -> Value {
        let each = |kind: MessageType| (kind.name().to_owned(), Value::from(count(kind)));
        Value::Object(MessageType::ALL.into_iter().map(each).collect())
    };
    json!({
        "sent": by_type(&|kind| counters.sent(kind)),
        "heard": by_type(&|kind| counters.received(kind)),
    })
}

pub(super) fn addresses(counts: impl Iterator<Item = u128>) -> u64 {
    u64::try_from(counts.fold(0, u128::saturating_add)).unwrap_or(u64::MAX)
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Off => "off",
        Phase::Listening => "listening",
        Phase::Ready => "ready",
        Phase::Retiring => "retiring",
        Phase::Retired => "retired",
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Off => "off",
        Role::Follower => "follower",
        Role::Lead => "lead",
        Role::Quiet => "quiet",
    }
}

/// What the node holds for its users.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    asked: Result<Query<OfScope>, QueryRejection>,
) -> Result<Response, Problem> {
    let wanted = query(asked)?.scope;
    if let Some(name) = &wanted {
        app.scope(Some(name))?;
    }
    let snapshot = app.snapshot().await?;
    let (mut allocations, mut preallocations, mut claims) = (vec![], vec![], vec![]);
    for scope in &snapshot.scopes {
        let served = &scope.served;
        if wanted.as_ref().is_some_and(|name| *name != served.name) {
            continue;
        }
        let of_scope = |mut fields: Value| {
            fields["scope"] = served.name.clone().into();
            fields
        };
        for (state, leases) in [
            ("held", &scope.held),
            ("conflicted", &scope.conflicted),
            ("deleting", &scope.deleting),
        ] {
            allocations.extend(leases.iter().map(|lease| {
                let mut fields = of_scope(json::lease(served.family, *lease));
                fields["state"] = state.into();
                fields
            }));
        }
        preallocations
            .extend(scope.preallocated.iter().map(|l| of_scope(json::lease(served.family, *l))));
        for (kind, under_way) in
            [("claim", &scope.claiming), ("preallocation", &scope.preallocating)]
        {
            claims.extend(under_way.iter().map(|claim| {
                let mut fields = of_scope(attempt(served.family, claim));
                fields["kind"] = kind.into();
                fields
            }));
        }
    }
    let fields = json!({
        "clock": json::time(snapshot.utc),
        "allocations": allocations,
        "preallocations": preallocations,
        "claims": claims,
    });
    Ok(json_answer(&json::document("aap.list", fields)))
}

/// A claim or a preallocation under way.
fn attempt(family: Family, claim: &ClaimView) -> Value {
    json!({
        "request": claim.request.map(|request| request.0),
        "ranges": json::ranges(family, &claim.ranges),
        "attempt": claim.attempt,
        "left_us": claim.left.map(Duration::as_micros),
    })
}

/// What a participant believes about the addresses of its scope, its own and others'.
pub(super) async fn record(
    State(app): State<Arc<App>>,
    asked: Result<Query<OfRecord>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = query(asked)?;
    let scope = app.scope(asked.scope.as_deref())?;
    let family = scope.family;
    let after: Option<Addr> = match asked.after {
        Some(after) if Family::of(after) != family => {
            return Err(Problem::new(Reason::BadQuery, "`after` is of the other family"));
        }
        after => after.map(Addr::from),
    };
    let limit = asked.limit.unwrap_or(PAGE).max(1);
    let page = app.engine(app.handle.record(scope.id, after, limit)).await?;
    let entries: Vec<Value> = page
        .entries
        .iter()
        .map(|entry| {
            let mut fields = json::lease(family, Lease { range: entry.range, end: entry.end });
            fields["state"] = match entry.kind {
                EntryKind::Allocated => "allocated",
                EntryKind::Preallocated => "preallocated",
            }
            .into();
            fields["owner"] = entry.owner.map(|peer| peer.to_string()).into();
            fields
        })
        .collect();
    let fields = json!({
        "scope": scope.name,
        "entries": entries,
        "next": page.next.map(|next| next.to_ip(family).to_string()),
    });
    Ok(json_answer(&json::document("aap.record", fields)))
}

/// Who was heard.
pub(super) async fn peers(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    let peer = |peer: &PeerView| {
        json!({
            "address": peer.address.to_string(),
            "heard_us_ago": snapshot.at.since(peer.last_heard).as_micros(),
            "messages": peer.messages,
        })
    };
    let peers: Vec<Value> = snapshot.peers.iter().map(peer).collect();
    Ok(json_answer(&json::document("aap.peers", json!({ "peers": peers }))))
}

/// Whether requests for addresses are worked on now.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    works(&snapshot)?;
    let silent = snapshot.scopes.iter().filter(|scope| !scope.state.is_ready());
    let left = silent.map(|scope| match scope.state {
        Life::Maas { silence_left: Some(left), .. } => left.as_secs() + 1,
        Life::Maas { .. } | Life::Coordinator { .. } => 1,
    });
    match left.max() {
        Some(seconds) => {
            Err(Problem::new(Reason::NotReady, format!("{seconds} s are left")).after(seconds))
        }
        None => Ok(json_answer(&json::document("aap.ready", json!({ "ready": true })))),
    }
}

/// Whether the node works at all: its task answers, its storage and its interface are there.
pub(super) async fn health(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let snapshot = app.snapshot().await?;
    works(&snapshot)?;
    Ok(json_answer(&json::document("aap.health", json!({ "healthy": true }))))
}

fn works(snapshot: &Snapshot) -> Result<(), Problem> {
    match &snapshot.storage_failure {
        Some(why) => Err(Problem::new(Reason::StorageFailed, why.clone())),
        None if !snapshot.interface_up => Err(Reason::InterfaceLost.into()),
        None => Ok(()),
    }
}
