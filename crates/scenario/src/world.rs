//! Statements about the scenario itself and about the world it plays in.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::address::{Addresses, ScopeRange};
use super::quantity::{EndTime, Ratio, Shift, Time};
use super::span::{Name, Spanned};
use super::words::ScopeSize;

/// `scope NAME RANGE small|large [group ADDRESS]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeDecl {
    /// Name, in lower case.
    pub name: Name,
    /// Its addresses.
    pub range: Spanned<ScopeRange>,
    /// Small or large.
    pub size: ScopeSize,
    /// AAP group; last address of the range minus 7 if absent (F-01). Two large scopes on
    /// one group (draft 2.1.3) are written with the same `group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Spanned<IpAddr>>,
}

/// One item of `hosts` or `coordinator`: `A`, or `M*50` for M1 to M50.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostDecl {
    /// Name, or common start of the names.
    pub name: Name,
    /// Number of hosts of an `M*50` item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

/// Addresses with one common end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// The addresses.
    pub addresses: Vec<Spanned<Addresses>>,
    /// Until when.
    pub until: EndTime,
}

/// `space P nothing|LEASE...`: what a Prefix Coordinator has to announce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Space {
    /// The coordinator.
    pub host: Name,
    /// Its space; empty for `nothing`.
    pub leases: Vec<Lease>,
}

/// One end of links: `*`, a host (or `each`, `M*`), or a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkEnd {
    /// Everyone.
    Any,
    /// A host or a set of hosts.
    Host(Name),
    /// The hosts of a zone.
    Zone(Name),
}

/// Which links: `*`, `A-B` (both ways), `A->B` (one way).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkEnds {
    /// Every link.
    All,
    /// Both directions between two ends.
    Between(LinkEnd, LinkEnd),
    /// From the first end to the second only.
    OneWay(LinkEnd, LinkEnd),
}

/// What links do to datagrams; absent settings stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSettings {
    /// Constant part of the delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Time>,
    /// Uniform deviation from the delay, to both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<Time>,
    /// Mean of an exponential addition to the delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tail: Option<Time>,
    /// Probability that a datagram is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Ratio>,
    /// Mean number of datagrams lost in a row; 1 = independent losses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// Probability that a datagram arrives twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<Ratio>,
    /// Probability that a datagram is overtaken by the next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder: Option<Ratio>,
}

/// `link ENDS SETTING...`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkRule {
    /// Which links.
    pub ends: LinkEnds,
    /// What they do.
    pub settings: LinkSettings,
}

/// `clock HOST [skew SHIFT] [drift PPM]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Whose clock.
    pub host: Name,
    /// How much it is ahead (+) or behind (-).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skew: Option<Shift>,
    /// How much it runs fast (+) or slow (-), in parts per million.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<i32>,
}

/// `tune [HOST] NAME VALUE...`: a constant or a policy switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tune {
    /// For these hosts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Name>,
    /// Name of the constant or switch.
    pub name: Name,
    /// Its values, as written.
    pub values: Vec<Spanned<String>>,
}

/// `known HOST allocated|preallocated ADDRESSES until T [told HOST...] [heard D ago]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The owner; a name outside `hosts` stands for someone who is gone.
    pub host: Name,
    /// Preallocated (AITU) rather than allocated (AIU).
    pub strength: Strength,
    /// What it owns.
    pub lease: Lease,
    /// Who has heard of it; the owner itself always knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Name>,
    /// How long before the run the last announcement was heard; at the start if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Spanned<Time>>,
}

/// How firmly known addresses are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strength {
    /// Allocated.
    Allocated,
    /// Preallocated.
    Preallocated,
}

/// `known asa nothing|LEASE... [expires T] [told HOST...] [heard D ago]`: a cached ASA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownSpace {
    /// The space listed.
    pub leases: Vec<Lease>,
    /// Expiration time of the ASA; 150 s after it was heard if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<EndTime>,
    /// Who has it; every MAAS if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Name>,
    /// How long before the run it was heard; at the start if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Spanned<Time>>,
}

/// One value of a [`Draw`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrawValue {
    /// A duration.
    Time(Time),
    /// One address or a row of them.
    Addresses(Addresses),
    /// A plain number.
    Number(u64),
    /// `any`: left open; the seed, or an exhaustive search, decides.
    Any,
}

/// `draw HOST LABEL VALUE... [then VALUE...]`: answers to the random questions of a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// Who asks.
    pub host: Name,
    /// What is asked: a label of [`super::LABELS`].
    pub label: Name,
    /// First answer, second answer, ...; after the last one the seed decides.
    pub answers: Vec<Vec<Spanned<DrawValue>>>,
}
