use super::bench::{Bench, EPOCH, address, message, one, ranges};
use crate::config::Reports;
use crate::policy::{AsaFreshness, RequireAuth, StaleAsa};
use crate::wire::{Body, WireTime};
use addrspace::{Addr, Range, Scope, ScopeKind};

/// AAP-3.2.10.1-05, -06, -07, AAP-5.3.1-02: the sender's clock is an hour ahead, which must not
/// make its ASA newer.
#[test]
fn expirations_are_compared_on_our_clock() {
    let mut a = Bench::large("0-9");
    let asa = |current: i64, validity: i64, text: &str| {
        let expiration = WireTime::saturating_from(EPOCH + current + validity);
        message(EPOCH + current, 0, Body::Asa { expiration, ranges: ranges(text) })
    };
    a.run_to(10);
    a.receive("q", &asa(3610, 2990, "0-4@103600"));
    assert_eq!(available(&a), ["0-9"], "expires when the other does");
    a.receive("q", &asa(3610, 2993, "0-19@103600"));
    assert_eq!(available(&a), ["0-19"]);
}

fn available(a: &Bench) -> Vec<String> {
    let space = a.maas.record().space().unwrap();
    let base = super::bench::BASE;
    space
        .iter()
        .map(|l| format!("{}-{}", l.range.first().0 - base, l.range.last().0 - base))
        .collect()
}

/// AAP-3.2.10.2-03, -04, -05, -06, -07, AAP-3.2.10.1-10, AAP-2.2-06, AAP-4.1-02, AAP-3.2.10.2-02,
/// AAP-3.2.1-05.
#[test]
fn an_expired_asa_is_resent_as_it_was_and_still_serves() {
    let mut a = Bench::large("0-9@9000");
    a.asa("p", 3003, "0-9@9000 20-29@3100");
    let original = a.storage.get(&crate::ItemKey::Space).cloned().unwrap();
    a.draw("asa-resend", &[25_000]);
    a.run_to(3028);
    assert_eq!(a.log(), ["3003s space expired", "3028s ASA 0/0 0-9@9000 20-29@3100"]);
    assert!(a.answers.asked.contains(&("asa-resend", 21_000, 39_000)));
    let crate::Item::Space { message: received, .. } = original else { panic!("no ASA stored") };
    assert_eq!(a.sent[0].body(), received.body());
    assert_eq!(i64::from(a.sent[0].current_time().secs()), EPOCH + 3028, "past its expiration");
    a.choose(&[20]);
    a.allocate_until(1, 1, 3095);
    assert_eq!(a.log(), ["3028s ACLM 1/0 20@3095"]);
    a.run_to(3101);
    a.log();
    a.choose(&[21]);
    a.allocate_until(2, 11, 3200);
    assert_eq!(a.log_of("refused"), ["3101s refused 2 NoneFree"], "ten are left, until 9000");
}

/// AAP-3.2.10.2-08, -09.
#[test]
fn a_newer_asa_ends_the_resending_and_an_old_one_puts_it_off() {
    let mut a = Bench::large("0-9");
    a.draw("asa-resend", &[25_000, 30_000]);
    a.run_to(3020);
    a.log();
    a.receive("q", &message(EPOCH + 3020, 0, old_asa()));
    a.run_to(3049);
    assert_eq!(a.log(), [""; 0], "put off by 30 s");
    a.asa("p", 150, "0-9");
    a.run_to(3100);
    assert_eq!(a.log(), [""; 0]);
    a.run_to(3200);
    assert_eq!(a.log(), ["3199s space expired"]);
}

/// F-25: seconds on the way, or of rounding, make an ASA no newer than the one that is known.
#[test]
fn a_copy_of_an_asa_that_comes_late_is_no_newer() {
    let mut a = Bench::large("0-9");
    a.draw("asa-resend", &[25_000, 30_000]);
    let stored = a.storage.get(&crate::ItemKey::Space).cloned();
    a.run_to(3020);
    assert_eq!(a.log(), ["3000s space expired"]);
    a.receive("q", &message(EPOCH + 3001, 0, old_asa()));
    assert_eq!(a.storage.get(&crate::ItemKey::Space), stored.as_ref(), "19 s on its way");
    a.run_to(3060);
    assert_eq!(a.log(), ["3050s ASA 0/0 0-9"], "put off like by any copy, and not expired twice");

    let mut b = Bench::large("0-9");
    b.asa("q", 3002, "0-19");
    assert_eq!(available(&b), ["0-9"], "two seconds are noise");
    b.asa("q", 3003, "0-19");
    assert_eq!(available(&b), ["0-19"]);
}

fn old_asa() -> Body {
    let expiration = WireTime::saturating_from(EPOCH + 3000);
    Body::Asa { expiration, ranges: ranges("0-9") }
}

