//! Passing over announcements that are proven to change nothing must itself change nothing.

use addrspace::{Addr, Family, Range, ScopeKind};
use proptest::prelude::*;
use sansio::Input;

use super::bench::{BASE, Bench, EPOCH, address};
use crate::config::{Config, Reports, Shortcut, Startup};
use crate::policy::{HeardClaims, Identity, OwnerReclaim, Profile, RequireAuth, ScopeMismatch};
use crate::wire::{Body, Header, Message, Ranges, Rseq, TimedRange, WireTime};

/// One step of a story; messages are told by their place in a list, so that they come again.
#[derive(Clone, Copy, Debug)]
enum Step {
    Hear { message: usize, from: usize, skew: i64 },
    Wait(u64),
    Allocate,
    Preallocate,
    Release,
    Reboot,
}

fn step() -> impl Strategy<Value = Step> {
    let skew = prop_oneof![4 => Just(0), 1 => -12..12_i64];
    prop_oneof![
        12 => (0..4_usize, 0..3_usize, skew)
            .prop_map(|(message, from, skew)| Step::Hear { message, from, skew }),
        4 => prop_oneof![0..3_u64, 25..40_u64, Just(200)].prop_map(Step::Wait),
        1 => Just(Step::Allocate),
        1 => Just(Step::Preallocate),
        1 => Just(Step::Release),
        1 => Just(Step::Reboot),
    ]
}

/// Ranges around the lower border of the scope, with ends past, near, far and endless.
fn listed() -> impl Strategy<Value = Vec<TimedRange>> {
    let end = prop_oneof![
        Just(EPOCH - 50),
        Just(EPOCH + 60),
        Just(EPOCH + 500),
        Just(EPOCH + 503),
        Just(EPOCH + 9000),
        Just(i64::from(u32::MAX)),
    ];
    let range = (prop_oneof![9 => 0..12_u128, 1 => Just(u128::MAX)], 0..4_u128, end);
    let timed = range.prop_map(|(first, more, end)| {
        let first = if first == u128::MAX { BASE - 2 } else { BASE + first };
        let range = Range::new(Addr(first), Addr(first + more)).unwrap();
        TimedRange { range, end: WireTime::saturating_from(end) }
    });
    prop::collection::vec(timed, 1..4)
}

fn bodies() -> impl Strategy<Value = Vec<(u32, Body)>> {
    let body = (0..10_u32, listed()).prop_map(|(kind, listed)| {
        let ranges = Ranges::new(Family::V4, listed);
        match kind {
            0 => Body::Aclm(ranges),
            1 => Body::Aitu(ranges),
            2 => Body::Asa { expiration: WireTime::saturating_from(EPOCH + 700), ranges },
            _ => Body::Aiu(ranges),
        }
    });
    let rseq = prop_oneof![Just(0), Just(1), Just(0xff_ffff)];
    prop::collection::vec((rseq, body), 4)
}

fn config() -> impl Strategy<Value = (Profile, bool, bool, bool, bool, bool)> {
    let profile = prop_oneof![Just(Profile::Literal), Just(Profile::Repaired)];
    (profile, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>())
}

fn configure(
    c: &mut Config,
    (profile, large, listen, clip, trust, address_only): (Profile, bool, bool, bool, bool, bool),
) {
    c.policy = profile.policy();
    c.policy.end_spread = 0;
    c.scope.kind = if large { ScopeKind::Large } else { ScopeKind::Small };
    c.startup = if listen { Startup::Listen } else { Startup::Settled };
    c.policy.scope_mismatch = if clip { ScopeMismatch::Clip } else { ScopeMismatch::Ignore };
    c.policy.owner_reclaim = if trust { OwnerReclaim::Trust } else { OwnerReclaim::Defend };
    c.policy.identity = if address_only { Identity::AddressOnly } else { Identity::AddressAndPort };
}

