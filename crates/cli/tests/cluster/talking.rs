//! What clusters do: from a second terminal, side by side, and as a story.

use std::time::{Duration, Instant};

use cluster::story::{self, Ending};
use cluster::{Cluster, Meeting, Spec, StartError};
use serde_json::Value;

use super::ground::{Running, aap, eventually, home, runs};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

#[test]
fn a_second_terminal_gets_addresses_and_other_nodes_have_heard_of_them() {
    let home = home();
    let Some(mut cluster) = Running::start(home.path(), &["--nodes", "3"]) else { return };
    let ask = |arguments: &[&str]| aap(home.path(), arguments);
    let (status, out, err) = ask(&["allocate", "--count", "4", "--json"]);
    assert_eq!(status, Some(0), "{err}");
    let leases = &json(&out)["leases"];
    let counted = leases.as_array().unwrap().iter().map(|lease| lease["count"].as_u64().unwrap());
    assert_eq!(counted.sum::<u64>(), 4);
    let first = leases[0]["first"].as_str().unwrap();

    let own = ask(&["list"]);
    assert!(own.1.contains(first) && own.1.contains("held"), "{own:?}");
    for node in ["maas-2", "maas-3"] {
        eventually("the others have heard of them", || {
            ask(&["record", "--node", node]).1.contains(first)
        });
    }

    let listed = ask(&["list", "--node", "maas-3"]).1;
    assert!(listed.contains(first) && listed.contains("heard from 127.77."), "{listed}");
    let listed = json(&ask(&["list", "--node", "maas-3", "--json"]).1);
    assert_eq!(listed["heard"][0]["first"], first);

    // The supervisor takes orders, and refuses what makes no sense.
    assert_eq!(ask(&["cluster", "cut", "maas-3"]).0, Some(0));
    let (_, status, _) = ask(&["cluster", "status"]);
    assert!(status.contains("cut off") && status.contains("faults: cut maas-3"), "{status}");
    assert_eq!(ask(&["cluster", "kill", "maas-1"]).0, Some(0));
    assert_eq!(ask(&["cluster", "kill", "maas-1"]).0, Some(1), "it is dead already");
    assert_eq!(ask(&["cluster", "kill", "maas-9"]).0, Some(1), "there is none");
    assert_eq!(ask(&["cluster", "explode"]).0, Some(2));
    cluster.await_event(|event| event["event"] == "killed" && event["node"] == "maas-1");

    // What was allocated outlives the process.
    assert_eq!(ask(&["cluster", "restart", "maas-1"]).0, Some(0));
    eventually("it holds them again", || ask(&["list", "--node", "maas-1"]).1.contains(first));
}

#[test]
fn two_clusters_do_not_hear_each_other() {
    let homes = [home(), home()];
    let start = |nth: usize| Running::start(homes[nth].path(), &["--nodes", "1"]);
    let (Some(mut one), Some(mut two)) = (start(0), start(1)) else { return };
    assert_ne!(one.slot(), two.slot());
    assert_ne!(one.document["group"], two.document["group"]);
    one.await_ready();
    two.await_ready();
    let wanted = "239.255.3.3";
    for home in &homes {
        let (status, out, err) = aap(home.path(), &["allocate", "--prefer", wanted]);
        assert_eq!(status, Some(0), "{err}");
        assert!(out.contains(wanted), "nobody objects in either: {out}");
    }
    let (_, status, _) = aap(homes[0].path(), &["status"]);
    assert!(status.contains("0 peers heard"), "{status}");
}

#[test]
fn in_namespaces_nodes_speak_ipv6_and_faults_part_them() {
    let home = home();
    let arguments = ["--mode", "netns", "--scope", "ff05::7:0/112", "--nodes", "2"];
    let Some(mut cluster) = Running::start(home.path(), &arguments) else { return };
    let ask = |arguments: &[&str]| aap(home.path(), arguments);
    let (_, status, _) = ask(&["status"]);
    assert!(status.contains("ff05::7:0"), "{status}");
    let (status, out, err) = ask(&["allocate", "--prefer", "ff05::7:77"]);
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("ff05::7:77"), "{out}");
    eventually("the other has heard of it", || {
        ask(&["record", "--node", "maas-2"]).1.contains("ff05::7:77")
    });
    assert_eq!(ask(&["cluster", "partition", "maas-1", "|", "maas-2"]).0, Some(0));
    let pids = cluster.pids();
    cluster.signal("-KILL");
    cluster.wait();
    eventually("the nodes end", || !pids.iter().any(|pid| runs(*pid)));
}

