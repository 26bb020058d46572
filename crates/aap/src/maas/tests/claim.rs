use super::bench::{Bench, address};
use crate::config::Config;
use crate::policy::{ClaimTie, HeardClaims};

/// AAP-3.2.5-01, -02, -03, -10, AAP-2-05, AAP-2-08, AAP-5.1.5-01, -02, AAP-5.1.4-01, -02.
#[test]
fn an_unopposed_claim_is_made_four_times_and_then_holds() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(16);
    let expected = [
        "0s ACLM 0/0 7",
        "1s ACLM 0/1 7",
        "3s ACLM 0/2 7",
        "7s ACLM 0/3 7",
        "10s AIU 1/0 7",
        "10s granted 1 7 Claim",
        "11s AIU 1/1 7",
        "13s AIU 1/2 7",
    ];
    assert_eq!(a.log(), expected);
}

/// AAP-3.2.5-04 to -07, AAP-2-07, AAP-5.1.4-03: the addresses that did not collide are kept, the
/// request goes on under its number, and the ten seconds begin anew.
#[test]
fn an_aclm_or_aiu_of_another_costs_only_what_it_lists() {
    for message in ["ACLM", "AIU"] {
        let mut a = Bench::small();
        a.choose(&[1, 5, 9]);
        a.allocate(1, 2);
        a.run_to(4);
        a.log();
        match message {
            "ACLM" => a.aclm("b", 3, "5"),
            _ => a.aiu("b", 3, "5"),
        }
        a.run_to(15);
        let expected = [
            format!("4s clash 5 {message} of b"),
            "4s ACLM 0/3 1 9".to_owned(),
            "5s ACLM 0/4 1 9".to_owned(),
            "7s ACLM 0/5 1 9".to_owned(),
            "11s ACLM 0/6 1 9".to_owned(),
            "14s AIU 1/0 1 9".to_owned(),
            "14s granted 1 1 9 Claim".to_owned(),
            "15s AIU 1/1 1 9".to_owned(),
        ];
        assert_eq!(a.log(), expected);
    }
}

/// AAP-3.2.5-09.
#[test]
fn an_aitu_of_another_does_not_disturb_a_claim() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(2);
    a.aitu("b", 3, "7");
    a.run_to(10);
    let granted = a.log_of("granted");
    assert_eq!(granted, ["10s granted 1 7 Claim"]);
}

/// AAP-3.2.5-08: only a newer ASA counts, and only what it lacks is given up.
#[test]
fn a_claim_leaves_what_a_newer_asa_lacks() {
    let mut a = Bench::large("0-99");
    a.choose(&[1, 90, 2]);
    a.allocate(1, 2);
    a.run_to(4);
    a.log();
    a.asa("p", 3000 - 4, "0-49");
    assert_eq!(a.log(), [""; 0], "no newer than the one before");
    a.run_to(5);
    a.asa("p", 3000, "0-49");
    a.run_to(15);
    let expected = [
        "5s invalidated 50-99",
        "5s ACLM 0/3 1-2",
        "6s ACLM 0/4 1-2",
        "8s ACLM 0/5 1-2",
        "12s ACLM 0/6 1-2",
        "15s AIU 1/0 1-2",
        "15s granted 1 1-2 Claim",
    ];
    assert_eq!(a.log(), expected);
}

/// AAP-3.2.5-04: after the verdict an ACLM is no collision but a claim on what is ours.
#[test]
fn a_collision_at_the_verdict_is_too_late() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(10);
    a.aclm("b", 3, "7");
    assert_eq!(a.log_of("10s"), ["10s AIU 1/0 7", "10s granted 1 7 Claim"]);
}

/// AAP-1.4-04, AAP-6-02: whoever is answered each time stays without, and stops asking (F-44).
#[test]
fn a_claimant_that_is_always_answered_gets_nothing() {
    let mut a = Bench::small();
    a.allocate(1, 1);
    for second in 1..20 {
        a.run_to(second);
        let claimed =
            a.maas.claiming().next().map(|(_, set)| set[0].first().0 - super::bench::BASE);
        if let Some(claimed) = claimed {
            a.aiu("x", second as u32, &claimed.to_string());
        }
    }
    a.run_to(60);
    let log = a.log();
    assert_eq!(log.iter().filter(|l| l.contains("clash")).count(), 16);
    assert_eq!(log.last().unwrap(), "16s refused 1 TooManyCollisions");
}

