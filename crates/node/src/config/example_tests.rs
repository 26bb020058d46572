//! The example configurations of `packaging/` are right, and name the defaults.

use std::path::Path;

use super::file::parse;
use super::*;

const NODE: &str = include_str!("../../../../packaging/etc/node.toml");
const COORDINATOR: &str = include_str!("../../../../packaging/etc/coordinator.toml");

/// Settings whose commented values are examples: they have no default, or need files.
const EXAMPLES: [&str; 10] = [
    "bind",
    "interface",
    "deny",
    "excluded",
    "tcp",
    "token-file",
    "key-file",
    "send",
    "require",
    "window",
];

fn settled(role: NodeRole, text: &str) -> NodeConfig {
    let file = parse(Path::new("example.toml"), text).unwrap_or_else(|m| panic!("{m:#?}"));
    settle(role, &file, &Table::default()).unwrap_or_else(|m| panic!("{m:#?}"))
}

/// The key of a line that is commented out.
fn commented(line: &str) -> Option<&str> {
    let setting = line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic))?;
    setting.split_once(" = ").map(|(key, _)| key)
}

#[test]
fn both_examples_start_a_participant() {
    assert_eq!(settled(NodeRole::Maas, NODE).scopes.len(), 1);
    assert_eq!(settled(NodeRole::Coordinator, COORDINATOR).scopes[0].space.len(), 2);
}

#[test]
fn what_is_commented_out_is_the_default() {
    let lines: Vec<&str> = NODE
        .lines()
        .map(|line| match commented(line) {
            Some(key) if !EXAMPLES.contains(&key) => &line[1..],
            _ => line,
        })
        .collect();
    assert!(NODE.lines().filter_map(commented).count() > 40, "the example has everything");
    let mut spelled_out = settled(NodeRole::Maas, &lines.join("\n"));
    // Named, but where the standard one is tried otherwise.
    let unix = spelled_out.control.unix.take().expect("it is named");
    assert_eq!(unix.mode, crate::control::Unix::MODE);
    assert_eq!(spelled_out, settled(NodeRole::Maas, NODE));
}
