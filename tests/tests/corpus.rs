//! What the fuzzers found worth keeping, and as much again at random: `fuzz/README.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use netsim::Stream;
use tests::fuzz;
use tests::register::root;

fn run_all(target: &str, run: fn(&[u8])) {
    let mut kept = 0;
    for entry in fs::read_dir(root().join("tests/corpus").join(target)).unwrap() {
        run(&fs::read(entry.unwrap().path()).unwrap());
        kept += 1;
    }
    assert!(kept > 10, "the corpus of {target} is missing");
}

fn run_random(name: &str, runs: u64, longest: u64, run: fn(&[u8])) {
    let mut dice = Stream::named(1, name);
    for _ in 0..runs {
        let octets: Vec<u8> = (0..dice.below(longest)).map(|_| dice.bits() as u8).collect();
        run(&octets);
    }
}

#[test]
fn every_datagram_of_the_corpus_is_read_as_it_is_written() {
    run_all("decode", fuzz::decode);
    run_random("datagrams", 20_000, 120, fuzz::decode);
}

#[test]
fn every_question_of_the_corpus_is_answered_as_it_is_documented() {
    if !fuzz::control_can_run() {
        println!("skipped: this machine does not deliver multicast on loopback");
        return;
    }
    run_all("control", fuzz::control);
    run_random("questions", 300, 400, fuzz::control);
}

#[test]
fn every_story_of_the_corpus_is_survived() {
    run_all("machine", fuzz::machine);
    run_random("stories", 500, 1_500, fuzz::machine);
}
