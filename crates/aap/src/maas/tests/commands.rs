use super::bench::{Bench, demand, range};
use crate::command::{Choice, Command, Demand, Layout, RequestId};

/// AAP-3.2.8-05: later or earlier, and announced fast again.
#[test]
fn an_end_can_be_moved_both_ways() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.set_end("7", 200_000);
    a.run_to(43);
    a.set_end("7", 3000);
    let expected = [
        "42s end 7@200000",
        "42s AIU 2/0 7@200000",
        "43s AIU 2/1 7@200000",
        "43s end 7@3000",
        "43s AIU 3/0 7@3000",
    ];
    assert_eq!(a.log(), expected);
}

/// AAP-3.2.8-05, AAP-3.1-01: of a preallocation, too, and a reboot does not undo it.
#[test]
fn the_end_of_a_preallocation_can_be_moved_and_is_stored() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.preallocate(1, 1);
    a.run_to(12);
    a.log();
    a.set_end("7", 3000);
    assert_eq!(a.log(), ["12s AITU 0/4 7@3000", "12s end 7@3000"]);
    let stored = a.storage.values().find_map(|item| match item {
        crate::Item::Preallocated { end, .. } => Some(end.0 - super::bench::EPOCH),
        _ => None,
    });
    assert_eq!(stored, Some(3000));
}

/// AAP-3.2.8-03.
#[test]
fn an_end_beyond_the_life_of_the_space_is_refused() {
    let mut a = Bench::large("0-9@5000");
    a.choose(&[7]);
    a.allocate_until(1, 1, 4000);
    a.run_to(52);
    a.log();
    a.set_end("7", 6000);
    assert_eq!(a.log(), ["52s not done 7 LifetimeTooShort"]);
}

/// AAP-3-01, AAP-3.2.5.1-01, AAP-3.2.8-09: who asks, and for when, is none of its business.
#[test]
fn requests_are_kept_apart_and_begin_at_once() {
    let mut a = Bench::small();
    a.choose(&[7, 9]);
    a.allocate(1, 1);
    a.allocate(2, 1);
    a.allocate(2, 1);
    assert_eq!(a.log(), ["0s ACLM 0/0 7", "0s ACLM 1/0 9", "0s refused 2 DuplicateRequest"]);
    a.run_to(10);
    let granted = a.log_of("granted");
    assert_eq!(granted, ["10s granted 1 7 Claim", "10s granted 2 9 Claim"]);
}

/// AAP-3.2.5-05: who no longer wants an address stops claiming it, without a word.
#[test]
fn a_withdrawn_claim_falls_silent() {
    let mut a = Bench::small();
    a.choose(&[7]);
    a.allocate(1, 1);
    a.run_to(2);
    a.log();
    a.command(&Command::Withdraw { request: RequestId(1) });
    a.run_to(60);
    assert_eq!(a.log(), ["2s refused 1 Withdrawn"]);
    assert_eq!(a.maas.attempts(), 0);
}

#[test]
fn a_user_may_insist_on_an_address_whatever_the_record_says() {
    let mut a = Bench::small();
    a.aiu("c", 1, "7");
    let mut wanted = demand(1, super::bench::LATER);
    wanted.preferred = vec![range(7, 7)];
    wanted.choice = Choice::Insist;
    a.command(&Command::Claim { request: RequestId(1), demand: wanted.clone() });
    assert_eq!(a.log(), ["0s ACLM 0/0 7"]);
    wanted.choice = Choice::IfFree;
    a.choose(&[50]);
    a.command(&Command::Claim { request: RequestId(2), demand: wanted });
    assert_eq!(a.log(), ["0s ACLM 1/0 50"]);
}

#[test]
fn what_no_scope_could_give_is_refused_at_once() {
    let mut a = Bench::small();
    a.allocate(1, 0);
    a.allocate(2, 0xff01);
    a.allocate_until(3, 1, 0);
    let refused = ["0s refused 1 Impossible", "0s refused 2 Impossible", "0s refused 3 Impossible"];
    assert_eq!(a.log(), refused);
}

#[test]
fn a_contiguous_demand_gets_one_run() {
    let mut a = Bench::small();
    a.aiu("c", 1, "4");
    let mut wanted = demand(4, super::bench::LATER);
    wanted.layout = Layout::Contiguous;
    wanted.preferred = vec![range(2, 9)];
    a.choose(&[3, 60]);
    a.command(&Command::Claim { request: RequestId(1), demand: wanted });
    let log = a.log();
    assert_eq!(log.len(), 1);
    let (first, last) = log[0].rsplit(' ').next().unwrap().split_once('-').unwrap();
    assert_eq!(last.parse::<u32>().unwrap() - first.parse::<u32>().unwrap(), 3);
}

/// AAP-3.1-05: it takes part until nothing of its own is left to announce.
#[test]
fn a_retiring_maas_defends_until_all_is_given_back_and_then_is_silent() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.command(&Command::Retire);
    a.log();
    a.run_to(100);
    a.log();
    a.aclm("b", 1, "7");
    a.run_to_ms(100_500);
    assert_eq!(a.log(), ["100s AIU 3/0 7@222"]);
    a.run_to(300);
    let log = a.log();
    assert_eq!(log[log.len() - 2..], ["222s ended 7", "222s Retired"]);
    a.aclm("b", 2, "7");
    a.allocate(5, 1);
    a.run_to(400);
    assert_eq!(a.log(), ["300s refused 5 NotServing"]);
}

