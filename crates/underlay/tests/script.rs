//! Plans as they are shown: what is run is no secret.

use underlay::{Plan, Zone, ZoneSpec};

#[test]
fn a_bridge_is_a_few_commands() {
    let script = Plan::bridge(2).unwrap().script();
    assert_eq!(script, include_str!("bridge.sh"), "if it is meant to be so: {script}");
}

#[test]
fn zones_have_a_boundary_before_they_have_a_router() {
    let zone = |name: &str| Zone { name: name.to_owned(), seats: 1 };
    let boundary = vec!["239.255.0.0/16".parse().unwrap(), "ff05::/16".parse().unwrap()];
    let spec = ZoneSpec { zones: vec![zone("west"), zone("east")], boundary };
    let script = Plan::zones(&spec).unwrap().script();
    assert_eq!(script, include_str!("zones.sh"), "if it is meant to be so: {script}");
}

#[test]
fn loopback_needs_nothing() {
    let script = Plan::loopback(0, 3).unwrap().script();
    assert!(script.lines().all(|line| line.starts_with('#')), "{script}");
}
