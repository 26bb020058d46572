use super::bench::{BASE, Bench, EPOCH, LATER, demand, range};
use crate::command::{Command, Demand, Layout, RequestId};
use crate::config::Reports;
use crate::policy::PreallocationTie;
use sansio::UtcSecs;

/// AAP-3.2.6-03, -04, -05, -06, -10, AAP-5.1.5-01.
#[test]
fn a_preallocation_is_announced_like_an_allocation_and_held_after_ten_seconds() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.preallocate(1, 1);
    a.run_to(95);
    let expected = [
        "0s AITU 0/0 7",
        "1s AITU 0/1 7",
        "3s AITU 0/2 7",
        "7s AITU 0/3 7",
        "10s held 7",
        "15s AITU 0/4 7",
        "31s AITU 0/5 7",
        "61s AITU 0/6 7",
        "91s AITU 0/7 7",
    ];
    assert_eq!(a.log(), expected);
    let asked: Vec<_> = a.answers.asked.iter().filter(|q| q.0 == "aitu-repeat").collect();
    let tenths = |low, high, secs: u64| (low, high) == (700 * secs, 1300 * secs);
    for (&&(_, low, high), secs) in asked.iter().zip([1, 2, 4, 8, 16, 30, 30]) {
        assert!(tenths(low, high, secs), "{low}..{high} is not {secs} s ± 30 %");
    }
}

/// AAP-3.2.6-07, -08, AAP-5.1.4-03: the whole set goes, another comes under the same number.
#[test]
fn any_claim_of_others_costs_a_tentative_preallocation_its_set() {
    for message in ["ACLM", "AIU", "AITU"] {
        let mut a = Bench::small();
        a.choose(&[7, 20, 30, 40]);
        a.preallocate(1, 2);
        a.run_to(2);
        a.log();
        match message {
            "ACLM" => a.aclm("b", 1, "20"),
            "AIU" => a.aiu("b", 1, "20"),
            _ => a.aitu("b", 1, "20"),
        }
        a.run_to(12);
        let expected = [
            format!("2s clash 7 20 {message} of b"),
            "2s AITU 0/2 30 40".to_owned(),
            "3s AITU 0/3 30 40".to_owned(),
            "5s AITU 0/4 30 40".to_owned(),
            "9s AITU 0/5 30 40".to_owned(),
            "12s held 30 40".to_owned(),
        ];
        assert_eq!(a.log(), expected);
    }
}

/// AAP-3.2.6-11.
#[test]
fn a_held_preallocation_is_abandoned_to_whoever_lists_part_of_it() {
    for message in ["ACLM", "AIU", "AITU"] {
        let mut a = Bench::small();
        a.choose(&[7, 20]);
        a.preallocate(1, 2);
        a.run_to(12);
        a.log();
        match message {
            "ACLM" => a.aclm("b", 1, "20"),
            "AIU" => a.aiu("b", 1, "20"),
            _ => a.aitu("b", 1, "20"),
        }
        a.run_to(100);
        assert_eq!(a.log(), [format!("12s abandoned 7 20 {message} of b")]);
        assert!(!a.storage.keys().any(|k| matches!(k, crate::ItemKey::Preallocated(_))));
    }
}

/// AAP-A-03: the defended address is known as allocated from then on.
#[test]
fn a_defended_address_is_recorded_and_not_tried_again() {
    let mut a = Bench::small();
    a.choose(&[7, 20]);
    a.preallocate(1, 1);
    a.run_to(4);
    a.aiu("b", 1, "7");
    let known: Vec<u128> =
        a.maas.record().allocations().map(|(range, ..)| range.first().0 - BASE).collect();
    assert_eq!(known, [7]);
    a.draw("defense", &[2000]);
    a.aclm("d", 1, "7");
    a.run_to(6);
    assert_eq!(a.log_of("AIU 1"), ["6s AIU 1/0 7"]);
}

/// AAP-3.2.6-09 before it is held, AAP-3.2.6-12 after.
#[test]
fn an_asa_that_lacks_part_of_it_costs_that_part_or_all() {
    let mut a = Bench::large("0-99");
    a.choose(&[7, 90]);
    a.preallocate(1, 2);
    a.run_to(4);
    a.log();
    a.asa("p", 3000, "0-49");
    a.run_to(14);
    let expected = [
        "4s invalidated 50-99",
        "4s AITU 0/3 7",
        "5s AITU 0/4 7",
        "7s AITU 0/5 7",
        "11s AITU 0/6 7",
        "14s held 7",
    ];
    assert_eq!(a.log(), expected);
    a.asa("p", 3000, "20-49");
    a.run_to(60);
    assert_eq!(a.log(), ["14s invalidated 0-19", "14s abandoned 7 invalidated"]);
}

