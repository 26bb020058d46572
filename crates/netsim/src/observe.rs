use std::fmt;
use std::net::SocketAddr;

use sansio::{Instant, Machine, Rule};

use crate::{Disk, Drawn, Fault, HostId};

/// Something that happened, as an [`Observer`] sees it: by reference, at the moment it happens.
#[derive(Debug)]
pub struct Observation<'a, M: Machine> {
    /// Its number; numbers grow, and every number is used once.
    pub id: u64,
    /// The number of what led to it; none for what the outside decided.
    pub cause: Option<u64>,
    /// When, on the world's clock.
    pub at: Instant,
    /// Whom it happened to; none for the network as a whole.
    pub host: Option<HostId>,
    /// What it is.
    pub what: Seen<'a, M>,
}

/// The kinds of things that happen in a world.
#[derive(Debug)]
#[non_exhaustive]
pub enum Seen<'a, M: Machine> {
    /// The host started, or started again.
    Started {
        /// The records its stable storage gave back.
        restored: &'a [M::Record],
    },
    /// Its user asked for something.
    Command(&'a M::Command),
    /// Its user asked for something while it was down: nobody heard.
    Unheard(&'a M::Command),
    /// It sent a datagram.
    Sent {
        /// The group or address, and port.
        to: SocketAddr,
        /// The datagram.
        message: &'a M::Message,
        /// The rule that asks for it.
        rule: Rule,
        /// The datagram as octets.
        octets: &'a [u8],
    },
    /// A datagram entered the network from outside.
    Injected {
        /// Where it claims to come from.
        from: SocketAddr,
        /// The group or address, and port.
        to: SocketAddr,
        /// The datagram, if it is one.
        message: Result<&'a M::Message, &'a M::Malformed>,
        /// The datagram as octets.
        octets: &'a [u8],
    },
    /// A datagram arrived. What it leads to follows.
    Delivered {
        /// The number of its [`Seen::Sent`] or [`Seen::Injected`].
        of: u64,
        /// Where it came from.
        from: SocketAddr,
        /// The group or address, and port.
        to: SocketAddr,
        /// The datagram.
        message: &'a M::Message,
    },
    /// Octets arrived that are no datagram; the machine never saw them.
    Malformed {
        /// The number of its [`Seen::Sent`] or [`Seen::Injected`].
        of: u64,
        /// Where they came from.
        from: SocketAddr,
        /// What is wrong with them.
        why: &'a M::Malformed,
    },
    /// A copy of a datagram was lost. The observation's host is the one that sent it.
    Dropped {
        /// The number of its [`Seen::Sent`] or [`Seen::Injected`].
        of: u64,
        /// Who did not get it.
        to: HostId,
        /// What became of it.
        why: DropCause,
    },
    /// One of its timers fired; the cause is what armed it. What it leads to follows.
    Fired {
        /// The specification's name for the timer.
        timer: &'static str,
    },
    /// It asked a question of chance and got an answer.
    Drew(Drawn),
    /// It wrote to stable storage.
    Persisted {
        /// The write.
        record: &'a M::Record,
        /// The rule that asks for it.
        rule: Rule,
    },
    /// It told its user or operator something.
    Event {
        /// What it told.
        event: &'a M::Event,
        /// The rule that led to it.
        rule: Rule,
    },
    /// It crashed.
    Crashed {
        /// What became of its storage.
        disk: Disk,
        /// How many outputs of its last call were never carried out.
        undone: usize,
    },
    /// Something was done to the network or to a clock.
    Fault(&'a Fault<M>),
    /// The author has something to say.
    Said(&'a str),
    /// The run stopped for good.
    Stopped(Stop),
}

/// Why a copy of a datagram did not arrive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum DropCause {
    /// The link lost it.
    Loss,
    /// The link is cut in this direction.
    Cut,
    /// The two hosts are on different sides of a partition.
    Partition,
    /// A rule picked it out.
    Picked,
    /// The receiver was down.
    Down,
}

impl DropCause {
    /// Its name in journals and counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Cut => "cut",
            Self::Partition => "partition",
            Self::Picked => "picked",
            Self::Down => "down",
        }
    }
}

impl fmt::Display for DropCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a run came to a halt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Stop {
    /// The time that was asked for has been reached.
    Reached,
    /// Nothing is left to happen.
    Idle,
    /// The hosts sent more datagrams than the run allows: a storm.
    MessageCap {
        /// How many were allowed.
        cap: u64,
    },
    /// A host's timers keep firing while time stands still.
    Stuck {
        /// Which host.
        host: HostId,
    },
}

impl Stop {
    /// Whether the run cannot go on.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::MessageCap { .. } | Self::Stuck { .. })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reached => f.write_str("reached the end of the run"),
            Self::Idle => f.write_str("nothing is left to happen"),
            Self::MessageCap { cap } => {
                write!(f, "stopped a storm: the cap of {cap} datagrams is used up")
            }
            Self::Stuck { host } => {
                write!(f, "stopped: the timers of host {} fire without end", host.index())
            }
        }
    }
}

/// Whoever watches a world: a recorder, an oracle, a counter.
///
/// Observers see and cannot touch. A world that nobody watches is driven with [`Silent`], which
/// costs nothing: no observation is even put together.
pub trait Observer<M: Machine> {
    /// Something happened.
    fn observe(&mut self, seen: &Observation<'_, M>);
}

/// Nobody watches.
#[derive(Clone, Copy, Default, Debug)]
pub struct Silent;

impl<M: Machine> Observer<M> for Silent {
    #[inline(always)]
    fn observe(&mut self, _: &Observation<'_, M>) {}
}

impl<M: Machine, O: Observer<M> + ?Sized> Observer<M> for &mut O {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        (**self).observe(seen);
    }
}

impl<M: Machine, O: Observer<M> + ?Sized> Observer<M> for Box<O> {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        (**self).observe(seen);
    }
}

/// All of them, in order.
impl<M: Machine, O: Observer<M>> Observer<M> for Vec<O> {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        for observer in self {
            observer.observe(seen);
        }
    }
}

/// The one, if there is one.
impl<M: Machine, O: Observer<M>> Observer<M> for Option<O> {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        if let Some(observer) = self {
            observer.observe(seen);
        }
    }
}

/// Both, in order.
impl<M: Machine, A: Observer<M>, B: Observer<M>> Observer<M> for (A, B) {
    fn observe(&mut self, seen: &Observation<'_, M>) {
        self.0.observe(seen);
        self.1.observe(seen);
    }
}
