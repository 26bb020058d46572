use super::domain::{Domain, EPOCH, LATER, asa, ranges};
use crate::coordinator::{Role, SpaceSource};
use crate::policy::Policy;
use crate::wire::Body;

fn stateless() -> Domain {
    let mut domain = Domain::default();
    domain.join("a", Policy::repaired(), &[], &[]);
    domain.run_to(100);
    domain
}

/// SCN-32; AAP-4.1-03: the recovered set is the lost one, whatever the resender's clock (F-23).
#[test]
fn a_lost_set_comes_back_with_a_resent_asa() {
    let mut domain = stateless();
    domain.inject("m", &asa(domain.utc() - 3600, -1, &[(0, 255, LATER - 3600)]));
    assert_eq!(domain.log(), ["100 a adopts 0-255@100000"]);
    domain.run_to(161);
    assert_eq!(domain.log(), ["160 a ASA 0", "160 a leads"]);
    let Body::Asa { ranges: sent, .. } = domain.asas[0].body() else { panic!() };
    assert_eq!(*sent, ranges(&[(0, 255, LATER)]));
}

#[test]
fn a_new_asa_is_another_coordinators_and_is_not_adopted() {
    let mut domain = stateless();
    domain.inject("x", &asa(domain.utc(), 150, &[(0, 255, LATER)]));
    domain.run_to(1000);
    assert_eq!(domain.log(), [""; 0]);
    assert_eq!(
        (domain.at("a").role(), domain.at("a").source()),
        (Role::Off, &SpaceSource::Unknown)
    );
}

#[test]
fn what_is_known_is_not_replaced_by_what_others_remember() {
    let mut domain = Domain::of_one();
    domain.inject("m", &asa(domain.utc(), -1, &[(9, 9, LATER)]));
    domain.run_to(61);
    assert_eq!(domain.log(), ["60 a ASA 0", "60 a leads"]);
    let mut domain = stateless();
    domain.inject("m", &asa(domain.utc(), -1, &[(0, 255, LATER)]));
    domain.inject("m", &asa(domain.utc(), -1, &[(9, 9, LATER)]));
    assert_eq!(domain.log(), ["100 a adopts 0-255@100000"]);
}

/// AAP-4.1-04: addresses do not outlive their time because their coordinator was away.
#[test]
fn what_ended_meanwhile_is_not_announced_again() {
    let mut domain = stateless();
    domain.inject("m", &asa(domain.utc(), -1, &[(0, 255, LATER), (512, 767, EPOCH + 160)]));
    domain.run_to(161);
    let Body::Asa { ranges: sent, .. } = domain.asas[0].body() else { panic!() };
    assert_eq!(*sent, ranges(&[(0, 255, LATER)]));
}