#[test]
fn between_zones_a_scope_has_a_boundary() {
    let home = home();
    let Some(mut cluster) = Running::start(home.path(), &["--mode", "zones", "--nodes", "3"])
    else {
        return;
    };
    cluster.await_ready();
    let ask = |arguments: &[&str]| aap(home.path(), arguments);
    let allocate = |node: &str| {
        let (status, out, err) = ask(&["allocate", "--prefer", "239.255.3.3", "--node", node]);
        assert_eq!(status, Some(0), "{err}");
        out
    };
    // Two in the east, one in the west.
    assert!(allocate("maas-1").contains("239.255.3.3"));
    eventually("its neighbour has heard of it", || {
        ask(&["record", "--node", "maas-2"]).1.contains("239.255.3.3")
    });
    assert!(allocate("maas-3").contains("239.255.3.3"), "nobody beyond the boundary objects");
}

#[test]
fn of_two_coordinators_one_leads_and_says_what_may_be_allocated() {
    let home = home();
    let arguments = ["--nodes", "2", "--coordinators", "2"];
    let Some(mut cluster) = Running::start(home.path(), &arguments) else { return };
    let members = cluster.members();
    let cast = members.iter().map(|member| [&member["name"], &member["role"]].map(Value::as_str));
    let expected = [
        ("maas-1", "maas"),
        ("maas-2", "maas"),
        ("coordinator-1", "coordinator"),
        ("coordinator-2", "coordinator"),
    ];
    assert!(cast.eq(expected.map(|(name, role)| [Some(name), Some(role)])), "{members:?}");

    let ask = |arguments: &[&str]| aap(home.path(), arguments);
    let lead = cluster.await_event(|event| event["event"] == "leads");
    let lead = lead["node"].as_str().expect("a name");
    assert!(lead.starts_with("coordinator-"), "{lead}");
    eventually("an address of the announced space", || {
        let (status, out, _) = ask(&["allocate", "--node", "maas-1"]);
        status == Some(0) && out.contains("239.255.")
    });
    assert_eq!(ask(&["cluster", "kill", lead]).0, Some(0));
    let (_, status, _) = ask(&["cluster", "status"]);
    assert!(status.contains("killed"), "{status}");
}

/// A cluster of this test's own. `None` where this machine does not allow one, which it says.
fn cluster(nodes: usize) -> Option<Cluster> {
    let spec = Spec {
        program: env!("CARGO_BIN_EXE_aap").into(),
        meeting: Meeting::Apart,
        nodes,
        ..Spec::of_this_program().expect("this program has a path")
    };
    match Cluster::start(spec) {
        Ok(cluster) => Some(cluster),
        Err(why @ StartError::NoLoopback { .. }) => {
            println!("skipped: {why}");
            None
        }
        Err(why) => panic!("{why}"),
    }
}

#[test]
fn an_address_is_claimed_by_two_kept_by_one_and_defended_for_the_dead() {
    // On a machine that is busy at the wrong moment, claims miss each other: then once more.
    let mut endings = Vec::new();
    for _ in 0..3 {
        let Some(mut cluster) = cluster(3) else { return };
        let ending = story::play(&mut cluster, &mut |_| {}).expect("every member answers");
        if matches!(ending, Ending::Defended { .. }) {
            return;
        }
        endings.push(ending);
    }
    panic!("{endings:?}");
}

#[test]
fn a_conflict_of_a_partition_comes_to_light_when_it_heals() {
    let Some(mut cluster) = cluster(2) else { return };
    assert!(cluster.await_ready(Duration::from_secs(60), |_, _| {}));
    cluster.carry_out(&cluster::Order::read("partition maas-1 | maas-2").unwrap()).unwrap();
    let wish = client::Wish::address("239.255.3.3");
    for member in cluster.members() {
        let granted = member.client().allocate(&wish, Duration::from_secs(30)).unwrap();
        assert_eq!(granted.leases[0].span.first, "239.255.3.3", "nobody is heard to object");
    }
    cluster.carry_out(&cluster::Order::Heal).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let conflict = std::iter::from_fn(|| cluster.next_report(deadline))
        .find(|report| report.event().is_some_and(|event| event.kind == "conflict"));
    assert!(conflict.is_some(), "both own it, and neither was told");
}
