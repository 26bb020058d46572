//! Which multicast groups an Ethernet interface cannot tell apart.
//!
//! Ethernet carries 23 bits of an IPv4 group (RFC 1112 section 6.4): the 28 bits below `1110` lose
//! five, so **32 groups share one hardware address** (32:1). A host that joins one of them is
//! woken by all. Worst is an alias of 224.0.0.0/24: routing protocols and mDNS live there, and
//! switches flood those hardware addresses to every port. IPv6 keeps 32 bits of the group
//! (RFC 2464 section 7). No allocation standard forbids aliases; a selection policy may.

use std::fmt;

use crate::{Addr, Family};

/// The bits of an IPv4 group that reach its Ethernet address.
const V4_BITS: u32 = 0x007f_ffff;

/// The hardware address an Ethernet frame for a multicast group is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EthernetGroup(pub [u8; 6]);

impl fmt::Display for EthernetGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// The hardware address of a group: `01:00:5e` and the low 23 bits in IPv4, `33:33` and the low 32
/// bits in IPv6.
#[must_use]
pub const fn ethernet_alias(group: Addr, family: Family) -> EthernetGroup {
    let low = group.0 as u32;
    match family {
        Family::V4 => {
            let [_, d, e, g] = (low & V4_BITS).to_be_bytes();
            EthernetGroup([0x01, 0x00, 0x5e, d, e, g])
        }
        Family::V6 => {
            let [c, d, e, g] = low.to_be_bytes();
            EthernetGroup([0x33, 0x33, c, d, e, g])
        }
    }
}

/// Whether two groups of a family have the same hardware address.
#[must_use]
pub fn shares_ethernet_address(a: Addr, b: Addr, family: Family) -> bool {
    ethernet_alias(a, family) == ethernet_alias(b, family)
}

/// Whether an IPv4 group has the hardware address of one in 224.0.0.0/24 (Local Network Control):
/// the groups x.0.0.0/24 and x.128.0.0/24, for x from 224 to 239, that block itself included.
#[must_use]
pub const fn aliases_local_network_control(group: Addr) -> bool {
    // Of 224.0.0.0/24, the bits that reach the hardware address are zero but for the last octet.
    (group.0 as u32 & V4_BITS) >> 8 == 0
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn group(text: &str) -> (Addr, Family) {
        let ip: IpAddr = text.parse().unwrap();
        (ip.into(), Family::of(ip))
    }

    #[test]
    fn hardware_addresses_are_those_of_the_rfcs() {
        for (text, expected) in [
            ("224.0.0.251", "01:00:5e:00:00:fb"),
            ("239.255.255.250", "01:00:5e:7f:ff:fa"),
            ("239.128.0.1", "01:00:5e:00:00:01"),
            ("ff02::1:ff28:9c5a", "33:33:ff:28:9c:5a"),
        ] {
            let (addr, family) = group(text);
            assert_eq!(ethernet_alias(addr, family).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn thirty_two_groups_share_an_address() {
        let here = Addr::from(0xefff_0001);
        let same = (0..32).map(|high| Addr::from(0xe000_0001 | 0x7f_0000 | high << 23));
        assert_eq!(
            same.filter(|&there| shares_ethernet_address(here, there, Family::V4)).count(),
            32
        );
        assert!(!shares_ethernet_address(here, Addr(here.0 ^ 1), Family::V4));
    }

    #[test]
    fn local_control_has_two_aliases_under_each_first_octet() {
        let aliases = |text: &str| aliases_local_network_control(group(text).0);
        assert!(aliases("224.0.0.1") && aliases("239.0.0.255") && aliases("239.128.0.7"));
        assert!(!aliases("239.0.1.0") && !aliases("239.64.0.1") && !aliases("239.129.0.0"));
    }
}
