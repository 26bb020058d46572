//! A node as a service: what its manager is told, its signals, its configuration while it runs.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::support::{Ran, aap, command, directory, file};

const PATIENCE: Duration = Duration::from_secs(30);

/// A node with a service manager, killed when the test is over.
struct Service {
    process: Child,
    manager: UnixDatagram,
    directory: PathBuf,
}

impl Service {
    /// Starts one with the draft's constants divided by 100 on 127.0.78.`last`, with `settings` in
    /// its file. `None` where this machine does not let it run, which it says.
    fn start(name: &str, last: u8, settings: &str) -> Option<Self> {
        let directory = directory(name);
        let manager = UnixDatagram::bind(directory.join("notify")).expect("a socket");
        manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        configure(&directory, last, settings);
        let log = File::create(directory.join("log")).expect("a file");
        let process = command(&["node", "--config"])
            .arg(directory.join("node.toml"))
            .env("NOTIFY_SOCKET", directory.join("notify"))
            .stderr(log)
            .spawn()
            .expect("the binary runs");
        let mut service = Self { process, manager, directory };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Ok(Some(status)) = service.process.try_wait() {
                println!("skipped: the node ended with {status}: {}", service.log());
                return None;
            }
            service.manager.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
            if service.hear().is_some_and(|told| told == "READY=1") {
                service.manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                return Some(service);
            }
        }
        panic!("never ready: {}", service.log());
    }

    fn hear(&self) -> Option<String> {
        let mut buffer = [0; 4096];
        let length = self.manager.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..length]).into_owned())
    }

    /// The first thing the manager is told from now on that begins so.
    fn told(&self, beginning: &str) -> String {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let told = self.hear().unwrap_or_default();
            if told.starts_with(beginning) {
                return told;
            }
        }
        panic!("never told {beginning}: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    fn logged(&self, text: &str) {
        let start = Instant::now();
        while !self.log().contains(text) {
            assert!(start.elapsed() < PATIENCE, "no `{text}` in {}", self.log());
            // It tells its manager every second that it is alive.
            self.hear();
        }
    }

    fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &line]).status().expect("sh runs").success());
    }

    fn socket(&self) -> PathBuf {
        self.directory.join("control.sock")
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        let socket = self.socket().into_os_string().into_string().expect("paths are text");
        aap(&[arguments, &["--control", &socket]].concat())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes the configuration. `settings` may end with the beginning of the control table.
fn configure(directory: &Path, last: u8, settings: &str) {
    let table = if settings.contains("[control]") { "" } else { "[control]" };
    let text = format!(
        "bind = \"127.0.78.{last}\"\ndata = \"{0}/data\"\nscale = 100\n{settings}\n\
         {table}\npath = \"{0}/control.sock\"\n[[scope]]\nrange = \"239.78.{last}.0/23\"\n",
        directory.display()
    );
    file(directory, "node.toml", &text);
}

#[test]
fn a_reload_is_told_to_the_manager_and_says_what_it_changed() {
    let Some(service) = Service::start("service-reload", 2, "") else { return };
    let waiting = service.told("STATUS=");
    assert!(waiting.contains("listening before it speaks, "), "{waiting}");

    service.signal("HUP");
    let reloading = service.told("RELOADING=1\nMONOTONIC_USEC=");
    let since_boot: u64 = reloading.rsplit('=').next().and_then(|us| us.parse().ok()).unwrap_or(0);
    assert!(since_boot > 0, "{reloading}");
    service.told("READY=1");
    service.logged("nothing to take over has changed");

    configure(&service.directory, 2, "deny = \"10.0.0.0/8\"\nttl = 7\n");
    service.signal("HUP");
    service.logged("taken over from the configuration: deny");
    service.logged("these settings need a new start: ttl");

    configure(&service.directory, 2, "denny = \"10.0.0.0/8\"");
    service.signal("HUP");
    service.logged("the configuration stays as it was");
    service.logged("did you mean `deny`?");
}

#[test]
fn the_silence_is_counted_down_and_a_stop_is_announced() {
    let Some(mut service) = Service::start("service-stop", 4, "") else { return };
    service.told("STATUS=239.78.4.0-239.78.5.255: ready");
    service.signal("TERM");
    service.told("STOPPING=1");
    let status = service.process.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
    assert!(!service.socket().exists());
}

#[test]
fn what_is_logged_changes_while_the_node_runs() {
    let Some(service) = Service::start("service-log", 6, "log.filter = \"warn\"") else { return };
    let ask = |method: &str, body: &str| {
        let mut stream = std::os::unix::net::UnixStream::connect(service.socket()).expect("a node");
        let length = body.len();
        let head = format!("{method} /v1/log HTTP/1.1\r\nHost: node\r\nConnection: close\r\n");
        let text = format!("{head}Content-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    };
    assert!(ask("GET", "").contains("\"filter\": \"warn\""));
    let wrong = ask("PUT", r#"{"filter": "node=loud"}"#);
    assert!(wrong.starts_with("HTTP/1.1 400") && wrong.contains("node=loud"), "{wrong}");
    assert!(!service.log().contains("granted"));
    assert!(ask("PUT", r#"{"filter": "debug"}"#).contains("\"filter\": \"debug\""));
    assert_eq!(service.ask(&["allocate"]).status, Some(0));
    service.logged("granted");

    // The configuration wins when it is read again.
    service.signal("HUP");
    service.told("RELOADING=1");
    service.told("READY=1");
    assert!(ask("GET", "").contains("\"filter\": \"warn\""));
}

#[test]
fn tcp_is_for_those_who_know_the_token() {
    // The port must be known beforehand: one that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.78.8:0").and_then(|l| l.local_addr());
    let Ok(address) = port else { return println!("skipped: no TCP on loopback") };
    let token = "correct-horse-battery";
    let path = directory("service-token");
    let secret = file(&path, "token", &format!("{token}\n"));
    Command::new("chmod").args(["600", &secret]).status().expect("chmod runs");
    let settings = format!("[control]\ntcp = \"{address}\"\ntoken-file = \"{secret}\"\n");
    let Some(service) = Service::start("service-tcp", 8, &settings) else { return };
    let ask = |header: &str| {
        let mut stream = TcpStream::connect(address).expect("a node");
        let head = "GET /v1/status HTTP/1.1\r\nHost: node\r\nConnection: close\r\n";
        stream.write_all(format!("{head}{header}\r\n").as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    };
    for wrong in
        ["", "Authorization: Bearer wrong-horse-battery\r\n", "Authorization: Basic eA==\r\n"]
    {
        let answer = ask(wrong);
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(answer.contains("\"reason\": \"unauthorized\""), "{answer}");
    }
    let right = ask(&format!("Authorization: Bearer {token}\r\n"));
    assert!(right.starts_with("HTTP/1.1 200"), "{right}");
    assert!(!service.log().contains(token), "a secret stays one");
}
