//! Datagrams with any source address at all, for whoever may make raw sockets.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use socket2::{Domain, Protocol, Socket, Type};

/// Leaves the IP header to us.
const IPPROTO_RAW: i32 = 255;
const IPPROTO_UDP: u8 = 17;

/// Sends on loopback what claims to come from someone else.
pub(crate) struct Forger(Socket);

impl Forger {
    pub(crate) fn new() -> Self {
        let raw = Protocol::from(IPPROTO_RAW);
        let socket = Socket::new(Domain::IPV4, Type::RAW, Some(raw)).expect("the right to forge");
        socket.set_multicast_if_v4(&Ipv4Addr::LOCALHOST).expect("loopback");
        Self(socket)
    }

    pub(crate) fn send(&self, from: SocketAddr, to: SocketAddr, payload: &[u8]) {
        let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) else { panic!("IPv4 only") };
        let to_group = SocketAddrV4::new(*to.ip(), 0);
        self.0.send_to(&packet(from, to, payload), &to_group.into()).expect("it can be sent");
    }
}

fn packet(from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Vec<u8> {
    let length = |octets: usize| u16::try_from(octets).expect("a short payload").to_be_bytes();
    let mut packet = vec![0x45, 0];
    packet.extend(length(28 + payload.len()));
    // The kernel fills in identification and checksum.
    packet.extend([0, 0, 0, 0, 1, IPPROTO_UDP, 0, 0]);
    packet.extend(from.ip().octets());
    packet.extend(to.ip().octets());
    packet.extend(from.port().to_be_bytes());
    packet.extend(to.port().to_be_bytes());
    packet.extend(length(8 + payload.len()));
    // No checksum, which UDP over IPv4 allows.
    packet.extend([0, 0]);
    packet.extend(payload);
    packet
}
