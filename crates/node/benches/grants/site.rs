//! A node of loopback with a pool of preallocated addresses.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aap::{Choice, Command, Config, Demand, Layout, Startup, Timing};
use addrspace::{Range, Scope, ScopeKind};
use node::control::{Limits, Running, Server, Settings, Unix};
use node::{Handle, Node, NodeConfig, NodeRole, ScopeId, Verdict};
use sansio::UtcSecs;
use tokio::runtime;

/// A directory on the disk that is built on, removed when the benchmark ends.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let name = format!("grants-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A node on threads of its own; ends when it is dropped.
pub(crate) struct Site {
    pub(crate) socket: PathBuf,
    handle: Handle,
    control: Option<Running>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Site {
    /// Starts one that has `pool` addresses to grant at once.
    pub(crate) fn start(directory: &Path, pool: usize) -> Self {
        let config = config(directory);
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime =
                runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let node = Node::open(config).expect("a node");
                tell.send(node.handle()).expect("someone waits");
                node.run().await;
            });
        });
        let handle = told.recv().expect("a node");
        fill(&handle, pool);
        let socket = directory.join("control.sock");
        let limits = Limits { per_second: 1_000_000, ..Limits::default() };
        let settings = Settings { unix: Some(Unix::at(&socket)), tcp: None, limits };
        let control = Server::bind(settings).expect("a socket").start(handle.clone());
        Self { socket, handle, control: Some(control.expect("a thread")), thread: Some(thread) }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.handle.shutdown();
        drop(self.control.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// `demo` timing, and no start-up silence.
fn config(directory: &Path) -> NodeConfig {
    let third = (std::process::id() % 250) as u8 + 1;
    let own = SocketAddr::from(([127, 79, third, 1], 2878));
    let (family, range) = Range::parse("239.176.0.0/12").expect("a range");
    let mut machine = Config::new(own, Scope::new("pool", family, range, ScopeKind::Small));
    machine.timing = Timing::draft().divided_by(20);
    machine.startup = Startup::Settled;
    let mut config = NodeConfig::new(NodeRole::Maas, machine);
    config.data = Some(directory.join("data"));
    config
}

/// Preallocates, and waits until that stood.
fn fill(handle: &Handle, pool: usize) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let demand = Demand {
        count: u32::try_from(pool).expect("a small pool"),
        layout: Layout::Contiguous,
        end: UtcSecs(i64::try_from(now).expect("a date") + 86_400),
        preferred: Vec::new(),
        choice: Choice::IfFree,
    };
    let request = handle.next_request();
    runtime.block_on(async {
        let command = Command::Preallocate { request, demand };
        let reply = handle.command(ScopeId(0), command).await.expect("a node");
        let verdict = reply.pending.expect("it asked for addresses").wait().await;
        assert!(matches!(verdict, Ok(Verdict::Held { .. })), "{verdict:?}");
    });
}
