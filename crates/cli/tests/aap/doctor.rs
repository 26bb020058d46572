//! `aap cluster doctor`.

use serde_json::Value;

use super::support::aap;

#[test]
fn every_mode_is_possible_or_comes_with_what_to_do() {
    let ran = aap(&["cluster", "doctor", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let modes = document["modes"].as_array().unwrap();
    let names: Vec<_> = modes.iter().map(|mode| mode["mode"].as_str().unwrap()).collect();
    assert_eq!(names, ["loopback", "loopback6", "netns", "zones"]);
    for mode in modes {
        let explained = mode["offers"].is_string() || mode["remedy"].is_string();
        assert!(explained && mode["possible"] == mode["offers"].is_string(), "{mode}");
    }
    let loopback = modes[0]["possible"].as_bool().unwrap();
    assert_eq!(ran.status, Some(if loopback { 0 } else { 1 }), "{ran:?}");
}

#[test]
fn what_would_be_run_can_be_read() {
    let ran = aap(&["cluster", "doctor", "zones", "--script"]);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.out.starts_with("#!/bin/sh\n") && ran.out.contains("smcrouted"), "{ran:?}");
    let ran = aap(&["cluster", "doctor", "--script"]);
    assert_eq!(ran.status, Some(2), "a script of which mode? {ran:?}");
}
