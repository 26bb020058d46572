use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sansio::{Duration, Machine};

use crate::{Disk, HostId, Link};

/// What the outside does to a world, now or at a set time.
#[derive(Clone, Debug)]
pub enum Action<M: Machine> {
    /// Start a host, or start it again, with what its stable storage holds. A running host loses
    /// what it had in memory.
    Start(HostId),
    /// A user asks for something.
    Command(HostId, M::Command),
    /// A host loses its memory and falls silent.
    Crash(HostId, Disk),
    /// The same, in the middle of a call: after so many more outputs. With 0, at once.
    CrashAfterOutputs(HostId, u32, Disk),
    /// A datagram comes from nowhere.
    Inject(Injection),
    /// Something is done to the network or to a clock.
    Fault(Fault<M>),
    /// The author has something to say; it ends up in the journal.
    Say(String),
}

/// Who can hear an injected datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// Every host that has joined the group (or has the address), whatever its zone.
    Everyone,
    /// Those of them that the given host could have reached.
    ZoneOf(HostId),
    /// One host.
    Only(HostId),
}

/// Whether the transport vouches for the source of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Trust {
    /// It does not: anyone could have sent it.
    #[default]
    Open,
    /// It does.
    Authenticated,
}

/// A datagram that no host sent: forged, replayed or malformed. It arrives without delay or loss.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Injection {
    /// Where it claims to come from.
    pub from: SocketAddr,
    /// The group or address, and port.
    pub to: SocketAddr,
    /// Its octets, whatever they are.
    pub octets: Vec<u8>,
    /// Whether it passes for genuine.
    pub trust: Trust,
    /// Who hears it.
    pub reach: Reach,
}

/// What can be done to the network and to clocks while a world runs.
///
/// All of it acts on datagrams sent from then on: what is under way still arrives.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault<M: Machine> {
    /// Hosts in different groups cannot reach each other; those not named form one more group.
    /// Replaces an earlier partition.
    Partition(Vec<Vec<HostId>>),
    /// Ends a partition and mends every cut.
    Heal,
    /// Nothing gets from the first host to the second.
    Cut(HostId, HostId),
    /// Ends a cut.
    Mend(HostId, HostId),
    /// What the first host sends to the second is kept back, in order.
    Hold(HostId, HostId),
    /// What was kept back arrives now, in order, and nothing is kept back any more.
    Release(HostId, HostId),
    /// The link from the first host to the second gets these properties.
    Link(HostId, HostId, Link),
    /// Every link gets these properties; earlier settings of single links are forgotten.
    Links(Link),
    /// The next datagrams that fit are lost, held up or doubled.
    Pick(PickRule<M>),
    /// Divides a group's reach: hosts in different zones never hear each other there. Hosts not
    /// named form one more zone.
    Zones(IpAddr, Vec<Vec<HostId>>),
    /// The host begins to listen to a group and port.
    Join(HostId, SocketAddr),
    /// The host no longer listens to a group and port.
    Leave(HostId, SocketAddr),
    /// A wall clock jumps ahead by so many microseconds (back, if negative).
    StepClock(HostId, i64),
}

/// What to do on purpose to which datagrams. Of several rules that fit the earliest acts.
pub struct PickRule<M: Machine> {
    /// What becomes of them.
    pub fate: Pick,
    /// How many copies are meant, counted per receiver.
    pub count: u32,
    /// The rule in words, for journals.
    pub label: String,
    /// Whether a copy from the first host to the second fits.
    pub fits: Fits<M>,
}

/// What becomes of a datagram that was picked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pick {
    /// It is lost.
    Lose,
    /// It takes so much longer than the link makes it take.
    Delay(Duration),
    /// It arrives as the link has it, and once more so much later.
    Twice(Duration),
}

impl Pick {
    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lose => "drop",
            Self::Delay(_) => "delay",
            Self::Twice(_) => "duplicate",
        }
    }
}

/// Whether a copy of a datagram on its way from the first host to the second is meant.
pub type Fits<M> = Arc<dyn Fn(HostId, HostId, &<M as Machine>::Message) -> bool + Send + Sync>;

impl<M: Machine> Clone for PickRule<M> {
    fn clone(&self) -> Self {
        let (fate, count) = (self.fate, self.count);
        Self { fate, count, label: self.label.clone(), fits: Arc::clone(&self.fits) }
    }
}

impl<M: Machine> fmt::Debug for PickRule<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} the next {} of {}", self.fate.name(), self.count, self.label)?;
        match self.fate {
            Pick::Lose => Ok(()),
            Pick::Delay(by) | Pick::Twice(by) => write!(f, " by {by}"),
        }
    }
}

impl<M: Machine> Fault<M> {
    /// Its kind, in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Partition(_) => "partition",
            Self::Heal => "heal",
            Self::Cut(..) => "cut",
            Self::Mend(..) => "mend",
            Self::Hold(..) => "hold",
            Self::Release(..) => "release",
            Self::Link(..) | Self::Links(_) => "link",
            Self::Pick(rule) => rule.fate.name(),
            Self::Zones(..) => "zones",
            Self::Join(..) => "join",
            Self::Leave(..) => "leave",
            Self::StepClock(..) => "clock",
        }
    }

    /// A sentence about it, with the names of the hosts in the order of the world.
    #[must_use]
    pub fn describe(&self, names: &[String]) -> String {
        let name = |host: &HostId| names.get(host.index()).map_or("?", String::as_str);
        let groups = |groups: &[Vec<HostId>]| {
            let named = groups.iter().map(|hosts| hosts.iter().map(name).collect::<Vec<_>>());
            named.map(|hosts| hosts.join(" ")).collect::<Vec<_>>().join(" | ")
        };
        match self {
            Self::Partition(sides) => {
                let rest = sides.iter().map(Vec::len).sum::<usize>() < names.len();
                let rest = if rest { " | everyone else" } else { "" };
                format!("partition {}{rest}", groups(sides))
            }
            Self::Heal => "the network is whole again".to_owned(),
            Self::Cut(a, b) => format!("nothing gets from {} to {}", name(a), name(b)),
            Self::Mend(a, b) => format!("{} reaches {} again", name(a), name(b)),
            Self::Hold(a, b) => format!("what {} sends to {} is kept back", name(a), name(b)),
            Self::Release(a, b) => format!("what {} sent to {} arrives", name(a), name(b)),
            Self::Link(a, b, link) => {
                format!("the link from {} to {} becomes {link}", name(a), name(b))
            }
            Self::Links(link) => format!("every link becomes {link}"),
            Self::Pick(rule) => format!("{rule:?}"),
            Self::Zones(group, zones) => format!("zones of {group}: {}", groups(zones)),
            Self::Join(host, group) => format!("{} joins {group}", name(host)),
            Self::Leave(host, group) => format!("{} leaves {group}", name(host)),
            Self::StepClock(host, by_us) => {
                let by = sansio::Duration::from_micros(by_us.unsigned_abs());
                let way = if *by_us < 0 { "back" } else { "ahead" };
                format!("the wall clock of {} jumps {way} by {by}", name(host))
            }
        }
    }
}