/// AAP-3.2.6.1-01, -02, -03, AAP-2-10, AAP-3.2.6.2-01.
#[test]
fn a_held_address_is_allocated_at_once_and_the_rest_stays_preallocated() {
    let mut a = Bench::small();
    a.choose(&[7, 8, 9]);
    a.preallocate(1, 3);
    a.run_to(12);
    a.log();
    a.allocate(2, 1);
    a.run_to(20);
    let expected = [
        "12s AIU 1/0 7",
        "12s granted 2 7 Preallocation",
        "13s AIU 1/1 7",
        "15s AITU 0/4 8-9",
        "15s AIU 1/2 7",
        "19s AIU 1/3 7",
    ];
    assert_eq!(a.log(), expected);
}

/// AAP-2-10 (F-19): a preallocation younger than ten seconds gives nothing; a claim goes elsewhere.
#[test]
fn a_tentative_preallocation_is_not_allocated_from() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.preallocate(1, 3);
    a.run_to(9);
    a.log();
    a.choose(&[50]);
    a.allocate(2, 1);
    assert_eq!(a.log(), ["9s ACLM 1/0 50"]);
}

/// AAP-3.2.7-02, -03: a claim may fall back on what others preallocate, a preallocation must not.
#[test]
fn nothing_is_preallocated_when_others_intend_to_use_all_that_is_left() {
    let mut a = Bench::large("7");
    a.aitu("b", 1, "7");
    a.preallocate(1, 1);
    assert_eq!(a.log(), ["0s refused 1 NoneFree"]);
    a.allocate(2, 1);
    assert_eq!(a.log(), ["0s ACLM 0/0 7"]);
}

/// AAP-2.2-02, AAP-3.2.5.1-02: a pool of fixed size and lifetime, filled up as it is used.
#[test]
fn a_pool_is_kept_at_its_size() {
    let mut a = Bench::with(|c| {
        c.policy.pool_size = 3;
        c.policy.pool_lifetime = 4000;
    });
    a.choose(&[7, 8, 9]);
    a.run_to(12);
    assert_eq!(a.log_of("AITU 0/0"), ["0s AITU 0/0 7-9@4000"]);
    a.choose(&[20]);
    a.allocate_until(1, 1, 1000);
    a.run_to(13);
    let log = a.log();
    assert_eq!(log[..2], ["12s AIU 1/0 7@1000", "12s granted 1 7@1000 Preallocation"]);
    assert!(log.contains(&"13s AITU 2/0 20@4013".to_owned()), "{log:?}");
}

/// AAP-3.2.6.2-02: a division of the network takes nothing from what was preallocated before it.
#[test]
fn pooled_addresses_need_nobody() {
    let mut a = Bench::large_with("0-99", |c| {
        c.policy.pool_size = 4;
        c.policy.pool_lifetime = 9000;
        c.reports = Reports::Never;
    });
    a.choose(&[7, 8, 9, 10]);
    a.run_to(40);
    a.log();
    for request in 1..=2 {
        a.allocate_until(request, 2, 800);
    }
    let granted = a.log_of("granted");
    assert_eq!(
        granted,
        ["40s granted 1 7-8@800 Preallocation", "40s granted 2 9-10@800 Preallocation"]
    );
}

/// F-37: an end that no clock will ever show is none at all, on the wire and for a timer.
#[test]
fn what_ends_after_all_time_is_kept_for_ever() {
    let mut a = Bench::small();
    a.choose(&[7, 8]);
    let demand = Demand { end: UtcSecs(i64::MAX), ..demand(1, 0) };
    a.command(&Command::Preallocate { request: RequestId(1), demand: demand.clone() });
    a.command(&Command::Claim { request: RequestId(2), demand });
    a.run_to(3_000);
    let endless = i64::from(u32::MAX) - EPOCH;
    let log = a.log();
    assert_eq!(log[..2], [format!("0s AITU 0/0 7@{endless}"), format!("0s ACLM 1/0 8@{endless}")]);
    assert!(log.last().unwrap().starts_with("29"), "still announced: {log:?}");
}

/// AAP-3.2.1-04: a preallocation that nobody used is over at its end, whatever the clock did before.
#[test]
fn a_preallocation_ends_when_the_clock_says_so() {
    for behind in [0, 30] {
        let mut a = Bench::small();
        a.choose(&[7]);
        let demand = demand(1, 60);
        a.command(&Command::Preallocate { request: RequestId(1), demand });
        a.run_to(50);
        a.log();
        a.ahead = -behind;
        let end = 60 + behind as u64;
        a.run_to(end - 1);
        assert_eq!(a.log_of("abandoned"), [""; 0]);
        a.run_to(200);
        assert_eq!(a.log(), [format!("{end}s abandoned 7 ended")], "{behind}");
        assert!(a.storage.is_empty() && a.maas.preallocated().count() == 0);
    }
}

