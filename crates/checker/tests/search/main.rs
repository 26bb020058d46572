//! What a search finds, proves and counts.

mod toy;

use checker::{
    Bounds, Budget, Conclusion, Counterexample, Happening, Pace, Problem, ResumeError, Search,
    Shortage, Tally,
};
use sansio::Duration;

use toy::{Claimant, NOTHING, Order, problem, twice};

const ALL: Budget = Budget { octets: 1 << 28, states: 1_000_000 };

fn search(problem: &Problem<Claimant>, jobs: usize) -> (Conclusion<Claimant>, Tally) {
    let mut search = Search::new(problem, 100);
    let conclusion = search.run(jobs, &ALL, &mut |_| Pace::On);
    (conclusion, search.tally())
}

fn is_proved(problem: &Problem<Claimant>) -> bool {
    matches!(search(problem, 1).0, Conclusion::Proved)
}

fn found(problem: &Problem<Claimant>) -> Counterexample<Claimant> {
    match search(problem, 1).0 {
        Conclusion::Violated(found) => *found,
        other => panic!("{other:?}"),
    }
}

fn both_claim(hosts: usize) -> Vec<(u64, usize, Order)> {
    (0..hosts).map(|host| (5 * host as u64, host, Order::Claim(7))).collect()
}

#[test]
fn without_loss_a_claim_that_is_heard_in_time_is_enough() {
    let problem = problem(2, &both_claim(2), NOTHING, twice);
    let (conclusion, tally) = search(&problem, 1);
    assert!(matches!(conclusion, Conclusion::Proved));
    // Pinned: a change of the numbers is a change of what is explored.
    assert_eq!((tally.unique, tally.generated, tally.faults), (19, 23, 0), "{tally:?}");
}

#[test]
fn a_datagram_that_may_take_as_long_as_a_claim_comes_too_late() {
    let slow = |micros| Bounds { delay: Duration::from_micros(micros), ..NOTHING };
    let at_once = [(0, 0, Order::Claim(7)), (0, 1, Order::Claim(7))];
    assert!(is_proved(&problem(2, &at_once, slow(999_999), twice)));
    let found = found(&problem(2, &at_once, slow(1_000_000), twice));
    assert_eq!(found.faults, 0);
}

#[test]
fn the_fewest_losses_come_first() {
    let lossy = |losses| Bounds { losses, ..NOTHING };
    let at_once = [(0, 0, Order::Claim(7)), (0, 1, Order::Claim(7))];
    assert!(is_proved(&problem(2, &at_once, lossy(1), twice)));
    let found = found(&problem(2, &at_once, lossy(5), twice));
    assert_eq!(found.faults, 2, "one loss in each direction");
    let lost = found.run.iter().filter(|h| matches!(h.what, Happening::Lost(_)));
    assert_eq!(lost.count(), 2);
    assert_eq!(found.machines.iter().flatten().filter(|m| m.owned.contains(&7)).count(), 2);
}

#[test]
fn copies_for_one_host_overtake_each_other() {
    let order = [(0, 0, Order::Send(vec![1, 2]))];
    let swapped =
        |machines: &[Option<&Claimant>]| machines[1].is_some_and(|machine| machine.heard == [2, 1]);
    let found = found(&problem(2, &order, NOTHING, swapped));
    assert_eq!(found.faults, 0);
    let both_at_once = Bounds { delay: Duration::ZERO, ..NOTHING };
    assert!(!is_proved(&problem(2, &order, both_at_once, swapped)), "even with no time between");
}

#[test]
fn a_copy_arrives_before_a_timer_of_the_same_instant() {
    // H1's claim is decided at 1 s; H0 sends at 0.99 s.
    let order = [(0, 1, Order::Claim(7)), (990, 0, Order::Send(vec![7]))];
    let owns = |machines: &[Option<&Claimant>]| machines[1].is_some_and(|m| m.owned.contains(&7));
    let gave_up = |machines: &[Option<&Claimant>]| {
        machines[1].is_some_and(|m| m.owned.is_empty() && m.heard == [7])
    };
    let bounds = Bounds { delay: Duration::from_millis(10), ..NOTHING };
    assert!(!is_proved(&problem(2, &order, bounds, owns)), "it may arrive right after it");
    assert!(!is_proved(&problem(2, &order, bounds, gave_up)), "or before");
}

#[test]
fn a_duplicate_is_heard_twice_and_only_if_allowed() {
    let order = [(0, 0, Order::Send(vec![1]))];
    let doubled = |machines: &[Option<&Claimant>]| machines[1].is_some_and(|m| m.heard == [1, 1]);
    assert!(is_proved(&problem(2, &order, NOTHING, doubled)));
    let found = found(&problem(2, &order, Bounds { duplicates: 1, ..NOTHING }, doubled));
    assert_eq!(found.faults, 1);
}

