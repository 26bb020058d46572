//! What is to be explored: hosts, what happens to them, how far the network may misbehave, and
//! what must never be.

use std::fmt;
use std::hash::Hash;
use std::net::SocketAddr;

use sansio::{Duration, Instant, Machine, Now, Stored, UtcSecs};

/// The most hosts a problem may have.
pub const MAX_HOSTS: usize = 8;

/// A machine whose runs can be explored: any whose moments can be told apart by their hash, and
/// shared between threads.
pub trait Subject:
    Machine<
        Message: Send + Sync,
        Command: Send + Sync,
        Event: Send,
        Record: Stored<Key: Send + Sync> + Hash + Send + Sync,
    > + Hash
    + Send
    + Sync
{
}

impl<M> Subject for M where
    M: Machine<
            Message: Send + Sync,
            Command: Send + Sync,
            Event: Send,
            Record: Stored<Key: Send + Sync> + Hash + Send + Sync,
        > + Hash
        + Send
        + Sync
{
}

/// A network of machines and the bounds within which all its runs are explored.
pub struct Problem<M: Machine> {
    /// The hosts, at most [`MAX_HOSTS`], down until the script starts them.
    pub hosts: Vec<Host<M>>,
    /// What happens anyhow, in time order; equal times in the order given.
    pub script: Vec<Scripted<M>>,
    /// What a right wall clock shows at [`Instant::ZERO`].
    pub epoch: UtcSecs,
    /// How far the network may misbehave.
    pub bounds: Bounds,
    /// Which answers stand for all the answers to a question of chance; at least one.
    pub representatives: Vec<Representative>,
    /// What must hold in every state.
    pub properties: Vec<Box<dyn Property<M>>>,
}

/// A host and its machine.
pub struct Host<M: Machine> {
    /// Its name.
    pub name: String,
    /// Where its datagrams come from.
    pub address: SocketAddr,
    /// The groups and ports it listens to.
    pub groups: Vec<SocketAddr>,
    /// Its machine before every start.
    pub blank: M,
    /// How far its wall clock is ahead, in microseconds.
    pub ahead_us: i64,
    /// Whether the transport vouches for what it sends.
    pub vouched: Vouched,
    /// What its stable storage holds before its first start.
    pub stored: Vec<M::Record>,
    /// The next answers to its questions of these labels; what follows is enumerated.
    pub answers: Vec<(String, Vec<u128>)>,
    /// What may be insisted on where a machine asks for a value the environment insists on,
    /// in the order in which they represent the others: lowest first.
    pub candidates: Vec<(String, Vec<u128>)>,
}

/// Whether the transport vouches for the sender of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Vouched {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Something that happens at a set time, before anything else at that instant.
#[derive(Clone, Debug)]
pub struct Scripted<M: Machine> {
    /// When.
    pub at: Instant,
    /// What.
    pub act: Act<M>,
}

/// What can happen by script. Hosts are named by their place.
#[derive(Clone, Debug)]
pub enum Act<M: Machine> {
    /// A host that is down starts.
    Start(usize),
    /// A host's user asks for something.
    Command(usize, M::Command),
    /// A host loses its memory; what happens to its stable storage is said.
    Crash(usize, Disk),
    /// From now on datagrams get from a host to those whose bits are set in the host's word.
    Reach(Vec<u64>),
}

/// What becomes of stable storage in a crash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Disk {
    /// Every write survives.
    Keep,
    /// Nothing survives.
    Lose,
}

/// How far the network may misbehave, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Bounds {
    /// The longest a datagram takes; the shortest is no time at all.
    pub delay: Duration,
    /// How many copies of datagrams may be lost.
    pub losses: u32,
    /// How many copies of datagrams may arrive twice.
    pub duplicates: u32,
    /// How many times a host may crash besides the script; each may start again at any time.
    pub crashes: u32,
    /// Nothing later is looked at.
    pub horizon: Instant,
}

/// A value that stands for all the values of a range of possible answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Representative {
    /// The least.
    Low,
    /// The one in the middle, rounded down.
    Middle,
    /// The greatest.
    High,
}

/// What must hold in every state that is reached.
///
/// Machines are forgotten and made again as they are needed; what a property needs to know of them
/// is kept instead.
pub trait Property<M>: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// What it needs to know of a host that is up, in numbers. It is asked whenever the host has
    /// done something.
    fn view(&self, machine: &M) -> Vec<u128>;

    /// Says why hosts of which it knows this, in their order, break it. Of a host that is down it
    /// knows nothing.
    fn violation(&self, views: &[Option<&[u128]>], now: Instant) -> Option<String>;
}

impl<M: Machine> Problem<M> {
    /// What a host's clocks show.
    pub(crate) fn clocks(&self, host: usize, at: Instant) -> Now {
        let micros = (at.as_micros() as i64).saturating_add(self.hosts[host].ahead_us);
        Now { instant: at, utc: self.epoch.plus(micros.div_euclid(1_000_000)) }
    }

    /// Whether stable storage can ever be read again, so that it is part of a state.
    pub(crate) fn is_storage_used(&self) -> bool {
        self.bounds.crashes > 0 || self.script.iter().any(|s| matches!(s.act, Act::Crash(..)))
    }
}

impl<M: Machine> fmt::Debug for Problem<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.hosts.iter().map(|host| &host.name).collect();
        f.debug_struct("Problem")
            .field("hosts", &names)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}
