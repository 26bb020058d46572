//! What the tests of this package share: the register of requirements, and what a fuzzer runs.

pub mod fuzz;
pub mod register;
