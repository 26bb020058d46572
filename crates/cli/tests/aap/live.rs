//! What passes on the network, and what a live node did, seen from outside.

use std::fs;
use std::net::UdpSocket;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::support::{Ran, aap, command, directory, pause};

const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed when it goes out of scope.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Guarded {
    fn output(mut self) -> Ran {
        use std::io::Read as _;

        let mut ran = Ran { status: None, out: String::new(), err: String::new() };
        if let Some(out) = &mut self.0.stdout {
            out.read_to_string(&mut ran.out).expect("text");
        }
        if let Some(err) = &mut self.0.stderr {
            err.read_to_string(&mut ran.err).expect("text");
        }
        ran.status = self.0.wait().expect("it ends").code();
        ran
    }
}

fn dump(arguments: &[&str]) -> Guarded {
    let mut command = command(&[&["dump", "--interface", "127.0.0.1"], arguments].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    Guarded(child.expect("the binary runs"))
}

/// Sends `octets` to the group until `dump` has seen enough; `false` if it cannot listen here.
fn send_until_seen(dump: &mut Guarded, from: &str, to: &str, octets: &[&[u8]]) -> bool {
    let Ok(socket) = UdpSocket::bind((from, 0)) else { return false };
    let begun = Instant::now();
    while dump.0.try_wait().expect("it is ours").is_none() {
        assert!(begun.elapsed() < PATIENCE, "it never ends");
        for datagram in octets {
            if socket.send_to(datagram, to).is_err() {
                return false;
            }
        }
        pause();
    }
    true
}

const ANA: &[u8] =
    &[0, 5, 0, 1, 0, 0, 0, 3, 0x39, 0x48, 0xc5, 0x47, 0, 0, 0, 0x40, 0x39, 0x48, 0xe1, 0x60];

#[test]
fn messages_are_shown_in_words_and_what_is_none_with_the_reason() {
    let mut dump = dump(&["--scope", "239.79.2.0/23", "--count", "8"]);
    if !send_until_seen(&mut dump, "127.79.0.2", "239.79.3.248:2878", &[ANA, &ANA[..11]]) {
        return println!("skipped: no multicast on loopback");
    }
    let ran = dump.output();
    assert_eq!((ran.status, ran.out.lines().count()), (Some(0), 8), "{ran:?}");
    assert!(ran.err.contains("listening on lo to 239.79.3.248:2878"), "{ran:?}");
    assert!(ran.out.contains("ANA 0/3 wants 64"), "{ran:?}");
    assert!(ran.out.contains("too_short: ") && ran.out.contains("0005000100000003"), "{ran:?}");
}

#[test]
fn programs_get_an_object_a_line() {
    let mut dump = dump(&["--group", "239.79.5.248", "--json", "--count", "1"]);
    if !send_until_seen(&mut dump, "127.79.0.3", "239.79.5.248:2878", &[ANA]) {
        return println!("skipped: no multicast on loopback");
    }
    let ran = dump.output();
    let line: Value = serde_json::from_str(&ran.out).expect("one object");
    assert_eq!((&line["schema"], &line["version"]), (&"aap.dump".into(), &1.into()));
    assert_eq!((&line["message"]["type"], &line["interface"]), (&"ANA".into(), &"lo".into()));
    assert!(line["from"].as_str().is_some_and(|from| from.starts_with("127.79.0.3:")), "{line}");
}

#[test]
fn silence_ends_when_it_is_told_to() {
    let ran = dump(&["--group", "239.79.7.248", "--for", "1s"]).output();
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.err.contains("0 datagrams"), "{ran:?}");
}

#[test]
fn what_cannot_be_listened_to_is_said() {
    let ran = aap(&["dump", "--interface", "no-such-if0"]);
    assert_eq!(ran.status, Some(4), "{ran:?}");
    assert!(ran.err.contains("no-such-if0; there are"), "{ran:?}");
    let text = directory("no-pcap").join("text");
    fs::write(&text, "hello").expect("a file can be written");
    let ran = aap(&["dump", "--read", text.to_str().expect("paths are text")]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("octet 0: "), "{ran:?}");
}

