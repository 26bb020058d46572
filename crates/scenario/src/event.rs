//! Statements about what happens, and when.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::address::Addresses;
use super::quantity::{EndTime, Shift, Time};
use super::span::{Name, Spanned};
use super::words::MessageType;
use super::world::{Lease, LinkEnd, LinkEnds, LinkRule, Space};

/// `at T [every D [times N]] EVENT`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// Instant of the (first) event.
    pub at: Spanned<Time>,
    /// Repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Repeat>,
    /// What happens.
    pub event: Event,
}

/// `every D [times N]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Distance of two occurrences.
    pub period: Spanned<Time>,
    /// Number of occurrences; until the end of the run if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A user asks a MAAS for something.
    Command(Order),
    /// `partition A B | C D`: groups that no longer hear each other; hosts in no group
    /// form a group of their own.
    Partition(Vec<Vec<Name>>),
    /// `heal`, or `heal A-B`: undoes partitions, `mute` and `deafen`.
    Heal(Option<LinkEnds>),
    /// `mute HOST...`: nobody hears them.
    Mute(Vec<Name>),
    /// `deafen HOST...`: they hear nobody.
    Deafen(Vec<Name>),
    /// `hold A-B`: datagrams wait.
    Hold(LinkEnds),
    /// `release A-B`: held datagrams go on.
    Release(LinkEnds),
    /// `link ENDS SETTING...`: other link settings from now on.
    Link(LinkRule),
    /// `crash HOST... [lose disk | lose last N writes] [after N outputs]`
    Crash(Crash),
    /// `restart HOST...`
    Restart(Vec<Name>),
    /// `clock HOST step SHIFT`: a wall clock jumps.
    Step(Step),
    /// `drop|duplicate next [N] TYPE [from A] [to B]`, `delay|duplicate next ... by D`
    Next(NextRule),
    /// `inject MESSAGE|HEX from SOURCE ...`
    Inject(Inject),
    /// `replay next|last TYPE from HOST ...`
    Replay(Replay),
    /// `answer TYPE... with TYPE from SOURCE [until T]`: someone hostile who answers each
    /// such message with one of the other type about the same addresses.
    Answer(Answer),
    /// `space P LEASE...`: the space of a coordinator changes.
    Space(Space),
}

/// `HOST COMMAND [in SCOPE]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Which host, or `each`.
    pub host: Name,
    /// What is asked.
    pub command: Command,
    /// In which scope; the first scope it serves if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Name>,
}

/// A command of the user of a MAAS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// `allocate DEMAND`: from own preallocations where possible (draft 3.2.6.1).
    Allocate(Demand),
    /// `claim DEMAND`: by an ACLM, preallocations aside.
    Claim(Demand),
    /// `preallocate DEMAND`
    Preallocate(Demand),
    /// `extend ADDRESSES until T` (also written `renew`).
    Extend(Lease),
    /// `shorten ADDRESSES until T`
    Shorten(Lease),
    /// `release ADDRESSES`: give them back (draft 3.2.8).
    Release(Vec<Spanned<Addresses>>),
    /// `lose ADDRESSES`: undo them at once, as after a conflict.
    Lose(Vec<Spanned<Addresses>>),
    /// `retire`: give everything back and stop.
    Retire,
    /// `set NAME VALUE...`: change a constant or a switch.
    Set {
        /// Its name.
        name: Name,
        /// Its values.
        values: Vec<Spanned<String>>,
    },
}

/// `[N] [contiguous] [at ADDRESSES | prefer ADDRESSES] until T`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Number of addresses; as many as `at` lists if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<Spanned<u32>>,
    /// How they must lie.
    #[serde(default)]
    pub shape: Shape,
    /// Which ones.
    #[serde(default)]
    pub wish: Wish,
    /// Until when.
    pub until: EndTime,
}

/// How demanded addresses lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Anywhere.
    #[default]
    Scattered,
    /// In one row.
    Contiguous,
}

/// Which addresses are demanded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// The host chooses.
    #[default]
    Any,
    /// First choice exactly these, whatever the record says; chosen freely after a clash.
    At(Vec<Spanned<Addresses>>),
    /// These if they are free, others otherwise.
    Prefer(Vec<Spanned<Addresses>>),
}

/// `crash HOST... [lose disk | lose last N writes] [after N outputs]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crash {
    /// Who.
    pub hosts: Vec<Name>,
    /// What becomes of stable storage.
    #[serde(default)]
    pub storage: StorageLoss,
    /// Crash between two outputs: right after this many more outputs instead of at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
}

