//! Hosts: a node in a seat, its control socket and its events.

use std::cell::RefCell;
use std::env::temp_dir;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use serde_json::Value;
use underlay::{Mode, Seat, Verdict, examine};

/// How long a loaded machine may take for what is a matter of seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the draft's own start-up silence may take: 150 s and up to 30 % more.
const SILENCE: Duration = Duration::from_secs(195);

/// The draft's constants divided by 20, and a start-up silence that is over sooner.
pub(crate) const DEMO: [&str; 4] = ["--timing", "demo", "--set", "constants.startup-wait=2s"];

/// Whether this machine allows `mode`; if not, says what a test skips and why.
pub(crate) fn allowed(mode: Mode) -> bool {
    match examine(mode).verdict {
        Verdict::Possible { .. } => true,
        Verdict::Impossible { why, remedy } => {
            println!("skipped: no {mode} here: {why}; {remedy}");
            false
        }
    }
}

/// A directory that goes with its owner. Its path is short, as those of sockets must be.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("aap-ns-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A node, and what it tells.
pub(crate) struct Host {
    pub(crate) address: IpAddr,
    process: Child,
    watch: Child,
    socket: PathBuf,
    log: PathBuf,
    arriving: Receiver<Value>,
    told: RefCell<Vec<Value>>,
}

impl Host {
    /// Starts a node at the address of `seat` that serves `scopes`, all of its family.
    pub(crate) fn start(folder: &Folder, seat: &Seat, options: &[&str], scopes: &[&str]) -> Self {
        let v6 = scopes.iter().any(|scope| scope.contains(':'));
        let address = *seat.addresses.iter().find(|address| address.is_ipv6() == v6).unwrap();
        let path = |what: &str| folder.0.join(format!("{}.{what}", seat.name));
        let (socket, log) = (path("sock"), path("log"));
        let mut command = seat.command(env!("CARGO_BIN_EXE_aap"));
        command.arg("node").args(["--bind", &address.to_string()]).args(options);
        for scope in scopes {
            command.args(["--scope", scope]);
        }
        command.arg("--data").arg(path("data")).arg("--control").arg(&socket);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let mut process = command.spawn().unwrap();
        let start = Instant::now();
        while !ask(&socket, &["status"]).status.success() {
            let ended = process.try_wait().unwrap();
            let said = || fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "{ended:?}: {}", said());
            sleep(Duration::from_millis(50));
        }
        let (watch, arriving) = watch(&socket);
        Self { address, process, watch, socket, log, arriving, told: RefCell::default() }
    }

    /// Starts one in each seat, and waits until the start-up silence is over everywhere.
    pub(crate) fn start_all<'a>(
        folder: &Folder,
        seats: impl IntoIterator<Item = &'a Seat>,
        options: &[&str],
        scopes: &[&str],
    ) -> Vec<Self> {
        let hosts: Vec<Self> =
            seats.into_iter().map(|seat| Self::start(folder, seat, options, scopes)).collect();
        for host in &hosts {
            for scope in scopes {
                let name = scope.split('=').next().unwrap();
                host.until_within(PATIENCE + SILENCE, "ready", |event| {
                    event["event"] == "ready" && event["scope"] == name
                });
            }
        }
        hosts
    }

    /// Asks for one address, and waits for it.
    pub(crate) fn allocate(&self, more: &[&str]) -> String {
        self.asking(more).granted()
    }

    /// Asks for one address.
    pub(crate) fn asking(&self, more: &[&str]) -> Asking {
        let mut command = command(&self.socket, &["allocate", "--json"]);
        command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        Asking(command.spawn().unwrap())
    }

    /// The document of a command such as `list`.
    pub(crate) fn document(&self, command: &[&str]) -> Value {
        let output = ask(&self.socket, &[command, &["--json"]].concat());
        assert!(output.status.success(), "{command:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The first addresses of what it holds.
    pub(crate) fn held(&self) -> Vec<String> {
        let list = self.document(&["list"]);
        let rows = list["allocations"].as_array().unwrap();
        rows.iter().map(|row| row["first"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether it has heard that the host at `owner` holds `address`.
    pub(crate) fn heard_of(&self, address: &str, owner: &Self, scope: &[&str]) -> bool {
        let record = self.document(&[&["record"], scope].concat());
        let owner = owner.address.to_string();
        record["entries"].as_array().unwrap().iter().any(|entry| {
            let by = entry["owner"].as_str().unwrap_or_default();
            entry["first"] == address && by.trim_start_matches('[').starts_with(&owner)
        })
    }

    /// Waits for an event, told before or yet to come, and answers with it.
    pub(crate) fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.until_within(PATIENCE, what, wanted)
    }

    fn until_within(
        &self,
        patience: Duration,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let told = self.told.borrow().iter().find(|event| wanted(event)).cloned();
        if let Some(event) = told {
            return event;
        }
        let end = Instant::now() + patience;
        while let Ok(event) = self.arriving.recv_timeout(end - Instant::now().min(end)) {
            self.told.borrow_mut().push(event.clone());
            if wanted(&event) {
                return event;
            }
        }
        let (told, log) = (self.told.borrow(), fs::read_to_string(&self.log).unwrap_or_default());
        panic!("{}: no {what} within {patience:?}: {told:#?}\n{log}", self.address);
    }

    /// Every event of this kind so far.
    pub(crate) fn so_far(&self, kind: &str) -> Vec<Value> {
        self.told.borrow_mut().extend(self.arriving.try_iter());
        self.told.borrow().iter().filter(|event| event["event"] == kind).cloned().collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        for process in [&mut self.watch, &mut self.process] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Somebody who waits for an address.
pub(crate) struct Asking(Child);

impl Asking {
    /// The address, once it is granted.
    pub(crate) fn granted(self) -> String {
        let output = self.0.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document["leases"][0]["first"].as_str().unwrap().to_owned()
    }
}

/// Waits until `holds`, or fails.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(100));
    }
}

fn watch(socket: &Path) -> (Child, Receiver<Value>) {
    let mut command = command(socket, &["watch", "--json", "--since", "0"]);
    let mut watch = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let (sender, events) = channel();
    spawn(move || {
        let events = lines.map_while(Result::ok).map(|line| serde_json::from_str(&line).unwrap());
        events.map(|event| sender.send(event)).take_while(Result::is_ok).for_each(drop);
    });
    (watch, events)
}

fn ask(socket: &Path, arguments: &[&str]) -> process::Output {
    command(socket, arguments).output().unwrap()
}

fn command(socket: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aap"));
    command.args(arguments).arg("--control").arg(socket).stdin(Stdio::null());
    command
}
