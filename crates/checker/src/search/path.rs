//! From a state back to the beginning, and the run that leads there.

use super::{Counterexample, NOBODY, Origin, Search};
use crate::local::Arena;
use crate::problem::Subject;
use crate::walk::{Keep, Successor, Violation, Walker};

impl<M: Subject> Search<'_, M> {
    /// The steps that lead to a state, first one first.
    fn steps_to(&self, node: u32) -> Vec<u16> {
        let mut steps = Vec::new();
        let mut at = node;
        while at != NOBODY {
            let Origin { parent, step } = self.origins[at as usize];
            steps.push(step);
            at = parent;
        }
        steps.reverse();
        steps
    }

    /// The run that leads to a state that breaks a property, taken once more with a trail.
    pub(super) fn counterexample(&self, node: u32, violation: Violation) -> Counterexample<M> {
        let steps = self.steps_to(node);
        let (mut run, mut faults) = (Vec::new(), 0);
        let mut arena = Arena::new();
        let (mut state, mut machines) = (None, Vec::new());
        for &step in &steps {
            let mut walker = Walker::new(self.problem, &self.reach, &arena, Keep::Trail);
            let mut reached = match &state {
                None => walker.roots(),
                Some(state) => walker.successors(state),
            };
            let Successor { state: mut next, price, trail, .. } =
                reached.swap_remove(usize::from(step));
            let slots = &next.slots[..self.problem.hosts.len()];
            machines = slots.iter().map(|&s| walker.overlay.body(s).machine.clone()).collect();
            let renumbering = arena.absorb(walker.finish());
            next.renumber(self.problem.hosts.len(), &renumbering);
            run.extend(trail);
            faults += price;
            state = Some(next);
        }
        Counterexample { violation, run, machines, faults, steps: steps.len() as u32 - 1 }
    }
}
