//! A scope of loopback addresses that one test has to itself, and real nodes in it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use aap::{Choice, Command, Config, Demand, Event, Layout, Peer, Timing};
use addrspace::{Range, Scope, ScopeKind};
use node::{Handle, Node, NodeConfig, NodeEvent, NodeRole, ScopeId, Snapshot, Verdict};
use sansio::UtcSecs;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

/// All constants are divided by this, but for the start-up silence.
pub(crate) const SCALE: u32 = 10;

const ONE: ScopeId = ScopeId(0);
const PATIENCE: Duration = Duration::from_secs(30);

/// A scope and a network of addresses that no other test uses.
pub(crate) struct Site {
    config: Config,
    network: [u8; 2],
}

impl Site {
    /// A small scope; `None` where this machine cannot show it, which it says.
    pub(crate) fn small() -> Option<Self> {
        Self::of(ScopeKind::Small)
    }

    /// A scope that Prefix Coordinators divide.
    pub(crate) fn large() -> Option<Self> {
        Self::of(ScopeKind::Large)
    }

    fn of(kind: ScopeKind) -> Option<Self> {
        if let Err(why) = works() {
            println!("skipped: {why}");
            return None;
        }
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let nth = 128 + 2 * NEXT.fetch_add(1, Ordering::Relaxed);
        let process = (std::process::id() % 250) as u8 + 1;
        let network = [process, nth];
        let (family, range) = Range::parse(&format!("239.{process}.{nth}.0/23")).unwrap();
        let own = SocketAddr::from(([127, process, nth, 0], 2878));
        let mut config = Config::new(own, Scope::new("site", family, range, kind));
        config.timing = Timing::draft().divided_by(SCALE.into());
        config.timing.startup_wait = sansio::Duration::from_secs(1);
        Some(Self { config, network })
    }

    /// The same network and group, for other addresses.
    pub(crate) fn with_scope(mut self, range: &str) -> Self {
        let (family, range) = Range::parse(range).unwrap();
        self.config.scope = Scope::new("site", family, range, self.config.scope.kind);
        self.config.scopes_on_group = vec![range];
        self
    }

    pub(crate) fn address(&self, host: u8) -> IpAddr {
        let [second, third] = self.network;
        Ipv4Addr::new(127, second, third, host).into()
    }

    pub(crate) const fn group(&self) -> SocketAddr {
        self.config.group
    }

    /// The `nth` address of the scope, as text.
    pub(crate) fn nth(&self, nth: u8) -> String {
        let (family, first) = (self.config.scope.family, self.config.scope.range.first());
        Range::single(addrspace::Addr(first.0 + u128::from(nth))).display(family).to_string()
    }

    /// The first `count` addresses of the scope, as text.
    pub(crate) fn first(&self, count: u8) -> String {
        format!("{}-{}", self.nth(0), self.nth(count - 1))
    }

    /// A node that has been silent long enough.
    pub(crate) async fn node(&self, host: u8) -> Running {
        let mut node = self.listening_node(host);
        node.ready().await;
        node
    }

    /// A node that has just been started.
    pub(crate) fn listening_node(&self, host: u8) -> Running {
        let mut config = self.config.clone();
        config.own.set_ip(self.address(host));
        let node = Node::open(NodeConfig::new(NodeRole::Maas, config)).unwrap();
        let handle = node.handle();
        let events = handle.subscribe();
        tokio::spawn(node.run());
        Running { handle, events }
    }
}

/// Whether there is what these tests need.
fn works() -> Result<(), &'static str> {
    let python = Process::new("python3").arg("--version").stdout(Stdio::null()).status();
    if !python.is_ok_and(|status| status.success()) {
        return Err("there is no python3");
    }
    match tests::loopback::delivers_multicast() {
        true => Ok(()),
        false => Err("this machine does not deliver multicast on loopback"),
    }
}

/// A node of the `node` crate, in this process.
pub(crate) struct Running {
    pub(crate) handle: Handle,
    events: Receiver<Arc<NodeEvent>>,
}

impl Running {
    pub(crate) async fn ready(&mut self) {
        self.told("ready", |event| matches!(event, Event::Ready).then_some(())).await;
    }

    /// Waits for the first ASA to be processed: a node may be ready before it.
    pub(crate) async fn knows_space(&self) {
        let search = async {
            while self.snapshot().await.scopes[0].space.is_none() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, search).await.expect("an ASA");
    }

    /// Waits for something its user is told.
    pub(crate) async fn told<T>(&mut self, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = match self.events.recv().await {
                    Ok(event) => event,
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => panic!("the node ended before: {what}"),
                };
                if let Some(found) = event.told().and_then(&wanted) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("never: {what}"))
    }

    /// Waits for a conflict, and answers with whom.
    pub(crate) async fn conflict(&mut self) -> Peer {
        let with = |event: &Event| match event {
            Event::Conflict { peer, .. } => Some(*peer),
            _ => None,
        };
        self.told("conflict", with).await
    }

    /// Asks for addresses, and answers with the verdict.
    pub(crate) async fn verdict(&self, demand: Demand) -> Verdict {
        let request = self.handle.next_request();
        let command = Command::Claim { request, demand };
        let pending = self.handle.command(ONE, command).await.unwrap().pending.unwrap();
        timeout(PATIENCE, pending.wait()).await.expect("a verdict").unwrap()
    }

    /// Claims one address of its choice.
    pub(crate) async fn claim(&self) -> String {
        self.texts(self.verdict(demand(1)).await).remove(0)
    }

    /// Claims exactly `range` first, whatever the record says, and answers with what it got.
    pub(crate) async fn insist(&self, range: &str) -> String {
        let (_, range) = Range::parse(range).unwrap();
        let demand = Demand { preferred: vec![range], choice: Choice::Insist, ..demand(1) };
        self.texts(self.verdict(demand).await).remove(0)
    }

    pub(crate) async fn snapshot(&self) -> Snapshot {
        self.handle.snapshot().await.unwrap()
    }

    pub(crate) async fn held(&self) -> Vec<String> {
        let scope = &self.snapshot().await.scopes[0];
        let family = scope.served.family;
        scope.held.iter().map(|lease| lease.range.display(family).to_string()).collect()
    }

    fn texts(&self, verdict: Verdict) -> Vec<String> {
        let Verdict::Granted { leases, .. } = verdict else { panic!("{verdict:?}") };
        let family = self.handle.scopes()[0].family;
        leases.iter().map(|lease| lease.range.display(family).to_string()).collect()
    }
}

/// `count` addresses for an hour.
pub(crate) fn demand(count: u32) -> Demand {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Demand {
        count,
        layout: Layout::Scattered,
        end: UtcSecs(now.as_secs() as i64 + 3600),
        preferred: Vec::new(),
        choice: Choice::IfFree,
    }
}