/// AAP-3.2.10.1-13, -14, -15: own and foreign entries are cut, and nothing of it is defended.
#[test]
fn an_invalidating_change_revises_everything() {
    let mut a = Bench::large("0-99");
    a.own(&[7, 90]);
    a.aiu("b", 1, "91");
    a.aitu("b", 2, "92");
    a.asa("p", 3000, "0-49 80@5000");
    assert_eq!(a.log(), ["42s invalidated 50-79 80 81-99", "42s lost 90 invalidated"]);
    assert!(a.maas.record().is_empty());
    a.aclm("c", 1, "90-91");
    a.run_to(120);
    let log = a.log();
    assert!(log.iter().all(|l| l.ends_with(" 7")), "{log:?}");
}

/// AAP-3.2.10.1-13: an earlier end shortens what is held.
#[test]
fn an_earlier_end_shortens_allocations() {
    let mut a = Bench::large("0-99");
    a.own(&[7]);
    a.aiu("b", 1, "8");
    a.asa("p", 3000, "0-99@5000");
    let expected = ["42s invalidated 0-99", "42s end 7@5000", "42s AIU 2/0 7@5000"];
    assert_eq!(a.log(), expected);
    let foreign: Vec<i64> =
        a.maas.record().allocations().map(|(_, end, _)| end.0 - EPOCH).collect();
    assert_eq!(foreign, [5000]);
}

/// AAP-3.2.10.1-13 (F-26): a second of jitter in end times is no change.
#[test]
fn a_few_seconds_of_noise_invalidate_nothing() {
    let mut a = Bench::large("0-99@50000");
    a.choose(&[7]);
    a.allocate_until(1, 1, 50_000);
    a.run_to(42);
    a.log();
    a.asa("p", 3000, "0-99@49996");
    assert_eq!(a.log(), [""; 0]);
}

/// AAP-3.2.10.1-11, -12.
#[test]
fn requests_that_a_larger_space_satisfies_are_dropped() {
    let mut a = Bench::large("0-9");
    a.ana("b", 1, 64, 5000);
    a.ana("c", 1, 4, 200_000);
    assert_eq!(a.maas.record().requests().count(), 2);
    a.run_to(30);
    a.asa("p", 3000, "0-255");
    let left: Vec<u32> = a.maas.record().requests().map(|(_, count, _)| count).collect();
    assert_eq!(left, [4], "nothing lasts until 200 000");
}

/// AAP-3.2.10.1-11, -12: a longer life counts like more addresses, but not what is in use.
#[test]
fn requests_are_measured_by_what_is_free_for_long_enough() {
    let mut a = Bench::large("0-9@3100");
    a.aiu("c", 1, "0-5@3000");
    a.ana("b", 1, 4, 5000);
    a.ana("b", 2, 5, 5000);
    a.run_to(30);
    a.asa("p", 3000, "0-9@9000");
    let left: Vec<u32> = a.maas.record().requests().map(|(_, count, _)| count).collect();
    assert_eq!(left, [5], "four are free until 9000");
}

/// AAP-3.2.10.1-19, AAP-6-01, AAP-6-04, AAP-2-14, AAP-3.2.10.1-18: a forged empty ASA.
#[test]
fn an_unauthenticated_asa_has_no_effect_where_authentication_is_required() {
    let mut a = Bench::with(|c| {
        c.scope.kind = ScopeKind::Large;
        c.reports = Reports::Never;
        c.policy.require_auth = RequireAuth::Asa;
    });
    let to = a.maas.config().group;
    let asa = |validity: i64, text: &str| {
        let expiration = WireTime::saturating_from(EPOCH + validity);
        message(EPOCH, 0, Body::Asa { expiration, ranges: ranges(text) })
    };
    let (genuine, forged) = (asa(3000, "0-9"), asa(3100, ""));
    for (name, message, authenticated) in [("p", &genuine, true), ("x", &forged, false)] {
        let from = address(name);
        a.input(sansio::Input::Message { from, to, message, authenticated });
    }
    assert_eq!(a.log(), ["0s ignored unauthenticated x"]);
    assert_eq!(available(&a), ["0-9"]);
    let mut trusting = Bench::large("0-9");
    trusting.receive("x", &forged);
    assert_eq!(trusting.log(), ["0s invalidated 0-9"]);
    trusting.allocate(1, 1);
    assert_eq!(trusting.log_of("refused"), ["0s refused 1 NoneFree"]);
}

/// AAP-2.1.2-02, -03, -04, AAP-3.2.10-02: a small scope needs no coordinator and heeds none.
#[test]
fn in_a_small_scope_everything_is_available_whatever_an_asa_says() {
    let mut a = Bench::small();
    a.asa("p", 60, "");
    a.choose(&[7]);
    a.allocate_until(1, 1, 3_000_000_000);
    a.run_to(200);
    let log = a.log();
    assert_eq!(log[0], "0s ACLM 0/0 7@3000000000");
    assert!(log.iter().all(|l| !l.contains("ASA") && !l.contains("ASRP")), "{log:?}");
}

