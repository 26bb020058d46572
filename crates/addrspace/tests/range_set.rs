//! [`RangeSet`] against `rangemap`, over spaces small enough for collisions and at both ends of
//! the number space.

use std::ops::RangeInclusive;

use addrspace::{Addr, Range, RangeSet};
use proptest::prelude::*;
use rangemap::RangeInclusiveSet;

const TOP: u128 = u128::MAX;

fn ends() -> impl Strategy<Value = Range> {
    let low = (0_u128..64, 0_u128..12).prop_map(|(first, more)| (first, first + more));
    let high = (0_u128..12, 0_u128..12).prop_map(|(below, more)| {
        let first = TOP - below;
        (first, first.saturating_add(more))
    });
    prop_oneof![9 => low, 1 => high]
        .prop_map(|(first, last)| Range::new(Addr(first), Addr(last)).expect("in order"))
}

fn steps() -> impl Strategy<Value = Vec<(bool, Range)>> {
    prop::collection::vec((any::<bool>(), ends()), 0..40)
}

fn inclusive(range: Range) -> RangeInclusive<u128> {
    range.first().0..=range.last().0
}

fn build(steps: &[(bool, Range)]) -> (RangeSet, RangeInclusiveSet<u128>) {
    let (mut set, mut model) = (RangeSet::new(), RangeInclusiveSet::new());
    for &(add, range) in steps {
        if add {
            set.insert(range);
            model.insert(inclusive(range));
        } else {
            set.remove(range);
            model.remove(inclusive(range));
        }
    }
    (set, model)
}

fn same(set: &RangeSet, model: &RangeInclusiveSet<u128>) -> bool {
    set.iter().map(inclusive).eq(model.iter().cloned())
}

proptest! {
    #[test]
    fn changes_agree(steps in steps()) {
        let (set, model) = build(&steps);
        prop_assert!(same(&set, &model), "{set:?} {model:?}");
        let rebuilt: RangeSet = set.iter().collect();
        prop_assert_eq!(rebuilt, set);
    }

    #[test]
    fn queries_agree(steps in steps(), asked in ends()) {
        let (set, model) = build(&steps);
        let span = inclusive(asked);
        prop_assert_eq!(set.contains(asked.first()), model.contains(span.start()));
        prop_assert_eq!(set.overlaps(asked), model.overlaps(&span));
        prop_assert_eq!(set.contains_range(asked), model.gaps(&span).next().is_none());
        prop_assert!(set.gaps(asked).map(inclusive).eq(model.gaps(&span)));
        let parts: RangeSet = set.overlapping(asked).collect();
        prop_assert_eq!(parts, set.intersection(&asked.into()));
    }

    #[test]
    fn algebra_agrees(left in steps(), right in steps()) {
        let ((a, model_a), (b, model_b)) = (build(&left), build(&right));
        prop_assert!(same(&a.union(&b), &model_a.union(&model_b).collect()));
        prop_assert!(same(&a.intersection(&b), &model_a.intersection(&model_b).collect()));
        let mut without = model_a.clone();
        model_b.iter().for_each(|range| without.remove(range.clone()));
        prop_assert!(same(&a.difference(&b), &without));
    }
}
