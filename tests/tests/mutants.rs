//! The list of seeded bugs still fits the code; `cargo run -p tests --bin mutants` tries them out.

use std::fs;

use tests::mutants::parse;
use tests::register::root;

#[test]
fn every_seeded_bug_has_a_place_in_the_code() {
    let list = fs::read_to_string(root().join("tests/mutants/mutants.txt")).unwrap();
    let mutants = parse(&list).unwrap();
    assert!(mutants.len() >= 12);
    let lost: Vec<String> =
        mutants.iter().filter_map(|mutant| mutant.plant(&root()).err()).collect();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
