//! Single hosts: their moments, what happens to them, and what they do about it.

mod answers;
mod arena;
mod overlay;
mod pool;
mod reaction;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::sync::Arc;

use sansio::{Instant, Machine, Stored};

use crate::print::{Print, Printer};
use crate::problem::{Disk, Problem, Subject, Vouched};

pub(crate) use arena::{Arena, Renumbering};
pub(crate) use overlay::{Found, Overlay, Sheaf};
pub(crate) use reaction::Reaction;
use reaction::{Local, reactions};

/// A host at one moment, without its machine, which is there while somebody needs it.
pub(crate) struct Slot<M: Machine> {
    /// When its machine wants to be called.
    pub(crate) deadline: Instant,
    /// What stands for all of it.
    pub(crate) print: Print,
    /// What each property knows of it; none while it is down.
    views: Option<Box<[Box<[u128]>]>>,
    recipe: Recipe,
    /// How many steps its recipe takes.
    age: u16,
    body: Option<Arc<Body<M>>>,
}

/// A machine and whatever else of a host can make a difference later.
pub(crate) struct Body<M: Machine> {
    /// None while it is down.
    pub(crate) machine: Option<M>,
    /// Stable storage, if it can ever be read again.
    pub(crate) stored: BTreeMap<<M::Record as Stored>::Key, M::Record>,
    /// How many of the fixed answers of each label have been given.
    pub(crate) given: Vec<u16>,
}

/// How a moment comes to be: enough to have its machine again once that has been forgotten.
#[derive(Clone, Copy, Debug)]
enum Recipe {
    /// It is a host before its first start.
    First { host: usize },
    /// Something makes it of another.
    Made { of: u32, by: Making },
}

/// What makes a moment of another.
#[derive(Clone, Copy, Debug)]
enum Making {
    /// A crash.
    Crash(Disk),
    /// The `nth` reaction to something that happens.
    Reaction { host: u8, at: Instant, what: What, nth: u32 },
}

/// What happens to a host, by its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Start,
    Timeout,
    /// A datagram arrives.
    Message(u32),
    /// The command at this place of the script.
    Command(u16),
}

impl<M: Subject> Slot<M> {
    fn new(problem: &Problem<M>, body: Body<M>, recipe: Recipe, age: u16) -> Self {
        let machine = body.machine.as_ref();
        let deadline = machine.and_then(M::poll_timeout).unwrap_or(Instant::FAR_FUTURE);
        let view = |machine| problem.properties.iter().map(|p| p.view(machine).into()).collect();
        let (views, print) = (machine.map(view), body.print());
        Self { deadline, print, views, recipe, age, body: Some(Arc::new(body)) }
    }

    /// Whether its machine runs.
    pub(crate) const fn is_up(&self) -> bool {
        self.views.is_some()
    }

    /// What a property, by its place, knows of it.
    pub(crate) fn view(&self, property: usize) -> Option<&[u128]> {
        self.views.as_ref().map(|views| &*views[property])
    }

    /// About how many octets it takes besides its machine.
    fn octets(&self) -> usize {
        let views = self.views.iter().flat_map(|views| views.iter());
        size_of::<Self>()
            + views.map(|view| size_of_val(view) + size_of_val(&**view)).sum::<usize>()
    }
}

impl<M: Subject> Body<M> {
    /// A host before its first start.
    fn first(problem: &Problem<M>, host: usize) -> Self {
        let host = &problem.hosts[host];
        let stored = host.stored.iter().map(|record| (record.key(), record.clone())).collect();
        Self { machine: None, stored, given: vec![0; host.answers.len()] }
    }

    /// The same host after a crash.
    fn crashed(&self, disk: Disk) -> Self {
        let stored = match disk {
            Disk::Keep => self.stored.clone(),
            Disk::Lose => BTreeMap::new(),
        };
        Self { machine: None, stored, given: self.given.clone() }
    }

    fn print(&self) -> Print {
        let mut printer = Printer::new();
        self.machine.hash(&mut printer);
        printer.write_usize(self.stored.len());
        self.stored.values().for_each(|record| record.hash(&mut printer));
        self.given.hash(&mut printer);
        printer.print()
    }
}

/// A datagram as its receivers see it.
#[derive(Debug)]
pub(crate) struct Datagram<M: Machine> {
    /// The place of the host that sent it.
    pub(crate) sender: usize,
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) vouched: Vouched,
    pub(crate) message: M::Message,
    /// Who listens to where it goes: a bit for every host.
    pub(crate) listeners: u64,
    pub(crate) print: Print,
}
