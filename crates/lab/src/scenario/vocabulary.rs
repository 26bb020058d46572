//! The open vocabulary: what can be drawn, tuned and asked of an oracle.
//!
//! These tables are what the language knows by name; a runner that learns a new label,
//! constant or oracle adds a row here and the checks and the reference follow.

/// A random choice that `draw` can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Which values are legal.
    pub legal: Legal,
    /// What is chosen.
    pub about: &'static str,
    /// The rule of the draft, or the finding.
    pub rule: &'static str,
}

/// Legal values of a [`Label`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legal {
    /// Addresses that the selection allows.
    Addresses,
    /// Any duration.
    AnyTime,
    /// A duration between two multiples, in thousandths, of a constant.
    Times {
        /// Smallest multiple.
        low: u32,
        /// Largest multiple.
        high: u32,
        /// Name of the constant (a [`Tunable`]).
        constant: &'static str,
        /// Its default, in seconds.
        default_secs: u32,
    },
}

const fn times(low: u32, high: u32, constant: &'static str, default_secs: u32) -> Legal {
    Legal::Times { low, high, constant, default_secs }
}

macro_rules! rows {
    ($type:ident { $($name:literal, $middle:expr, $about:literal, $rule:literal;)* } $field:ident) => {
        &[$($type { name: $name, $field: $middle, about: $about, rule: $rule },)*]
    };
}

/// Every label of `draw`.
pub const LABELS: &[Label] = rows!(Label {
    "address", Legal::Addresses, "the addresses of a new set", "draft 3.2.7";
    "startup", times(1_000, 1_300, "startup-wait", 150), "length of the startup silence", "draft 3.2.4";
    "defense", times(2_000, 8_000, "resend-wait", 1), "how long a bystander waits before it defends", "draft 3.2.2";
    "reselect", Legal::AnyTime, "how long a host takes to choose again", "draft 3.2.5";
    "retry", times(1_000, 10_000, "resend-wait", 1), "wait before given-up addresses are claimed again", "F-10";
    "intent-repeat", times(700, 39_000, "resend-wait", 1), "interval to the next AITU", "draft 3.2.6";
    "use-fast", times(700, 39_000, "resend-wait", 1), "interval to the next AIU of the fast phase", "draft 3.2.2";
    "use-regular", times(700, 1_300, "repeat-interval", 30), "interval to the next regular AIU", "draft 3.2.2";
    "asa-send", times(700, 2_300, "asa-interval", 30), "interval to the next ASA of a coordinator", "draft 4.2.1";
    "asa-resend", times(700, 1_300, "asa-interval", 30), "interval to the next resent ASA", "draft 3.2.10.2";
    "asrp", times(700, 1_300, "asrp-interval", 30), "interval to the next ASRP", "draft 3.2.10.3";
    "early-end", Legal::AnyTime, "by how much an own end time is advanced", "F-14";
} legal);

/// A constant of the draft or a switch of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunable {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: TuneKind,
    /// What it governs.
    pub about: &'static str,
    /// Where it comes from.
    pub rule: &'static str,
}

/// Values of a [`Tunable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TuneKind {
    /// One duration.
    Time,
    /// A smallest and a largest duration.
    TimeRange,
    /// A whole number, decimal or hexadecimal.
    Number,
    /// `on` or `off`.
    Switch,
    /// A duration, or `off`.
    TimeOrOff,
    /// A number, or `off`.
    NumberOrOff,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Message types, or `off`.
    Messages,
}

use TuneKind::{Messages, Number, NumberOrOff, Switch, Time, TimeOrOff, TimeRange, Word};