#[test]
fn who_crashes_forgets_all_but_what_it_wrote_down() {
    let order = [(0, 0, Order::Claim(7))];
    let back = |machines: &[Option<&Claimant>]| machines[0].is_some_and(|m| m.restored == 1);
    assert!(is_proved(&problem(2, &order, NOTHING, back)));
    let crashing = Bounds { crashes: 1, ..NOTHING };
    // Time must go on after the crash for a start: H1's claim sees to that.
    let orders = [(0, 0, Order::Claim(7)), (1_500, 1, Order::Claim(8))];
    assert_eq!(found(&problem(2, &orders, crashing, back)).faults, 1);
}

#[test]
fn chance_is_answered_by_every_representative() {
    // The waits are 0, 1 and 2 s for each: claims a second apart are not heard in time.
    let orders = [(0, 0, Order::ClaimLater(7)), (0, 1, Order::ClaimLater(7))];
    let found = found(&problem(2, &orders, NOTHING, twice));
    let drawn: Vec<u128> = found
        .run
        .iter()
        .filter_map(|h| match h.what {
            Happening::Drew { value, .. } => Some(value),
            _ => None,
        })
        .collect();
    assert_eq!(drawn.len(), 2);
    assert!(drawn[0].abs_diff(drawn[1]) >= 1_000_000, "{drawn:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for losses in [1, 6] {
        let bounds = Bounds { losses, duplicates: 1, ..NOTHING };
        let problem = problem(3, &both_claim(3), bounds, twice);
        let (one, tally) = search(&problem, 1);
        for jobs in [2, 5] {
            let (other, others) = search(&problem, jobs);
            assert_eq!(
                (tally.unique, tally.generated, tally.depth),
                (others.unique, others.generated, others.depth)
            );
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
    }
}

#[test]
fn a_search_that_was_cut_short_goes_on_in_another_process() {
    let bounds = Bounds { losses: 1, duplicates: 1, ..NOTHING };
    let problem = problem(3, &both_claim(3), bounds, |_| false);
    let (_, whole) = search(&problem, 1);
    let few = Budget { octets: 1 << 28, states: whole.unique / 3 };
    let mut first = Search::new(&problem, 100);
    let cut = first.run(1, &few, &mut |_| Pace::On);
    assert!(matches!(cut, Conclusion::Inconclusive(Shortage::States)), "{cut:?}");
    let saved = first.save("this one");

    let mut second = Search::new(&problem, 100);
    assert_eq!(second.resume("another", &saved), Err(ResumeError::Other));
    assert_eq!(second.resume("this one", &saved[1..]), Err(ResumeError::Foreign));
    for damaged in [&saved[..saved.len() - 1], &[&saved[..60], &[1][..], &saved[61..]].concat()] {
        assert_eq!(second.resume("this one", damaged), Err(ResumeError::Damaged));
    }
    second.resume("this one", &saved).unwrap();
    assert!(matches!(second.run(2, &ALL, &mut |_| Pace::On), Conclusion::Proved));
    let tally = second.tally();
    assert_eq!(
        (tally.unique, tally.generated, tally.ends, tally.depth),
        (whole.unique, whole.generated, whole.ends, whole.depth)
    );
    assert_eq!(second.rules().collect::<Vec<_>>(), ["T-1", "T-2", "T-3"]);
}

#[test]
fn forgetting_what_is_not_needed_changes_nothing() {
    let bounds = Bounds { losses: 6, duplicates: 1, ..NOTHING };
    let problem = problem(3, &both_claim(3), bounds, |_| false);
    let run = |machine_octets| {
        let mut search = Search::new(&problem, machine_octets);
        let rich = Budget { octets: usize::MAX, states: u64::MAX };
        assert!(matches!(search.run(1, &rich, &mut |_| Pace::On), Conclusion::Proved));
        let tally = search.tally();
        (tally.unique, tally.generated, tally.ends, tally.depth)
    };
    // With machines as large as that it forgets before every level.
    assert_eq!(run(1 << 24), run(100));
}

#[test]
fn patience_and_memory_run_out_too() {
    let problem = problem(2, &both_claim(2), NOTHING, twice);
    let mut search = Search::new(&problem, 100);
    let stopped = search.run(1, &ALL, &mut |_| Pace::Stop);
    assert!(matches!(stopped, Conclusion::Inconclusive(Shortage::Patience)));
    let poor = search.run(1, &Budget { octets: 10, states: 10 }, &mut |_| Pace::On);
    assert!(matches!(poor, Conclusion::Inconclusive(Shortage::Memory)));
    assert!(matches!(search.run(1, &ALL, &mut |_| Pace::On), Conclusion::Proved));
}
