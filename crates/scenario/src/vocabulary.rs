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
    /// A whole number.
    Number,
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

/// Every label of `draw`: the questions that the machines of the protocol ask.
pub const LABELS: &[Label] = rows!(Label {
    "address", Legal::Addresses, "the addresses of a new set", "draft 3.2.7";
    "startup", times(1_000, 1_300, "startup-wait", 150), "length of the startup silence", "draft 3.2.4";
    "defense", times(2_000, 8_000, "resend-wait", 1), "how long a bystander waits before it defends", "draft 3.2.2";
    "reselect", times(0, 1_000, "announce-wait", 10), "how long a host takes to choose again", "draft 3.2.5";
    "claim-retry", times(1_000, 10_000, "resend-wait", 1), "wait before given-up addresses are claimed again", "F-10";
    "aiu-repeat", times(700, 1_300, "repeat-interval", 30), "interval to the next AIU", "draft 3.2.2";
    "aitu-repeat", times(20, 1_300, "repeat-interval", 30), "interval to the next AITU", "draft 3.2.6";
    "asa-send", times(700, 2_300, "asa-interval", 30), "interval to the next ASA of a coordinator", "draft 4.2.1";
    "asa-resend", times(700, 1_300, "asa-interval", 30), "interval to the next resent ASA", "draft 3.2.10.2";
    "asrp-send", times(700, 1_300, "asrp-interval", 30), "interval to the next ASRP", "draft 3.2.10.3";
    "end-spread", Legal::Number, "seconds by which an own end time is moved later", "F-14";
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
    /// A duration.
    Time,
    /// A whole number, decimal or hexadecimal.
    Number,
    /// A whole number, seconds as a duration, or `off` for 0.
    Limit,
    /// `on` or `off`.
    Switch,
    /// One of these words.
    Choice(&'static [&'static str]),
}

use TuneKind::{Choice, Limit, Number, Switch, Time};

/// What can be tuned besides the switches of the protocol.
const CONSTANTS: &[Tunable] = rows!(Tunable {
    "startup-wait", Time, "[STARTUP-WAIT], 150 s", "draft appendix B";
    "announce-wait", Time, "[ANNOUNCE-WAIT], 10 s", "draft appendix B";
    "resend-wait", Time, "[RESEND-WAIT], 1 s", "draft appendix B";
    "repeat-interval", Time, "[REPEAT-INTERVAL], 30 s", "draft appendix B";
    "asa-interval", Time, "[ASA-INTERVAL], 30 s", "draft appendix B";
    "asrp-interval", Time, "[ASRP-INTERVAL], 30 s", "draft appendix B";
    "asa-validity", Time, "Expiration-time less current-time of an ASA.", "F-25";
    "jitter", Switch, "Random parts of the intervals; off for the exact times of the figures.", "F-40";
    "rseq", Number, "First rseq of a host.", "F-34";
    "shortcut", Switch, "Shortcut through regular announcements that change nothing; never seen in a trace.", "-";
} kind);

/// Every name of `tune` and `set`: the constants of the draft, then the switches of
/// [`aap::policy::Policy`], so that a new switch can be tuned without a word here.
pub fn tunables() -> impl Iterator<Item = Tunable> {
    let switches = aap::policy::Policy::SWITCHES.iter().map(|switch| Tunable {
        name: switch.name,
        kind: match switch.kind {
            aap::policy::SwitchKind::Choice(words) => Choice(words),
            aap::policy::SwitchKind::Number => Limit,
        },
        about: switch.about.trim(),
        rule: switch.finding,
    });
    CONSTANTS.iter().copied().chain(switches)
}

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
    "numbers-in-order", &[], "rseq and mseq count requests and their messages", "draft 5.1.4";
    "defence-keeps-end", &[], "a defender repeats the end its owner announced", "draft 3.2.2";
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
pub fn tunable(name: &str) -> Option<Tunable> {
    tunables().find(|tunable| tunable.name == name)
}

/// The oracle of this name.
#[must_use]
pub fn oracle(name: &str) -> Option<&'static Oracle> {
    ORACLES.iter().find(|oracle| oracle.name == name)
}