fn take(bench: &mut Bench, step: Step, at: u64, bodies: &[(u32, Body)]) {
    match step {
        Step::Hear { message, from, skew } => {
            let (rseq, body) = bodies[message].clone();
            let header = Header { family: Family::V4, rseq: Rseq::wrapping(rseq), mseq: 0 };
            let stamp = WireTime::saturating_from(bench.utc() + skew);
            let message = Message::new(header, stamp, body);
            let from = [address("b"), address("c"), address("d")][from];
            let to = bench.maas.config().group;
            bench.input(Input::Message { from, to, message: &message, authenticated: false });
        }
        Step::Wait(_) => bench.run_to(at),
        Step::Allocate => bench.allocate(at as u32, 2),
        Step::Preallocate => bench.preallocate(at as u32, 2),
        Step::Release => bench.release("0-20"),
        Step::Reboot => bench.reboot(),
    }
}

/// Tells the same story with and without the shortcut; returns the log they agree on.
fn told(change: impl Fn(&mut Config), story: impl Fn(&mut Bench)) -> Vec<String> {
    let tell = |shortcut| {
        let mut bench = Bench::with(|c| {
            change(c);
            c.shortcut = shortcut;
        });
        story(&mut bench);
        let log = bench.log();
        bench.maas.config.shortcut = Shortcut::Off;
        (log, bench.maas)
    };
    let ((log, with), (plain, without)) = (tell(Shortcut::On), tell(Shortcut::Off));
    assert_eq!(log, plain);
    assert!(with == without, "{with:#?}\n{without:#?}");
    log
}

/// An AIU of `c` for 7, twice, so that it is proven to change nothing.
fn proven(a: &mut Bench) {
    a.aiu("c", 1, "7@60");
    a.aiu("c", 1, "7@60");
}

fn skewed(a: &mut Bench, skew: i64) {
    let stamp = a.utc() + skew;
    let body = Body::Aiu(super::bench::ranges("7@60"));
    a.receive("c", &super::bench::message(stamp, 1, body));
}

#[test]
fn every_repetition_is_heeded_while_a_defence_is_under_way() {
    for memory in [HeardClaims::Remember, HeardClaims::Forget] {
        let log = told(
            |c| c.policy.heard_claims = memory,
            |a| {
                proven(a);
                a.draw("defense", &[4000]);
                a.aclm("b", 4, "7");
                for second in [1, 2] {
                    a.run_to(second);
                    a.aiu("c", 1, "7@60");
                }
                a.run_to(20);
            },
        );
        assert_eq!(log, ["18s AIU 0/0 7@60"], "4 s became 8 and 16, from 2 s on");
    }
}

#[test]
fn a_sender_whose_clock_has_moved_is_listened_to() {
    told(
        |_| {},
        |a| {
            proven(a);
            skewed(a, -10);
            let end = a.maas.record().allocations().map(|(_, end, _)| end.0 - EPOCH).next();
            assert_eq!(end, Some(70));
        },
    );
}

#[test]
fn a_repetition_whose_end_has_come_meanwhile_deletes() {
    told(
        |_| {},
        |a| {
            proven(a);
            a.run_to(57);
            skewed(a, 4);
            assert!(a.maas.record().is_empty(), "ended at 56 s on our clock");
        },
    );
}

#[test]
fn a_claim_heard_in_silence_is_ended_by_the_next_repetition() {
    told(
        |c| c.startup = Startup::Listen,
        |a| {
            proven(a);
            a.aclm("b", 4, "7");
            assert_eq!(a.maas.record().claims.addresses().count(), 1);
            a.aiu("c", 1, "7@60");
            assert_eq!(a.maas.record().claims.addresses().count(), 0);
        },
    );
}

/// Whether that AIU would be passed over if it came from `from`.
fn passed(a: &mut Bench, from: &str) -> bool {
    passed_with_skew(a, from, 0)
}

/// The same if its clock were so many seconds ahead.
fn passed_with_skew(a: &mut Bench, from: &str, skew: i64) -> bool {
    let now = sansio::Now { instant: a.now, utc: sansio::UtcSecs(a.utc()) };
    let stamp = a.utc() + skew;
    let message = super::bench::message(stamp, 1, Body::Aiu(super::bench::ranges("7@60")));
    a.maas.passes_over(now, address(from), &message)
}

