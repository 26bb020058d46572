//! Many seeds on many threads, and what they find.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};

use super::{Case, Exhibit, Harm, Origin, examine_seed, generate};
use crate::many::in_order;
use crate::run::RunError;
use scenario::Profile;

/// How many runs making one scenario small may take.
const BUDGET: usize = 4_000;

/// What to search, and how.
#[derive(Clone, Debug)]
pub struct Search {
    /// The reading of the draft.
    pub profile: Profile,
    /// The seeds, in order.
    pub seeds: Range<u64>,
    /// How many threads.
    pub jobs: NonZeroUsize,
    /// When to stop.
    pub goal: Goal,
}

/// When a search is over, before its seeds are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// With the first harm.
    First,
    /// Never: every kind of harm is collected.
    All,
}

/// How far a search has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Runs done.
    pub runs: u64,
    /// Kinds of harm found.
    pub found: usize,
}

/// One kind of harm, and where it was seen.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The kind.
    pub harm: Harm,
    /// How it came about.
    pub shape: &'static str,
    /// The first seed that does it.
    pub first: u64,
    /// The seed whose scenario is the shortest of those that do it.
    pub plainest: u64,
    /// How many of the runs do it.
    pub runs: u64,
}

/// What a search has found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The first seed that was not searched.
    pub next_seed: u64,
    /// How many runs there were.
    pub runs: u64,
    /// How many messages were sent in them.
    pub messages: u64,
    /// Each kind of harm, in the order of [`Harm`].
    pub discoveries: Vec<Discovery>,
    /// Seeds that could not be run: bugs of the generator.
    pub broken: Vec<(u64, RunError)>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    first: u64,
    /// Its length in lines, and its seed.
    plainest: (usize, u64),
    runs: u64,
}

impl Search {
    /// Runs the seeds. `go_on` is told now and then how far it has got, and may end it.
    ///
    /// What is found depends on the seeds searched alone, not on the number of threads.
    pub fn run(&self, mut go_on: impl FnMut(Progress) -> ControlFlow<()>) -> Findings {
        let mut seen: BTreeMap<(Harm, &'static str), Seen> = BTreeMap::new();
        let mut progress = Progress::default();
        let (mut messages, mut broken) = (0, Vec::new());
        let work = |seed| examine_seed(seed, self.profile);
        let next_seed = in_order(self.seeds.clone(), self.jobs, work, |taken| {
            let Some((seed, case)) = taken else { return go_on(progress) };
            progress.runs += 1;
            match case {
                Ok(case) => {
                    messages += case.sent;
                    note(&mut seen, seed, &case);
                }
                Err(why) => broken.push((seed, why)),
            }
            progress.found = seen.len();
            if self.goal == Goal::First && !seen.is_empty() {
                return ControlFlow::Break(());
            }
            go_on(progress)
        });
        let discoveries = seen.into_iter().map(|((harm, shape), seen)| Discovery {
            harm,
            shape,
            first: seen.first,
            plainest: seen.plainest.1,
            runs: seen.runs,
        });
        let discoveries = discoveries.collect();
        Findings { next_seed, runs: progress.runs, messages, discoveries, broken }
    }

    /// Makes a scenario of each discovery, all as small as can be, each as soon as those before
    /// it are done; `take` may end it.
    pub fn exhibit(
        &self,
        discoveries: &[Discovery],
        mut take: impl FnMut(Option<(&Discovery, Option<Exhibit>)>) -> ControlFlow<()>,
    ) {
        let at = |index: u64| usize::try_from(index).ok().and_then(|index| discoveries.get(index));
        let work = |index| {
            let found = at(index)?;
            let origin = Origin { seed: found.plainest, profile: self.profile };
            let scenario = generate(found.plainest, self.profile);
            Exhibit::prepare(&scenario, (found.harm, found.shape), origin, BUDGET)
        };
        in_order(0..discoveries.len() as u64, self.jobs, work, |taken| match taken {
            None => take(None),
            Some((index, exhibit)) => match at(index) {
                Some(found) => take(Some((found, exhibit))),
                None => ControlFlow::Continue(()),
            },
        });
    }
}

fn note(seen: &mut BTreeMap<(Harm, &'static str), Seen>, seed: u64, case: &Case) {
    for sighting in &case.sightings {
        let new = Seen { first: seed, plainest: (case.lines, seed), runs: 0 };
        let seen = seen.entry((sighting.harm, sighting.shape)).or_insert(new);
        seen.plainest = seen.plainest.min((case.lines, seed));
        seen.runs += 1;
    }
}