/// Runs a node that claims an address, records everything and is killed; answers with the record.
fn captured(name: &str, third: u8) -> Option<PathBuf> {
    let directory = directory(name);
    let (socket, capture) = (directory.join("control.sock"), directory.join("node.capture"));
    let (bind, scope) = (format!("127.79.{third}.1"), format!("239.79.{third}.0/23"));
    let mut command = command(&["node", "--scale", "100", "--log", "warn"]);
    command.args(["--bind", &bind, "--scope", &scope]);
    command.arg("--data").arg(directory.join("data")).arg("--control").arg(&socket);
    command.arg("--trace").arg(&capture).stderr(Stdio::inherit());
    let mut node = Guarded(command.spawn().expect("the binary runs"));
    let control = socket.to_str().expect("paths are text");
    let begun = Instant::now();
    loop {
        if node.0.try_wait().expect("it is ours").is_some() {
            println!("skipped: nodes do not run here");
            return None;
        }
        if aap(&["allocate", "--control", control]).status == Some(0) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "no address");
        pause();
    }
    // What was answered has been recorded, whatever happens then.
    drop(node);
    Some(capture)
}

/// AAP-3.2.5-01 to -03: four ACLMs, then an AIU, and nothing before.
#[test]
fn a_node_is_overheard_and_not_disturbed() {
    let mut dump = dump(&["--scope", "239.79.14.0/23", "--count", "5"]);
    if captured("overheard", 14).is_none() {
        return;
    }
    let begun = Instant::now();
    while dump.0.try_wait().expect("it is ours").is_none() {
        assert!(begun.elapsed() < PATIENCE, "five messages");
        pause();
    }
    let ran = dump.output();
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines.iter().all(|line| line.contains("  127.79.14.1 ")), "{ran:?}");
    for (line, message) in lines.iter().zip(["ACLM 0/0", "ACLM 0/1", "ACLM 0/2", "ACLM 0/3"]) {
        assert!(line.contains(message), "{ran:?}");
    }
    assert!(lines[4].contains("AIU 1/0"), "{ran:?}");
}

#[test]
fn a_live_node_is_run_again_offline_and_does_the_same() {
    let Some(capture) = captured("capture", 10) else { return };
    let path = capture.to_str().expect("paths are text");
    let ran = aap(&["replay", path]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains("ACLM 0/0") && ran.out.contains("AIU 1/0"), "{}", ran.out);
    assert!(ran.out.contains("the same as live: 1 participant, "), "{}", ran.out);

    // A journal of it is one like any other.
    let journal = capture.with_extension("ndjson");
    let journal = journal.to_str().expect("paths are text");
    assert_eq!(aap(&["replay", "-q", path, "-o", journal]).status, Some(0));
    let again = aap(&["replay", journal]);
    assert_eq!(again.status, Some(0), "{again:?}");
    assert!(again.out.contains("ACLM 0/0"), "{}", again.out);
    let text = fs::read_to_string(journal).expect("text");
    let entries = text.lines().skip(1).map(|line| {
        serde_json::from_str::<Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"))
    });
    let granted = entries.filter(|e| e["name"] == "granted").map(|e| e["id"].to_string()).next();
    let granted = granted.expect("it was granted");
    let why = aap(&["replay", path, &format!("--explain={granted}")]);
    assert_eq!(why.status, Some(0), "{why:?}");
    let steps: Vec<&str> = why.out.lines().collect();
    assert!(steps.len() > 2 && steps[0].contains("node starts"), "{}", why.out);
    assert!(steps[steps.len() - 1].contains("the claim stood"), "{}", why.out);
}

#[test]
fn a_capture_that_tells_something_else_is_a_no_and_one_that_was_cut_off_is_not() {
    let Some(capture) = captured("changed-capture", 12) else { return };
    let path = capture.to_str().expect("paths are text");
    let text = fs::read_to_string(path).expect("text");

    fs::write(path, &text[..text.len() - 7]).expect("a file can be written");
    let ran = aap(&["replay", "-q", path]);
    let last = text.lines().count();
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.contains(&format!("line {last} is cut off")), "{ran:?}");

    let changed = text.replacen("[\"startup\",", "[\"startup\",1", 1);
    assert_ne!(changed, text);
    fs::write(path, changed).expect("a file can be written");
    let ran = aap(&["replay", "-q", path]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.out.contains("first at line 2") && ran.out.contains("asks `startup`"), "{ran:?}");
    let ran = aap(&["replay", "--format", "json", path]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    let told = &document["captures"][0];
    assert_eq!((&told["same"], &told["difference"]["line"]), (&false.into(), &2.into()));

    let broken = text.replacen("\"member\":0", "\"member\":7", 1);
    fs::write(path, broken).expect("a file can be written");
    let ran = aap(&["replay", path]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert!(ran.err.contains("line 2: there is no member 7"), "{ran:?}");
}
