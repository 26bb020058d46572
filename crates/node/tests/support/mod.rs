//! Nodes on loopback, each with its own address, in one runtime.

pub(crate) mod forger;
pub(crate) mod namespace;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aap::{Choice, Command, Config, Demand, Event, Layout, Timing};
use addrspace::{Range, Scope, ScopeKind};
use node::{Handle, Node, NodeConfig, NodeEvent, NodeRole, ScopeId, Verdict};
use sansio::UtcSecs;
use tokio::sync::broadcast::Receiver;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub(crate) const ONE: ScopeId = ScopeId(0);

/// What the nodes of one test share: tests run side by side on one loopback interface, so each has
/// its own scope and its own network of addresses.
pub(crate) struct Lan {
    pub(crate) scope: Scope,
    network: [u8; 2],
    scratch: Scratch,
}

impl Lan {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed) as u8;
        let process = (std::process::id() % 250) as u8 + 1;
        let (family, range) = Range::parse(&format!("239.{process}.{}.0/23", nth * 2)).unwrap();
        let scope = Scope::new("site", family, range, ScopeKind::Small);
        Self { scope, network: [process, nth], scratch: Scratch::new() }
    }

    /// The address of `host`, where nobody need be.
    pub(crate) fn address(&self, host: u8) -> SocketAddr {
        let [second, third] = self.network;
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, second, third, host)), 2878)
    }

    pub(crate) fn data(&self, host: u8) -> PathBuf {
        self.scratch.join(&host.to_string())
    }

    /// The draft's constants divided by 100: a silence of 1.5 to 1.95 s, a claim of 0.1 s.
    pub(crate) fn config(&self, host: u8) -> NodeConfig {
        let mut machine = Config::new(self.address(host), self.scope.clone());
        machine.timing = Timing::draft().divided_by(100);
        let mut config = NodeConfig::new(NodeRole::Maas, machine);
        config.data = Some(self.data(host));
        config
    }

    /// Nodes that have listened long enough.
    pub(crate) async fn start<const N: usize>(&self, hosts: [u8; N]) -> [Running; N] {
        let mut nodes = hosts.map(|host| Running::start(self.config(host)));
        for node in &mut nodes {
            node.ready().await;
        }
        nodes
    }
}

/// A directory that is removed when the test is over.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("aap-node-{}-{nth}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A node that runs, with its events.
pub(crate) struct Running {
    pub(crate) handle: Handle,
    pub(crate) events: Receiver<Arc<NodeEvent>>,
    task: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(config: NodeConfig) -> Self {
        let node = Node::open(config).unwrap();
        let handle = node.handle();
        let events = handle.subscribe();
        Self { handle, events, task: tokio::spawn(node.run()) }
    }

    /// Ends it at once, as a kill does: no word to anyone.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Stops it in good order.
    pub(crate) async fn stop(self) {
        self.handle.shutdown();
        self.task.await.unwrap();
    }

    /// Waits for the first event that `wanted` picks something from.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        wanted: impl Fn(&NodeEvent) -> Option<T>,
    ) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.unwrap();
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        timeout(Duration::from_secs(20), search).await.unwrap_or_else(|_| panic!("no {what}"))
    }

    pub(crate) async fn ready(&mut self) {
        self.until("end of the silence", |e| matches!(e.told(), Some(Event::Ready)).then_some(()))
            .await;
    }

    pub(crate) async fn verdict(&self, command: Command) -> Verdict {
        let reply = self.handle.command(ONE, command).await.unwrap();
        let pending = reply.pending.expect("it asked for addresses");
        timeout(Duration::from_secs(20), pending.wait()).await.expect("a verdict").unwrap()
    }

    /// Claims `count` addresses for an hour and returns them.
    pub(crate) async fn claim(&self, count: u32) -> Vec<Range> {
        let request = self.handle.next_request();
        granted(self.verdict(Command::Claim { request, demand: demand(count) }).await)
    }

    /// Claims exactly `range`, whatever the record says.
    pub(crate) async fn insist(&self, range: Range) -> Verdict {
        let request = self.handle.next_request();
        let demand =
            Demand { preferred: vec![range], choice: Choice::Insist, ..demand(range.len() as u32) };
        self.verdict(Command::Claim { request, demand }).await
    }

    pub(crate) async fn told(&self, kind: &str) -> u64 {
        self.handle.snapshot().await.unwrap().scopes[0].counters.told(kind)
    }

    pub(crate) async fn ignored(&self, reason: &str) -> u64 {
        self.handle.snapshot().await.unwrap().scopes[0].counters.ignored(reason)
    }

    pub(crate) async fn held(&self) -> Vec<Range> {
        let snapshot = self.handle.snapshot().await.unwrap();
        snapshot.scopes[0].held.iter().map(|lease| lease.range).collect()
    }
}

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

pub(crate) fn granted(verdict: Verdict) -> Vec<Range> {
    match verdict {
        Verdict::Granted { leases, .. } => leases.iter().map(|lease| lease.range).collect(),
        other => panic!("{other:?}"),
    }
}

/// Whether this machine lets an ordinary user send multicast on loopback; says so if not.
pub(crate) fn loopback_works() -> bool {
    let group = Ipv4Addr::new(239, 251, 251, 251);
    let attempt = || -> std::io::Result<bool> {
        let listener = std::net::UdpSocket::bind((group, 0))?;
        listener.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST)?;
        listener.set_read_timeout(Some(Duration::from_secs(1)))?;
        let sender = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
        sender.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        sender.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
        sender.send_to(b"?", &listener.local_addr()?.into())?;
        Ok(listener.recv(&mut [0; 1]).is_ok())
    };
    let works = attempt().unwrap_or(false);
    if !works {
        println!("skipped: this machine does not deliver multicast on loopback");
    }
    works
}
