//! What a node granted outlives a kill at any moment, and a disk that refuses.
//!
//! Each test runs this program again as a child that does nothing but claim and release, and
//! believes what the child printed: an address that was printed as granted must be in storage.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use aap::Timing;
use node::{StoreError, Verdict, inspect};
use rand::RngExt;

use crate::support::{Lan, ONE, Running, Scratch, demand, loopback_works};

const DATA: &str = "AAP_TEST_DATA";

/// Not a test: what the child does.
#[tokio::test]
#[ignore = "run by the other tests as a child process"]
async fn child() {
    let Ok(data) = std::env::var(DATA) else { return };
    let lan = Lan::new();
    let mut config = lan.config(11);
    let machine = &mut config.scopes[0].machine;
    machine.scope = addrspace::Scope::new(
        "wide",
        addrspace::Family::V4,
        addrspace::Range::parse("239.255.0.0/16").unwrap().1,
        addrspace::ScopeKind::Small,
    );
    machine.scopes_on_group = vec![machine.scope.range];
    machine.timing = Timing::draft().divided_by(2000);
    config.data = Some(data.into());
    let mut node = Running::start(config);
    node.ready().await;
    say("ready");
    let workers = (0..8).map(|nth| worker(node.handle.clone(), nth));
    let workers: Vec<_> = workers.map(tokio::spawn).collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

async fn worker(handle: node::Handle, nth: u32) {
    for round in nth.. {
        let request = handle.next_request();
        let claim = aap::Command::Claim { request, demand: demand(1) };
        let verdict = match handle.command(ONE, claim).await {
            Ok(reply) => reply.pending.expect("a claim").wait().await,
            Err(error) => Err(error),
        };
        let leases = match verdict {
            Ok(Verdict::Granted { leases, .. }) => leases,
            other => {
                say(&format!("failed {other:?}"));
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        for lease in leases {
            let text = lease.range.display(addrspace::Family::V4).to_string();
            say(&format!("granted {text}"));
            if round % 4 == 0 {
                say(&format!("releasing {text}"));
                let _ = handle.command(ONE, aap::Command::Release { range: lease.range }).await;
            }
        }
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A child with the lines it prints.
struct Load {
    child: Child,
    lines: Receiver<String>,
}

impl Load {
    fn start(data: &Path) -> Self {
        // A write that the limit of file sizes forbids is to fail, not to kill.
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" --exact storage::child --ignored --nocapture"])
            .arg(std::env::current_exe().expect("a path"))
            .env(DATA, data)
            // Who is killed cannot tidy up: what it puts aside goes with this test.
            .env("TMPDIR", data.parent().expect("a directory of the test's own"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        std::thread::spawn(move || {
            // A line without its end was cut by the kill: it was not said.
            for line in output.split(b'\n').map_while(Result::ok) {
                let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        Self { child, lines }
    }

    fn until(&self, wanted: impl Fn(&str) -> bool, seen: &mut impl FnMut(&str)) {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).expect("the child goes on");
            seen(&line);
            if wanted(&line) {
                return;
            }
        }
    }

    fn kill(&mut self, seen: &mut impl FnMut(&str)) {
        self.child.kill().expect("the child runs");
        self.child.wait().expect("the child ends");
        self.lines.iter().for_each(|line| seen(&line));
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // A test that failed leaves no child behind; one that did not has killed it already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What must be in storage, by what children said.
#[derive(Default)]
struct Ledger {
    granted: BTreeSet<String>,
    /// Given back, or about to be: storage may hold it or not.
    released: BTreeSet<String>,
}

impl Ledger {
    fn note(&mut self, line: &str) {
        if let Some(range) = line.strip_prefix("granted ") {
            assert!(self.granted.insert(range.to_owned()), "{range} was granted twice");
        } else if let Some(range) = line.strip_prefix("releasing ") {
            self.granted.remove(range);
            self.released.insert(range.to_owned());
        }
    }

    fn check(&self, data: &Path) {
        let stored = inspect(data).expect("a sound store").items;
        let own: BTreeSet<String> = stored
            .iter()
            .filter_map(|item| item.key.strip_prefix("own ").map(str::to_owned))
            .collect();
        let lost: Vec<&String> = self.granted.difference(&own).collect();
        assert!(lost.is_empty(), "granted and not in storage: {lost:?}");
    }
}

/// Returns how many granted addresses outlived all of it.
fn kill_repeatedly(rounds: u32) -> usize {
    if !loopback_works() {
        return 0;
    }
    let scratch = Scratch::new();
    let data = scratch.join("data");
    let mut ledger = Ledger::default();
    for _ in 0..rounds {
        let mut load = Load::start(&data);
        load.until(|line| line.ends_with("ready"), &mut |line| ledger.note(line));
        let moment = Duration::from_micros(rand::rng().random_range(0..150_000));
        std::thread::sleep(moment);
        load.kill(&mut |line| ledger.note(line));
        ledger.check(&data);
    }
    assert!(ledger.granted.len() > rounds as usize, "there was load: {}", ledger.granted.len());
    ledger.granted.len()
}

/// Twenty times, or as often as `AAP_TEST_KILLS` says.
#[test]
fn kills_under_load_lose_nothing_that_was_granted() {
    let asked = std::env::var("AAP_TEST_KILLS").ok();
    let rounds = asked.map_or(20, |text| text.parse().expect("a number of kills"));
    println!("{rounds} kills, {} addresses granted and kept", kill_repeatedly(rounds));
}

#[test]
fn a_disk_that_refuses_stops_grants_and_costs_none() {
    if !loopback_works() {
        return;
    }
    let limit = |pid: u32, size: &str| {
        let pid = pid.to_string();
        let args = ["--pid", &pid, &format!("--fsize={size}:unlimited")];
        Command::new("prlimit").args(args).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
    };
    if !limit(std::process::id(), "unlimited") {
        println!("skipped: there is no prlimit here");
        return;
    }
    let scratch = Scratch::new();
    let data = scratch.join("data");
    let mut ledger = Ledger::default();
    let mut load = Load::start(&data);
    load.until(|line| line.starts_with("granted"), &mut |line| ledger.note(line));
    assert!(limit(load.child.id(), "4096"));
    load.until(|line| line.contains("Storage"), &mut |line| ledger.note(line));
    assert!(limit(load.child.id(), "unlimited"));
    load.until(|line| line.starts_with("granted"), &mut |line| ledger.note(line));
    load.kill(&mut |line| ledger.note(line));
    ledger.check(&data);
}

#[tokio::test]
async fn a_node_does_not_start_on_a_damaged_store() {
    if !loopback_works() {
        return;
    }
    let lan = Lan::new();
    let [node] = lan.start([11]).await;
    node.claim(1).await;
    node.stop().await;
    let file = lan.data(11).join("aap.redb");
    let half = std::fs::metadata(&file).unwrap().len() / 2;
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(half).unwrap();
    let error = node::Node::open(lan.config(11)).unwrap_err();
    assert!(
        matches!(error, node::StartError::Store(StoreError::Corrupt { .. })),
        "refused, not begun anew: {error}"
    );
    assert!(inspect(&lan.data(11)).is_err());
}
