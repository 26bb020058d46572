//! Plants each seeded bug of `mutants/mutants.txt` in a copy of the repository and runs the tests
//! there: every one must be caught.
//!
//! `cargo run -p tests --bin mutants [NAME...]`, about a minute each.

#![expect(clippy::print_stdout, reason = "the result")]

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use tests::mutants::{Mutant, parse};
use tests::register::root;

/// Tests to run with a bug planted.
#[derive(Debug)]
struct Suite {
    args: &'static [&'static str],
    /// `opt-level` of the profile: what runs for a moment takes longer to optimise.
    optimised: &'static str,
}

/// From the nearest tests to the farthest; the first that fails is enough.
const SUITES: [Suite; 3] = [
    Suite { args: &["-p", "aap", "--lib", "--tests"], optimised: "0" },
    Suite { args: &["-p", "oracles", "-p", "lab"], optimised: "1" },
    Suite {
        args: &["-p", "tests", "--test", "all", "--", "determinism::", "properties::"],
        optimised: "1",
    },
];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let wanted: BTreeSet<String> = std::env::args().skip(1).collect();
    let copy = root().join("target/mutants");
    copy_tracked(&copy)?;
    let mut survivors = 0;
    for mutant in parse(&fs::read_to_string(root().join("tests/mutants/mutants.txt"))?)? {
        if !wanted.is_empty() && !wanted.contains(&mutant.name) {
            continue;
        }
        let caught = try_out(&mutant, &copy)?;
        survivors += usize::from(caught.is_none());
        let outcome = caught.unwrap_or_else(|| "SURVIVES".to_owned());
        println!("{:<40} {outcome}", mutant.name);
    }
    println!("{survivors} survive");
    Ok(ExitCode::from(u8::from(survivors > 0)))
}

/// Copies what git tracks, as it is now, so that the work tree stays untouched.
fn copy_tracked(copy: &Path) -> Result<(), Box<dyn Error>> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let names: BTreeSet<&str> = listed.split_terminator('\0').collect();
    for gone in copied(copy)?.iter().filter(|name| !names.contains(name.as_str())) {
        fs::remove_file(copy.join(gone))?;
    }
    for name in names {
        let to = copy.join(name);
        let Ok(now) = fs::read(root().join(name)) else { continue };
        // What is the same is left alone, or cargo would build it again.
        if fs::read(&to).is_ok_and(|old| old == now) {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap_or(copy))?;
        fs::write(to, now)?;
    }
    Ok(())
}

/// The files of the copy as it is, but for what was built there.
fn copied(copy: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let (mut found, mut open) = (Vec::new(), vec![copy.to_owned()]);
    while let Some(folder) = open.pop() {
        if !folder.exists() || folder == copy.join("target") {
            continue;
        }
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Some(name) = path.strip_prefix(copy)?.to_str() {
                found.push(name.to_owned());
            }
        }
    }
    Ok(found)
}

/// The first test that fails with the bug planted.
fn try_out(mutant: &Mutant, copy: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let file = copy.join(&mutant.file);
    let sound = fs::read_to_string(&file)?;
    fs::write(&file, mutant.plant(copy)?)?;
    let caught = SUITES.iter().find_map(|suite| first_failure(suite, copy).transpose()).transpose();
    fs::write(&file, sound)?;
    caught
}

fn first_failure(suite: &Suite, copy: &Path) -> Result<Option<String>, Box<dyn Error>> {
    let run = Command::new("cargo")
        .arg("test")
        .args(suite.args)
        .args(["--quiet", "--no-fail-fast"])
        .current_dir(copy)
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", suite.optimised)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .output()?;
    if run.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let failed: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"))
        .collect();
    match failed.split_first() {
        Some((first, rest)) => Ok(Some(format!("{first}, and {} more", rest.len()))),
        None => {
            Err(format!("{suite:?} did not run: {}", String::from_utf8_lossy(&run.stderr)).into())
        }
    }
}
