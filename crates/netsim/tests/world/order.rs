//! When things happen, and what leads to what.

use super::*;

#[test]
fn an_objection_beats_a_claim() {
    let mut world = world(3, Config { loopback: Loopback::Off, ..delayed(ms(10)) });
    world.preload(B, Owned(7));
    world.script_draw(B, "objection", [200_000]);
    let entries = record(&mut world, |world| world.schedule(s(40), Action::Command(A, 7)));
    assert!(world.draw_faults().is_empty());
    let story = story(&entries);
    let from = story.iter().position(|line| line.starts_with("40s")).unwrap();
    assert_eq!(
        story[from..from + 5],
        [
            "40s A CLAIM .7",
            "40.21s B timer object",
            "40.21s B MINE .7",
            "40.22s A gives up .7",
            "60s B timer announce",
        ]
    );
    let objection =
        entries.iter().find(|e| e.at == 40_210_000 && matches!(e.what, What::Sent { .. }));
    let kinds: Vec<_> = trace::why(&entries, objection.unwrap().id)
        .iter()
        .map(|entry| match &entry.what {
            What::Sent { kind, .. } => kind.as_str(),
            What::Timer { name } => name.as_str(),
            What::Delivered { .. } => "delivered",
            What::Command { .. } => "command",
            other => panic!("unexpected {other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["MINE", "object", "delivered", "CLAIM", "command"]);
}

#[test]
fn at_one_instant_actions_precede_timers_and_timers_precede_deliveries() {
    let mut world = world(2, delayed(Duration::ZERO));
    let mut recorder = Recorder::new(&world, Words);
    world.start_all(&mut recorder);
    world.act(Action::Command(A, 1), &mut recorder);
    world.schedule(s(3), Action::Command(B, 1));
    world.run_until(s(3), &mut recorder);
    let at_3: Vec<_> =
        story(recorder.entries()).into_iter().filter(|l| l.starts_with("3s")).collect();
    // A's timer beats B's claim of the same instant, although the claim is sent first.
    assert_eq!(at_3[..4], ["3s B CLAIM .1", "3s A timer claim", "3s A MINE .1", "3s A owns .1"]);
}

#[test]
fn running_before_an_instant_leaves_it_to_the_caller() {
    let mut world = world(1, Config::new(1));
    world.start_all(&mut Silent);
    world.act(Action::Command(A, 1), &mut Silent);
    world.run_before(s(3), &mut Silent);
    assert_eq!(world.now(), s(3));
    world.act(Action::Crash(A, Disk::Keep), &mut Silent);
    assert_eq!(world.run_until(s(9), &mut Silent), Stop::Idle);
    assert_eq!(world.host(A).records().count(), 0);
}

#[test]
fn a_fast_clock_fires_early_in_the_worlds_time() {
    let mut world = World::new(Config::new(1));
    let skew = Skew { offset_us: 0, drift_ppm: 250_000 };
    world.add_host(HostSpec { skew, ..spec("A", 0) });
    let entries = record(&mut world, |world| world.schedule(s(0), Action::Command(A, 1)));
    assert!(story(&entries).contains(&"2.4s A timer claim".to_owned()), "3 s of its own");
}

#[test]
fn a_storm_stops_at_the_cap_and_says_so() {
    let mut world = world(2, Config { message_cap: 5, ..Config::new(1) });
    record(&mut world, |world| {
        for number in 0..9 {
            world.schedule(s(1), Action::Command(A, number));
        }
    });
    let stop = world.run_until(s(200), &mut Silent);
    assert_eq!(stop, Stop::MessageCap { cap: 5 });
    assert_eq!(stop.to_string(), "stopped a storm: the cap of 5 datagrams is used up");
    assert_eq!(world.counters().sent, 5);
    assert_eq!(world.step(&mut Silent), None);
}

#[test]
fn timers_that_fire_without_end_stop_the_run() {
    let mut world = World::new(Config { message_cap: u64::MAX, ..Config::new(1) });
    let mut blank = Claimant::default();
    blank.pause = Duration::ZERO;
    world.add_host(HostSpec { blank, ..spec("A", 0) });
    world.start_all(&mut Silent);
    world.act(Action::Command(A, 1), &mut Silent);
    assert_eq!(world.run_until(s(9), &mut Silent), Stop::Stuck { host: A });
    assert_eq!(world.now(), s(0));
}

#[test]
fn a_run_goes_no_further_than_it_is_told() {
    let link = Link { delay: Delay::Uniform { low: ms(500), high: ms(1_500) }, ..Link::default() };
    let mut world = world(40, Config { link, loopback: Loopback::Off, ..Config::new(1) });
    world.preload(A, Owned(1));
    world.start_all(&mut Silent);
    let mut delivered = Vec::new();
    for millis in [499, 1_000, 1_500] {
        let until = Instant::ZERO + ms(millis);
        assert_eq!(world.run_until(until, &mut Silent), Stop::Reached);
        assert_eq!(world.now(), until);
        delivered.push(world.counters().delivered);
    }
    assert_eq!((delivered[0], delivered[2]), (0, 39));
    assert!((10..30).contains(&delivered[1]), "{delivered:?}");
    assert_eq!(world.counters().fired, 1);
}
