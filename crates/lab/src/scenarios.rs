//! The scenarios that come with the project, by name.

/// A scenario that is part of the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Embedded {
    /// What it is called, such as `figure-3`.
    pub name: &'static str,
    /// The file it comes from.
    pub file: &'static str,
    /// Its text.
    pub text: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// Every embedded scenario, by name.
#[must_use]
pub const fn all() -> &'static [Embedded] {
    SCENARIOS
}

/// The embedded scenario called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Embedded> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}
