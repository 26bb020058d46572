//! Real processes on one loopback interface: three nodes and a Prefix Coordinator that meet only by
//! multicast, one of them killed and started again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::{Ran, aap, command, directory, pause};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A large scope, its network of loopback addresses, and the files of its processes.
struct Domain {
    directory: PathBuf,
    third: u8,
}

/// A process, killed when it goes out of scope.
struct Process {
    child: Child,
    socket: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Domain {
    fn new(name: &str, third: u8) -> Self {
        Self { directory: directory(name), third }
    }

    fn scope(&self) -> String {
        format!("239.78.{}.0/23:large", self.third)
    }

    fn address(&self, last: u8) -> String {
        format!("127.78.{}.{last}", self.third)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Starts a process with the draft's constants divided by 20, but for the silence.
    fn start(&self, kind: &str, last: u8, more: &[&str]) -> Process {
        let socket = self.path(&format!("{last}.sock"));
        let mut command: Command = command(&[kind, "--timing", "demo", "--log", "warn"]);
        command.args(["--bind", &self.address(last), "--scope", &self.scope()]);
        command.args(["--set", "constants.startup-wait=1s"]).args(more);
        command.arg("--control").arg(&socket).stderr(Stdio::inherit());
        Process { child: command.spawn().expect("the binary runs"), socket }
    }

    fn node(&self, last: u8) -> Process {
        let data = self.path(&format!("data-{last}"));
        self.start("node", last, &["--data", data.to_str().expect("paths are text")])
    }

    fn coordinator(&self, last: u8) -> Process {
        let space = format!("239.78.{}.0/24 for 12h", self.third);
        // Of two, either may lead; of one, waiting is for nothing.
        self.start("coordinator", last, &["--space", &space, "--set", "constants.asa-interval=1s"])
    }
}

impl Process {
    fn ask(&self, arguments: &[&str]) -> Ran {
        ask(&self.socket, arguments)
    }

    /// Asks again and again until the answer is as wanted. `None` if the process has ended.
    fn until(&mut self, arguments: &[&str], wanted: impl Fn(&Ran) -> bool) -> Option<Ran> {
        let begun = Instant::now();
        loop {
            let ran = self.ask(arguments);
            if wanted(&ran) {
                return Some(ran);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                println!("it ended with {status}");
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "{arguments:?}: {ran:?}");
            pause();
        }
    }

    /// Claims one address and returns it.
    fn allocate(&self, more: &[&str]) -> String {
        let ran = self.ask(&[&["allocate", "--json"], more].concat());
        assert_eq!(ran.status, Some(0), "{ran:?}");
        json(&ran.out)["leases"][0]["first"].as_str().expect("an address").to_owned()
    }

    fn lists(&mut self, command: &str, line: &str) {
        let found = self.until(&[command], |ran| ran.out.lines().any(|each| each.contains(line)));
        assert!(found.is_some(), "{command} never has {line}");
    }
}

fn ask(socket: &Path, arguments: &[&str]) -> Ran {
    aap(&[arguments, &["--control", socket.to_str().expect("paths are text")]].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// AAP-1.4-01, AAP-2.2-04, AAP-3.1-01: what a process owned is defended while it is dead, and is
/// its own again when it is back.
#[test]
fn an_owner_that_is_killed_is_defended_and_holds_its_addresses_when_it_is_back() {
    let domain = Domain::new("killed-owner", 10);
    let _coordinator = domain.coordinator(20);
    let [mut owner, mut bystander, mut claimant] = [11, 12, 13].map(|last| domain.node(last));
    for node in [&mut owner, &mut bystander, &mut claimant] {
        let ready = node.until(&["status"], |ran| ran.out.contains(" ready "));
        let Some(_) = ready else { return println!("skipped: nodes do not run here") };
    }
    // The first ASA may come later than the end of the silence.
    owner.until(&["allocate"], |ran| ran.status == Some(0)).expect("an address");
    let owned = owner.allocate(&["--lifetime", "2h"]);
    assert!(owned.starts_with("239.78.10."), "{owned} is not offered");
    for node in [&mut bystander, &mut claimant] {
        node.lists("record", &owned);
    }

    // A forced collision: the owner answers, and the claimant takes another.
    let other = claimant.allocate(&["--prefer", &owned, "--insist"]);
    assert_ne!(other, owned);
    owner.lists("list", &owned);

    // Dead, with no word to anyone: a bystander answers in its place.
    owner.child.kill().expect("it can be killed");
    owner.child.wait().expect("it ends");
    let another = claimant.allocate(&["--prefer", &owned, "--insist"]);
    assert!(another != owned && another != other, "{another} is owned");

    // Back, it holds what it held before, and announces it again.
    drop(owner);
    let mut owner = domain.node(11);
    owner.until(&["status"], |ran| ran.out.contains(" ready ")).expect("it starts again");
    owner.lists("list", &owned);
    let last = claimant.allocate(&["--prefer", &owned, "--insist"]);
    assert_ne!(last, owned);
}
