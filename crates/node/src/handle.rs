//! What others may ask of a running node.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aap::{Command, Event, GrantPath, Lease, Refusal, RequestId};
use addrspace::Addr;
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::answer::{Answer, Memo};
use crate::config::{NodeConfig, Reloaded};
use crate::event::{NodeEvent, Served};
use crate::faults::FaultPlan;
use crate::snapshot::{RecordPage, Snapshot};

/// How many requests may wait for the engine; more are refused at once.
pub const REQUEST_BACKLOG: usize = 256;

/// How many events a subscriber may fall behind before it misses the oldest.
pub const EVENT_BACKLOG: usize = 1024;

/// A scope of a node, by its place in the configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ScopeId(pub usize);

/// The way into a running node. Clones lead to the same node.
#[derive(Clone, Debug)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<Arc<NodeEvent>>,
    stop: watch::Sender<bool>,
    scopes: Arc<[Served]>,
    next_request: Arc<AtomicU32>,
    recalled: Arc<[Answer]>,
}

/// What a command led to at once.
#[derive(Debug)]
pub struct Reply {
    /// What the participant told while it took the command, in order. Durable if it had to be.
    pub events: Vec<Arc<NodeEvent>>,
    /// The verdict, if the command asked for addresses; it may be among the events already.
    pub pending: Option<Pending>,
}

impl Reply {
    /// The verdict on `request`, if it is among the events already.
    #[must_use]
    pub fn verdict(&self, request: RequestId) -> Option<Verdict> {
        self.events.iter().filter_map(|e| e.told()).find_map(|e| Verdict::of(e, request))
    }

    /// Why the command was refused or not carried out, if it says so already.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.events.iter().find_map(|e| match e.told()? {
            Event::Refused { why, .. } | Event::NotDone { why, .. } => Some(*why),
            _ => None,
        })
    }
}

/// An answer to come: dropping it loses the answer, not the request.
#[derive(Debug)]
pub struct Pending {
    request: RequestId,
    answer: oneshot::Receiver<Result<Verdict, CommandError>>,
}

impl Pending {
    pub(crate) const fn new(
        request: RequestId,
        answer: oneshot::Receiver<Result<Verdict, CommandError>>,
    ) -> Self {
        Self { request, answer }
    }

    /// The request that is to be answered.
    #[must_use]
    pub const fn request(&self) -> RequestId {
        self.request
    }

    /// Waits for the answer: about `[ANNOUNCE-WAIT]` for a claim that nobody objects to, longer
    /// for one that collides or meets a start-up silence.
    ///
    /// # Errors
    /// If stable storage failed or the interface went away, which end every request under way, or
    /// the node stopped.
    pub async fn wait(self) -> Result<Verdict, CommandError> {
        self.answer.await.unwrap_or(Err(CommandError::Stopped))
    }
}

/// How a request for addresses ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It has its addresses; they are in stable storage.
    Granted {
        /// The addresses.
        leases: Vec<Lease>,
        /// How it got them.
        path: GrantPath,
    },
    /// A preallocation stood: its addresses can be allocated at once from now on.
    Held {
        /// The addresses.
        leases: Vec<Lease>,
    },
    /// It failed for good.
    Refused(Refusal),
}

impl Verdict {
    /// What `event` means for `wanted`, if it decides it.
    pub(crate) fn of(event: &Event, wanted: RequestId) -> Option<Self> {
        match event {
            Event::Granted { request, leases, path } if *request == wanted => {
                Some(Self::Granted { leases: leases.clone(), path: *path })
            }
            Event::Held { request: Some(request), leases } if *request == wanted => {
                Some(Self::Held { leases: leases.clone() })
            }
            Event::Refused { request, why } if *request == wanted => Some(Self::Refused(*why)),
            _ => None,
        }
    }
}

/// Why a command was not taken.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The node has stopped or is stopping.
    #[error("the node has stopped")]
    Stopped,
    /// Too many requests wait already; try again.
    #[error("too many requests are under way")]
    Busy,
    /// A request of this number waits for its verdict.
    #[error("a request of this number is under way")]
    RequestInUse,
    /// The node does not serve this scope.
    #[error("there is no such scope")]
    NoSuchScope,
    /// Stable storage does not work, so nothing can be promised.
    #[error("stable storage failed: {0}")]
    Storage(String),
    /// The interface is gone, so that nobody could object to a claim.
    #[error("the interface is gone; ask again when it is back")]
    Offline,
}

/// The node has stopped or is stopping.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("the node has stopped")]
pub struct Stopped;

/// Why faults are not switched on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum FaultsRefused {
    /// The node talks to a real network.
    #[error("faults are for loopback and network namespaces only")]
    RealNetwork,
    /// The node has stopped or is stopping.
    #[error("the node has stopped")]
    Stopped,
    /// Too many requests wait already; try again.
    #[error("too many requests are under way")]
    Busy,
}

/// What the engine is asked.
#[derive(Debug)]
pub(crate) enum Request {
    Command {
        scope: ScopeId,
        command: Command,
        /// What to remember of it, if it gets its addresses.
        memo: Option<Box<Memo>>,
        reply: oneshot::Sender<Result<Reply, CommandError>>,
    },
    Snapshot {
        reply: oneshot::Sender<Snapshot>,
    },
    Record {
        scope: ScopeId,
        after: Option<Addr>,
        limit: usize,
        reply: oneshot::Sender<RecordPage>,
    },
    Faults {
        plan: FaultPlan,
        reply: oneshot::Sender<Result<(), FaultsRefused>>,
    },
    Reload {
        config: Box<NodeConfig>,
        reply: oneshot::Sender<Reloaded>,
    },
}

