//! What a capture must tell so that a node can be run again, whatever happened to it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use aap::policy::Policy;
use aap::{Choice, Command, Config, Demand, Layout, RequestId, Startup, Timing};
use addrspace::{Range, Scope, ScopeKind};
use sansio::{Duration, Instant, Machine, Now, UtcSecs};

use super::{Node, Storage};
use crate::capture::{Given, replay_capture};
use crate::clock::Reading;
use crate::config::{NodeConfig, NodeRole};

fn config(last: u8, timing: Timing) -> NodeConfig {
    let (family, range) = Range::parse("239.249.0.0/23").unwrap();
    let own = SocketAddr::from(([127, 249, 0, last], 2878));
    let mut machine = Config::new(own, Scope::new("site", family, range, ScopeKind::Small));
    machine.startup = Startup::Settled;
    machine.timing = timing;
    NodeConfig::new(NodeRole::Maas, machine)
}

/// A node whose clock is in our hands.
struct Bench {
    node: Node,
    reading: Reading,
}

impl Bench {
    /// `None` where this machine does not let it open its sockets, which it says.
    fn open(config: NodeConfig) -> Option<Self> {
        let mut node = match Node::open(config) {
            Ok(node) => node,
            Err(why) => {
                println!("skipped: {why}");
                return None;
            }
        };
        let reading = node.clock.read();
        Some(Self { node, reading })
    }

    fn claim(&mut self, request: u32) {
        let demand = Demand {
            count: 1,
            layout: Layout::Scattered,
            end: self.reading.now.utc.plus(3600),
            preferred: Vec::new(),
            choice: Choice::IfFree,
        };
        let command = Command::Claim { request: RequestId(request), demand };
        self.node.feed(0, self.reading.now, Given::Command(&command), None);
        self.node.settle(self.reading);
    }

    /// Lets `span` go by; timers fire when they are due.
    fn pass(&mut self, span: Duration) {
        let end = self.reading.now.instant + span;
        while let Some(due) = self.node.members[0].machine.poll_timeout().filter(|due| *due <= end)
        {
            self.at(due);
            self.node.feed(0, self.reading.now, Given::Timeout, None);
            self.node.settle(self.reading);
        }
        self.at(end);
    }

    fn at(&mut self, instant: Instant) {
        let secs =
            instant.as_micros() / 1_000_000 - self.reading.now.instant.as_micros() / 1_000_000;
        let utc = UtcSecs(self.reading.now.utc.0 + secs as i64);
        self.reading.now = Now { instant, utc };
    }
}

/// A directory that is removed when the test is over.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("aap-capture-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_capture_tells_of_failed_storage_and_of_new_constants() {
    let scratch = Scratch::new();
    let file = scratch.0.join("capture");
    let mut first = config(1, Timing::draft().divided_by(10));
    first.trace = Some(file.clone());
    let mut second = config(1, Timing::draft().divided_by(3));
    second.scopes[0].machine.policy = Policy::literal();
    let Some(mut bench) = Bench::open(first) else { return };

    bench.claim(1);
    bench.pass(Duration::from_secs(2));
    bench.claim(2);
    bench.node.storage_failed("the disk is full", bench.reading);
    // As SIGHUP does, while nothing else is taken.
    bench.node.reload(&second, bench.reading);
    bench.node.settle(bench.reading);
    bench.at(bench.reading.now.instant + Duration::from_secs(2));
    bench.node.mend_storage(bench.reading);
    assert!(!matches!(bench.node.storage, Storage::Failed { .. }));
    bench.claim(3);
    bench.pass(Duration::from_secs(20));
    bench.node.settle(bench.reading);
    drop(bench);

    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches("\"anew\"").count(), 2, "when it failed, and when it worked again");
    let replayed = replay_capture(&file).unwrap();
    assert_eq!(replayed.difference, None);
    assert!(replayed.inputs > 12, "{replayed:?}");
}
