//! [`IntervalMap`] against a plain vector in the same order.

use addrspace::{Entry, IntervalMap, NEVER};
use proptest::prelude::*;

type Item = Entry<u32, u8>;

#[derive(Clone, Debug)]
enum Step {
    Insert(Item),
    /// Of entries at this first address, with this value.
    Remove(u32, u8),
    Update(u32, Item),
    PopEnded(u32),
    RetainBelow(u8),
}

/// The order by first address, then by insertion, spelled out.
#[derive(Default)]
struct Model(Vec<Item>);

impl Model {
    fn insert(&mut self, item: Item) {
        let at = self.0.iter().position(|other| other.first > item.first).unwrap_or(self.0.len());
        self.0.insert(at, item);
    }

    fn remove(&mut self, wanted: impl FnMut(&Item) -> bool) -> Option<Item> {
        self.0.iter().position(wanted).map(|at| self.0.remove(at))
    }

    fn update(&mut self, first: u32, new: Item) -> Option<Item> {
        let at = self.0.iter().position(|item| item.first == first)?;
        let old = self.0[at];
        if new.first == first {
            self.0[at] = new;
        } else {
            self.0.remove(at);
            self.insert(new);
        }
        Some(old)
    }

    fn next_end(&self) -> Option<u32> {
        self.0.iter().map(|item| item.end).filter(|&end| end != NEVER).min()
    }
}

/// Ranges crowd together, so that equal first addresses and overlaps are common; a few are long.
fn item(space: u32) -> impl Strategy<Value = Item> {
    let len = prop_oneof![20 => 0_u32..4, 1 => 0..space];
    let end = prop_oneof![9 => 0_u32..50, 1 => Just(NEVER)];
    (0..space, len, end, 0_u8..4).prop_map(|(first, len, end, value)| Entry {
        first,
        last: first + len,
        end,
        value,
    })
}

fn step(space: u32) -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => item(space).prop_map(Step::Insert),
        3 => (0..space, 0_u8..4).prop_map(|(first, value)| Step::Remove(first, value)),
        3 => (0..space, item(space)).prop_map(|(first, new)| Step::Update(first, new)),
        3 => (0_u32..50).prop_map(Step::PopEnded),
        1 => (1_u8..4).prop_map(Step::RetainBelow),
    ]
}

fn apply(map: &mut IntervalMap<u32, u8>, model: &mut Model, step: Step) {
    match step {
        Step::Insert(item) => {
            map.insert(item);
            model.insert(item);
        }
        Step::Remove(first, value) => {
            let ours = map.remove(first, |item| item.value == value);
            assert_eq!(ours, model.remove(|item| item.first == first && item.value == value));
        }
        Step::Update(first, new) => {
            assert_eq!(map.update(first, |_| true, |_| new), model.update(first, new));
        }
        Step::PopEnded(now) => {
            let end = model.next_end().filter(|&end| end <= now);
            let expected = end.and_then(|end| model.remove(|item| item.end == end));
            assert_eq!(map.pop_ended(now), expected);
        }
        Step::RetainBelow(value) => {
            map.retain(|item| item.value < value);
            model.0.retain(|item| item.value < value);
        }
    }
}

fn check(space: u32, start: Vec<Item>, steps: Vec<Step>, asked: Vec<(u32, u32)>) {
    let (mut map, mut model) = (IntervalMap::new(), Model::default());
    start.into_iter().for_each(|item| apply(&mut map, &mut model, Step::Insert(item)));
    for step in steps {
        apply(&mut map, &mut model, step);
        assert_eq!(map.next_end(), model.next_end());
        assert_eq!(map.len(), model.0.len());
    }
    assert!(map.iter().eq(&model.0));
    for (first, more) in asked {
        let last = (first + more).min(space);
        let hit = |item: &&Item| item.first <= last && item.last >= first;
        let expected: Vec<&Item> = model.0.iter().filter(hit).collect();
        assert_eq!(map.any_overlap(first, last), !expected.is_empty());
        assert_eq!(map.overlapping(first, last).collect::<Vec<_>>(), expected);
    }
    let rebuilt: IntervalMap<u32, u8> = map.iter().copied().collect();
    assert_eq!(rebuilt, map);
}

proptest! {
    #[test]
    fn small_maps_agree(
        steps in prop::collection::vec(step(30), 0..80),
        asked in prop::collection::vec((0_u32..30, 0_u32..8), 8),
    ) {
        check(30, Vec::new(), steps, asked);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // Enough entries for several groups of pages, with removals that empty and merge them.
    #[test]
    fn large_maps_agree(
        start in prop::collection::vec(item(2000), 6000),
        steps in prop::collection::vec(step(2000), 0..3000),
        asked in prop::collection::vec((0_u32..2000, 0_u32..8), 20),
    ) {
        check(2000, start, steps, asked);
    }
}

#[test]
fn draining_a_large_map_keeps_every_order() {
    let (mut map, mut model) = (IntervalMap::new(), Model::default());
    for i in 0..9000_u32 {
        let first = i.wrapping_mul(0x9e37_79b9) % 5000;
        let item = Entry { first, last: first + i % 7, end: i % 40, value: 0 };
        apply(&mut map, &mut model, Step::Insert(item));
    }
    for _ in 0..9000 {
        apply(&mut map, &mut model, Step::PopEnded(40));
    }
    assert!(map.is_empty() && model.0.is_empty());
}
