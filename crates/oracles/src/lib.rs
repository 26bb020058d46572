//! What the draft promises, as oracles that watch a run.
//!
//! Each promise has a file of its own. An oracle goes by what can be observed from outside, by
//! datagrams, events and writes; it never looks into a participant. It states what it assumes of
//! a run, and has nothing to say about a run that leaves the assumption.

mod announced;
mod assumption;
mod defence_end;
mod duplicate_resolved;
mod earned;
mod finding;
mod holders;
mod no_duplicate;
mod numbering;
mod pieces;
mod quiescence;
mod setting;
mod startup_silence;
mod within_space;

#[cfg(test)]
mod testing;

use std::fmt;
use std::sync::Arc;

use aap::Participant;
use netsim::Oracle;

pub use announced::Announced;
pub use defence_end::DefenceKeepsEnd;
pub use duplicate_resolved::DuplicateResolved;
pub use earned::EarnedAllocation;
pub use holders::{Change, Holders};
pub use no_duplicate::NoDuplicateAllocation;
pub use numbering::NumbersInOrder;
pub use quiescence::Quiescence;
pub use setting::{HostSetting, Role, Setting};
pub use startup_silence::StartupSilence;
pub use within_space::EndWithinSpace;

/// An oracle of the draft: a value that can be forked together with the world it watches.
pub trait DraftOracle: Oracle<Participant> + fmt::Debug + Send + Sync {
    /// Another one that has seen the same.
    fn fork(&self) -> Boxed;
}

impl<O: Oracle<Participant> + Clone + fmt::Debug + Send + Sync + 'static> DraftOracle for O {
    fn fork(&self) -> Boxed {
        Box::new(self.clone())
    }
}

/// Any oracle of the draft.
pub type Boxed = Box<dyn DraftOracle>;

impl Clone for Boxed {
    fn clone(&self) -> Self {
        (**self).fork()
    }
}

/// All oracles for a run of this setting.
#[must_use]
pub fn all(setting: &Setting) -> Vec<Boxed> {
    let setting = &Arc::new(setting.clone());
    vec![
        Box::new(NoDuplicateAllocation::new(setting)),
        Box::new(EarnedAllocation::new(setting)),
        Box::new(StartupSilence::new(setting)),
        Box::new(Announced::new(setting)),
        Box::new(Quiescence::new(setting)),
        Box::new(EndWithinSpace::new(setting)),
        Box::new(DuplicateResolved::new(setting)),
        Box::new(NumbersInOrder::new(setting)),
        Box::new(DefenceKeepsEnd::new(setting)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::setting;
    use netsim::Verdict;

    #[test]
    fn names_differ_and_nothing_is_claimed_before_anything_is_seen() {
        let oracles = all(&setting(2));
        let names: std::collections::BTreeSet<_> = oracles.iter().map(|o| o.name()).collect();
        assert_eq!(names.len(), oracles.len());
        for oracle in oracles.clone() {
            assert!(matches!(oracle.verdict(), Verdict::NotExercised { .. }), "{oracle:?}");
        }
    }
}
