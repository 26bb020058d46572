use std::fmt;
use std::hash::{Hash, Hasher};

/// The journal entry that led to something: an opaque number a driver hands in and a machine
/// keeps beside its deadlines and hands back.
///
/// A cause never takes part in a decision. All causes compare equal and hash to nothing, so two
/// machines that differ only in *why* they are in a state are the same state to a checker.
#[derive(Clone, Copy, Default)]
pub struct Cause(pub u64);

impl PartialEq for Cause {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Cause {}

impl Hash for Cause {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cause")
    }
}
