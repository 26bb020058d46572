use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address family, as IANA numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IP version 4, number 1.
    V4,
    /// IP version 6, number 2.
    V6,
}

impl Family {
    /// The family with this IANA address family number, if it is one of ours.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        match number {
            1 => Some(Self::V4),
            2 => Some(Self::V6),
            _ => None,
        }
    }

    /// The family an address of the standard library belongs to.
    #[must_use]
    pub const fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The IANA address family number: 1 or 2.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::V4 => 1,
            Self::V6 => 2,
        }
    }

    /// The size of one address on the wire, in octets.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::V4 => 4,
            Self::V6 => 16,
        }
    }

    /// The size of one address, in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// The numerically highest address of the family.
    #[must_use]
    pub const fn last(self) -> Addr {
        match self {
            Self::V4 => Addr(u32::MAX as u128),
            Self::V6 => Addr(u128::MAX),
        }
    }
}

/// An address as a number; IPv4 uses the low 32 bits.
///
/// The family is not part of the value: a machine, a scope or a set works in one family and says
/// so once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addr(pub u128);

impl Addr {
    /// The IP address this number stands for; in IPv4 the bits above the low 32 are ignored.
    #[must_use]
    pub fn to_ip(self, family: Family) -> IpAddr {
        match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(self.0 as u32)),
            Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(self.0)),
        }
    }

    /// Whether the address lies in 224.0.0.0/4 or ff00::/8.
    #[must_use]
    pub const fn is_multicast(self, family: Family) -> bool {
        match family {
            Family::V4 => self.0 >> 28 == 0xe,
            Family::V6 => self.0 >> 120 == 0xff,
        }
    }

    /// The address `count` above, unless the number space ends first.
    #[must_use]
    pub const fn checked_add(self, count: u128) -> Option<Self> {
        match self.0.checked_add(count) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The address `count` below, unless the number space ends first.
    #[must_use]
    pub const fn checked_sub(self, count: u128) -> Option<Self> {
        match self.0.checked_sub(count) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The address `count` above, or the highest number.
    #[must_use]
    pub const fn saturating_add(self, count: u128) -> Self {
        Self(self.0.saturating_add(count))
    }

    /// The address `count` below, or zero.
    #[must_use]
    pub const fn saturating_sub(self, count: u128) -> Self {
        Self(self.0.saturating_sub(count))
    }
}

impl From<Ipv4Addr> for Addr {
    fn from(ip: Ipv4Addr) -> Self {
        Self(ip.to_bits().into())
    }
}

impl From<Ipv6Addr> for Addr {
    fn from(ip: Ipv6Addr) -> Self {
        Self(ip.to_bits())
    }
}

impl From<IpAddr> for Addr {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => ip.into(),
            IpAddr::V6(ip) => ip.into(),
        }
    }
}

impl From<u32> for Addr {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn family_numbers_are_those_of_iana() {
        for family in [Family::V4, Family::V6] {
            assert_eq!(Family::from_number(family.number()), Some(family));
        }
        assert_eq!((Family::V4.number(), Family::V6.number()), (1, 2));
        assert_eq!(Family::from_number(0), None);
        assert_eq!(Family::from_number(3), None);
    }

    #[test]
    fn an_address_survives_the_trip_through_its_number() {
        for text in ["0.0.0.0", "239.255.0.1", "255.255.255.255", "::", "ff03::1:2"] {
            let family = Family::of(ip(text));
            assert_eq!(Addr::from(ip(text)).to_ip(family), ip(text));
        }
    }

    #[test]
    fn multicast_ends_where_the_blocks_end() {
        let is = |text: &str| Addr::from(ip(text)).is_multicast(Family::of(ip(text)));
        assert!(is("224.0.0.0") && is("239.255.255.255"));
        assert!(!is("223.255.255.255") && !is("240.0.0.0"));
        assert!(is("ff00::") && is("ffff::") && !is("feff::"));
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        assert_eq!(Addr(u128::MAX).checked_add(1), None);
        assert_eq!(Addr(3).checked_sub(4), None);
        assert_eq!(Addr(3).saturating_sub(4), Addr(0));
        assert_eq!(Addr(u128::MAX).saturating_add(9), Addr(u128::MAX));
    }
}
