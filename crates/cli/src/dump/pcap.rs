//! Packet captures in the format of libpcap, as far as UDP over IP in them goes.

use std::fmt;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use super::seen::Seen;
use crate::exit::Failure;

const UDP: u8 = 17;
const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

/// Every UDP datagram that the file holds whole; other packets are passed over.
///
/// # Errors
/// If the file cannot be read or is no packet capture.
pub(super) fn read(file: &Path) -> Result<Vec<Seen>, Failure> {
    let octets = fs::read(file).map_err(|error| {
        Failure::Environment(format!("cannot read {}: {error}", file.display()))
    })?;
    datagrams(&octets).map_err(|why| Failure::Usage(format!("{}: {why}", file.display())))
}

/// What is wrong with a file, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Bad {
    octet: usize,
    why: &'static str,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "octet {}: {}", self.octet, self.why)
    }
}

/// How the numbers of a file are to be read.
#[derive(Clone, Copy)]
struct Form {
    number: fn([u8; 4]) -> u32,
    /// Parts of a second in a microsecond.
    parts: u32,
}

fn datagrams(file: &[u8]) -> Result<Vec<Seen>, Bad> {
    let magic = file.first_chunk::<4>().copied().unwrap_or_default();
    let form = match magic {
        [0xd4, 0xc3, 0xb2, 0xa1] => Form { number: u32::from_le_bytes, parts: 1 },
        [0xa1, 0xb2, 0xc3, 0xd4] => Form { number: u32::from_be_bytes, parts: 1 },
        [0x4d, 0x3c, 0xb2, 0xa1] => Form { number: u32::from_le_bytes, parts: 1000 },
        [0xa1, 0xb2, 0x3c, 0x4d] => Form { number: u32::from_be_bytes, parts: 1000 },
        [0x0a, 0x0d, 0x0d, 0x0a] => {
            let why = "this is pcapng; write it as pcap, for instance with `tcpdump -r … -w …`";
            return Err(Bad { octet: 0, why });
        }
        _ => return Err(Bad { octet: 0, why: "this is no packet capture (pcap)" }),
    };
    let number = |at: usize| {
        let octets = file.get(at..).and_then(|rest| rest.first_chunk::<4>());
        octets.map(|octets| (form.number)(*octets))
    };
    // The upper half of this field tells of check sums.
    let link = number(20).ok_or(Bad { octet: 20, why: "the file ends in its header" })? & 0xffff;
    let skip = link_header(link).ok_or(Bad { octet: 20, why: "an unknown kind of link" })?;
    let mut found = Vec::new();
    let mut at = FILE_HEADER;
    while let (Some(secs), Some(part), Some(kept)) = (number(at), number(at + 4), number(at + 8)) {
        let start = at + RECORD_HEADER;
        let end = start.saturating_add(kept as usize);
        // A capture that was killed ends within a packet.
        let Some(packet) = file.get(start..end) else { break };
        at = end;
        let Some((from, to, octets)) = packet.get(skip..).and_then(udp) else { continue };
        let at_us = u64::from(secs) * 1_000_000 + u64::from(part / form.parts);
        found.push(Seen { at_us, from, to, interface: None, octets: octets.to_vec() });
    }
    Ok(found)
}

/// How many octets precede the IP header, by the kind of link.
const fn link_header(link: u32) -> Option<usize> {
    match link {
        // BSD loopback, Ethernet, raw IP (three numbers), Linux "any" in two versions.
        0 => Some(4),
        1 => Some(14),
        12 | 14 | 101 => Some(0),
        113 => Some(16),
        276 => Some(20),
        _ => None,
    }
}

/// The ends and the payload of a UDP datagram in one unfragmented IP packet.
fn udp(packet: &[u8]) -> Option<(SocketAddr, SocketAddr, &[u8])> {
    let (from, to, rest): (IpAddr, IpAddr, &[u8]) = match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet[0] & 15) * 4;
            let fragment = u16::from_be_bytes([*packet.get(6)?, *packet.get(7)?]) & 0x3fff;
            if *packet.get(9)? != UDP || fragment != 0 {
                return None;
            }
            let address = |at: usize| Some(Ipv4Addr::from(*packet.get(at..)?.first_chunk::<4>()?));
            (address(12)?.into(), address(16)?.into(), packet.get(header..)?)
        }
        6 => {
            if *packet.get(6)? != UDP {
                return None;
            }
            let address = |at: usize| Some(Ipv6Addr::from(*packet.get(at..)?.first_chunk::<16>()?));
            (address(8)?.into(), address(24)?.into(), packet.get(40..)?)
        }
        _ => return None,
    };
    let number = |at: usize| Some(u16::from_be_bytes(*rest.get(at..)?.first_chunk::<2>()?));
    let (source, destination, length) = (number(0)?, number(2)?, usize::from(number(4)?));
    let payload = rest.get(8..length)?;
    Some((SocketAddr::new(from, source), SocketAddr::new(to, destination), payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with one packet on a link of this kind, headed by so many octets.
    fn file(link: u8, head: usize, packet: &[u8]) -> Vec<u8> {
        let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0];
        file.extend([link, 0, 0, 0]);
        let length = (head + packet.len()) as u8;
        file.extend([7, 0, 0, 0, 9, 0, 0, 0, length, 0, 0, 0, length, 0, 0, 0]);
        file.extend(vec![0; head]);
        file.extend(packet);
        file
    }

    fn packet(protocol: u8) -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 31, 0, 0, 0x40, 0, 255, protocol, 0, 0];
        packet.extend([127, 0, 0, 11, 239, 255, 255, 248]);
        packet.extend([0x0b, 0x3e, 0x0b, 0x3e, 0, 11, 0, 0, 1, 2, 3]);
        packet
    }

    #[test]
    fn datagrams_are_found_behind_every_kind_of_link() {
        for (link, head) in [(1, 14), (0, 4), (113, 16), (101, 0)] {
            let found = datagrams(&file(link, head, &packet(UDP))).unwrap();
            let [seen] = found.as_slice() else { panic!("{link}: {found:?}") };
            assert_eq!(seen.from, "127.0.0.11:2878".parse().unwrap());
            assert_eq!(seen.to, "239.255.255.248:2878".parse().unwrap());
            assert_eq!((seen.at_us, &*seen.octets), (7_000_009, &[1, 2, 3][..]));
        }
    }

    #[test]
    fn what_is_not_udp_or_not_whole_is_passed_over_and_nothing_panics() {
        assert_eq!(datagrams(&file(1, 14, &packet(6))), Ok(Vec::new()));
        let whole = file(1, 14, &packet(UDP));
        for end in FILE_HEADER..whole.len() {
            assert_eq!(datagrams(&whole[..end]), Ok(Vec::new()), "{end}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] = !changed[at];
            let _ = datagrams(&changed);
        }
    }

    #[test]
    fn what_is_no_capture_is_refused_in_words() {
        assert!(datagrams(b"hello, world, this is text").unwrap_err().why.contains("no packet"));
        assert!(datagrams(&[10, 13, 13, 10]).unwrap_err().why.contains("pcapng"));
        assert!(datagrams(&file(200, 0, &[])).unwrap_err().why.contains("unknown"));
    }
}