/// AAP-1.4-03 (F-10): two that met over the last address do not both go without it.
#[test]
fn the_last_address_is_tried_again_once_the_other_claim_is_silent() {
    let mut a = Bench::large("7");
    a.draw("claim-retry", &[1500]);
    a.allocate(1, 1);
    a.run_to(2);
    a.aclm("b", 3, "7");
    a.run_to(21);
    let expected = [
        "0s ACLM 0/0 7",
        "1s ACLM 0/1 7",
        "2s clash 7 ACLM of b",
        "11s ACLM 0/2 7",
        "12s ACLM 0/3 7",
        "14s ACLM 0/4 7",
        "18s ACLM 0/5 7",
        "21s AIU 1/0 7",
        "21s granted 1 7 Claim",
    ];
    assert_eq!(a.log(), expected, "the other has been silent for 8 s at 10 s");
}

/// AAP-3.2.5-07: the environment may say that choosing again takes time, up to the claim's length.
#[test]
fn choosing_again_may_take_its_time() {
    let after = |millis: u64| {
        let mut a = Bench::small();
        a.choose(&[7]);
        a.allocate(1, 1);
        a.run_to(2);
        a.log();
        a.draw("reselect", &[millis]);
        a.choose(&[9]);
        a.aclm("b", 3, "7");
        a.run_to(13);
        a.log_of("ACLM").swap_remove(1)
    };
    assert_eq!(after(500), "2.5s ACLM 0/2 9");
    assert_eq!(after(10_000), "12s ACLM 0/2 9");
    assert_eq!(after(10_001), "2s ACLM 0/2 9", "such an answer is not legal");
}

/// AAP-3.2.8-01, -03: the end asked for is carried by every message, unless the ASA's is earlier.
#[test]
fn a_claim_carries_the_end_asked_for_within_the_life_of_the_space() {
    let mut a = Bench::large("0-9@500");
    a.choose(&[1]);
    a.allocate_until(1, 1, 400);
    a.choose(&[2]);
    a.allocate_until(2, 1, 503);
    assert_eq!(a.log(), ["0s ACLM 0/0 1@400", "0s ACLM 1/0 2@500"]);
    a.run_to(10);
    assert_eq!(a.log_of("AIU"), ["10s AIU 2/0 1@400", "10s AIU 3/0 2@500"]);
}

/// AAP-3.2.5-02, -08: the wait for what others claim ends when there is something else.
#[test]
fn a_new_set_has_its_ten_seconds_to_itself() {
    let mut a = Bench::large("0-1");
    a.choose(&[0, 1]);
    a.allocate(1, 2);
    a.run_to(1);
    a.aclm("b", 1, "1");
    a.draw("claim-retry", &[5000]);
    a.log();
    a.asa("p", 3010, "20-21");
    a.run_to(12);
    assert_eq!(a.log_of("ACLM").len(), 4);
    assert_eq!(a.log_of("granted"), [""; 0]);
    assert_eq!(a.maas.held().map(|l| l.range.len()).sum::<u128>(), 2);
}

/// AAP-3.2.8-02: an address is not granted for a time that is over.
#[test]
fn a_claim_that_outlives_its_demand_fails() {
    for end in [9, 10] {
        let mut a = Bench::small();
        a.choose(&[7]);
        a.allocate_until(1, 1, end);
        a.run_to(60);
        let log = a.log();
        assert_eq!(log.last().unwrap(), "10s refused 1 LifetimeTooShort");
        assert!(a.maas.record().own().is_empty() && a.storage.is_empty());
    }
}

