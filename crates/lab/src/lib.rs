//! AAP on the deterministic network: the scenario language, its runner and the oracles of the draft.

pub mod scenario;