/// AAP-3.2.6-11: given up like one that was lost, and nobody else's with it.
#[test]
fn a_withdrawn_preallocation_is_forgotten() {
    let mut a = Bench::small();
    a.choose(&[7, 9]);
    a.preallocate(1, 1);
    a.preallocate(2, 1);
    a.run_to(12);
    a.log();
    a.command(&Command::Withdraw { request: RequestId(3) });
    assert_eq!(a.log(), [""; 0], "nothing was asked for under that number");
    a.command(&Command::Withdraw { request: RequestId(1) });
    assert_eq!(a.log(), ["12s refused 1 Withdrawn"]);
    a.run_to(16);
    assert_eq!(a.log(), ["15s AITU 1/4 9"]);
    assert_eq!((a.storage.len(), a.maas.preallocated().count()), (1, 1));
    a.command(&Command::Retire);
    assert_eq!(a.log(), ["16s Retired"]);
    assert_eq!((a.storage.len(), a.maas.preallocated().count()), (0, 0));
}

#[test]
fn the_sets_that_a_preallocation_has_tried_are_counted() {
    let mut a = Bench::small();
    a.choose(&[7, 9]);
    a.preallocate(1, 1);
    a.aiu("b", 1, "7");
    let numbers: Vec<_> = a.maas.preallocations_under_way().map(|p| p.number).collect();
    assert_eq!(numbers, [2]);
}

/// F-12: with incumbents winning, what is held stands against intents, and against nothing else.
#[test]
fn a_held_preallocation_may_stand_against_an_intent() {
    let begun = |held: u64| {
        let mut a = Bench::with(|c| c.policy.preallocation_tie = PreallocationTie::IncumbentWins);
        a.choose(&[7, 30]);
        a.preallocate(1, 1);
        a.run_to(held);
        a.log();
        a
    };
    let mut a = begun(12);
    a.aitu("b", 1, "7");
    assert_eq!(a.log(), ["12s AITU 0/4 7"]);
    assert_eq!(a.maas.preallocated().count(), 1);
    a.aclm("c", 1, "7");
    assert_eq!(a.log(), ["12s abandoned 7 ACLM of c"]);
    let mut tentative = begun(2);
    tentative.aitu("b", 1, "7");
    assert_eq!(tentative.log()[0], "2s clash 7 AITU of b");
}

/// AAP-3.2.6.1-01: preferred addresses first, then the lowest, and a run where one is asked for.
#[test]
fn the_pool_gives_what_is_asked_for_or_leaves_it_to_a_claim() {
    let asked = |count, layout, preferred: &[(u128, u128)]| {
        let mut a = Bench::small();
        a.choose(&[7, 9, 10, 11]);
        a.preallocate(1, 4);
        a.run_to(12);
        a.log();
        let preferred = preferred.iter().map(|&(first, last)| range(first, last)).collect();
        let demand = Demand { layout, preferred, ..demand(count, LATER) };
        a.command(&Command::Allocate { request: RequestId(2), demand });
        let granted = a.log_of("granted 2 ");
        granted.first().map(|line| line.replace("12s granted 2 ", "").replace(" Preallocation", ""))
    };
    let (scattered, run) = (Layout::Scattered, Layout::Contiguous);
    assert_eq!(asked(2, scattered, &[]).as_deref(), Some("7 9"));
    assert_eq!(asked(4, scattered, &[]).as_deref(), Some("7 9-11"));
    assert_eq!(asked(5, scattered, &[]), None);
    assert_eq!(asked(2, scattered, &[(10, 10)]).as_deref(), Some("7 10"));
    assert_eq!(asked(1, scattered, &[(9, 11)]).as_deref(), Some("9"));
    assert_eq!(asked(2, scattered, &[(10, 10), (50, 50)]), None);
    assert_eq!(asked(2, run, &[]).as_deref(), Some("9-10"));
    assert_eq!(asked(3, run, &[]).as_deref(), Some("9-11"));
    assert_eq!(asked(4, run, &[]), None);
}

/// F-44: preallocations try no more sets than claims do, and for ever where there is no limit.
#[test]
fn a_preallocation_tries_as_many_sets_as_policy_allows() {
    for (limit, tried) in [(0, 5), (2, 2)] {
        let mut a = Bench::with(|c| c.policy.claim_attempts = limit);
        a.choose(&[1, 2, 3, 4, 5]);
        a.preallocate(1, 1);
        for (offset, rseq) in [1, 2, 3, 4].into_iter().zip(0..) {
            a.aiu("b", rseq, &offset.to_string());
        }
        let log = a.log();
        assert_eq!(log.iter().filter(|line| line.contains("AITU 0/")).count(), tried, "{log:?}");
        let refused = log.iter().any(|line| line.ends_with("refused 1 TooManyCollisions"));
        assert_eq!(refused, limit > 0);
    }
}