/// The engine's ends of a handle's channels.
#[derive(Debug)]
pub(crate) struct Ends {
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) events: broadcast::Sender<Arc<NodeEvent>>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Handle {
    /// A handle and the ends its node works at. Requests are numbered from `first_request`; answers
    /// of former lives are `recalled`.
    pub(crate) fn new(
        scopes: Vec<Served>,
        first_request: u32,
        recalled: Vec<Answer>,
    ) -> (Self, Ends) {
        let (requests, incoming) = mpsc::channel(REQUEST_BACKLOG);
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        let (stop, stopping) = watch::channel(false);
        let ends = Ends { requests: incoming, events: events.clone(), stop: stopping };
        let next_request = Arc::new(AtomicU32::new(first_request));
        let (scopes, recalled) = (scopes.into(), recalled.into());
        (Self { requests, events, stop, scopes, next_request, recalled }, ends)
    }

    /// The scopes the node serves, in the order of the configuration.
    #[must_use]
    pub fn scopes(&self) -> &[Served] {
        &self.scopes
    }

    /// The scope called `name`.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<&Served> {
        self.scopes.iter().find(|s| s.name == name)
    }

    /// A number for a new request: unused in this life of the node, and by what its stable storage
    /// remembers of former lives.
    #[must_use]
    pub fn next_request(&self) -> RequestId {
        RequestId(self.next_request.fetch_add(1, Ordering::Relaxed))
    }

    /// Answers of former lives that clients may ask for again.
    pub(crate) fn recalled(&self) -> &[Answer] {
        &self.recalled
    }

    /// Hands `command` to the participant of `scope` and returns what it led to at once. If the
    /// command asks for addresses, [`Reply::pending`] waits for the verdict.
    ///
    /// # Errors
    /// If the node has stopped, does not serve the scope, is asked too much at once, or cannot
    /// write to its stable storage.
    pub async fn command(&self, scope: ScopeId, command: Command) -> Result<Reply, CommandError> {
        self.command_with(scope, command, None).await
    }

    /// As [`Handle::command`]; what the command gets is remembered under the key of `memo`.
    pub(crate) async fn command_with(
        &self,
        scope: ScopeId,
        command: Command,
        memo: Option<Memo>,
    ) -> Result<Reply, CommandError> {
        if scope.0 >= self.scopes.len() {
            return Err(CommandError::NoSuchScope);
        }
        let (reply, answer) = oneshot::channel();
        let memo = memo.map(Box::new);
        self.ask(
            Request::Command { scope, command, memo, reply },
            CommandError::Busy,
            CommandError::Stopped,
        )?;
        answer.await.map_err(|_| CommandError::Stopped)?
    }

    /// Every event from now on. A subscriber that falls [`EVENT_BACKLOG`] events behind is told
    /// that it missed some; the node does not wait for it.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<NodeEvent>> {
        self.events.subscribe()
    }

    /// What the node is doing.
    ///
    /// # Errors
    /// If the node has stopped.
    pub async fn snapshot(&self) -> Result<Snapshot, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Snapshot { reply }).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// At most `limit` entries of the Allocation Record of `scope` whose first address is above
    /// `after`, in the order of addresses. `limit` is cut to 4096.
    ///
    /// # Errors
    /// If the node has stopped.
    pub async fn record(
        &self,
        scope: ScopeId,
        after: Option<Addr>,
        limit: usize,
    ) -> Result<RecordPage, Stopped> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Record { scope, after, limit: limit.min(4096), reply };
        self.requests.send(request).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Replaces the faults that datagrams of others meet on their way in, and that of the clock.
    ///
    /// # Errors
    /// If the node talks to a real network, or has stopped.
    pub async fn set_faults(&self, plan: FaultPlan) -> Result<(), FaultsRefused> {
        let (reply, answer) = oneshot::channel();
        self.ask(Request::Faults { plan, reply }, FaultsRefused::Busy, FaultsRefused::Stopped)?;
        answer.await.map_err(|_| FaultsRefused::Stopped)?
    }

    /// Takes over from `config` what can change while the node runs: policy, constants, the
    /// deny-list, limits and trust. Whoever calls this sees to the log itself.
    ///
    /// # Errors
    /// If the node has stopped.
    pub async fn reload(&self, config: NodeConfig) -> Result<Reloaded, Stopped> {
        let (reply, answer) = oneshot::channel();
        let request = Request::Reload { config: Box::new(config), reply };
        self.requests.send(request).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Asks the node to stop. Allocations stay in stable storage and are served again by the next
    /// start; nothing is announced as deleted.
    pub fn shutdown(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the node has stopped.
    pub async fn stopped(&self) {
        self.requests.closed().await;
    }

    fn ask<E>(&self, request: Request, busy: E, stopped: E) -> Result<(), E> {
        self.requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => busy,
            mpsc::error::TrySendError::Closed(_) => stopped,
        })
    }
}
