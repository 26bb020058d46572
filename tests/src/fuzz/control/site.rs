use std::io::Write as _;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::loopback;
use aap::{Config, Startup, Timing};
use addrspace::{Addr, Range, Scope, ScopeKind};
use node::control::{Limits, Running, Server, Settings, Tcp, Token};
use node::{Node, NodeConfig, NodeRole, ScopeConfig};

/// What every client that is let in has to know.
pub(super) const TOKEN: &str = "correct-horse-battery";

/// The scopes, each of 512 addresses, of which the first 256 can be allocated.
pub(super) const SCOPES: [&str; 2] = ["site", "campus"];

/// Small, so that every one of them is met.
const LIMITS: Limits = Limits {
    body: 2048,
    addresses: 64,
    ranges: 8,
    connections: 64,
    concurrent: 8,
    per_second: 1_000_000,
    watchers: 2,
    pending: 8,
    remembered: 32,
    wait_max: Duration::from_millis(50),
    patience: Duration::from_secs(20),
};

/// The thread that the node runs on, by whose name its panics are known.
const THREAD: &str = "fuzzed node";

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// How often the node or its control API has panicked.
pub(super) fn panics() -> usize {
    PANICS.load(Ordering::SeqCst)
}

/// A node on loopback, alone in its scopes, which answers on TCP. Its claims take 10 ms.
pub(super) struct Site {
    address: SocketAddr,
    first: Addr,
    _control: Running,
}

impl Site {
    /// `None` where loopback does not do multicast, which is told.
    pub(super) fn open() -> Option<Self> {
        if !loopback::delivers_multicast() {
            return None;
        }
        count_panics();
        let process = (std::process::id() % 250) as u8 + 1;
        let (_, first) = Range::parse(&format!("239.{process}.64.0/23")).expect("a constant");
        let config = node_config(process);
        let (told, handle) = std::sync::mpsc::channel();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let node = Node::open(config).expect("a node on loopback");
                told.send(node.handle()).expect("someone waits for it");
                node.run().await;
            });
        };
        thread::Builder::new().name(THREAD.to_owned()).spawn(run).expect("a thread");
        let handle = handle.recv().expect("the node's handle");
        let token = Token::new(TOKEN).expect("a constant");
        let tcp = Some(Tcp { address: (Ipv4Addr::LOCALHOST, 0).into(), token });
        let server = Server::bind(Settings { unix: None, tcp, limits: LIMITS }).expect("a socket");
        let address = server.tcp_address().expect("it was asked for");
        let control = server.start(handle).expect("a thread");
        Some(Self { address, first: first.first(), _control: control })
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a node that takes connections");
        stream.set_read_timeout(Some(LIMITS.patience)).expect("a length of time");
        stream.set_nodelay(true).expect("TCP");
        stream
    }

    /// The `nth` address of the first scope, or of the second from 512 on, as text.
    pub(super) fn nth(&self, nth: u16) -> String {
        Addr(self.first.0 + u128::from(nth)).to_ip(addrspace::Family::V4).to_string()
    }
}

/// Writes what the node is ready to take: if it refuses early, the rest is not wanted.
pub(super) fn write(stream: &mut TcpStream, octets: &[u8]) {
    let _ = stream.write_all(octets);
}

/// Tells the node that nothing more comes. It may have gone already.
pub(super) fn end(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
}

fn node_config(process: u8) -> NodeConfig {
    let own = SocketAddr::from(([127, process, 64, 1], aap::AAP_PORT));
    let machine = |third: u8, name: &str| {
        let range = format!("239.{process}.{third}.0/23");
        let (family, range) = Range::parse(&range).expect("a constant");
        let mut machine = Config::new(own, Scope::new(name, family, range, ScopeKind::Small));
        machine.timing = Timing::draft().divided_by(1000);
        machine.startup = Startup::Settled;
        machine
    };
    let mut config = NodeConfig::new(NodeRole::Maas, machine(64, SCOPES[0]));
    config.scopes.push(ScopeConfig { machine: machine(66, SCOPES[1]), space: Vec::new() });
    config
}

/// A panic in a task ends that task alone, so nobody would notice.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if matches!(thread::current().name(), Some("control" | THREAD)) {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            before(info);
        }));
    });
}
