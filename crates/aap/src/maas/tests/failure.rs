use super::bench::Bench;

/// AAP-3.2.9-01, -05, -06, -07, -08, AAP-2-11.
#[test]
fn a_failed_allocation_is_told_to_the_domain_four_times() {
    let mut a = Bench::large("0-9");
    a.allocate(1, 64);
    a.run_to(60);
    let expected = [
        "0s refused 1 NoneFree",
        "0s ANA 0/0 64@100000",
        "1s ANA 0/1 64@100000",
        "3s ANA 0/2 64@100000",
        "7s ANA 0/3 64@100000",
    ];
    assert_eq!(a.log(), expected);
}

/// AAP-3.2.9-01: addresses that do not last long enough are as good as none.
#[test]
fn a_lifetime_that_the_space_does_not_offer_is_a_failure_too() {
    let mut a = Bench::large("0-9@500");
    a.allocate_until(1, 1, 900);
    assert_eq!(a.log(), ["0s refused 1 LifetimeTooShort", "0s ANA 0/0 1@900"]);
}

/// AAP-3.2.9-03, -04.
#[test]
fn in_a_small_scope_only_the_user_is_told() {
    let mut a = Bench::small();
    a.aiu("b", 1, "0-65279");
    a.allocate(1, 1);
    a.run_to(60);
    assert_eq!(a.log(), ["0s refused 1 NoneFree"]);
}

/// AAP-3.2.9-12 (F-36): equal needs are one request, and every one is noted at home as well.
#[test]
fn one_need_is_one_request() {
    let mut a = Bench::large("0-9");
    a.allocate(1, 64);
    a.allocate(2, 64);
    assert_eq!(a.log_of("ANA").len(), 1);
    assert_eq!(a.maas.record().requests().count(), 1);
}

/// AAP-3.2.10.1-12: once the space has grown there is nothing more to ask for.
#[test]
fn a_satisfied_request_is_not_repeated() {
    let mut a = Bench::large("0-9");
    a.allocate(1, 64);
    a.run_to(2);
    a.log();
    a.asa("p", 3001, "0-255");
    a.run_to(60);
    assert_eq!(a.log(), [""; 0]);
    assert_eq!(a.maas.record().requests().count(), 0);
}

/// AAP-3.2.9-12: another number of addresses, or another end, is another need.
#[test]
fn another_need_is_another_request() {
    let mut a = Bench::large("0-9");
    a.allocate_until(1, 64, 9000);
    a.allocate_until(2, 65, 9000);
    a.allocate_until(3, 64, 8000);
    let expected = ["0s ANA 0/0 64@9000", "0s ANA 1/0 65@9000", "0s ANA 2/0 64@8000"];
    assert_eq!(a.log_of("ANA"), expected);
}