/// Every name of `tune` and `set`.
pub const TUNABLES: &[Tunable] = rows!(Tunable {
    "startup-wait", Time, "[STARTUP-WAIT], 150 s", "draft 5.2";
    "announce-wait", Time, "[ANNOUNCE-WAIT], 10 s", "draft 5.2";
    "resend-wait", Time, "[RESEND-WAIT], 1 s", "draft 5.2";
    "repeat-interval", Time, "[REPEAT-INTERVAL], 30 s", "draft 5.2";
    "asa-interval", Time, "[ASA-INTERVAL], 30 s", "draft 5.2";
    "asrp-interval", Time, "[ASRP-INTERVAL], 30 s", "draft 5.2";
    "asa-validity", Time, "expiration-time less current-time of an ASA", "F-25";
    "jitter", Switch, "random parts of the announcement intervals", "F-40";
    "aiu-jitter", Switch, "random parts of the fast AIU phase too", "F-40";
    "rseq", Number, "first rseq of a host", "F-34";
    "mseq", Number, "first mseq of each request", "F-34";
    "identity", Word(&["address", "address-port"]), "what tells senders apart", "F-02";
    "ana-scope", Word(&["only", "first", "global"]), "to which scope an ANA is credited", "F-05";
    "trust-owner-reclaim", Switch, "no defence against the recorded owner itself", "F-46";
    "restart-announcement", Word(&["regular", "fast"]), "how stored allocations are announced again", "F-07";
    "remember-claims", Switch, "claims heard are kept out of the selection", "F-08";
    "prealloc-partial-abandon", Switch, "give up only the colliding part of a preallocation", "F-09";
    "crossing-retry", Word(&["immediate", "random-wait", "give-up"]), "what follows a clash over given-up addresses", "F-10";
    "earlier-claim-wins", Switch, "experiment: the newer of two claims loses", "F-11";
    "incumbent-prealloc-wins", Switch, "experiment: the newer of two preallocations loses", "F-12";
    "conflict-policy", Word(&["hearer-undoes", "lowest-sender-wins"]), "who undoes a duplicate", "F-13";
    "own-aiu-policy", Word(&["literal", "end-time-match"]), "when a foreign AIU for an own address is a conflict", "F-14";
    "defense-doubling", Word(&["first", "current"]), "which value of a defence timer is doubled", "F-15";
    "defense-floor", TimeOrOff, "shortest restart of a defence timer", "F-16";
    "defense-listing", Word(&["whole", "allocated"]), "what a defending AIU lists", "F-17";
    "appendix-a-retransmit", Switch, "defenders go on after a new set under the same rseq", "F-18";
    "fast-path-age", Time, "age of the last AITU that still allows the fast path", "F-19";
    "recent", Time, "age of an announcement that counts as recent", "F-20";
    "ownership", Word(&["last-heard", "persistent"]), "who owns a recorded allocation", "F-21";
    "deletion", Word(&["literal", "owner-only"]), "what an AIU with a past end does", "F-22";
    "deletion-margin", Time, "how far a deletion moves the end", "F-22";
    "time-tolerance", Time, "differences of end times that do not count", "F-23";
    "max-asa-validity", TimeOrOff, "longer valid ASAs are ignored", "F-25";
    "correct-stale-asa", Switch, "answer an outdated resent ASA with the newer one", "F-27";
    "asa-equality", Word(&["strict", "tolerant"]), "when two ASAs are consistent", "F-28";
    "request-merge", Word(&["earlier", "later"]), "which end survives merged requests", "F-29";
    "small-scope-tail", Switch, "keep off the last 256 addresses of an IPv4 scope", "F-33";
    "defense-range", TimeRange, "bystanders' first wait", "F-35";
    "ana-key", Word(&["literal", "sender"]), "what tells address requests apart", "F-36";
    "coordinator-ana", Switch, "coordinators use ANA as a hint", "F-36";
    "max-skew", TimeOrOff, "messages with a clock further off are ignored", "F-38";
    "asrp-reset", Word(&["any", "matching"]), "which ASRP resets the ASRP timer", "F-41";
    "require-auth", Messages, "types taken only if authenticated", "F-42";
    "max-attempts", NumberOrOff, "attempts before a demand fails", "F-44";
    "end-guard", Time, "how long before the end clients are revoked", "F-45";
    "max-foreign-range", NumberOrOff, "larger foreign ranges are ignored", "F-48";
    "clip-foreign-end", Switch, "foreign end times are clipped to the ASA lifetime", "F-48";
    "lenient-trailing", Switch, "complete items of a malformed message count", "F-31";
    "clip-to-scope", Switch, "ranges are clipped to the scope", "F-32";
    "link-layer", Word(&["ignore", "avoid-aliases"]), "shun addresses that share a link-layer address", "selection policy";
} kind);

/// An oracle that a scenario can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oracle {
    /// Its name.
    pub name: &'static str,
    /// What it assumes of the world; outside, its verdict is `idle`.
    pub assumes: &'static [Assumption],
    /// What it watches.
    pub about: &'static str,
    /// Where the invariant comes from.
    pub rule: &'static str,
}

/// Something that an oracle assumes of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assumption {
    /// No datagram is lost.
    NoLoss,
    /// Everyone hears everyone.
    NoPartition,
}

const CALM: &[Assumption] = &[Assumption::NoLoss, Assumption::NoPartition];

/// Every oracle.
pub const ORACLES: &[Oracle] = rows!(Oracle {
    "no-duplicate-allocation", CALM, "no address is an own allocation of two hosts", "draft 1.4";
    "earned-allocation", &[], "every own allocation was claimed or preallocated long enough", "draft 3.2.5";
    "startup-silence", &[], "no message during the startup silence", "draft 3.2.4";
    "announced", &[], "every own allocation appears in an AIU at least every 39 s", "draft 3.2.2";
    "quiescence", CALM, "without demand only regular traffic remains", "draft 3.2.2";
    "end-within-space", &[], "own end times stay within the announced space", "draft 3.2.8";
    "duplicate-resolved", &[], "a duplicate does not outlive mutual hearing", "draft 3.2.3";
} assumes);

/// Features that `needs` can ask of a runner.
pub const NEEDS: &[&str] = &["ipv6", "large-scope", "several-scopes", "storage", "clocks"];

/// The label of this name.
#[must_use]
pub fn label(name: &str) -> Option<&'static Label> {
    LABELS.iter().find(|label| label.name == name)
}

/// The constant or switch of this name.
#[must_use]
pub fn tunable(name: &str) -> Option<&'static Tunable> {
    TUNABLES.iter().find(|tunable| tunable.name == name)
}

/// The oracle of this name.
#[must_use]
pub fn oracle(name: &str) -> Option<&'static Oracle> {
    ORACLES.iter().find(|oracle| oracle.name == name)
}
