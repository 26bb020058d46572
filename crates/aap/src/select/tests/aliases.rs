//! Groups that share an Ethernet address.

use super::*;

/// RFC 1112: 224.0.0.x and 239.128.0.x share Ethernet addresses.
#[test]
fn ethernet_aliases_are_avoided_where_policy_asks() {
    let scope = Range::new(Addr(0xef80_0000), Addr(0xef80_01ff)).unwrap();
    let mut case = Case::new(ScopeKind::Small, |c| {
        c.scope.range = scope;
        c.policy.link_layer = LinkLayer::AvoidAliases;
    });
    for place in 0..20 {
        let chosen = case.choose(place, 1);
        assert_eq!(chosen, Err(Refusal::NoneFree), "the rest is the reserved tail");
    }
    case.config.policy.link_layer = LinkLayer::Ignore;
    assert!(case.choose(0, 1).is_ok());
}

/// RFC 1112 section 6.4: groups whose numbers differ by 2^23 share an Ethernet address, above and
/// below.
#[test]
fn the_ethernet_address_of_a_group_in_use_is_avoided() {
    let scope = Range::new(Addr(0xef10_0000), Addr(0xefff_ffff)).unwrap();
    let (low, high) = (0xef10_0305, 0xef90_0305);
    for (used, wanted) in [(low, high), (high, low)] {
        for (link_layer, avoided) in [(LinkLayer::AvoidAliases, true), (LinkLayer::Ignore, false)] {
            let mut case = Case::new(ScopeKind::Small, |c| {
                c.scope.range = scope;
                c.policy.link_layer = link_layer;
            });
            case.record.take(Range::single(Addr(used)));
            case.preferred = vec![Range::single(Addr(wanted))];
            let chosen = case.choose(1, 1).unwrap();
            assert_eq!(!chosen.contains(Addr(wanted)), avoided);
            case.preferred = vec![Range::single(Addr(wanted + 4))];
            assert!(case.choose(1, 1).unwrap().contains(Addr(wanted + 4)), "shared with nobody");
            case.layout = Layout::Contiguous;
            case.preferred = vec![Range::with_len(Addr(wanted - 2), 4).unwrap()];
            let run = case.choose(1, 4).unwrap();
            assert_eq!(!run.contains(Addr(wanted)), avoided);
            case.preferred = vec![Range::with_len(Addr(wanted + 2), 4).unwrap()];
            assert!(case.choose(1, 4).unwrap().contains(Addr(wanted + 5)));
        }
    }
}

/// Where chance finds nothing but shared Ethernet addresses, every address is looked at.
#[test]
fn the_only_ethernet_address_that_is_not_shared_is_found() {
    let scope = Range::new(Addr(BASE - 0x80_0000), Addr(BASE + 0xffff)).unwrap();
    let mut case = Case::new(ScopeKind::Small, |c| {
        c.scope.range = scope;
        c.policy.link_layer = LinkLayer::AvoidAliases;
    });
    case.allocated(0, 0x102);
    // The first 256 share theirs with 224.0.0.0/24, the next three with what is allocated.
    let chosen = case.choose(0, 1).unwrap();
    assert_eq!(chosen.first().unwrap().first(), Addr(scope.first().0 + 0x103));
}
