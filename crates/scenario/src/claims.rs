//! Statements about what must come out: timelines, expectations, oracles.

use serde::{Deserialize, Serialize};

use super::Line;
use super::address::Addresses;
use super::quantity::{EndTime, Time};
use super::span::{Name, Spanned};
use super::words::{Conclusion, MessageType, Metric, Profile, State, TimerName, Verdict};

/// `timeline exact|only HOST... [~D]` … `end`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Whose messages must all be listed; every host's if empty (`exact`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<Name>,
    /// By how much the times of its lines may be off, unless a line says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Time>,
    /// Its lines: [`super::Statement::Mark`], prose, or nothing.
    pub lines: Vec<Line>,
    /// Comment behind `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_comment: Option<String>,
}

/// `T HOST WHAT [~D]`: one line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// When.
    pub at: Spanned<Time>,
    /// Who.
    pub host: Name,
    /// What it sent or concluded.
    pub what: MarkWhat,
    /// By how much `at` may be off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Time>,
}

/// What a line of a timeline shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MarkWhat {
    /// `TYPE SYM/MSEQ [ADDRESSES] [QUALIFIER...]`: a message sent.
    Sent {
        /// Its type.
        message: MessageType,
        /// Its sequence numbers.
        number: SeqPattern,
        /// Exactly these addresses; any if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        addresses: Vec<Spanned<Addresses>>,
        /// Further properties.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        qualifiers: Vec<Qualifier>,
    },
    /// `CONCLUSION [ADDRESSES]`
    Concludes {
        /// The word.
        conclusion: Conclusion,
        /// Exactly these addresses; any if empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        addresses: Vec<Spanned<Addresses>>,
    },
    /// `timer NAME`: a timer of the draft fires.
    Timer(TimerName),
}

/// `q/0`, `17/0` or `q/*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeqPattern {
    /// The request sequence number.
    pub rseq: Rseq,
    /// The message sequence number; any if absent (`*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mseq: Option<u8>,
}

/// A request sequence number in a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rseq {
    /// A letter or word: some number, the same wherever the same symbol stands beside the
    /// same host in this timeline; different symbols of a host are different numbers.
    Symbol(String),
    /// This number.
    Number(u32),
}

/// Whom an expectation is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A host, `each`, or `M*`: every one of them.
    Host(Name),
    /// `anyone`: at least one host; with `never`: nobody.
    Anyone,
    /// `one`: exactly one host, no matter which.
    One,
    /// `total`: all hosts taken together, outsiders not counted.
    Total,
}

/// `expect SUBJECT PREDICATE`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// About whom.
    pub subject: Subject,
    /// What.
    pub predicate: Predicate,
}

/// Something that leaves a line in the trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occurrence {
    /// A message of this type was sent.
    Sent(MessageType),
    /// Any message was sent (`message`).
    SentAny,
    /// A conclusion was drawn.
    Concluded(Conclusion),
    /// A timer fired.
    Timer(TimerName),
}

/// Property of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Qualifier {
    /// `ranges N`: it lists this many ranges.
    Ranges(u32),
    /// `octets N`: it is this long.
    Octets(u32),
    /// `rseq N`: it has this request sequence number.
    Rseq(u32),
    /// `mseq N`: it has this message sequence number.
    Mseq(u32),
    /// `wants N`: it asks for this many addresses (ANA, or an ASRP request).
    Wants(u32),
    /// `ended`: every end time in it is past.
    Ended,
    /// `resent`: an ASA whose expiration-time is past.
    Resent,
    /// `empty`: it lists nothing.
    Empty,
}

/// `OCCURRENCE [ADDRESSES] [QUALIFIER...] [after T] [before T]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// What happened.
    pub occurrence: Occurrence,
    /// About at least one of these addresses; anything if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Spanned<Addresses>>,
    /// Further properties, all of which must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qualifiers: Vec<Qualifier>,
    /// Strictly later than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Spanned<Time>>,
    /// Strictly earlier than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Spanned<Time>>,
}

/// `= N`, `<= N`, `>= N`, `N..M`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Exactly.
    Exactly(u64),
    /// At most.
    AtMost(u64),
    /// At least.
    AtLeast(u64),
    /// From the first to the second, both included.
    Within(u64, u64),
}

impl Bound {
    /// Whether `count` satisfies this bound.
    #[must_use]
    pub fn admits(self, count: u64) -> bool {
        match self {
            Self::Exactly(n) => count == n,
            Self::AtMost(n) => count <= n,
            Self::AtLeast(n) => count >= n,
            Self::Within(low, high) => (low..=high).contains(&count),
        }
    }
}

/// `between T and T`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Earliest.
    pub from: Spanned<Time>,
    /// Latest.
    pub to: Spanned<Time>,
}

/// What is expected of a [`Subject`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Predicate {
    /// `never FILTER`
    Never(Filter),
    /// `count FILTER BOUND`
    Count(Filter, Bound),
    /// `first FILTER between T and T`: the first such thing falls into the window.
    First(Filter, Window),
    /// `last FILTER between T and T`
    Last(Filter, Window),
    /// `gap FILTER between D and D`: the distance of every two neighbours.
    Gap(Filter, Window),
    /// `STATE ADDRESSES at T`: of every address listed.
    State {
        /// The state.
        state: State,
        /// The addresses.
        addresses: Vec<Spanned<Addresses>>,
        /// When; everything due at that instant has happened.
        at: Spanned<Time>,
    },
    /// `until ADDRESSES between T and T at T`: the recorded end time, in world time.
    Until {
        /// The addresses.
        addresses: Vec<Spanned<Addresses>>,
        /// Where the end lies.
        earliest: EndTime,
        /// Where the end lies at the latest.
        latest: EndTime,
        /// When to look.
        at: Spanned<Time>,
    },
    /// `METRIC [REASON] BOUND at T`
    Metric {
        /// The number.
        metric: Metric,
        /// Drop reason of `drops`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What it must be.
        bound: Bound,
        /// When to look.
        at: Spanned<Time>,
    },
    /// `unchanged between T and T`: its state at both instants is the same, counters aside.
    Unchanged(Window),
    /// `capped`: the message cap stopped the run (subject `total`).
    Capped,
    /// `finishes`: it did not.
    Finishes,
}

/// `oracle NAME holds|violated|idle`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OracleClaim {
    /// Which oracle.
    pub name: Name,
    /// What it must say.
    pub verdict: Verdict,
}

/// `under PROFILE...` … `end`: lines that apply under these profiles only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Under {
    /// The profiles.
    pub profiles: Vec<Profile>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Comment behind `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_comment: Option<String>,
}

/// `variant NAME` … `end`: the same world with other choices and other outcomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name, in lower case with dashes.
    pub name: Name,
    /// The lines.
    pub lines: Vec<Line>,
    /// Comment behind `end`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_comment: Option<String>,
}
