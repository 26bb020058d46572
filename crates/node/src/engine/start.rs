use std::io;
use std::path::PathBuf;

use aap::Item;
use sansio::{Instant, Now};
use thiserror::Error;

use super::inject::Injector;
use super::member::Member;
use super::outbox::Outbox;
use super::peers::Peers;
use super::presence::Presence;
use super::requests::Waiters;
use super::settle::first_request;
use super::{Node, Storage};
use crate::answer::Answer;
use crate::auth::Guard;
use crate::capture::Capture;
use crate::clock::{Clock, Reading};
use crate::config::{Loopback, NodeConfig};
use crate::draws::Draws;
use crate::event::{Happening, Served};
use crate::handle::{Handle, ScopeId};
use crate::net::{Channel, Interface, InterfaceChoice, SocketError, Sockets, open};
use crate::notify::Notifier;
use crate::store::{Shelf, Store, StoreError};

/// Why a node does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The interface is not there, or down.
    #[error("no such interface, or it is down: {0}; there are {1}")]
    NoInterface(String, String),
    /// The operating system does not list its interfaces.
    #[error("cannot list the network interfaces: {0}")]
    Interfaces(#[source] io::Error),
    /// A socket cannot be opened.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// Stable storage cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The capture cannot be written.
    #[error("cannot write the trace {}: {why}; choose another file", .path.display())]
    Capture {
        /// Its file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        why: io::Error,
    },
}

impl Node {
    /// Opens sockets and stable storage, and starts every participant with what it remembers.
    ///
    /// # Errors
    /// If the interface, an address, the port or stable storage cannot be used.
    ///
    /// # Panics
    /// Outside a tokio runtime with IO and time.
    pub fn open(config: NodeConfig) -> Result<Self, StartError> {
        let mut clock = Clock::new();
        let reading = clock.read();
        let interface = find(&config.interface)?;
        let sockets = open_sockets(&config, &interface)?;
        let (storage, restored, recalled) = open_storage(&config, reading.now)?;
        let members: Vec<Member> = config
            .scopes
            .iter()
            .enumerate()
            .map(|(id, scope)| Member::new(ScopeId(id), config.role, scope, reading.now.utc))
            .collect();
        let capture = match &config.trace {
            Some(path) => {
                let Reading { now, wall_us, .. } = reading;
                let begun = Capture::begin(path, config.role, &config.scopes, now, wall_us);
                Some(begun.map_err(|why| StartError::Capture { path: path.clone(), why })?)
            }
            None => None,
        };
        let served: Vec<Served> = members.iter().map(|member| member.served.clone()).collect();
        let draws = if capture.is_some() { Draws::remembering() } else { Draws::forgetful() };
        let (handle, ends) = Handle::new(served, first_request(&restored, &recalled), recalled);
        let mut node = Self {
            draws: draws.fixing(&config.draws),
            peers: Peers::new(config.limits.peers),
            guard: Guard::default(),
            injector: Injector::default(),
            notifier: Notifier::from_environment(),
            wanted: Vec::new(),
            outputs: Vec::new(),
            tickets: Vec::new(),
            waiters: Waiters::default(),
            housekeeping_at: Instant::ZERO,
            inputs: 0,
            events: 0,
            buffer: Vec::new(),
            outbox: Outbox::default(),
            presence: Presence::Here(sockets),
            config,
            members,
            clock,
            storage,
            interface,
            ends,
            handle,
            capture,
        };
        // What that leads to is done in the first turn, when whoever holds a handle can hear of it.
        node.start_members(reading.now, &restored);
        Ok(node)
    }

    /// Tries storage that failed again, when it is time to.
    pub(super) fn mend_storage(&mut self, reading: Reading) {
        let now = reading.now.instant;
        let Storage::Failed { retry_at, .. } = &self.storage else { return };
        if *retry_at > now {
            return;
        }
        match open_storage(&self.config, reading.now) {
            // The answers are those of this life, which knows them.
            Ok((storage, restored, _)) => {
                self.storage = storage;
                self.tell(now, reading.wall_us, None, Happening::StorageBack);
                self.renew_machines(reading.now);
                self.start_members(reading.now, &restored);
            }
            Err(error) => {
                let retry_at = now + sansio::Duration::from_secs(1);
                self.storage = Storage::Failed { why: error.to_string(), retry_at };
            }
        }
    }

    /// Replaces every participant by one that was never started.
    pub(super) fn renew_machines(&mut self, now: Now) {
        let role = self.config.role;
        for (nth, (member, scope)) in self.members.iter_mut().zip(&self.config.scopes).enumerate() {
            let fresh = Member::new(member.served.id, role, scope, now.utc);
            // A new life has sent nothing yet.
            (member.machine, member.echoes) = (fresh.machine, fresh.echoes);
            if let Some(capture) = &mut self.capture {
                capture.note_anew(nth, role, scope, now);
            }
        }
    }

    /// Looks after what nobody else does: the interface, the list of peers, the service manager.
    pub(super) fn keep_house(&mut self, reading: Reading) {
        self.peers.forget_silent(reading.now.instant);
        self.watch_interface(reading);
        let now = reading.now.instant;
        let states = self.members.iter().map(|member| (&*member.served.name, member.state(now)));
        self.notifier.alive(states);
    }
}

fn find(choice: &InterfaceChoice) -> Result<Interface, StartError> {
    let found = Interface::find(choice).map_err(StartError::Interfaces)?;
    found.ok_or_else(|| {
        let all = Interface::all().unwrap_or_default();
        let names: Vec<String> = all.into_iter().map(|interface| interface.name).collect();
        let wanted = match choice {
            InterfaceChoice::Name(name) => name.clone(),
            InterfaceChoice::Address(address) => address.to_string(),
        };
        StartError::NoInterface(wanted, names.join(", "))
    })
}

pub(super) fn open_sockets(
    config: &NodeConfig,
    interface: &Interface,
) -> Result<Sockets, SocketError> {
    let channels: Vec<Channel> = config
        .scopes
        .iter()
        .map(|scope| Channel { own: scope.machine.own, group: scope.machine.group })
        .collect();
    open(&channels, interface, config.hops.into(), config.loopback == Loopback::On)
}

/// Stable storage, what it holds for each scope, and the answers it remembers.
type Opened = (Storage, Vec<Vec<Item>>, Vec<Answer>);

fn open_storage(config: &NodeConfig, now: Now) -> Result<Opened, StoreError> {
    let Some(directory) = &config.data else {
        return Ok((Storage::None, Vec::new(), Vec::new()));
    };
    let shelves = config
        .scopes
        .iter()
        .map(|scope| Shelf {
            name: scope.machine.scope.name.clone(),
            family: scope.machine.scope.family,
            range: scope.machine.scope.range,
        })
        .collect();
    let (mut store, restored) = Store::open(directory, shelves)?;
    let recalled = store.recall(now.utc)?;
    Ok((Storage::Open(store), restored, recalled))
}
