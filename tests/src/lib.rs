//! What the tests of this package share: the register of requirements, the seeded
//! bugs, and what a fuzzer runs.

pub mod fuzz;
pub mod loopback;
pub mod mutants;
pub mod register;
