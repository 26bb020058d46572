//! A scenario from a program: run it, read the verdicts, ask why something happened.
//!
//! ```sh
//! cargo run -p examples --example scenario_from_code
//! ```
//!
//! You will see two users who want the same address at the same time, what came out, and the whole
//! chain of causes of one event, from the grant back to the user's wish. `aap replay --explain`
//! does the same from the command line; here everything is a value that your own program could use.

#![expect(clippy::print_stdout, reason = "a lesson")]

use lab::{RunOptions, run};
use scenario::{Profile, Scenario};
use trace::What;

const TEXT: &str = "\
title    Two want the same address
scope    site 239.255.0.0/16 small
hosts    A B
link     * delay 50ms
skip     startup
at 0s    A claim 1 at .7 until +1h
at 2s    B claim 1 at .7 until +1h
run      60s
expect   total count ACLM >= 5
oracle   no-duplicate-allocation holds
";

fn main() {
    let scenario = Scenario::parse(TEXT).expect("every line is sound");
    for seed in 1..=3 {
        let options = RunOptions {
            profile: Some(Profile::Repaired),
            seed: Some(seed),
            ..RunOptions::default()
        };
        let report = run(&scenario, &options).expect("it can be run");
        println!("seed {seed}: passed {}, digest {}", report.passed(), report.digest);
        assert!(report.passed(), "{:?} {:?}", report.checks, report.oracles);
    }

    let options = RunOptions { seed: Some(1), journal: true, ..RunOptions::default() };
    let report = run(&scenario, &options).expect("it can be run");
    let journal = report.journal.expect("it was asked for");
    let granted = journal
        .entries
        .iter()
        .find(|entry| matches!(&entry.what, What::Event { name, .. } if name.contains("grant")));
    let granted = granted.expect("somebody is granted an address");
    println!("\nwhy entry {}?", granted.id);
    let chain = trace::why(&journal.entries, granted.id);
    for entry in &chain {
        let host = entry.host.as_deref().unwrap_or("-");
        let rule = entry.rule.as_deref().unwrap_or("");
        println!("  {:>8} us  {host}  {:?}  {rule}", entry.at, entry.what);
    }
    let root = chain.last().expect("at least the event itself");
    assert!(root.cause.is_none());
    assert!(matches!(root.what, What::Command { .. }), "a user's wish is at the root");
}
