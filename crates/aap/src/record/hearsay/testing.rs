//! Whom the tests of these memories hear of, and what about.

use std::net::{IpAddr, Ipv4Addr};

use addrspace::{Addr, Range};

use crate::config::Peer;

/// The peer 10.0.0.`n`.
pub(super) fn peer(n: u8) -> Peer {
    Peer { address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)), port: 2878 }
}

pub(super) fn range(first: u128, last: u128) -> Range {
    Range::new(Addr(first), Addr(last)).unwrap()
}
