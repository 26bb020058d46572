use addrspace::ScopeKind;

use super::bench::{Bench, EPOCH, LATER};
use crate::config::Reports;
use crate::policy::AsrpReset;

fn reporting(space: &str) -> Bench {
    Bench::large_with(space, |c| c.reports = Reports::Send)
}

/// AAP-3.2.10.3-02, -04, -05, -07, AAP-2-12, AAP-5.4.5-02: allocated addresses count once,
/// preallocated ones not at all.
#[test]
fn every_range_of_the_asa_is_reported_with_its_use() {
    let mut a = reporting("0-9 100-199");
    a.draw("asrp-send", &[]);
    a.aiu("b", 1, "100-109");
    a.aiu("c", 1, "105-114");
    a.aitu("c", 2, "120-129");
    a.choose(&[1]);
    a.allocate(1, 2);
    a.run_to(30);
    assert_eq!(a.log_of("ASRP"), ["30s ASRP 2/0 0-9:2 100-199:15"]);
    assert!(a.answers.asked.contains(&("asrp-send", 21_000, 39_000)));
}

/// AAP-3.2.10.3-06, -01 (F-41).
#[test]
fn a_report_of_another_puts_ones_own_off() {
    let mut a = reporting("0-9");
    let mut b = reporting("0-9");
    b.run_to(30);
    let report = b.sent.last().unwrap().clone();
    a.run_to(25);
    a.receive("b", &report);
    a.run_to(54);
    assert_eq!(a.log(), [""; 0]);
    a.run_to(55);
    assert_eq!(a.log(), ["55s ASRP 0/0 0-9:0"]);
}

/// AAP-3.2.10.3-01.
#[test]
fn a_maas_may_be_configured_to_leave_reports_to_others() {
    let mut a = Bench::large("0-9");
    a.run_to(200);
    assert_eq!(a.log(), [""; 0]);
}

/// AAP-3.2.10.3-08, -10, -11, AAP-3.2.9-02, -09, -10, -11: what was heard is reported, once.
#[test]
fn heard_requests_are_reported_until_their_end() {
    let mut a = reporting("0-9");
    a.ana("b", 1, 64, 50);
    a.run_to(1);
    a.ana("b", 1, 64, 50);
    a.ana("c", 1, 64, 80_000);
    a.run_to(30);
    assert_eq!(a.log(), ["30s ASRP 0/0 0-9:0 +64@50 +64@80000"]);
    a.run_to(60);
    assert_eq!(a.log(), ["60s ASRP 1/0 0-9:0 +64@80000"]);
}

/// AAP-3.2.10.3-09, -10 (F-29): the nearest are merged, counts added, until 500 octets do.
#[test]
fn requests_are_merged_until_the_report_fits() {
    let mut a = reporting("0-9");
    for n in 0..100 {
        a.ana("b", n, 10, LATER + 100 * i64::from(n));
    }
    a.run_to(30);
    assert!(a.last_octets() <= 500);
    let crate::wire::Body::Asrp { requests, .. } = a.sent.last().unwrap().body() else {
        panic!("no report")
    };
    assert_eq!(requests.iter().map(|r| r.addresses).sum::<u32>(), 1000);
    assert_eq!(requests.len(), (500 - 14 - 12) / 8);
}

/// AAP-3.2.10.3-03, AAP-2.1.3-02: nothing of another scope gets into a report.
#[test]
fn a_report_is_about_one_scope() {
    let mut a = reporting("0-9");
    a.run_to(30);
    let scope = a.maas.config().scope.range;
    assert!(a.sent[0].addresses().all(|range| scope.contains_range(range)));
    let mut small = Bench::with(|c| c.scope.kind = ScopeKind::Small);
    small.run_to(100);
    assert_eq!(small.log(), [""; 0]);
}

/// F-29: of all neighbours the two whose ends are nearest become one.
#[test]
fn the_nearest_requests_are_merged_first() {
    let mut a = reporting("0-9 20-29");
    let room = (500 - 14 - 2 * 12) / 8;
    let ends: Vec<i64> = (1..=room).map(|n| LATER + 1000 * n).collect();
    for (&end, rseq) in ends.iter().zip(0..) {
        a.ana("b", rseq, 10, end);
    }
    a.ana("b", 1000, 1, ends[40] + 900);
    a.run_to(30);
    let crate::wire::Body::Asrp { requests, .. } = a.sent.last().unwrap().body() else {
        panic!("no report")
    };
    let told: Vec<_> =
        requests.iter().map(|r| (i64::from(r.end.secs()) - EPOCH, r.addresses)).collect();
    let mut expected: Vec<_> = ends.iter().map(|&end| (end, 10)).collect();
    expected[41].1 += 1;
    assert_eq!(told, expected);
}

#[test]
fn reports_of_others_are_nothing_to_a_small_scope() {
    let mut b = reporting("0-9");
    b.run_to(30);
    let mut a = Bench::with(|c| {
        c.reports = Reports::Send;
        c.policy.asrp_reset = AsrpReset::Any;
    });
    let report = b.sent.last().unwrap();
    let before = a.maas.poll_timeout();
    a.receive("b", report);
    assert_eq!(a.maas.poll_timeout(), before);
}
