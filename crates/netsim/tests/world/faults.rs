//! What can be done to hosts and links.

use super::*;

#[test]
fn a_crash_loses_memory_and_what_storage_it_is_told_to() {
    for (disk, owned) in [(Disk::Keep, 2), (Disk::LoseLast(1), 1), (Disk::Lose, 0)] {
        let mut world = world(1, Config::new(1));
        record(&mut world, |world| {
            world.schedule(s(1), Action::Command(A, 1));
            world.schedule(s(2), Action::Command(A, 2));
            world.schedule(s(10), Action::Crash(A, disk));
            world.schedule(s(11), Action::Command(A, 3));
            world.schedule(s(20), Action::Start(A));
        });
        assert_eq!(world.host(A).machine().map(|m| m.owned.len()), Some(owned));
        assert_eq!(world.host(A).records().count(), owned);
    }
}

#[test]
fn a_crash_between_two_outputs_leaves_the_rest_undone() {
    let mut world = world(2, Config::new(1));
    let entries = record(&mut world, |world| {
        world.schedule(s(1), Action::Command(A, 1));
        // The verdict at 4 s persists, sends, tells: only the first is done.
        world.schedule(s(4), Action::CrashAfterOutputs(A, 1, Disk::Keep));
    });
    assert!(world.host(A).machine().is_none());
    assert_eq!(world.host(A).records().count(), 1);
    assert!(story(&entries).iter().all(|line| !line.contains("MINE")));
    let crash = entries.iter().find_map(|entry| match &entry.what {
        What::Crashed { text } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(crash, Some("its storage survives; 2 outputs were not carried out"));
}

#[test]
fn zones_partitions_and_cuts_keep_datagrams_back() {
    let heard = |faults: Vec<Fault<Claimant>>| {
        let mut world = world(3, delayed(ms(1)));
        world.preload(A, Owned(1));
        for fault in faults {
            world.act(Action::Fault(fault), &mut Silent);
        }
        let entries = record(&mut world, |_| {});
        let hosts: std::collections::BTreeSet<_> = entries
            .iter()
            .filter(|e| matches!(&e.what, What::Event { name, .. } if name == "heard"))
            .filter_map(|e| e.host.clone())
            .collect();
        (hosts.into_iter().collect::<String>(), world.counters().dropped_total() > 0)
    };
    let both = ("BC".to_owned(), false);
    assert_eq!(heard(vec![]), both);
    assert_eq!(heard(vec![Fault::Zones(group().ip(), vec![vec![A, B]])]), ("B".to_owned(), false));
    assert_eq!(heard(vec![Fault::Partition(vec![vec![C]])]), ("B".to_owned(), true));
    assert_eq!(heard(vec![Fault::Cut(A, B)]), ("C".to_owned(), true));
    assert_eq!(heard(vec![Fault::Cut(B, A)]), both);
    assert_eq!(heard(vec![Fault::Cut(A, B), Fault::Mend(A, B)]), both);
    assert_eq!(heard(vec![Fault::Leave(C, group())]), ("B".to_owned(), false));
    let every = Link { loss: Loss::Independent(Ppm::percent(100)), ..Link::default() };
    assert_eq!(heard(vec![Fault::Link(A, B, every)]), ("C".to_owned(), true));
}

#[test]
fn what_is_held_arrives_in_order_when_released() {
    let mut world = world(2, delayed(ms(1)));
    let entries = record(&mut world, |world| {
        world.schedule(s(0), Action::Fault(Fault::Hold(A, B)));
        world.schedule(s(1), Action::Command(A, 1));
        world.schedule(s(5), Action::Fault(Fault::Release(A, B)));
    });
    let of: Vec<_> = entries
        .iter()
        .filter(|e| e.host.as_deref() == Some("B"))
        .filter_map(|e| match e.what {
            What::Delivered { of, .. } => Some((e.at, of)),
            _ => None,
        })
        .collect();
    assert!(of.len() > 3 && of[..4].iter().all(|(at, _)| *at == 5_000_000), "{of:?}");
    assert!(of.is_sorted());
}

#[test]
fn a_drop_rule_takes_what_fits_and_no_more() {
    let mut world = world(3, delayed(ms(1)));
    let rule = PickRule {
        fate: Pick::Lose,
        count: 2,
        label: "claims from A to B".to_owned(),
        fits: std::sync::Arc::new(|from, to, message| {
            (from, to) == (A, B) && matches!(message, Toy::Claim(_))
        }),
    };
    world.act(Action::Fault(Fault::Pick(rule)), &mut Silent);
    record(&mut world, |world| world.schedule(s(1), Action::Command(A, 1)));
    assert_eq!(world.counters().dropped[&DropCause::Picked], 2);
}

#[test]
fn a_picked_datagram_is_held_up_or_arrives_twice_and_the_earliest_rule_acts() {
    let mut world = world(3, delayed(ms(1)));
    for (fate, count) in [(Pick::Delay(ms(30)), 1), (Pick::Twice(ms(40)), 1)] {
        let fits = std::sync::Arc::new(|from, to, message: &Toy| {
            (from, to) == (A, B) && matches!(message, Toy::Claim(_))
        });
        let rule = PickRule { fate, count, label: "claims from A to B".to_owned(), fits };
        world.act(Action::Fault(Fault::Pick(rule)), &mut Silent);
    }
    let entries = record(&mut world, |world| world.schedule(s(1), Action::Command(A, 1)));
    let sent: Vec<_> = entries
        .iter()
        .filter(|e| e.host.as_deref() == Some("A") && matches!(e.what, What::Sent { .. }))
        .map(|e| (e.id, e.at))
        .collect();
    let arrivals = |nth: usize| -> Vec<u64> {
        let (sent, at) = sent[nth];
        let at_b = entries.iter().filter(|e| e.host.as_deref() == Some("B"));
        at_b.filter(|e| matches!(e.what, What::Delivered { of, .. } if of == sent))
            .map(|e| e.at - at)
            .collect()
    };
    assert_eq!(arrivals(0), [31_000], "the first one takes 30 ms longer");
    assert_eq!(arrivals(1), [1_000, 41_000], "the second one comes twice");
    assert_eq!(arrivals(2), [1_000], "nothing is left for the third");
}

#[test]
fn octets_that_are_no_datagram_are_counted_and_never_reach_a_machine() {
    let mut world = world(3, Config::new(1));
    let quiet = {
        let mut w = world.clone();
        record(&mut w, |_| {}).len()
    };
    let entries = record(&mut world, |world| {
        for (octets, reach) in [(vec![9, 9], Reach::Everyone), (vec![], Reach::Only(B))] {
            let from = address(77);
            let injection = Injection { from, to: group(), octets, trust: Trust::Open, reach };
            world.schedule(s(1), Action::Inject(injection));
        }
    });
    let counters = world.counters();
    assert_eq!((counters.malformed["bad_type"], counters.malformed["bad_length"]), (3, 1));
    assert_eq!((counters.sent, counters.delivered, counters.injected), (0, 0, 2));
    assert_eq!(entries.len(), quiet + 2 + 4);
}

#[test]
fn what_was_sent_can_be_replayed() {
    let mut world = world(2, delayed(ms(1)));
    let mut capture = Capture::last(1);
    world.start_all(&mut capture);
    world.act(Action::Command(A, 1), &mut capture);
    world.run_until(s(2), &mut capture);
    assert_eq!(capture.sent().count(), 1);
    let claim = capture.sent().last().cloned().unwrap();
    assert_eq!((claim.at, claim.host, &claim.octets[..]), (s(2), A, &[1, 1][..]));

    world.run_until(s(10), &mut Silent);
    let replay = claim.replay(address(1), Trust::Authenticated, Reach::ZoneOf(B));
    let before = world.counters().delivered;
    world.act(Action::Inject(replay), &mut Silent);
    world.run_until(s(11), &mut Silent);
    // Two hear it, and its owner objects to it, which two hear.
    assert_eq!(world.counters().delivered - before, 4);
}

/// When which receiver gets each of the 200 datagrams that A sends at 0 s, by index of its send;
/// nothing where it is lost.
fn arrivals(link: Link) -> [Vec<Vec<u64>>; 2] {
    let mut world = world(3, Config { link, loopback: Loopback::Off, ..Config::new(1) });
    (0..200).for_each(|number| world.preload(A, Owned(number)));
    let entries = record(&mut world, |_| {});
    let sent = entries.iter().filter(|e| matches!(e.what, What::Sent { .. }));
    let sent: Vec<_> = sent.map(|e| e.id).take(200).collect();
    ["B", "C"].map(|receiver| {
        let got = |id| {
            let copies = entries.iter().filter(move |e| {
                e.host.as_deref() == Some(receiver)
                    && matches!(e.what, What::Delivered { of, .. } if of == id)
            });
            copies.map(|e| e.at).collect()
        };
        sent.iter().copied().map(got).collect()
    })
}

#[test]
fn every_copy_of_every_datagram_has_luck_of_its_own() {
    let loss = Loss::Independent(Ppm::percent(50));
    let [b, c] = arrivals(Link { loss, ..Link::default() });
    for copies in [&b, &c] {
        let lost = copies.iter().filter(|at| at.is_empty()).count();
        assert!((70..130).contains(&lost), "{lost} of 200");
    }
    let same = b.iter().zip(&c).filter(|(b, c)| b.is_empty() == c.is_empty()).count();
    assert!((70..130).contains(&same), "{same} of 200 share their fate");
}

#[test]
fn bursts_outlast_a_datagram() {
    let loss = Loss::Burst { share: Ppm::percent(30), length: 10 };
    let [b, _] = arrivals(Link { loss, ..Link::default() });
    let lost: Vec<_> = b.iter().map(Vec::is_empty).collect();
    let (losses, bursts) = (
        lost.iter().filter(|l| **l).count(),
        lost.windows(2).filter(|w| !w[0] && w[1]).count() + usize::from(lost[0]),
    );
    assert!(losses >= 20 && losses > 4 * bursts, "{losses} losses in {bursts} bursts");
}

#[test]
fn links_duplicate_and_hold_up() {
    let late = Link { reorder: Ppm::percent(50), reorder_by: ms(700), ..Link::default() };
    let [b, _] = arrivals(late);
    let held_up = b.iter().filter(|at| at[..] == [700_000]).count();
    assert!((70..130).contains(&held_up), "{held_up} of 200");
    assert!(b.iter().all(|at| matches!(at[..], [0 | 700_000])));

    let twice = Link { duplicate: Ppm::percent(100), ..Link::constant(ms(3)) };
    let [b, _] = arrivals(twice);
    assert!(b.iter().all(|at| at[..] == [3_000, 3_000]));
}

#[test]
fn what_was_there_at_the_start_is_durable() {
    let mut world = world(1, Config::new(1));
    world.preload(A, Owned(1));
    record(&mut world, |world| {
        world.schedule(s(1), Action::Command(A, 2));
        world.schedule(s(9), Action::Crash(A, Disk::LoseLast(5)));
    });
    assert_eq!(world.host(A).records().collect::<Vec<_>>(), [&Owned(1)]);
}

#[test]
fn the_transport_vouches_for_whom_it_is_told_to() {
    let mut world = World::new(delayed(ms(1)));
    world.add_host(HostSpec { trust: Trust::Authenticated, ..spec("A", 0) });
    world.add_host(spec("B", 1));
    world.add_host(spec("C", 2));
    world.preload(A, Owned(1));
    world.preload(B, Owned(2));
    let story = story(&record(&mut world, |_| {}));
    assert!(story.contains(&"0.001s C knows .1".to_owned()), "{story:?}");
    assert!(story.contains(&"0.001s C heard .2".to_owned()));
}