/// A conflict or an ASA may take the last of what is held: nothing is left to wait for then.
#[test]
fn a_retiring_maas_that_loses_everything_has_retired() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.command(&Command::Retire);
    a.log();
    a.command(&Command::Lose { range: range(7, 7) });
    assert_eq!(a.log(), ["42s lost 7 asked", "42s Retired"]);
    assert_eq!(a.maas.poll_timeout(), None);
}

#[test]
fn a_request_preallocates_once() {
    let mut a = Bench::small();
    a.choose(&[7, 9]);
    a.preallocate(1, 1);
    a.preallocate(1, 1);
    assert_eq!(a.log(), ["0s AITU 0/0 7", "0s refused 1 DuplicateRequest"]);
}

/// AAP-3.2.7-01: whoever insists gets no more than there is.
#[test]
fn nobody_can_insist_on_what_is_not_available() {
    let mut a = Bench::large("0-9");
    let mut wanted = demand(1, super::bench::LATER);
    wanted.preferred = vec![range(50, 50)];
    wanted.choice = Choice::Insist;
    a.choose(&[7]);
    a.command(&Command::Claim { request: RequestId(1), demand: wanted });
    assert_eq!(a.log(), ["0s ACLM 0/0 7"]);
}

/// AAP-2.2-02.
#[test]
fn a_pool_may_be_asked_for_later() {
    let mut a = Bench::small();
    let (mut policy, timing) = (a.maas.config().policy, a.maas.config().timing);
    policy.pool_size = 1;
    a.choose(&[7]);
    a.command(&Command::Reconfigure { policy, timing });
    a.run_to(1);
    assert_eq!(a.log(), ["1s AITU 0/0 7@86401"]);
}

/// AAP-2.2-02: without a pool there is nothing to look after.
#[test]
fn without_a_pool_no_timer_runs() {
    let mut a = Bench::small();
    let (policy, timing) = (a.maas.config().policy, a.maas.config().timing);
    a.command(&Command::Reconfigure { policy, timing });
    assert_eq!(a.maas.poll_timeout(), None);
}

/// AAP-3.1-05: nothing new is begun, but what was begun may be ended.
#[test]
fn a_retiring_maas_begins_nothing_new() {
    let mut a = Bench::small();
    a.own(&[7]);
    a.command(&Command::Retire);
    a.log();
    a.allocate(1, 1);
    a.preallocate(2, 1);
    assert_eq!(a.log(), ["42s refused 1 NotServing", "42s refused 2 NotServing"]);
}

/// Nothing has been announced yet: nothing has to be taken back.
#[test]
fn who_retires_in_the_startup_silence_is_gone_at_once() {
    let mut a = Bench::unstarted(|c| c.startup = crate::config::Startup::Listen);
    a.start();
    a.command(&Command::Retire);
    assert_eq!(a.log(), ["0s Retired"]);
    assert_eq!(a.maas.poll_timeout(), None);
}

/// AAP-3.2.6.1-01: the pool serves whoever prefers nothing else and does not insist.
#[test]
fn the_pool_serves_whoever_has_no_other_wish() {
    for (choice, preferred, served) in [
        (Choice::IfFree, vec![], true),
        (Choice::Insist, vec![], true),
        (Choice::IfFree, vec![range(7, 7)], true),
        (Choice::IfFree, vec![range(50, 50)], false),
        (Choice::Insist, vec![range(7, 7)], false),
    ] {
        let mut a = Bench::small();
        a.choose(&[7]);
        a.preallocate(1, 1);
        a.run_to(12);
        a.log();
        let demand = Demand { choice, preferred, ..demand(1, super::bench::LATER) };
        let insists = format!("{demand:?}");
        a.command(&Command::Allocate { request: RequestId(2), demand });
        let log = a.log_of("granted 2 7 Preallocation");
        assert_eq!(log.len(), usize::from(served), "{insists}");
    }
}

/// F-14, and an end without end stays one.
#[test]
fn ends_are_spread_unless_there_is_none() {
    let mut a = Bench::with(|c| c.policy.end_spread = 4);
    a.choose(&[7, 9]);
    a.allocate_until(1, 1, 3000);
    a.allocate_until(2, 1, i64::from(u32::MAX) - super::bench::EPOCH);
    assert_eq!(a.log(), ["0s ACLM 0/0 7@3002", "0s ACLM 1/0 9@4293967295"]);
    a.run_to(11);
    let ends: Vec<i64> = a.maas.held().map(|lease| lease.end.0 - super::bench::EPOCH).collect();
    assert_eq!(ends, [3002, 4_293_967_295]);
}

/// AAP-3.2.8-03, -05: within the life of every part of the space they lie in.
#[test]
fn an_end_within_the_life_of_the_space_is_granted() {
    let mut a = Bench::large("0-7@5000 8-9@6000");
    let mut wanted = demand(4, 4000);
    wanted.preferred = vec![range(6, 9)];
    a.command(&Command::Claim { request: RequestId(1), demand: wanted });
    a.run_to(52);
    a.log();
    a.set_end("6-9", 5000);
    assert_eq!(a.log_of("end "), ["52s end 6-7@5000", "52s end 8-9@5000"]);
    a.set_end("6-9", 5900);
    assert_eq!(a.log(), ["52s not done 6-9 LifetimeTooShort"]);
    a.set_end("8-9", 5900);
    assert_eq!(a.log_of("end "), ["52s end 8-9@5900"]);
}
