//! Two subnets, a real multicast router (smcroute) and an administrative boundary on it.

use underlay::{Mode, Underlay, Zone, ZoneSpec};

use super::hosts::{DEMO, Folder, Host, allowed, eventually};

/// Stays inside a zone: the boundary is on its range.
const LOCAL: &str = "local=239.255.0.0/16";
/// Crosses the router.
const WIDE: &str = "wide=239.192.0.0/16";

const IN_LOCAL: [&str; 2] = ["--scope", "local"];
const IN_WIDE: [&str; 2] = ["--scope", "wide"];

#[test]
fn messages_of_a_scope_stay_inside_its_boundary_and_those_of_a_wider_one_cross() {
    if !allowed(Mode::Zones) {
        return;
    }
    let zone = |name: &str, seats| Zone { name: name.to_owned(), seats };
    let spec = ZoneSpec {
        zones: vec![zone("west", 2), zone("east", 1)],
        boundary: vec!["239.255.0.0/16".parse().unwrap()],
    };
    let (folder, zones) = (Folder::new(), Underlay::zones(&spec).unwrap());
    let hosts = Host::start_all(&folder, zones.seats(), &DEMO, &[LOCAL, WIDE]);
    let [west, near, east] = &hosts[..] else { panic!("three seats") };

    let wide = west.allocate(&IN_WIDE);
    eventually("the wide scope crosses", || east.heard_of(&wide, west, &IN_WIDE));
    let back = east.allocate(&[&IN_WIDE[..], &["--prefer", &wide]].concat());
    assert_ne!(back, wide, "the router does not keep them from knowing of each other");
    eventually("in both directions", || west.heard_of(&back, east, &IN_WIDE));

    let local = [&IN_LOCAL[..], &["--prefer", "239.255.7.7"]].concat();
    assert_eq!(west.allocate(&local), "239.255.7.7");
    eventually("the neighbour hears it", || near.heard_of("239.255.7.7", west, &IN_LOCAL));
    assert_eq!(east.allocate(&local), "239.255.7.7", "every zone has its own");
    // What was sent later and crosses says that what was sent before could have.
    let later = west.allocate(&IN_WIDE);
    eventually("later messages cross", || east.heard_of(&later, west, &IN_WIDE));
    assert!(!east.heard_of("239.255.7.7", west, &IN_LOCAL));
    assert!(hosts.iter().all(|host| host.so_far("conflict").is_empty()));
    assert!(stopped(&zones) > 0, "it was the boundary that kept them apart");
}

/// How many datagrams the boundary has dropped.
fn stopped(zones: &Underlay) -> u64 {
    let mut command = zones.hub().unwrap().command("nft");
    let output = command.args(["list", "chain", "inet", "aap", "boundary"]).output().unwrap();
    let rules = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = rules.split_whitespace().collect();
    let counts = words.windows(2).filter(|pair| pair[0] == "packets");
    counts.map(|pair| pair[1].parse::<u64>().unwrap()).sum()
}
