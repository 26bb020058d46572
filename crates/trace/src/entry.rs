use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The name of the format, in every header.
pub const SCHEMA: &str = "aap.trace";
/// The version of the format that this crate writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// The details of something, by name, in the order in which they were added.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// A whole run: its header and everything that happened, in order.
#[derive(Clone, PartialEq, Debug)]
pub struct Journal {
    /// What was run.
    pub header: Header,
    /// What happened.
    pub entries: Vec<Entry>,
}

/// The first line: what was run, and how to run it again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Always [`VERSION`].
    pub version: u32,
    /// What the run is called.
    pub title: String,
    /// The seed all its chance came from.
    pub seed: u64,
    /// The variant of the protocol's rules it ran under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The participants, in the order of the world.
    pub hosts: Vec<Host>,
}

impl Header {
    /// A header of this version, without hosts yet.
    #[must_use]
    pub fn new(title: impl Into<String>, seed: u64) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: VERSION,
            title: title.into(),
            seed,
            profile: None,
            hosts: Vec::new(),
        }
    }
}

/// A participant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// Where its datagrams come from.
    pub address: SocketAddr,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its number: larger than that of everything before it.
    pub id: u64,
    /// The entry that led to it; none for what the outside decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
    /// When, in microseconds since the run's epoch.
    pub at: u64,
    /// The participant it happened to, by name; none for what befell the whole network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The rule of the specification that made the participant act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of things that happen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// The participant started, or started again, with so many records from stable storage.
    Started {
        /// How many records survived.
        restored: u64,
    },
    /// Its user asked for something.
    Command {
        /// The kind of request, in a word.
        kind: String,
        /// The request in one line.
        summary: String,
        /// Its parts.
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        fields: Fields,
    },
    /// It sent a datagram.
    Sent {
        /// The group or address, and port.
        to: SocketAddr,
        /// The message type.
        kind: String,
        /// The message in one line.
        summary: String,
        /// Its parts.
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        fields: Fields,
        /// The datagram in hexadecimal.
        octets: String,
    },
    /// A datagram of unknown origin entered the network.
    Injected {
        /// Where it claims to come from.
        from: SocketAddr,
        /// Where it goes.
        to: SocketAddr,
        /// The message type, or the reason why it is none.
        kind: String,
        /// The message in one line.
        summary: String,
        /// Its parts.
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        fields: Fields,
        /// The datagram in hexadecimal.
        octets: String,
    },
    /// A datagram arrived.
    Delivered {
        /// The entry that sent it.
        of: u64,
        /// Where it came from.
        from: SocketAddr,
    },
    /// A copy of a datagram was lost on the way.
    Dropped {
        /// The entry that sent it.
        of: u64,
        /// The participant that did not get it.
        to: String,
        /// What became of it.
        why: String,
    },
    /// A datagram arrived that nothing can be done with.
    Ignored {
        /// The entry that sent it.
        of: u64,
        /// Where it came from.
        from: SocketAddr,
        /// What is wrong with it.
        reason: String,
    },
    /// One of its timers fired; the cause is what armed it.
    Timer {
        /// The specification's name for it.
        name: String,
    },
    /// It asked a question of chance.
    Drew {
        /// What for.
        question: String,
        /// The smallest possible answer.
        low: String,
        /// The largest possible answer.
        high: String,
        /// The answer, in decimal (it may exceed what JSON numbers hold).
        value: String,
        /// Who answered.
        by: DrawnBy,
    },
    /// It wrote to stable storage.
    Persisted {
        /// Where.
        key: String,
        /// Whether the key was removed.
        removed: bool,
        /// The record in one line.
        summary: String,
    },
    /// It told its user something.
    Event {
        /// The kind of event, in a word or two.
        name: String,
        /// The event in one line.
        summary: String,
        /// Its parts.
        #[serde(default, skip_serializing_if = "Fields::is_empty")]
        fields: Fields,
    },
    /// Something was done to the network or to a clock.
    Fault {
        /// The kind, in a word, such as `partition`.
        kind: String,
        /// A sentence about it.
        text: String,
    },
    /// It crashed.
    Crashed {
        /// What became of its storage.
        text: String,
    },
    /// The author of the run has something to say.
    Said {
        /// The words.
        text: String,
    },
    /// A question was answered: an oracle, or an expectation of the author.
    Verdict {
        /// The question's name.
        oracle: String,
        /// The answer.
        conclusion: Conclusion,
        /// Why, or what it rests on.
        text: String,
    },
    /// The run stopped.
    Ended {
        /// Why.
        text: String,
        /// Its digest.
        digest: String,
    },
}

/// Who answered a question of chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawnBy {
    /// The seeded generator.
    Chance,
    /// The author of the run.
    Script,
}

/// The answer to a question about a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// It held wherever it was put to the test.
    Holds,
    /// It did not.
    Violated,
    /// The run never put it to the test.
    NotExercised,
}