/// It would be the same without, only slower: hence asked, not told.
#[test]
fn a_repetition_that_changes_nothing_is_passed_over() {
    let mut a = Bench::small();
    proven(&mut a);
    assert!(passed(&mut a, "c"));
    assert!(!passed(&mut a, "b"), "never heard");
    a.aiu("b", 1, "9");
    assert!(!passed(&mut a, "c"), "what it meets has changed");
    proven(&mut a);
    assert!(passed(&mut a, "c"));
}

/// Within the tolerance an end is the same, and after it nothing is.
#[test]
fn a_repetition_is_passed_over_while_its_end_is_the_one_that_is_known() {
    for (skew, expected) in [(-6, false), (-5, true), (-1, true), (1, true), (5, true), (6, false)]
    {
        let mut a = Bench::small();
        proven(&mut a);
        assert_eq!(passed_with_skew(&mut a, "c", skew), expected, "{skew} s");
    }
    let mut a = Bench::small();
    proven(&mut a);
    a.run_to(54);
    assert!(passed(&mut a, "c"));
    a.run_to(55);
    assert!(!passed(&mut a, "c"), "whoever is 5 s behind may say that it has ended");
}

#[test]
fn where_each_message_must_be_judged_none_is_passed_over() {
    let never: [fn(&mut Config); 4] = [
        |c| c.shortcut = Shortcut::Off,
        |c| c.policy.require_auth = RequireAuth::Asa,
        |c| c.policy.max_skew = 5,
        |c| c.startup = Startup::Listen,
    ];
    for (change, expected) in never.into_iter().zip([false, false, false, true]) {
        let mut a = Bench::with(change);
        proven(&mut a);
        assert_eq!(passed(&mut a, "c"), expected);
    }
    let mut a = Bench::unstarted(|_| {});
    assert!(!passed(&mut a, "c"));
}

/// F-22: whoever revives what was deleted is answered each time, until it must be a new owner.
#[test]
fn a_repetition_that_revives_is_never_passed_over() {
    let log = told(
        |_| {},
        |a| {
            a.own(&[7]);
            a.release("7");
            a.run_to(250);
            a.log();
            for second in [300, 310, 345] {
                a.run_to(second);
                a.aiu("c", 1, "7");
            }
            a.run_to(400);
        },
    );
    let answers = ["300s AIU 3/0 7@222", "330s AIU 4/0 7@222", "360s AIU 5/0 7@222"];
    assert_eq!(log, answers);
}

/// AAP-3.2.1-04: what has ended is forgotten with whatever is heard next.
#[test]
fn what_has_ended_is_forgotten_although_only_repetitions_are_heard() {
    let ended = |story: fn(&mut Bench), count: fn(&Bench) -> usize| {
        told(
            |c| {
                c.scope.kind = ScopeKind::Large;
                c.reports = Reports::Never;
            },
            |a| {
                story(a);
                for second in [0, 0, 60, 61] {
                    a.run_to(second);
                    let left = usize::from(second < 60);
                    a.aiu("c", 1, "7@9000");
                    assert_eq!(count(a), left, "{second} s");
                }
            },
        );
    };
    ended(|a| a.aiu("b", 1, "9@60"), |a| a.maas.record().allocations().count() - 1);
    ended(|a| a.aitu("b", 1, "9@60"), |a| a.maas.record().preallocations().count());
    ended(|a| a.ana("b", 1, 5, 60), |a| a.maas.record().requests().count());
}

proptest! {
    #[test]
    fn the_shortcut_is_invisible(
        config in config(),
        bodies in bodies(),
        steps in prop::collection::vec(step(), 1..100),
    ) {
        let bench = |shortcut| Bench::with(|c| {
            configure(c, config);
            c.shortcut = shortcut;
        });
        let (mut with, mut without) = (bench(Shortcut::On), bench(Shortcut::Off));
        let mut at = 0;
        for step in steps {
            if let Step::Wait(secs) = step {
                at += secs;
            }
            take(&mut with, step, at, &bodies);
            take(&mut without, step, at, &bodies);
            prop_assert_eq!(with.log(), without.log(), "{:?}", step);
            prop_assert_eq!(&with.storage, &without.storage, "{:?}", step);
            let mut same = with.maas.clone();
            same.config.shortcut = Shortcut::Off;
            prop_assert!(same == without.maas, "{:?}: {:#?}\n{:#?}", step, same, without.maas);
        }
    }
}
