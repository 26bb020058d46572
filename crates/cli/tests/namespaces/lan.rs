//! Hosts on one bridge, whose links can be cut.

use std::collections::BTreeSet;

use underlay::{Mode, Underlay};

use super::hosts::{DEMO, Folder, Host, allowed, eventually};

const SITE: &str = "site=239.255.0.0/16";
const ADDRESS: &str = "239.255.7.7";

#[test]
fn five_hosts_with_their_own_addresses_divide_a_scope() {
    if !allowed(Mode::Netns) {
        return;
    }
    let (folder, lan) = (Folder::new(), Underlay::bridge(5).unwrap());
    let hosts = Host::start_all(&folder, lan.seats(), &DEMO, &[SITE]);
    let asking: Vec<_> = hosts.iter().map(|host| host.asking(&[])).collect();
    let granted: Vec<String> = asking.into_iter().map(super::hosts::Asking::granted).collect();
    assert_eq!(granted.iter().collect::<BTreeSet<_>>().len(), 5, "{granted:?}");
    for host in &hosts {
        for (owner, address) in hosts.iter().zip(&granted) {
            if owner.address != host.address {
                eventually("everybody hears of everything", || host.heard_of(address, owner, &[]));
            }
        }
        assert_eq!(host.so_far("conflict").len(), 0);
    }
}

/// Both claim while they cannot hear each other, and are joined before either has finished.
#[test]
fn of_two_claims_on_both_sides_of_a_cut_one_yields_when_it_is_healed_in_time() {
    if !allowed(Mode::Netns) {
        return;
    }
    let (folder, lan) = (Folder::new(), Underlay::bridge(2).unwrap());
    // Claims of eight seconds, with ACLMs at 0, 0.8, 2.4 and 5.6.
    let slow = ["--set", "constants.announce-wait=8s", "--set", "constants.resend-wait=800ms"];
    let hosts = Host::start_all(&folder, lan.seats(), &[&DEMO[..], &slow].concat(), &[SITE]);
    lan.cut(&lan.seats()[1]).unwrap();
    let mut asking = Vec::new();
    for host in &hosts {
        asking.push(host.asking(&["--prefer", ADDRESS]));
        // One after the other: of messages that cross, both would be obeyed (F-10).
        eventually("it claims", || {
            host.document(&["list"])["claims"].to_string().contains(ADDRESS)
        });
    }
    lan.heal(&lan.seats()[1]).unwrap();
    let granted: Vec<String> = asking.into_iter().map(super::hosts::Asking::granted).collect();
    let winners = granted.iter().filter(|address| *address == ADDRESS).count();
    assert_eq!(winners, 1, "{granted:?}");
    let loser = usize::from(granted[0] == ADDRESS);
    let clash = hosts[loser].until("clash", |event| event["event"] == "clash");
    let winner = hosts[1 - loser].address.to_string();
    assert!(clash["peer"].as_str().unwrap().starts_with(&winner), "{clash}");
    assert_eq!((&clash["by"], &clash["ranges"][0]["first"]), (&"ACLM".into(), &ADDRESS.into()));
}

#[test]
fn an_address_allocated_on_both_sides_of_a_cut_is_noticed_and_given_up_by_one() {
    if !allowed(Mode::Netns) {
        return;
    }
    let (folder, lan) = (Folder::new(), Underlay::bridge(5).unwrap());
    let hosts = Host::start_all(&folder, lan.seats(), &DEMO, &[SITE]);
    let (alone, near) = (&hosts[4], &hosts[0]);
    lan.cut(&lan.seats()[4]).unwrap();
    for host in [alone, near] {
        assert_eq!(host.allocate(&["--prefer", ADDRESS]), ADDRESS, "nobody can object");
    }
    assert!(hosts[1..4].iter().all(|host| host.so_far("conflict").is_empty()), "a silent split");
    lan.heal(&lan.seats()[4]).unwrap();

    let split = [near, alone];
    let keeps = |host: &Host| host.held().contains(&ADDRESS.into());
    eventually("one gives it up", || split.iter().filter(|host| keeps(host)).count() < 2);
    // Had their announcements crossed, both would have given it up (F-13).
    for (host, other) in [(near, alone), (alone, near)].into_iter().filter(|(host, _)| !keeps(host))
    {
        let conflict = host.until("conflict", |event| event["event"] == "conflict");
        let peer = conflict["peer"].as_str().unwrap();
        assert!(peer.starts_with(&other.address.to_string()), "{conflict}");
        assert_eq!(conflict["reason"], "undone");
        host.until("lost", |event| {
            event["event"] == "lost" && event["leases"][0]["first"] == ADDRESS
        });
    }
}

#[test]
fn hosts_with_ipv6_addresses_divide_a_site_local_scope() {
    if !allowed(Mode::Netns) {
        return;
    }
    let (folder, lan) = (Folder::new(), Underlay::bridge(2).unwrap());
    let hosts = Host::start_all(&folder, lan.seats(), &DEMO, &["six=ff05::2878:0/112"]);
    let held = hosts[0].allocate(&["--prefer", "ff05::2878:7"]);
    assert_eq!(held, "ff05::2878:7");
    eventually("it is heard", || hosts[1].heard_of(&held, &hosts[0], &[]));
    let other = hosts[1].allocate(&["--prefer", &held]);
    assert_ne!(other, held, "what another holds is not claimed");
    eventually("so is the other", || hosts[0].heard_of(&other, &hosts[1], &[]));
}