/// F-11, the experiment: of two claims made in the same second the lower sender's stands, and says
/// so at once; later on, whoever has claimed for a second already stands against anybody.
#[test]
fn an_earlier_claim_may_stand_and_of_equals_the_lower_senders_does() {
    let in_the_middle = |config: &mut Config| {
        config.own = address("m");
        config.policy.claim_tie = ClaimTie::EarlierWins;
    };
    for (rival, heard_at, stands) in
        [("z", 0, true), ("b", 0, false), ("z", 2, true), ("b", 2, true)]
    {
        let mut m = Bench::with(in_the_middle);
        m.choose(&[7]);
        m.allocate(1, 1);
        m.run_to(heard_at);
        m.log();
        m.aclm(rival, 3, "7");
        let first = m.log().swap_remove(0);
        let answer = format!("{heard_at}s ACLM 0/{} 7", heard_at.min(1) + 1);
        let gives_way = format!("{heard_at}s clash 7 ACLM of {rival}");
        assert_eq!(first, if stands { answer } else { gives_way }, "{rival} at {heard_at} s");
    }
}

/// F-02: a host that sends to a group may hear itself.
#[test]
fn what_one_has_sent_oneself_is_nobody_elses() {
    let mut a = Bench::small();
    let echo = |a: &mut Bench| a.sent.clone().iter().for_each(|message| a.receive("a", message));
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(2);
    echo(&mut a);
    assert_eq!(a.maas.attempts(), 1, "the claim goes on");
    a.run_to(12);
    assert_eq!(a.log_of("granted"), ["10s granted 1 7 Claim"]);
    echo(&mut a);
    a.run_to(60);
    assert_eq!(a.maas.defences(), 0, "nobody needs a defence against itself");
    assert!(a.log().iter().all(|line| line.contains("AIU")), "it goes on announcing, no more");
}

/// F-02: what comes from our own address and is not ours is told, and heeded as little.
#[test]
fn what_others_send_in_ones_own_name_is_told() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.aiu("a", 77, "7@5000");
    assert_eq!(a.log(), ["42s ignored spoofed_self a"]);
    assert_eq!(a.maas.held().count(), 1);
}

/// F-10: what was given up may be claimed again, but not at once.
#[test]
fn the_last_address_is_not_tried_again_at_once() {
    let mut a = Bench::large_with("7", |c| c.policy.heard_claims = HeardClaims::Forget);
    a.draw("claim-retry", &[1500]);
    a.allocate(1, 1);
    a.run_to(2);
    a.aclm("b", 3, "7");
    a.run_to(4);
    let expected = ["0s ACLM 0/0 7", "1s ACLM 0/1 7", "2s clash 7 ACLM of b", "3.5s ACLM 0/2 7"];
    assert_eq!(a.log(), expected);
}

/// F-10: nothing is waited for that does not come.
#[test]
fn a_claim_that_has_lost_the_last_address_to_its_owner_is_over() {
    let mut a = Bench::large("7");
    a.allocate(1, 1);
    a.run_to_ms(500);
    a.log();
    a.aiu("b", 3, "7");
    assert_eq!(a.log_of("refused"), ["0.5s refused 1 NoneFree"]);
    assert_eq!(a.maas.attempts(), 0);
}

/// F-44.
#[test]
fn a_claim_tries_as_many_sets_as_policy_allows() {
    for (limit, tried) in [(0, 5), (1, 1), (3, 3)] {
        let mut a = Bench::with(|c| c.policy.claim_attempts = limit);
        a.choose(&[1, 2, 3, 4, 5]);
        a.allocate(1, 1);
        for (offset, rseq) in [1, 2, 3, 4].into_iter().zip(0..) {
            a.aiu("b", rseq, &offset.to_string());
        }
        let log = a.log();
        let claims = log.iter().filter(|line| line.contains("ACLM 0/")).count();
        assert_eq!(claims, tried, "{limit}: {log:?}");
        let refused = log.iter().any(|line| line.ends_with("refused 1 TooManyCollisions"));
        assert_eq!(refused, limit > 0);
    }
}

/// F-08: two that want an address at once do not both go for it.
#[test]
fn what_others_are_heard_to_claim_is_left_to_them_for_the_time_of_a_claim() {
    let mut a = Bench::small();
    a.aclm("b", 1, "7");
    a.run_to(1);
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(12);
    let granted = a.log_of("granted");
    assert!(granted.len() == 1 && !granted[0].contains(" 7 "), "{granted:?}");
    a.run_to(100);
    a.allocate(2, 1);
    a.run_to(112);
    assert_eq!(a.log_of("granted"), ["110s granted 2 7 Claim"], "b never announced it");
}
