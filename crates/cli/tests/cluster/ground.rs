//! What the tests stand on: clusters with folders of their own, and what is asked of them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, park_timeout};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long a busy machine may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// The binary, with a runtime directory of its own.
pub(crate) fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aap"));
    command.args(arguments).env("XDG_RUNTIME_DIR", home).env_remove("AAP_CONTROL");
    command
}

/// Runs the binary: its status and its output.
pub(crate) fn aap(home: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = command(home, arguments).output().expect("the binary runs");
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A directory that is gone after the test, short enough for sockets.
pub(crate) fn home() -> TempDir {
    tempfile::Builder::new().prefix("aap-t").tempdir_in("/tmp").expect("a directory")
}

/// `aap cluster --headless --json` in a terminal of its own.
pub(crate) struct Running {
    process: Child,
    lines: Receiver<String>,
    /// The first document: who and where.
    pub(crate) document: Value,
}

impl Running {
    /// Starts one. `None` where this machine does not allow clusters, which it says.
    pub(crate) fn start(home: &Path, arguments: &[&str]) -> Option<Self> {
        let all = [&["cluster", "--headless", "--json", "--apart"], arguments].concat();
        let mut process = command(home, &all)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut line = String::new();
        lines.read_line(&mut line).expect("it is text");
        if line.is_empty() {
            let mut why = String::new();
            let errors = process.stderr.take().map(|mut errors| errors.read_to_string(&mut why));
            assert!(errors.is_some());
            assert_eq!(process.wait().expect("it ended").code(), Some(4), "{why}");
            println!("skipped: {why}");
            return None;
        }
        let document = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
        // Nobody reads it, and it is short.
        drop(process.stderr.take());
        let (tell, told) = mpsc::channel();
        thread::spawn(move || lines.lines().map_while(Result::ok).try_for_each(|l| tell.send(l)));
        Some(Self { process, lines: told, document })
    }

    /// The next event that is what is waited for.
    pub(crate) fn await_event(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).expect("it happens, soon, in a live cluster");
            let event = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{why}: {line}"));
            if is_it(&event) {
                return event;
            }
        }
    }

    /// Waits until all its nodes are ready.
    pub(crate) fn await_ready(&mut self) {
        for _ in self.members() {
            self.await_event(|event| event["event"] == "ready");
        }
    }

    pub(crate) fn members(&self) -> Vec<Value> {
        self.document["members"].as_array().expect("members").clone()
    }

    pub(crate) fn folder(&self) -> PathBuf {
        PathBuf::from(self.document["folder"].as_str().expect("a folder"))
    }

    pub(crate) fn slot(&self) -> String {
        self.document["slot"].to_string()
    }

    /// The processes of its members.
    pub(crate) fn pids(&self) -> Vec<u64> {
        self.members().iter().map(|member| member["pid"].as_u64().expect("a pid")).collect()
    }

    /// Sends a signal to the supervisor alone.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Waits for its end; its exit status.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        // It ends when its output does.
        while self.lines.recv().is_ok() {}
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits until something is so.
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        park_timeout(Duration::from_millis(50));
    }
}

/// Whether a process runs; one that has ended and was not waited for does not.
pub(crate) fn runs(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start().starts_with('Z'));
    state == Some(false)
}
