//! What the machine does not give: status 4, and a message that says what, where and what to do.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::support::{aap, command, directory, file, pause};

const PATIENCE: Duration = Duration::from_secs(60);

/// A node that stands in the way of others, killed when the test is over.
struct Standing(Child);

impl Drop for Standing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The arguments of a node in `directory` that speaks from 127.0.80.`last`.
fn node(directory: &Path, last: u8) -> Vec<String> {
    let path = |name: &str| directory.join(name).display().to_string();
    let fixed = ["node", "--until-stdin-ends", "--scale", "100", "--log", "error"];
    let own = ["--bind", &format!("127.0.80.{last}"), "--scope", "239.80.0.0/16"].map(String::from);
    let files = ["--data".into(), path("data"), "--control".into(), path("sock")];
    fixed.map(String::from).into_iter().chain(own).chain(files).collect()
}

/// The same with another value for a flag, or with a further flag.
fn with(mut arguments: Vec<String>, flag: &str, value: &str) -> Vec<String> {
    match arguments.iter().position(|argument| argument == flag) {
        Some(place) => arguments[place + 1] = value.to_owned(),
        None => arguments.extend([flag.to_owned(), value.to_owned()]),
    }
    arguments
}

/// Asserts that the command ends at once with status 4, and that its only words are these.
fn refused<S: AsRef<std::ffi::OsStr>>(arguments: &[S], said: &[&str]) {
    let ran = aap(arguments);
    assert_eq!((ran.status, &*ran.out), (Some(4), ""), "{ran:?}");
    for part in said {
        assert!(ran.err.contains(part), "no `{part}` in {ran:?}");
    }
}

/// Starts a node and waits until it answers. `None` where this machine does not let it run.
fn standing(directory: &Path, last: u8) -> Option<Standing> {
    let mut command = command(&node(directory, last));
    command.stdin(Stdio::piped()).stderr(Stdio::inherit());
    let mut standing = Standing(command.spawn().expect("the binary runs"));
    let socket = directory.join("sock").display().to_string();
    let begun = Instant::now();
    while aap(&["status", "--control", &socket]).status != Some(0) {
        if let Ok(Some(status)) = standing.0.try_wait() {
            println!("skipped: the node ended with {status}");
            return None;
        }
        assert!(begun.elapsed() < PATIENCE, "it never answers");
        pause();
    }
    Some(standing)
}

#[test]
fn a_port_that_is_taken() {
    let directory = directory("environment-port");
    let Ok(_other) = UdpSocket::bind("127.0.80.2:2878") else { return };
    refused(&node(&directory, 2), &["127.0.80.2:2878", "is taken", "its own address or port"]);
}

#[test]
fn a_control_port_that_is_taken() {
    let directory = directory("environment-tcp");
    let other = TcpListener::bind("127.0.80.3:0").expect("a port");
    let address = other.local_addr().expect("an address").to_string();
    let token = file(&directory, "token", "0123456789abcdef0123456789abcdef");
    let arguments = with(node(&directory, 3), "--control-tcp", &address);
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&token, private).expect("it is ours");
    let arguments = with(arguments, "--control-token-file", &token);
    refused(&arguments, &[&address, "choose another address or port"]);
}

#[test]
fn an_address_and_an_interface_that_are_not_there() {
    let directory = directory("environment-interface");
    let mut elsewhere = with(node(&directory, 4), "--bind", "192.0.2.1");
    // On a real network nobody divides the draft's constants.
    let scale = elsewhere.iter().position(|argument| argument == "--scale").expect("it is there");
    elsewhere.drain(scale..scale + 2);
    refused(&elsewhere, &["no such interface, or it is down: 192.0.2.1", "there are "]);
    let named = with(node(&directory, 4), "--interface", "no-such-if0");
    refused(&named, &["no-such-if0", "there are "]);
    // Without an address, the interface is asked for one.
    let place = named.iter().position(|argument| argument == "--bind").expect("it is there");
    let unbound = [&named[..place], &named[place + 2..]].concat();
    refused(&unbound, &["--interface: there is no interface `no-such-if0`", "there are "]);
}

#[test]
fn a_data_directory_that_cannot_be_made_or_is_no_place_for_data() {
    let directory = directory("environment-data");
    let plain = file(&directory, "plain", "not a directory");
    let below = format!("{plain}/data");
    let said = [&*below, "choose another data directory"];
    refused(&with(node(&directory, 5), "--data", &below), &said);
    // Even the superuser may not write there.
    let said = ["/proc/aap-data", "choose another data directory"];
    refused(&with(node(&directory, 5), "--data", "/proc/aap-data"), &said);
}

#[test]
fn a_data_directory_and_a_control_socket_that_another_node_uses() {
    let directory = directory("environment-shared");
    let Some(_standing) = standing(&directory, 6) else { return };
    let own = |name: &str| directory.join(name).display().to_string();
    let shared = with(node(&directory, 7), "--control", &own("other.sock"));
    refused(&shared, &[&own("data/aap.redb"), "in use by another node", "Stop that one"]);
    let shared = with(node(&directory, 7), "--data", &own("other-data"));
    refused(&shared, &[&own("sock"), "another node listens there"]);
    refused(&["storage", "dump", &own("data")], &["in use by another node"]);
}

#[test]
fn a_node_that_is_not_there() {
    let socket = directory("environment-nobody").join("sock").display().to_string();
    refused(&["status", "--control", &socket], &[&socket, "aap node"]);
}

#[test]
fn a_trace_that_cannot_be_written() {
    let directory = directory("environment-trace");
    let traced = with(node(&directory, 8), "--trace", "/proc/aap-trace");
    refused(&traced, &["cannot write the trace /proc/aap-trace", "another file"]);
}
