use std::io;

use crate::support::{aap, command};

#[test]
fn help_shows_every_command_with_an_example() {
    let ran = aap(&["--help"]);
    assert_eq!(ran.status, Some(0));
    for wanted in ["tour", "replay", "scenario", "decode", "version", "aap replay figure-3"] {
        assert!(ran.out.contains(wanted), "{wanted} in {}", ran.out);
    }
}

#[test]
fn every_command_has_help() {
    for name in ["tour", "replay", "check", "scenario", "decode", "version"] {
        let ran = aap(&["help", name]);
        assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""), "{name}");
        assert!(ran.out.contains("Usage: aap"), "{}", ran.out);
    }
}

#[test]
fn exit_statuses_are_documented() {
    for arguments in [["help", "exit-codes"].as_slice(), &["exit-codes"], &["-h"]] {
        let ran = aap(arguments);
        assert_eq!(ran.status, Some(0));
        assert!(ran.out.contains("70  a bug in aap itself"), "{}", ran.out);
    }
}

#[test]
fn usage_errors_exit_with_2_and_leave_standard_output_empty() {
    let wrong: [&[&str]; 6] = [
        &[],
        &["relpay"],
        &["replay"],
        &["replay", "x", "--profile", "litteral"],
        &["replay", "x", "--set", "loss"],
        &["replay", "x", "--color", "red"],
    ];
    for arguments in wrong {
        let ran = aap(arguments);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn the_version_is_there_for_programs_too() {
    let ran = aap(&["version", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(document["schema"], "aap.version");
    assert_eq!(document["draft"], "draft-ietf-malloc-aap-04");
    assert_eq!(document["formats"]["aap.trace"], 1);
    assert!(aap(&["version"]).out.starts_with("aap "));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let commands: [&[&str]; 3] = [&["exit-codes"], &["scenario", "list"], &["decode", "0005"]];
    for arguments in commands {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        let output = command(arguments).stdout(writer).output().expect("the binary runs");
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}
