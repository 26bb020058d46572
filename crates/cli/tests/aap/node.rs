//! A live node, and the commands that ask it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::spawn;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::{Ran, aap, command, directory};

/// A node on loopback, killed when the test is over.
struct Node {
    process: Child,
    socket: PathBuf,
}

impl Node {
    /// Starts one with the draft's constants divided by 100, and waits until it answers. `None`
    /// where this machine does not let it run, which it says.
    fn start(name: &str, last: u8) -> Option<Self> {
        let directory = directory(name);
        let socket = directory.join("control.sock");
        let bind = format!("127.0.77.{last}");
        let scope = format!("239.77.{last}.0/23");
        let mut command: Command = command(&["node", "--scale", "100", "--log", "warn"]);
        command.args(["--bind", &bind, "--scope", &scope]);
        command.arg("--data").arg(directory.join("data")).arg("--control").arg(&socket);
        let process = command.stderr(Stdio::inherit()).spawn().expect("the binary runs");
        let mut node = Self { process, socket };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if let Ok(Some(status)) = node.process.try_wait() {
                println!("skipped: the node ended with {status}");
                return None;
            }
            if node.ask(&["status"]).status == Some(0) {
                return Some(node);
            }
        }
        panic!("no answer: {:?}", node.ask(&["status"]));
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        ask(&self.socket, arguments)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ask(socket: &Path, arguments: &[&str]) -> Ran {
    let socket = socket.to_str().expect("paths are text");
    aap(&[arguments, &["--control", socket]].concat())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

#[test]
fn addresses_go_from_allocation_to_release() {
    let Some(node) = Node::start("round-trip", 2) else { return };
    let granted =
        node.ask(&["allocate", "--count", "4", "--contiguous", "--lifetime", "2h", "--json"]);
    assert_eq!(granted.status, Some(0), "{granted:?}");
    let lease = &json(&granted.out)["leases"][0];
    let (first, last) = (lease["first"].as_str().unwrap(), lease["last"].as_str().unwrap());
    let range = format!("{first}-{last}");
    assert_eq!(lease["count"], 4);

    let status = node.ask(&["status"]);
    assert!(status.out.contains(" ready "), "{status:?}");
    let list = node.ask(&["list"]);
    assert!(list.out.lines().any(|line| line.starts_with(&range) && line.contains("held")));
    let record = node.ask(&["record"]);
    assert!(record.out.lines().any(|line| line.starts_with(&range) && line.ends_with("this node")));

    let shorter = node.ask(&["renew", &range, "--lifetime", "1h"]);
    assert_eq!(shorter.status, Some(1), "{shorter:?}");
    assert!(shorter.err.contains("no renewal"), "{shorter:?}");
    let renewed = node.ask(&["renew", &range, "--lifetime", "3h"]);
    assert_eq!((renewed.status, renewed.out.contains("renewed")), (Some(0), true), "{renewed:?}");

    let released = node.ask(&["release", &range]);
    assert_eq!((released.status, released.out.contains("released")), (Some(0), true));
    let again = node.ask(&["release", &range, "--json"]);
    assert_eq!((again.status, &json(&again.out)["reason"]), (Some(1), &"not_ours".into()));
}

#[test]
fn what_happens_is_watched_as_it_happens() {
    let Some(node) = Node::start("watch", 6) else { return };
    assert_eq!(node.ask(&["allocate"]).status, Some(0), "the silence is over");
    let socket = node.socket.clone();
    let watch = spawn(move || ask(&socket, &["watch", "--count", "1", "--json"]));
    // One of them comes after the watcher.
    for _ in 0..50 {
        assert_eq!(node.ask(&["allocate"]).status, Some(0));
        if watch.is_finished() {
            break;
        }
    }
    let watched = watch.join().expect("no panic");
    assert_eq!(json(&watched.out)["event"], "granted", "{watched:?}");
    let peopled = node.ask(&["watch", "--count", "1", "--since", "0"]);
    assert!(peopled.out.contains("gone") || peopled.out.contains("granted"), "{peopled:?}");
}

#[test]
fn what_the_node_refuses_is_a_no_and_what_it_cannot_read_is_usage() {
    let Some(node) = Node::start("refusals", 4) else { return };
    let refused = node.ask(&["allocate", "--count", "60000"]);
    assert_eq!(refused.status, Some(1), "{refused:?}");
    let misread = node.ask(&["release", "nowhere"]);
    assert_eq!(misread.status, Some(2), "{misread:?}");
    assert!(misread.err.contains("`nowhere` is not an address"), "{misread:?}");
    let early = node.ask(&["allocate", "--no-wait"]);
    assert_eq!((early.status, early.out.starts_with("pending")), (Some(0), true), "{early:?}");
}

#[test]
fn without_a_node_the_way_to_one_is_told() {
    let nowhere = directory("nowhere").join("control.sock");
    let ran = ask(&nowhere, &["status"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.err.contains("no node listens") && ran.err.contains("aap node"), "{ran:?}");
}

#[test]
fn spans_are_checked_before_anybody_is_asked() {
    let ran = aap(&["allocate", "--lifetime", "2 fortnights"]);
    assert_eq!(ran.status, Some(2));
    assert!(ran.err.contains("1d12h"), "{ran:?}");
}

#[test]
fn shells_and_manuals_know_every_command() {
    let bash = aap(&["completions", "bash"]);
    assert_eq!(bash.status, Some(0));
    assert!(bash.out.contains("allocate"));
    let pages = directory("man");
    let ran = aap(&["man", pages.to_str().expect("paths are text")]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(pages.join("aap.1").exists() && pages.join("aap-allocate.1").exists());
}
