//! Passing over announcements that are proven to change nothing must itself change nothing.

use addrspace::{Addr, Family, Range, ScopeKind};
use proptest::prelude::*;
use sansio::Input;

use super::bench::{BASE, Bench, EPOCH, address};
use crate::config::{Config, Shortcut, Startup};
use crate::policy::{Identity, OwnerReclaim, Profile, ScopeMismatch};
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
    let skew = prop_oneof![6 => Just(0), 1 => -12..12_i64];
    prop_oneof![
        12 => (0..8_usize, 0..3_usize, skew)
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
    prop::collection::vec((rseq, body), 8)
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

proptest! {
    #[test]
    fn the_shortcut_is_invisible(
        config in config(),
        bodies in bodies(),
        steps in prop::collection::vec(step(), 1..60),
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
