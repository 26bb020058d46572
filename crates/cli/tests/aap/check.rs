use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Ran, aap, command, directory, file, pause};

/// B claims what A holds.
const LIVE_OWNER: &str = "\
title   A claim of a live owner's address
cites   AAP-3.2.5-05
scope   site 239.255.0.0/16 small
hosts   A B
link    * delay 20ms
tune    jitter off
known   A allocated .7 until 12h
skip    startup
at 5s B claim at .7 until 2h
run 16s
";

#[test]
fn without_loss_it_is_proved_and_with_four_losses_shown_and_replayed() {
    let directory = directory("check");
    let path = file(&directory, "live.scn", LIVE_OWNER);
    let few = ["--delay", "1ms", "--draws", "low"];
    let proved = aap(&[["check", &path].as_slice(), &few].concat());
    assert_eq!(proved.status, Some(0), "{}{}", proved.out, proved.err);
    assert!(proved.out.contains("proved: no run within these bounds"), "{}", proved.out);
    assert!(proved.out.contains("bounds: delays from 0 to 1ms, no loss"), "{}", proved.out);

    let found = directory.join("found.scn").display().to_string();
    let lossy = ["--losses", "4", "-o", &found];
    let violated = aap(&[["check", &path].as_slice(), &few, &lossy].concat());
    assert_eq!(violated.status, Some(1), "{}{}", violated.out, violated.err);
    assert!(violated.out.contains("A and B both hold 239.255.0.7, with 4 faults"));
    assert_eq!(aap(&["replay", &found]).status, Some(0), "the scenario expects what went wrong");
}

#[test]
fn the_document_is_for_programs() {
    let path = file(&directory("check-json"), "live.scn", LIVE_OWNER);
    let ran = aap(&["check", &path, "--draws", "low", "--losses", "4", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&document["schema"], &document["version"]), (&"aap.check".into(), &1.into()));
    assert_eq!(document["verdict"], "violated");
    assert_eq!(document["details"]["faults"], 4);
    assert_eq!(document["details"]["replays"], true);
}

#[test]
fn what_a_budget_cuts_short_goes_on_later() {
    let directory = directory("check-resume");
    let path = file(&directory, "live.scn", LIVE_OWNER);
    let rest = directory.join("rest.check").display().to_string();
    let check = ["check", &path, "--draws", "low", "--losses", "1", "--resume", &rest];
    let cut = aap(&[check.as_slice(), &["--states", "100"]].concat());
    assert_eq!(cut.status, Some(3), "{}{}", cut.out, cut.err);
    assert!(cut.out.contains("inconclusive: the states allowed ran out"), "{}", cut.out);
    assert!(cut.err.contains("what is left is in"), "{}", cut.err);
    let whole = aap(&check);
    assert_eq!(whole.status, Some(0), "{}{}", whole.out, whole.err);
    let other = aap(&["check", &path, "--losses", "2", "--resume", &rest]);
    assert_eq!(other.status, Some(2));
    assert!(other.err.contains("within other bounds"), "{}", other.err);
}

/// Two hosts that may choose among many addresses: more states than anyone waits for.
const FREE_CHOICE: &str = "\
title   Two claims, any address
cites   AAP-3.2.5-05
scope   site 239.255.0.0/16 small
hosts   A B
link    * delay 20ms
skip    startup
at 0s A allocate 1 until +1h
at 10ms B allocate 1 until +1h
run 60s
";

/// Whether a process would hear of Ctrl-C; before that it would just end.
#[cfg(target_os = "linux")]
fn catches_interrupts(id: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("a mask");
    u64::from_str_radix(caught.trim(), 16).expect("a number") & 1 << (2 - 1) != 0
}

#[cfg(target_os = "linux")]
#[test]
fn who_interrupts_a_check_hears_how_far_it_got_and_can_go_on() {
    let directory = directory("check-interrupt");
    let path = file(&directory, "free.scn", FREE_CHOICE);
    let rest = directory.join("rest.check");
    let name = rest.display().to_string();
    let begin = ["check", &path, "--losses", "9", "--resume", &name, "--json"];
    let mut running = command(&begin);
    let running = running.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let id = running.id().to_string();
    while !catches_interrupts(&id) {
        pause();
    }
    let told = Command::new("kill").args(["-INT", &id]).status();
    assert!(told.expect("there is a kill").success());
    let ran: Ran = running.wait_with_output().expect("it ends").into();
    assert_eq!(ran.status, Some(130), "{}{}", ran.out, ran.err);
    let document: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        (&document["verdict"], &document["details"]["ran_out"]),
        (&"inconclusive".into(), &"patience".into())
    );
    assert!(document["states"]["unique"].as_u64().is_some_and(|unique| unique > 0));
    assert!(rest.exists(), "{}", ran.err);
    let more = (document["states"]["unique"].as_u64().unwrap_or(0) + 1).to_string();
    let later = aap(&[begin.as_slice(), &["--states", &more]].concat());
    assert_eq!(later.status, Some(3), "it goes on where it was: {}{}", later.out, later.err);
}

#[test]
fn what_cannot_be_checked_is_refused_with_its_line() {
    let text = LIVE_OWNER.replace("at 5s", "at 1s drop next ACLM\nat 5s");
    let path = file(&directory("check-refused"), "drops.scn", &text);
    let ran = aap(&["check", &path]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("drops.scn:9:1: `drop next ACLM` cannot be checked"), "{}", ran.err);
}
