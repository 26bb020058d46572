//! Every test that crosses the borders of crates, in one program: one to link, and one that runs
//! the short beside the long. `cargo test -p tests theory` runs those of one file.

mod claims_statistics;
mod corpus;
mod determinism;
mod exhaustive;
mod findings;
#[cfg(test)]
mod foreign_peer;
mod hardened;
mod hostile_datagrams;
mod loss_statistics;
mod mutants;
mod properties;
mod remains;
mod repository_rules;
mod spec_coverage;
mod theory;
mod vectors;
mod worlds;
