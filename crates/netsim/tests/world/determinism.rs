//! Same seed, same run.

use super::*;

#[test]
fn the_digest_does_not_depend_on_watching_or_batching() {
    for config in [delayed(Duration::ZERO), delayed(ms(10)), noisy(3)] {
        let run = |batching, watched: bool, loopback| {
            let mut world = world(9, Config { batching, loopback, ..config });
            // Two owners that object at once: a timer is due in the middle of a fan-out.
            for owner in [C, HostId::new(4)] {
                world.preload(owner, Owned(3));
                world.draw_otherwise(owner, "objection", Otherwise::Low);
            }
            let play = |world: &mut World<Claimant>| {
                for index in 0..9 {
                    let at = Instant::from_micros(40_000_000 + index as u64 % 3);
                    world.schedule(at, Action::Command(HostId::new(index), 3 + index as u8 % 4));
                }
                let sides = vec![vec![A, B], vec![C]];
                world.schedule(s(41), Action::Fault(Fault::Partition(sides)));
                world.schedule(s(60), Action::Fault(Fault::Heal));
            };
            if watched {
                record(&mut world, play);
            } else {
                world.start_all(&mut Silent);
                play(&mut world);
                while world.next_at().is_some_and(|at| at <= s(100)) {
                    world.step(&mut Silent);
                }
            }
            assert!(world.counters().delivered > 100);
            (world.digest(), world.counters().clone(), world.next_id())
        };
        for loopback in [Loopback::On, Loopback::Off] {
            let one = run(Batching::On, true, loopback);
            assert_eq!(one.0, run(Batching::Off, true, loopback).0);
            assert_eq!(one.1, run(Batching::Off, false, loopback).1);
            assert_eq!(one.0, run(Batching::On, false, loopback).0);
        }
    }
}

#[test]
fn a_clone_goes_its_own_way_and_the_same_way() {
    let mut world = world(4, noisy(5));
    world.start_all(&mut Silent);
    world.act(Action::Command(A, 1), &mut Silent);
    world.run_until(s(2), &mut Silent);
    let mut fork = world.clone();
    let mut other = world.clone();
    world.run_until(s(50), &mut Silent);
    fork.run_until(s(50), &mut Silent);
    assert_eq!(world.digest(), fork.digest());
    other.act(Action::Crash(A, Disk::Keep), &mut Silent);
    other.run_until(s(50), &mut Silent);
    assert_ne!(world.digest(), other.digest());
}

#[test]
fn another_host_moves_nobody_elses_draws() {
    let sends = |hosts| {
        let mut world = world(hosts, noisy(9));
        world.preload(B, Owned(1));
        let entries = record(&mut world, |world| {
            world.schedule(s(10), Action::Command(A, 1));
            world.schedule(s(20), Action::Command(A, 2));
        });
        entries
            .into_iter()
            .filter(|e| matches!(e.host.as_deref(), Some("A" | "B")))
            .filter(|e| {
                matches!(e.what, What::Sent { .. } | What::Event { .. } | What::Drew { .. })
            })
            .map(|e| (e.at, e.host, e.what))
            .collect::<Vec<_>>()
    };
    let two = sends(2);
    assert!(two.len() > 8);
    assert_eq!(two, sends(5));
}

#[test]
fn worlds_can_run_on_other_threads() {
    let digest = |seed| {
        let mut world = world(20, noisy(seed));
        world.start_all(&mut Silent);
        world.act(Action::Command(A, 1), &mut Silent);
        world.run_until(s(100), &mut Silent);
        world.digest()
    };
    let threads: Vec<_> = (0..2).map(|seed| std::thread::spawn(move || digest(seed))).collect();
    let threads: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(threads, [digest(0), digest(1)]);
    assert_ne!(threads[0], threads[1]);
}

#[test]
fn a_storm_in_the_middle_of_a_fan_out_stops_at_the_same_place() {
    for loopback in [Loopback::On, Loopback::Off] {
        let run = |batching| {
            let config = Config { batching, loopback, message_cap: 20, ..delayed(ms(10)) };
            let mut world = world(9, config);
            world.start_all(&mut Silent);
            // Everyone answers every claim at once, the third round is cut short.
            for at in 1..4 {
                world.schedule(s(at * 9), Action::Command(A, 0));
            }
            assert_eq!(world.run_until(s(60), &mut Silent), Stop::MessageCap { cap: 20 });
            (world.digest(), world.counters().clone())
        };
        assert_eq!(run(Batching::On), run(Batching::Off));
    }
}
