use std::fmt::Debug;
use std::hash::Hash;

use crate::Addr;

/// The width of an [`IntervalMap`](crate::IntervalMap)'s addresses: `u32` for IPv4, `u128` for
/// IPv6.
///
/// Sealed: the two families are all there is.
pub trait Key: Copy + Ord + Hash + Debug + sealed::Sealed {
    /// The address as a key, if it fits.
    fn from_addr(addr: Addr) -> Option<Self>;

    /// The key as an address.
    fn to_addr(self) -> Addr;
}

impl Key for u32 {
    fn from_addr(addr: Addr) -> Option<Self> {
        addr.0.try_into().ok()
    }

    fn to_addr(self) -> Addr {
        self.into()
    }
}

impl Key for u128 {
    fn from_addr(addr: Addr) -> Option<Self> {
        Some(addr.0)
    }

    fn to_addr(self) -> Addr {
        Addr(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u128 {}
}
