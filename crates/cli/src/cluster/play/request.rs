//! Orders of a scenario as requests to a node.

use std::net::IpAddr;
use std::time::Duration;

use client::{Client, Question};
use scenario::{
    Addresses, Command, Demand, EndTime, Name, Order, Plan, Shape, Spanned, Time, Wish, to_number,
};
use serde_json::{Value, json};

/// A request to a node: path and document.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Request {
    path: &'static str,
    body: Value,
}

/// Seconds since 1970 that stand for no end (draft 2.5).
const NEVER: i64 = u32::MAX as i64;

impl Request {
    /// What `order` asks a host that serves `scopes` at `now`, its spans shrunk by `factor`; none if
    /// no node takes it.
    pub(super) fn of(
        plan: &Plan,
        order: &Order,
        scopes: &[usize],
        now: Time,
        factor: u32,
    ) -> Option<Self> {
        let named = order.scope.as_ref().map(Name::as_str);
        let first = scopes.first().and_then(|scope| plan.scopes.get(*scope));
        let scope = named.or_else(|| first.map(|scope| scope.name.as_str()));
        let mut request = Self::in_scope(plan, &order.command, named, now, factor)?;
        request.body["scope"] = scope.into();
        Some(request)
    }

    fn in_scope(
        plan: &Plan,
        command: &Command,
        scope: Option<&str>,
        now: Time,
        factor: u32,
    ) -> Option<Self> {
        let ranges = |addresses: &[Spanned<Addresses>]| texts(plan, scope, addresses);
        let wish = |path, demand| wish(plan, path, scope, demand, now, factor);
        let changed = |path, lease: &scenario::Lease| {
            let mut body = json!({ "ranges": ranges(&lease.addresses) });
            set_end(&mut body, lease.until, now, factor);
            Self { path, body }
        };
        Some(match command {
            Command::Allocate(demand) => wish("/v1/allocate?wait=false", demand),
            Command::Claim(demand) => wish("/v1/claim?wait=false", demand),
            Command::Preallocate(demand) => wish("/v1/preallocate?wait=false", demand),
            Command::Extend(lease) => changed("/v1/renew", lease),
            Command::Shorten(lease) => changed("/v1/shorten", lease),
            Command::Release(addresses) => {
                Self { path: "/v1/release", body: json!({ "ranges": ranges(addresses) }) }
            }
            Command::Lose(addresses) => {
                Self { path: "/v1/lose", body: json!({ "ranges": ranges(addresses) }) }
            }
            Command::Retire | Command::Set { .. } => return None,
        })
    }

    /// Asks a node. A refusal is an answer like any other: expectations speak of it.
    pub(super) fn ask(&self, client: &Client) -> Result<(), client::Error> {
        let body = Some(self.body.clone());
        let (path, wait) = (self.path, Duration::ZERO);
        client.ask(&Question { method: "POST", path, header: None, body, wait }).map(drop)
    }
}

fn wish(
    plan: &Plan,
    path: &'static str,
    scope: Option<&str>,
    demand: &Demand,
    now: Time,
    factor: u32,
) -> Request {
    let (addresses, insist) = match &demand.wish {
        Wish::Any => (Vec::new(), false),
        Wish::At(addresses) => (texts(plan, scope, addresses), true),
        Wish::Prefer(addresses) => (texts(plan, scope, addresses), false),
    };
    let listed: u128 = match &demand.wish {
        Wish::Any => 1,
        Wish::At(addresses) | Wish::Prefer(addresses) => {
            let ranges = bounds(plan, scope, addresses).into_iter();
            ranges.map(|(first, last)| to_number(last) - to_number(first) + 1).sum()
        }
    };
    let count = demand.count.as_ref().map_or(listed, |count| count.value.into());
    let mut body = json!({
        "count": u32::try_from(count).unwrap_or(u32::MAX),
        "contiguous": demand.shape == Shape::Contiguous,
        "prefer": addresses,
        "insist": insist,
    });
    set_end(&mut body, demand.until, now, factor);
    Request { path, body }
}

fn bounds(
    plan: &Plan,
    scope: Option<&str>,
    addresses: &[Spanned<Addresses>],
) -> Vec<(IpAddr, IpAddr)> {
    // Sound scenarios have no others; the simulator has run this one.
    addresses.iter().flat_map(|item| plan.resolve(&item.value, scope).unwrap_or_default()).collect()
}

fn texts(plan: &Plan, scope: Option<&str>, addresses: &[Spanned<Addresses>]) -> Vec<String> {
    let bounds = bounds(plan, scope, addresses).into_iter();
    bounds.map(|(first, last)| format!("{first}-{last}")).collect()
}

/// Ends are spans from now, so they shrink as all times do; whole seconds, and at least one.
fn set_end(body: &mut Value, until: EndTime, now: Time, factor: u32) {
    match until.instant(now) {
        None => body["until_s"] = NEVER.into(),
        Some(end) => {
            let now = i64::try_from(now.micros()).unwrap_or(i64::MAX);
            let left = end.saturating_sub(now).max(1).unsigned_abs();
            let seconds = left.div_ceil(u64::from(factor) * 1_000_000);
            body["lifetime_s"] = u32::try_from(seconds).unwrap_or(u32::MAX).into();
        }
    }
}