/// What a crash does to stable storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageLoss {
    /// Nothing.
    #[default]
    Kept,
    /// The last writes never reached it.
    LastWrites(u32),
    /// All is gone.
    Disk,
}

/// `clock HOST step SHIFT`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Whose clock.
    pub host: Name,
    /// How far, forward (+) or back (-).
    pub by: Shift,
}

/// A rule for the next few datagrams of one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextRule {
    /// What happens to them.
    pub fate: Fate,
    /// How many; each receiver counts for itself.
    pub count: u32,
    /// Of which type; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageType>,
    /// Sent by.
    pub from: LinkEnd,
    /// Received by.
    pub to: LinkEnd,
}

/// What a [`NextRule`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Lost.
    Drop,
    /// Delivered twice, at the same time.
    Duplicate,
    /// Delivered, and this much later once more.
    DuplicateAfter(Time),
    /// Delivered this much later.
    Delay(Time),
}

/// Where an injected datagram comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A host, or an outsider whose name no other line knows.
    Host(Name),
    /// An address with the AAP port.
    Address(IpAddr),
    /// An address and a port.
    Socket(SocketAddr),
}

/// `inject MESSAGE|HEX from SOURCE [as HOST] [to HOST...] [in SCOPE]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inject {
    /// The datagram.
    pub payload: Payload,
    /// How it travels.
    pub route: Route,
}

/// `from SOURCE [as HOST] [to HOST...] [in SCOPE]`: always unauthenticated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Who sends it (whose links it takes).
    pub from: Source,
    /// Forged source: it carries the address of this host instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forged: Option<Name>,
    /// Only these receive it; the whole group if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Name>,
    /// To the group of this scope; of the first scope if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Name>,
}

/// What an injected datagram contains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// Raw octets, as lower-case hexadecimal digits without spaces.
    Hex(Spanned<String>),
    /// A message in words.
    Message(Message),
}

/// `TYPE RSEQ/MSEQ BODY [dated T]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Request sequence number, below 2^24.
    pub rseq: u32,
    /// Message sequence number.
    pub mseq: u8,
    /// The body.
    pub body: Body,
    /// Value of current-time; the present of the run if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<EndTime>,
}

/// Body of an injected message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// `LEASE...`
    Aclm(Vec<Lease>),
    /// `LEASE...`
    Aiu(Vec<Lease>),
    /// `LEASE...`
    Aitu(Vec<Lease>),
    /// `[valid D] nothing|LEASE...`
    Asa {
        /// Expiration time less current-time; 150 s if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid: Option<Time>,
        /// The space listed.
        leases: Vec<Lease>,
    },
    /// `[used N ADDRESSES]... [want N until T]...`
    Asrp {
        /// Usage reports.
        reports: Vec<Usage>,
        /// Requests.
        wants: Vec<Want>,
    },
    /// `N until T`
    Ana(Want),
}

impl Body {
    /// The message type.
    #[must_use]
    pub fn message_type(&self) -> MessageType {
        match self {
            Self::Aclm(_) => MessageType::Aclm,
            Self::Aiu(_) => MessageType::Aiu,
            Self::Aitu(_) => MessageType::Aitu,
            Self::Asa { .. } => MessageType::Asa,
            Self::Asrp { .. } => MessageType::Asrp,
            Self::Ana(_) => MessageType::Ana,
        }
    }
}

/// `used N ADDRESSES`: a usage report of an ASRP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// The reported range.
    pub addresses: Spanned<Addresses>,
    /// Addresses in use.
    pub used: u32,
}

/// `N until T`: how many addresses are wanted and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// Number of addresses.
    pub count: u32,
    /// Until when.
    pub until: EndTime,
}

/// `replay next|last TYPE [of HOST] from SOURCE ...`: the same octets again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Which datagram.
    pub which: Which,
    /// Of which type.
    pub message: MessageType,
    /// Who sent it originally.
    pub of: Name,
    /// How the copy travels.
    pub route: Route,
}

/// Which datagram is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The next one, right after it was sent.
    Next,
    /// The last one sent before now.
    Last,
}

/// `answer TYPE... with TYPE from SOURCE [until T]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which messages provoke it.
    pub to: Vec<MessageType>,
    /// What it answers with: ACLM, AIU or AITU.
    pub with: MessageType,
    /// Who answers.
    pub from: Source,
    /// End time in the answers; one hour from each answer if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<EndTime>,
}