/// AAP-2.1.1-01, AAP-3.2.10-01: of a large scope only the domain's share is used.
#[test]
fn in_a_large_scope_only_what_the_asa_lists_is_available() {
    let mut a = Bench::large("20 30");
    a.choose(&[7]);
    a.allocate(1, 2);
    assert_eq!(a.log(), ["0s ACLM 0/0 20 30"]);
}

/// AAP-2.1-01, AAP-2.1.1-06, -07, AAP-2-01, AAP-3.2.1-01: the group is the Allocation Scope's.
#[test]
fn the_global_scope_is_served_on_the_group_of_the_allocation_scope() {
    let first = Addr(0xe000_0100);
    let global = Range::new(first, Addr(0xeeff_ffff)).unwrap();
    let group = std::net::SocketAddr::from(([239, 251, 255, 248], crate::AAP_PORT));
    let mut a = Bench::with(|c| {
        c.scope = Scope::new("global", addrspace::Family::V4, global, ScopeKind::Large);
        c.scopes_on_group = vec![global];
        c.group = group;
    });
    let listed = crate::wire::TimedRange { range: global, end: WireTime(4_000_000_000) };
    let ranges = crate::wire::Ranges::new(addrspace::Family::V4, [listed]);
    let expiration = WireTime::saturating_from(EPOCH + 150);
    a.hear("p", 0, Body::Asa { expiration, ranges });
    a.allocate(1, 1);
    assert_eq!(a.sent.len(), 1, "the bench checks where it went");
    assert_eq!(a.maas.config().group, group);
}

/// AAP-2.1-03: whatever makes a scope, it is not a TTL.
#[test]
fn a_scope_is_a_range_of_addresses_and_nothing_else() {
    let a = Bench::small();
    let Scope { name: _, family, range, kind: _ } = a.maas.config().scope.clone();
    assert!(range.first().is_multicast(family) && range.last().is_multicast(family));
}

/// AAP-2.1.2-01, AAP-3.2.1-01: by default the group lies in the scope.
#[test]
fn a_small_scope_is_served_on_its_own_group() {
    let a = Bench::small();
    assert_eq!(a.maas.config().group.to_string(), "239.255.255.248:2878");
    assert!(a.maas.config().scope.range.contains(one("65528").range.first()));
}

/// F-25: an ASA that would be the last word for longer than policy allows is nobody's.
#[test]
fn an_asa_that_lasts_too_long_is_ignored() {
    for (limit, validity, heeded) in
        [(3600, 3600, true), (3600, 3601, false), (0, 3600, true), (0, 1_000_000, true)]
    {
        let mut a = Bench::with(|c| {
            c.scope.kind = ScopeKind::Large;
            c.reports = Reports::Never;
            c.policy.max_asa_validity = limit;
        });
        a.asa("p", validity, "0-9");
        let ignored = a.log_of("ignored asa_validity p").len();
        assert_eq!((a.maas.record().space().is_some(), ignored), (heeded, usize::from(!heeded)));
    }
}

/// AAP-3.2.10.1-05 (F-25): to the letter a second makes an ASA newer, even a copy.
#[test]
fn to_the_letter_every_later_expiration_counts() {
    let mut a = Bench::large_with("0-9", |c| c.policy.asa_freshness = AsaFreshness::Literal);
    a.asa("q", 3000, "0-19");
    assert_eq!(available(&a), ["0-9"], "at the same time");
    a.asa("q", 2999, "0-19");
    assert_eq!(available(&a), ["0-9"], "earlier");
    a.asa("q", 3001, "0-19");
    assert_eq!(available(&a), ["0-19"]);
}

/// F-27: whoever announces what is out of date is told what is known, where policy says so.
#[test]
fn an_outdated_asa_is_corrected_and_a_copy_is_not() {
    let mut a = Bench::large_with("0-9", |c| c.policy.stale_asa = StaleAsa::Correct);
    a.asa("q", 3000, "0-9");
    assert_eq!(a.log(), [""; 0]);
    a.asa("q", 2000, "0-4");
    assert_eq!(a.log(), ["0s ASA 0/0 0-9"]);
}

/// AAP-3.2.10.1-11: only more space ends a request, not what others have given back.
#[test]
fn a_request_waits_for_more_space() {
    let mut a = Bench::large("0-9");
    a.aiu("c", 1, "0-9@50");
    a.ana("b", 1, 4, 5000);
    a.run_to(60);
    a.asa("p", 3000, "0-9");
    assert_eq!(a.maas.record().requests().count(), 1);
    a.asa("p", 3010, "0-19");
    assert_eq!(a.maas.record().requests().count(), 0);
}
