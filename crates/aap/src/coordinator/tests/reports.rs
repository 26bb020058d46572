use super::domain::{Domain, EPOCH, LATER, asa, message, range, ranges};
use crate::coordinator::Role;
use crate::policy::{AnaHint, Policy};
use crate::wire::{Body, Message, Report, Request, WireTime};

fn asrp(current: i64, used: &[(u128, u128, u32)], asked: &[(u32, i64)]) -> Message {
    let report = |&(first, last, in_use)| Report { range: range(first, last), in_use };
    let request = |&(addresses, end)| Request { addresses, end: WireTime::saturating_from(end) };
    message(
        current,
        Body::Asrp {
            reports: used.iter().map(report).collect(),
            requests: asked.iter().map(request).collect(),
        },
    )
}

/// AAP-4.2.2-01, AAP-4.2.2-03, AAP-4.2.2-06; times are corrected for skew (F-23).
#[test]
fn the_lead_hears_a_report_on_what_it_announced() {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[(512, 767, LATER), (0, 255, LATER)], &[]);
    domain.run_to(61);
    domain.log();
    let report = asrp(domain.utc() - 50, &[(0, 255, 256), (512, 767, 9)], &[(64, EPOCH + 7000)]);
    domain.inject("m", &report);
    assert_eq!(domain.log(), ["61 a hears demand 0-255=256 512-767=9 +64@7050"]);
    let heard = domain.at("a").last_report().unwrap();
    assert_eq!((heard.received.0, heard.requests[0].addresses), (EPOCH + 61, 64));
}

/// AAP-4.2.2-04, AAP-4.2.2-05; SCN-42: a forger must at least know the ranges.
#[test]
fn a_report_on_other_ranges_is_ignored() {
    for used in
        [&[(0, 254, 9)][..], &[], &[(0, 255, 9), (256, 256, 0)], &[(0, 255, 9), (0, 255, 9)]]
    {
        let mut domain = Domain::led(Policy::repaired());
        domain.inject("m", &asrp(domain.utc(), used, &[(u32::MAX, LATER)]));
        assert_eq!(domain.log(), ["61 a ignores ASRP of m: stale_report"]);
        assert_eq!(domain.at("a").last_report(), None);
    }
}

#[test]
fn an_offer_counts_only_once_it_is_announced() {
    let (old, new) = ([(0, 255, 9)], [(0, 511, 9)]);
    let mut domain = Domain::led(Policy::repaired());
    domain.offer("a", &[(0, 511, LATER)]);
    domain.inject("m", &asrp(domain.utc(), &old, &[]));
    domain.run_to(91);
    domain.inject("m", &asrp(domain.utc(), &new, &[]));
    domain.inject("m", &asrp(domain.utc(), &old, &[]));
    assert_eq!(
        domain.log(),
        [
            "61 a hears demand 0-255=9",
            "90 a ASA 1",
            "91 a hears demand 0-511=9",
            "91 a ignores ASRP of m: stale_report"
        ]
    );
}

/// AAP-4.2.2-02; SCN-37. F-28 says who leads: whoever's new ASA was the latest.
#[test]
fn only_the_lead_reacts() {
    let mut domain = Domain::led(Policy::repaired());
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    domain.inject("m", &asrp(domain.utc(), &[(0, 255, 9)], &[]));
    domain.inject("x", &asa(domain.utc(), 150, &[]));
    domain.inject("m", &asrp(domain.utc(), &[(0, 255, 9)], &[]));
    assert_eq!(domain.log(), ["61 a follows x", "61 a contradicts x"]);
}

/// F-36: a failed allocation is one hint, however often it is repeated.
#[test]
fn failed_allocations_are_hints_where_policy_takes_them() {
    let ana = |mseq, at: i64| {
        let end = WireTime::saturating_from(EPOCH + 7000);
        message(at, Body::Ana { count: 64, end }).resent(mseq, WireTime::saturating_from(at))
    };
    for (ana_hint, expected) in
        [(AnaHint::Use, &["61 a hears demand +64@7000"][..]), (AnaHint::Ignore, &[])]
    {
        let mut domain = Domain::led(Policy { ana_hint, ..Policy::repaired() });
        domain.inject("m", &ana(0, domain.utc()));
        domain.run_to(62);
        domain.inject("m", &ana(1, domain.utc()));
        assert_eq!(domain.log(), expected);
    }
}

/// AAP-A-01.
#[test]
fn claims_and_allocations_are_none_of_its_business() {
    let mut domain = Domain::led(Policy::repaired());
    let whole = || ranges(&[(0, 255, LATER), (0xff00, 0x1_0000, LATER)]);
    for body in [Body::Aclm(whole()), Body::Aiu(whole()), Body::Aitu(whole())] {
        for from in ["m", "a"] {
            domain.inject(from, &message(0, body.clone()));
        }
    }
    domain.run_to(89);
    assert_eq!(domain.log(), [""; 0]);
    assert_eq!(domain.at("a").role(), Role::Lead);
}
