//! Chance, and scopes of every size.

use super::*;

/// AAP-3.2.7-08: every free address has one place in the draw.
#[test]
fn chance_gives_every_free_address_the_same_weight() {
    let mut case = Case::large(&[(0, 9, 9000), (20, 29, 9000)]);
    case.allocated(3, 6);
    case.allocated(20, 20);
    let mut drawn: Vec<u128> = (0..15).map(|place| case.chosen(place, 1)[0].0).collect();
    drawn.sort_unstable();
    let free: Vec<u128> = (0..3).chain(7..10).chain(21..30).collect();
    assert_eq!(drawn, free);
}

#[test]
fn ipv6_scopes_are_chosen_from_alike() {
    let base = 0xff18_u128 << 112;
    let scope = Range::new(Addr(base), Addr(base | (u128::MAX >> 16))).unwrap();
    let mut case = Case::new(ScopeKind::Small, |c| {
        c.scope = Scope::new("test", Family::V6, scope, ScopeKind::Small);
    });
    let chosen = case.choose(77, 1).unwrap();
    assert!(scope.contains_range(chosen.first().unwrap()));
    case.layout = Layout::Contiguous;
    assert_eq!(case.choose(3, 1 << 20).unwrap().iter().count(), 1);
}

/// A draw of one more bit than a question answers.
#[test]
fn a_scope_of_two_to_the_64th_addresses_is_chosen_from() {
    let (_, scope) = Range::parse("ff18::/64").unwrap();
    let mut case = Case::small();
    case.config.scope = Scope::new("v6", Family::V6, scope, ScopeKind::Small);
    case.record = AllocationRecord::new(&case.config);
    let chosen = case.choose(0, 1).unwrap();
    assert!(chosen.len() == 1 && scope.contains(chosen.first().unwrap().first()));
}

/// Two questions make one number, and a number above the bound is asked for again.
#[test]
fn a_draw_that_one_question_does_not_answer_is_uniform() {
    struct Script(Vec<(u64, u64)>);
    impl Draw for Script {
        fn between(&mut self, _: Question, low: u64, high: u64) -> u64 {
            let (limit, answer) = self.0.remove(0);
            assert_eq!((low, high), (0, limit));
            answer
        }
    }
    let bound = 3 << 64;
    let (high, low) = (3, u64::MAX);
    let mut draw = Script(vec![(high, 3), (low, 0), (high, 3), (low, 9), (high, 2), (low, 5)]);
    let now = Now { instant: Instant::ZERO, utc: UtcSecs(NOW) };
    let mut cx = Cx { now, draw: &mut draw, cause: Cause::default() };
    assert_eq!(fresh::draw_below(&mut cx, bound), (2 << 64) + 5);
    assert!(draw.0.is_empty());
    let mut plain = Script(vec![(0, 0), (low, 7)]);
    let mut cx = Cx { now, draw: &mut plain, cause: Cause::default() };
    assert_eq!(fresh::draw_below(&mut cx, 1 << 64), 7, "the low half alone");
}
