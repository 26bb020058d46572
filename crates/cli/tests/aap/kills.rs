//! A node that is killed while clients ask it over HTTP: whoever was told of an address has it, and
//! whoever was not asks again and gets one, not two.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use client::{Client, Question};
use serde_json::{Value, json};

use super::support::{command, directory, pause};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Clients that ask at the same time.
const CLIENTS: usize = 8;

/// How often the node is killed.
const KILLS: usize = 4;

/// A node that is killed and started again with the same storage.
struct Mortal {
    directory: PathBuf,
    last: u8,
    process: Child,
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Mortal {
    /// Starts one with the draft's constants divided by 200. `None` where this machine does not let
    /// it run, which it says.
    fn start(name: &str, last: u8) -> Option<Self> {
        let directory = directory(name);
        let process = spawn(&directory, last);
        let mut node = Self { directory, last, process };
        let begun = Instant::now();
        while node.client().status().is_err() {
            if let Ok(Some(status)) = node.process.try_wait() {
                println!("skipped: the node ended with {status}");
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "it never answers");
            pause();
        }
        Some(node)
    }

    fn client(&self) -> Client {
        Client::new(self.directory.join("sock")).patient_for(PATIENCE)
    }

    /// SIGKILL, and another life.
    fn die_and_live(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        self.process = spawn(&self.directory, self.last);
    }

    /// Every address it holds.
    fn held(&self) -> BTreeSet<Ipv4Addr> {
        let listing = self.client().list().expect("it answers");
        let address = |text: &str| u32::from(text.parse::<Ipv4Addr>().expect("an address"));
        let spans = listing.allocations.iter().map(|holding| &holding.lease.span);
        let numbers = spans.flat_map(|span| address(&span.first)..=address(&span.last));
        numbers.map(Ipv4Addr::from).collect()
    }
}

fn spawn(directory: &std::path::Path, last: u8) -> Child {
    let mut command = command(&["node", "--scale", "200", "--log", "error"]);
    command.args(["--bind", &format!("127.0.79.{last}"), "--scope", "239.76.0.0/16"]);
    command.arg("--data").arg(directory.join("data"));
    command.arg("--control").arg(directory.join("sock"));
    command.stderr(Stdio::inherit()).spawn().expect("the binary runs")
}

/// Asks for an address under a key: status and document, if the node lives to answer.
fn ask(client: &Client, key: &str, body: Value) -> Option<(u16, Value)> {
    let answer = client.ask(&Question {
        method: "POST",
        path: "/v1/allocate?timeout_s=20",
        header: Some(("Idempotency-Key", key)),
        body: Some(body),
        wait: Duration::from_secs(20),
    });
    let answer = answer.ok()?;
    let document = answer.json().ok()?;
    Some((answer.status, document))
}

/// Asks until there is an address.
fn insist(client: &Client, key: &str) -> Ipv4Addr {
    let begun = Instant::now();
    loop {
        if let Some((200, document)) = ask(client, key, json!({})) {
            let first = document["leases"][0]["first"].as_str().expect("an address");
            return first.parse().expect("an address");
        }
        assert!(begun.elapsed() < PATIENCE, "no address for {key}");
        pause();
    }
}

#[test]
fn a_client_that_asks_again_after_a_kill_gets_the_same_addresses() {
    let Some(mut node) = Mortal::start("kills-key", 2) else { return };
    let address = insist(&node.client(), "mine");
    node.die_and_live();
    assert_eq!(insist(&node.client(), "mine"), address, "the same, though the node has died");
    let (status, other) = ask(&node.client(), "mine", json!({ "count": 2 })).expect("it answers");
    assert_eq!((status, &other["reason"]), (422, &"key_reused".into()));
    assert_ne!(insist(&node.client(), "another"), address);
    assert_eq!(node.held().len(), 2);
}

#[test]
fn what_clients_were_told_of_outlives_kills_under_load() {
    let Some(mut node) = Mortal::start("kills-load", 3) else { return };
    let kills = std::env::var("AAP_TEST_KILLS").ok().and_then(|kills| kills.parse().ok());
    let (client, enough) = (node.client(), AtomicBool::new(false));
    let work = |nth: usize| {
        let mut got = BTreeMap::new();
        for round in 0.. {
            let key = format!("client {nth} request {round}");
            let address = insist(&client, &key);
            got.insert(key, address);
            if enough.load(Ordering::Relaxed) {
                break;
            }
        }
        got
    };
    let got: BTreeMap<String, Ipv4Addr> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|nth| scope.spawn(move || work(nth))).collect();
        for kill in 0..kills.unwrap_or(KILLS) {
            // The load begins when the start-up silence is over, and goes on a little differently
            // long each time.
            insist(&node.client(), &format!("before kill {kill}"));
            for _ in 0..=kill % 4 {
                pause();
            }
            node.die_and_live();
        }
        enough.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("it got its address")).collect()
    });
    let before = kills.unwrap_or(KILLS);
    let told: BTreeSet<Ipv4Addr> = got.values().copied().collect();
    assert_eq!(told.len(), got.len(), "no address was granted twice: {got:?}");
    let held = node.held();
    assert!(told.is_subset(&held), "lost: {:?}", told.difference(&held).collect::<Vec<_>>());
    assert_eq!(held.len(), got.len() + before, "nobody has more than was asked for");
    for (key, address) in got.iter().take(50) {
        assert_eq!(insist(&node.client(), key), *address, "{key}");
    }
    println!("{} addresses told, {before} kills", got.len());
}
