//! The documents of the control API, as far as programs here read them. Fields that are missing
//! read as nothing, so that an older node is understood as well as a newer one.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// `GET /v1/status`.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Status {
    /// How long the node has been running, in microseconds.
    pub up_us: u64,
    /// Whether its interface is there.
    pub interface_up: bool,
    /// Why its stable storage does not work, if it does not.
    pub storage_failure: Option<String>,
    /// How many others were heard lately.
    pub peers: u64,
    /// Its scopes, in the order of its configuration.
    pub scopes: Vec<ScopeStatus>,
}

/// One participant of a node.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ScopeStatus {
    /// What people call the scope.
    pub name: String,
    /// Its addresses.
    pub range: String,
    /// Group and port its participants meet at.
    pub group: String,
    /// The participant's own address and port.
    pub own: String,
    /// `maas` or `coordinator`.
    pub role: String,
    /// Where the participant is in its life, such as `listening`, `ready` or `lead`.
    pub phase: String,
    /// Whether requests are worked on now.
    pub ready: bool,
    /// What is left of the start-up silence, in microseconds.
    pub silence_left_us: Option<u64>,
    /// Whom a coordinator follows.
    pub follows: Option<String>,
    /// Addresses allocated.
    pub held: u64,
    /// Addresses that another has allocated too.
    pub conflicted: u64,
    /// Addresses that can be allocated without a claim.
    pub preallocated: u64,
    /// Claims under way.
    pub claims: u64,
    /// Entries of the Allocation Record.
    pub record_entries: u64,
    /// Addresses that could be claimed now.
    pub free: u64,
    /// Defences of addresses that are armed.
    pub defences: u64,
    /// How many messages of each type.
    pub messages: Messages,
}

/// How many messages of each type, such as `ACLM`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Messages {
    /// Sent.
    pub sent: BTreeMap<String, u64>,
    /// Heard from others.
    pub heard: BTreeMap<String, u64>,
}

/// `GET /v1/list`: what a node holds and claims.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listing {
    /// Its allocations.
    pub allocations: Vec<Holding>,
    /// Claims and preallocations under way.
    pub claims: Vec<Claim>,
}

/// An allocation of a node.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Holding {
    /// The addresses and their end.
    #[serde(flatten)]
    pub lease: Lease,
    /// `held`, `conflicted` or `deleting`.
    pub state: String,
}

/// A claim under way.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// `claim` or `preallocation`.
    pub kind: String,
    /// The addresses claimed.
    pub ranges: Vec<Span>,
    /// Which set of its request it is, counted from 1.
    pub attempt: u32,
    /// How long until it stands, if nobody objects, in microseconds.
    pub left_us: Option<u64>,
}

/// Consecutive addresses.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Span {
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
    /// How many.
    pub count: u64,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return f.pad(&self.first);
        }
        f.pad(&format!("{}-{}", self.first, self.last))
    }
}

/// Consecutive addresses and until when they are allocated.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lease {
    /// The addresses.
    #[serde(flatten)]
    pub span: Span,
    /// Until when, as text.
    pub end: String,
    /// Until when, in seconds since 1970.
    pub end_s: i64,
}

/// A part of an Allocation Record.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The addresses and their end.
    #[serde(flatten)]
    pub lease: Lease,
    /// `allocated` or `preallocated`.
    pub state: String,
    /// Address and port of whoever announced it; `None` for the node's own.
    pub owner: Option<String>,
}

/// `GET /v1/record`: one page.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RecordPage {
    /// The scope.
    pub scope: String,
    /// Entries in the order of addresses.
    pub entries: Vec<Entry>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// What is asked for by `POST /v1/allocate` and its kin.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Wish {
    /// How many addresses.
    pub count: u32,
    /// Whether they have to be consecutive.
    pub contiguous: bool,
    /// For how long, in seconds.
    pub lifetime_s: u32,
    /// Addresses to begin with, if they are free.
    pub prefer: Vec<String>,
    /// The scope, if the node serves several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Wish {
    /// `count` addresses for an hour, wherever they are.
    #[must_use]
    pub const fn count(count: u32) -> Self {
        Self { count, contiguous: false, lifetime_s: 3600, prefer: Vec::new(), scope: None }
    }

    /// The one address `address` for an hour, or another if it is taken.
    #[must_use]
    pub fn address(address: impl Into<String>) -> Self {
        Self { prefer: vec![address.into()], ..Self::count(1) }
    }
}

/// A request for addresses, and how far it got.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Request {
    /// Its number on its node.
    pub request: u32,
    /// The scope.
    pub scope: String,
    /// `pending`, `granted`, `held` or `refused`.
    pub state: String,
    /// What was granted.
    pub leases: Vec<Lease>,
    /// `claim` or `preallocation`.
    pub path: Option<String>,
    /// Why it was refused.
    pub reason: Option<String>,
}

/// An event of `GET /v1/events`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Event {
    /// Counts up by one per event of this life of the node.
    pub number: u64,
    /// The node's wall clock, in microseconds since 1970.
    pub wall_us: i64,
    /// Its kind, such as `granted` or `heard`.
    #[serde(rename = "event")]
    pub kind: String,
    /// The scope it concerns, unless it concerns the node.
    pub scope: Option<String>,
    /// A sentence for people.
    pub text: String,
    /// Everything else there is.
    #[serde(flatten)]
    pub parts: serde_json::Map<String, serde_json::Value>,
}
