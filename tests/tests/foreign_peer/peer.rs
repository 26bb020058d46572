//! The peer of `tests/foreign` as a process: orders in, what it does and hears out.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::spawn;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::site::{SCALE, Site};

/// How long anything may take to happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that speaks AAP as the draft has it; killed when it goes out of scope.
pub(crate) struct Foreign {
    process: Child,
    orders: Option<ChildStdin>,
    told: UnboundedReceiver<Value>,
    nodes: Vec<String>,
}

impl Foreign {
    /// Starts one at the address `host` of the site and waits until it hears the group.
    pub(crate) async fn start(site: &Site, host: u8) -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("foreign/peer.py");
        let mut process = Command::new("python3")
            // No compiled copies beside the source.
            .arg("-B")
            .arg(program)
            .args(["--own", &site.address(host).to_string()])
            .args(["--group", &site.group().ip().to_string()])
            .args(["--scale", &SCALE.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (teller, told) = unbounded_channel();
        spawn(move || {
            for line in lines.map_while(Result::ok) {
                let value =
                    serde_json::from_str(&line).unwrap_or_else(|why| json!(why.to_string()));
                let _ = teller.send(value);
            }
        });
        let nodes = (11..20).map(|host| site.address(host).to_string()).collect();
        let orders = process.stdin.take();
        let mut foreign = Self { process, orders, told, nodes };
        foreign.until("ready", |told| told["event"] == "ready").await;
        foreign
    }

    /// Tells it to do something.
    pub(crate) fn order(&mut self, order: &Value) {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
    }

    /// Waits for the first thing it tells that is wanted.
    pub(crate) async fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let search = async {
            loop {
                let told = self.next().await.unwrap_or_else(|| panic!("it ended before: {what}"));
                if wanted(&told) {
                    return told;
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("never: {what}"))
    }

    /// Everything it tells from now on for so long that is wanted.
    pub(crate) async fn during(
        &mut self,
        span: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Vec<Value> {
        let mut found = Vec::new();
        let all = async {
            while let Some(told) = self.next().await {
                found.extend(Some(told).filter(&wanted));
            }
        };
        let _ = timeout(span, all).await;
        found
    }

    /// Ends it in good order, and checks what it heard that nobody asked for.
    pub(crate) async fn finish(mut self) {
        self.orders = None;
        while timeout(PATIENCE, self.next()).await.expect("it ends with its input").is_some() {}
    }

    /// The next thing it tells. What a node sends must be a message to it, and the same octets when
    /// it writes the message again.
    async fn next(&mut self) -> Option<Value> {
        let told = self.told.recv().await?;
        assert_ne!(told["event"], "misunderstood", "{told}");
        let of_node = self.nodes.iter().any(|node| told["from"] == **node);
        if told["event"] == "heard" && of_node {
            assert_eq!(told["malformed"], Value::Null, "{told}");
            assert_eq!(told["again"], told["octets"], "{told}");
        }
        Some(told)
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// It heard a message of this type that lists `range`.
pub(crate) fn heard<'a>(kind: &'a str, range: &'a str) -> impl Fn(&Value) -> bool + 'a {
    move |told| told["event"] == "heard" && told["type"] == kind && lists(told, range)
}

/// It sent a message of this type.
pub(crate) fn sent(kind: &str) -> impl Fn(&Value) -> bool + '_ {
    move |told| told["event"] == "sent" && told["type"] == kind
}

/// It tells of this event.
pub(crate) fn event(name: &str) -> impl Fn(&Value) -> bool + '_ {
    move |told| told["event"] == name
}

/// Whether a message lists `range`, alone or among others.
pub(crate) fn lists(told: &Value, range: &str) -> bool {
    told["ranges"].as_array().is_some_and(|all| all.iter().any(|each| each["range"] == range))
}

/// Milliseconds from one thing told to another.
pub(crate) fn millis(from: &Value, to: &Value) -> i64 {
    let at = |told: &Value| told["at"].as_i64().expect("a time");
    (at(to) - at(from)) / 1000
}

/// Checks that things happened so many unscaled seconds after `begin`: never early, and late only
/// as a busy machine is.
pub(crate) fn assert_times(begin: &Value, told: &[Value], expected: &[i64]) {
    let times: Vec<i64> = told.iter().map(|each| millis(begin, each)).collect();
    let expected: Vec<i64> = expected.iter().map(|time| time * 1000 / i64::from(SCALE)).collect();
    assert_eq!(times.len(), expected.len(), "{times:?} ms instead of {expected:?} ms");
    for (time, expected) in times.iter().zip(&expected) {
        assert!((-20..1000).contains(&(time - expected)), "{times:?} ms, not {expected:?} ms");
    }
}
