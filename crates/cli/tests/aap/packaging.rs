//! The services of `packaging/systemd`, as the service manager's own checker sees them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::support::directory;

const UNITS: [&str; 2] = ["aap-node@.service", "aap-coordinator@.service"];

/// The worst exposure that is accepted, in tenths of what `systemd-analyze security` shows. What is
/// left is the network, the control socket, and the user map that tells a namespace from a host.
const EXPOSURE_MAX: &str = "16";

/// `None`, and a word about it, where there is no such program.
fn analyze(directory: &Path, arguments: &[&str]) -> Option<Output> {
    let ran = Command::new("systemd-analyze").args(arguments).current_dir(directory).output();
    if ran.is_err() {
        println!("skipped: there is no systemd-analyze");
    }
    ran.ok()
}

/// The units with this binary in place of the installed one, in a directory of their own.
fn units(name: &str) -> std::path::PathBuf {
    let directory = directory(name);
    for unit in UNITS {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/systemd");
        let text = fs::read_to_string(source.join(unit)).expect("a unit");
        let text = text.replace("/usr/bin/aap", env!("CARGO_BIN_EXE_aap"));
        let instance = unit.replace('@', "@site");
        for file in [unit, instance.as_str()] {
            fs::write(directory.join(file), &text).expect("a unit can be written");
        }
    }
    directory
}

#[test]
fn the_units_hold_no_mistakes() {
    let directory = units("packaging-verify");
    for unit in UNITS {
        let instance = format!("./{}", unit.replace('@', "@site"));
        let arguments = ["verify", "--man=no", "--recursive-errors=no", &instance];
        let Some(ran) = analyze(&directory, &arguments) else { return };
        let told = String::from_utf8_lossy(&ran.stderr);
        // Other units of this machine are none of ours.
        let ours: Vec<&str> = told.lines().filter(|line| line.contains("aap-")).collect();
        assert!(ran.status.success() && ours.is_empty(), "{unit}: {told}");
    }
}

#[test]
fn the_units_give_away_little() {
    let directory = units("packaging-security");
    for unit in UNITS {
        let file = unit.replace('@', "@site");
        let threshold = format!("--threshold={EXPOSURE_MAX}");
        let arguments = ["security", "--offline=true", "--no-pager", &threshold, &file];
        let Some(ran) = analyze(&directory, &arguments) else { return };
        let (out, told) =
            (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        if told.contains("unrecognized option") || told.contains("Unknown option") {
            return println!("skipped: this systemd-analyze cannot judge files");
        }
        assert!(ran.status.success(), "{unit}: {out}{told}");
    }
}
