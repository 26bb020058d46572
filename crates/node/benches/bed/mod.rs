//! A node on loopback whose record is full of what others announced.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aap::wire::{Body, Header, Message, MessageType, Ranges, Rseq, TimedRange, WireTime};
use aap::{Choice, Command, Config, Demand, Layout, Startup, Timing};
use addrspace::{Addr, Family, Range, Scope, ScopeKind};
use node::{Handle, Node, NodeConfig, NodeRole, ScopeId};
use sansio::UtcSecs;

/// Where the node speaks from.
pub(crate) const NODE: SocketAddr = at(11);
/// Who announced what fills the record.
pub(crate) const CROWD: SocketAddr = at(13);
/// The scope: 2^22 addresses, of which every other one of the first part is another's.
const FIRST: Addr = Addr(0xef00_0000);
const SCOPE: &str = "239.0.0.0/10";
/// What the node holds lies behind all of that.
pub(crate) const OWN: Addr = Addr(0xef30_0000);
/// How many addresses the node holds.
pub(crate) const HELD: u32 = 1024;
/// Ranges of one full AIU (500 octets).
const PER_AIU: usize = 40;

pub(crate) const fn at(host: u8) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(127, 0, 99, host)), 2878)
}

pub(crate) fn scope() -> Scope {
    let (family, range) = Range::parse(SCOPE).expect("a range");
    Scope::new("bench", family, range, ScopeKind::Small)
}

pub(crate) fn group() -> SocketAddr {
    Config::new(NODE, scope()).group
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the end of time")
}

/// A socket that sends multicast on loopback from `own`.
pub(crate) fn speaker(own: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(own).expect("the address is free");
    socket2::SockRef::from(&socket).set_multicast_if_v4(&Ipv4Addr::LOCALHOST).expect("loopback");
    socket
}

/// A message that lists `ranges` for another hour.
pub(crate) fn message(
    kind: MessageType,
    rseq: u32,
    mseq: u8,
    ranges: impl IntoIterator<Item = Range>,
) -> Vec<u8> {
    let time = WireTime::saturating_from;
    let header = Header { family: Family::V4, rseq: Rseq::wrapping(rseq), mseq };
    let end = time(now() + 3600);
    let ranges = ranges.into_iter().map(|range| TimedRange { range, end });
    let ranges = Ranges::new(Family::V4, ranges);
    let body = match kind {
        MessageType::Aclm => Body::Aclm(ranges),
        _ => Body::Aiu(ranges),
    };
    let mut octets = Vec::new();
    Message::new(header, time(now()), body).encode(&mut octets);
    octets
}

/// The AIUs of someone who holds `count` separate addresses.
pub(crate) fn announcements(count: u32) -> Vec<Vec<u8>> {
    let all: Vec<Range> =
        (0..count).map(|nth| Range::single(FIRST.saturating_add(u128::from(nth) * 2))).collect();
    let numbered = (0..).zip(all.chunks(PER_AIU));
    numbered.map(|(rseq, part)| message(MessageType::Aiu, rseq, 0, part.iter().copied())).collect()
}

/// A running node with its thread.
pub(crate) struct Bed {
    pub(crate) handle: Handle,
    /// The thread's number.
    pub(crate) thread: String,
    running: Option<JoinHandle<()>>,
    data: PathBuf,
}

impl Bed {
    /// A node that holds [`HELD`] addresses and has heard of `others` more, alone on a thread.
    pub(crate) fn new(name: &str, others: u32) -> Self {
        // Filling the record is not what is measured, so its disk may be memory.
        let memory = PathBuf::from("/dev/shm");
        let place = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let data = place.join(format!("aap-bench-{name}-{}", std::process::id()));
        let mut machine = Config::new(NODE, scope());
        machine.startup = Startup::Settled;
        machine.timing = Timing::draft();
        // The one claim it makes is not what is measured.
        machine.timing.announce_wait = sansio::Duration::from_millis(100);
        let mut config = NodeConfig::new(NodeRole::Maas, machine);
        config.data = Some(data.clone());
        let (sender, started) = channel();
        let running = std::thread::spawn(move || {
            runtime().block_on(async {
                let node = Node::open(config).expect("loopback with multicast");
                let handle = node.handle();
                sender.send((handle, crate::machine::this_thread())).expect("it is waited for");
                node.run().await;
            });
        });
        let (handle, thread) = started.recv().expect("the node starts");
        let bed = Self { handle, thread, running: Some(running), data };
        bed.claim();
        bed.fill(others);
        bed
    }

    fn claim(&self) {
        let last = OWN.saturating_add(u128::from(HELD) - 1);
        let demand = Demand {
            count: HELD,
            layout: Layout::Contiguous,
            end: UtcSecs(now() + 86_400),
            preferred: vec![Range::new(OWN, last).expect("in order")],
            choice: Choice::Insist,
        };
        let command = Command::Claim { request: self.handle.next_request(), demand };
        runtime().block_on(async {
            let reply = self.handle.command(ScopeId(0), command).await.expect("it works");
            reply.pending.expect("a claim").wait().await.expect("a verdict");
        });
    }

    /// Lets the node hear of `others` addresses, no faster than it listens.
    fn fill(&self, others: u32) {
        let socket = speaker(CROWD);
        let mut heard = 0;
        for aiu in announcements(others) {
            socket.send_to(&aiu, group()).expect("loopback");
            heard += (aiu.len() - 12) / 12;
            while self.entries() + 2000 < heard {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        while self.entries() < heard {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn entries(&self) -> usize {
        let snapshot = runtime().block_on(self.handle.snapshot()).expect("the node runs");
        snapshot.scopes[0].record_entries
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.handle.shutdown();
        let _ = self.running.take().map(JoinHandle::join);
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
