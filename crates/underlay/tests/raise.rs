//! Networks that really come and go.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test panics and speaks")]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use underlay::{Mode, Seat, Underlay, UnderlayError, Verdict, Zone, ZoneSpec, examine};

/// How long a loaded machine may take for what is a matter of milliseconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether this machine allows `mode`; if not, says what a test skips and why.
fn allowed(mode: Mode) -> bool {
    match examine(mode).verdict {
        Verdict::Possible { .. } => true,
        Verdict::Impossible { why, remedy } => {
            println!("skipped: no {mode} here: {why}; {remedy}");
            false
        }
    }
}

fn output(seat: &Seat, words: &[&str]) -> String {
    let output = seat.command(words[0]).args(&words[1..]).output().unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until `holds`, or fails.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn every_seat_of_a_bridge_has_its_own_addresses() {
    if !allowed(Mode::Netns) {
        return;
    }
    let underlay = Underlay::bridge(3).unwrap();
    for seat in underlay.seats() {
        let shown = output(seat, &["ip", "-brief", "address"]);
        for address in &seat.addresses {
            assert!(shown.contains(&format!(" {address}/")), "{address} in {shown}");
        }
        for other in underlay.seats().iter().filter(|other| other.name != seat.name) {
            assert!(!shown.contains(&format!(" {}/", other.addresses[0])), "{shown}");
        }
    }
}

#[test]
fn a_seat_that_is_cut_off_keeps_its_carrier_and_no_frame_passes_its_port() {
    if !allowed(Mode::Netns) {
        return;
    }
    let underlay = Underlay::bridge(2).unwrap();
    let seat = &underlay.seats()[0];
    let hub = underlay.hub().unwrap();
    let ports = || output(&hub, &["ip", "link", "show"]).matches(" master ").count();
    assert_eq!(ports(), 2);
    underlay.cut(seat).unwrap();
    assert_eq!(ports(), 1, "the others' ports stay as they are");
    assert!(output(seat, &["ip", "link", "show", "aap0"]).contains("LOWER_UP"));
    underlay.heal(seat).unwrap();
    assert_eq!(ports(), 2);
}

#[test]
fn two_networks_with_the_same_addresses_do_not_meet() {
    if !allowed(Mode::Netns) {
        return;
    }
    let (one, two) = (Underlay::bridge(1).unwrap(), Underlay::bridge(1).unwrap());
    assert_eq!(one.seats()[0].addresses, two.seats()[0].addresses);
    drop(one);
    assert!(output(&two.seats()[0], &["ip", "link"]).contains("aap0"));
}

#[test]
fn a_network_takes_everything_in_it_along() {
    if !allowed(Mode::Netns) {
        return;
    }
    let underlay = Underlay::bridge(1).unwrap();
    let mut guest = underlay.seats()[0].command("sleep").arg("1000").spawn().unwrap();
    let name = Path::new("/proc").join(guest.id().to_string()).join("comm");
    eventually("it is in", || fs::read_to_string(&name).is_ok_and(|name| name == "sleep\n"));
    drop(underlay);
    assert!(!guest.wait().unwrap().success(), "it was ended");
}

#[test]
fn zones_are_joined_by_a_router() {
    if !allowed(Mode::Zones) {
        return;
    }
    let zone = |name: &str| Zone { name: name.to_owned(), seats: 2 };
    let boundary = vec!["239.255.0.0/16".parse().unwrap()];
    let spec = ZoneSpec { zones: vec![zone("west"), zone("east")], boundary };
    let underlay = Underlay::zones(&spec).unwrap();
    let names: Vec<_> = underlay.seats().iter().map(|seat| seat.name.as_str()).collect();
    assert_eq!(names, ["west-1", "west-2", "east-1", "east-2"]);
    assert_eq!(underlay.seats()[2].zone.as_deref(), Some("east"));
    let hub = underlay.hub().unwrap();
    let interfaces = output(&hub, &["cat", "/proc/net/ip_mr_vif"]);
    assert!(interfaces.contains("west") && interfaces.contains("east"), "{interfaces}");
    assert!(output(&hub, &["nft", "list", "ruleset"]).contains("239.255.0.0/16"));
}

#[test]
fn loopback_has_no_links_to_cut() {
    let underlay = Underlay::loopback(3, 2).unwrap();
    let refused = underlay.cut(&underlay.seats()[0]).unwrap_err();
    assert!(matches!(refused, UnderlayError::NoLink { .. }), "{refused}");
    assert!(underlay.hub().is_none() && underlay.seats()[0].enter.is_empty());
}

/// The environment variable that makes this test binary the one to be killed.
const VICTIM: &str = "UNDERLAY_TEST_VICTIM";

/// Not a test of its own: makes a network, says which processes are in it, and waits to be killed.
#[test]
fn victim() {
    if env::var_os(VICTIM).is_none() {
        return;
    }
    let underlay = Underlay::bridge(1).unwrap();
    let mut guest = underlay.seats()[0].command("sleep").arg("1000").spawn().unwrap();
    let holders = underlay.hub().into_iter().chain(underlay.seats().iter().cloned());
    let target = |seat: Seat| seat.enter[seat.enter.len() - 2].to_str().unwrap().to_owned();
    println!("processes {} {}", guest.id(), holders.map(target).collect::<Vec<_>>().join(" "));
    guest.wait().unwrap();
}

#[test]
fn nothing_is_left_when_the_maker_is_killed() {
    if !allowed(Mode::Netns) {
        return;
    }
    let mut victim = Command::new(env::current_exe().unwrap())
        .args(["--exact", "victim", "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.contains("processes ")).unwrap();
    let (_, list) = line.split_once("processes ").unwrap();
    let processes: Vec<&str> = list.split(' ').collect();
    assert_eq!(processes.len(), 3, "{line}");
    assert!(processes.iter().all(|id| is_running(id)), "{line}");
    victim.kill().unwrap();
    victim.wait().unwrap();
    eventually("every process is gone", || !processes.iter().any(|id| is_running(id)));
}

/// A process that nobody has waited for yet has ended all the same.
fn is_running(id: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(id).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}
