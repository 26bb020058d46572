//! The 32 octets behind a message.
//!
//! | octets | what |
//! |---|---|
//! | 4 | `AAP` and the number of this format |
//! | 4 | the name of the key |
//! | 8 | the sender's wall clock, in microseconds since 1970, greater in every datagram |
//! | 16 | the first half of HMAC-SHA-256 over addresses, message and the fields above |
//!
//! No message of the draft with 32 octets behind it is another message of the draft: 32 is no
//! multiple of the size of a range, and the other types say how long they are. So a node without
//! keys can tell a trailer from a message, and one that knows no trailers counts `bad_length`.

use std::net::SocketAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::keys::Key;

const LENGTH: usize = 32;
const MAC: usize = 16;
/// Octets of a block of SHA-256.
const BLOCK: usize = 64;
const MAGIC: [u8; 4] = *b"AAP\x01";

/// A trailer as it stands behind a message, not yet believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Trailer<'a> {
    pub(super) key: u32,
    pub(super) stamp: u64,
    fields: &'a [u8],
    mac: &'a [u8],
}

/// A datagram's addresses. They are part of what is authenticated: whoever sends a copy from
/// elsewhere, or elsewhere, has no valid trailer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
}

/// Divides a datagram into message and trailer; `None` if there is no trailer.
pub(super) fn split(octets: &[u8]) -> Option<(&[u8], Trailer<'_>)> {
    let (message, trailer) = octets.split_at_checked(octets.len().checked_sub(LENGTH)?)?;
    let (fields, mac) = trailer.split_at_checked(LENGTH - MAC)?;
    let (magic, rest) = fields.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_first_chunk::<4>()?;
    let stamp = rest.first_chunk::<8>()?;
    let (key, stamp) = (u32::from_be_bytes(*key), u64::from_be_bytes(*stamp));
    (*magic == MAGIC).then_some((message, Trailer { key, stamp, fields, mac }))
}

/// The message of a datagram, if there is a trailer behind it.
pub(crate) fn without_trailer(octets: &[u8]) -> Option<&[u8]> {
    split(octets).map(|(message, _)| message)
}

/// Puts a trailer behind the message in `octets`.
pub(super) fn seal(key: &Key, way: Way, stamp: u64, octets: &mut Vec<u8>) {
    let message = octets.len();
    octets.extend(MAGIC);
    octets.extend(key.id.to_be_bytes());
    octets.extend(stamp.to_be_bytes());
    let (message, fields) = octets.split_at(message);
    let mac = mac(key, way, message, fields).finalize().into_bytes();
    octets.extend(&mac[..MAC]);
}

impl Trailer<'_> {
    /// Whether it was made with `key`, in a time that does not depend on how wrong it is.
    pub(super) fn is_by(&self, key: &Key, way: Way, message: &[u8]) -> bool {
        mac(key, way, message, self.fields).verify_truncated_left(self.mac).is_ok()
    }
}

fn mac(key: &Key, way: Way, message: &[u8], fields: &[u8]) -> Hmac<Sha256> {
    // A key shorter than the hash's block is filled up with zeros: so HMAC has it.
    let mut block = [0; BLOCK];
    block[..key.secret.len()].copy_from_slice(&key.secret);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for address in [way.from, way.to] {
        let ip = match address {
            SocketAddr::V4(v4) => v4.ip().to_ipv6_mapped(),
            SocketAddr::V6(v6) => *v6.ip(),
        };
        mac.update(&ip.octets());
        mac.update(&address.port().to_be_bytes());
    }
    mac.update(message);
    mac.update(fields);
    mac
}

#[cfg(test)]
mod tests {
    use aap::wire::{Body, Header, Message, Ranges, Reason, Report, Rseq, TimedRange, WireTime};
    use addrspace::{Family, Range};

    use super::*;

    fn key(text: &str) -> Key {
        Key::parse(&text.repeat(32)).unwrap()
    }

    fn way() -> Way {
        let (from, to) =
            ("10.0.0.1:2878".parse().unwrap(), "239.255.255.248:2878".parse().unwrap());
        Way { from, to }
    }

    fn sealed() -> Vec<u8> {
        let mut octets = b"a message".to_vec();
        seal(&key("0a"), way(), 7_000_000, &mut octets);
        octets
    }

    #[test]
    fn what_was_sealed_is_by_its_key_and_by_no_other() {
        let octets = sealed();
        let (message, trailer) = split(&octets).unwrap();
        assert_eq!((message, trailer.stamp), (b"a message".as_slice(), 7_000_000));
        assert_eq!(trailer.key, key("0a").id);
        assert!(trailer.is_by(&key("0a"), way(), message));
        assert!(!trailer.is_by(&key("0b"), way(), message));
    }

    #[test]
    fn no_octet_and_no_address_can_be_changed() {
        let octets = sealed();
        for place in 0..octets.len() {
            let mut changed = octets.clone();
            changed[place] ^= 1;
            let valid = split(&changed)
                .is_some_and(|(message, trailer)| trailer.is_by(&key("0a"), way(), message));
            assert!(!valid, "octet {place}");
        }
        let (message, trailer) = split(&octets).unwrap();
        let elsewhere = "10.0.0.2:2878".parse().unwrap();
        assert!(!trailer.is_by(&key("0a"), Way { from: elsewhere, ..way() }, message));
        assert!(!trailer.is_by(&key("0a"), Way { to: elsewhere, ..way() }, message));
    }

    #[test]
    fn short_datagrams_have_no_trailer() {
        for length in 0..LENGTH {
            assert_eq!(split(&sealed()[..length]), None);
        }
        assert_eq!(split(&[0x5a; 100]), None);
    }

    #[test]
    fn no_message_with_a_trailer_is_a_message_of_the_draft() {
        let time = WireTime::saturating_from(961_070_400);
        for (family, text) in [(Family::V4, "239.255.0.1"), (Family::V6, "ff05::1")] {
            let range = Range::parse(text).unwrap().1;
            let ranges =
                |count| Ranges::new(family, (0..count).map(|_| TimedRange { range, end: time }));
            let reports = vec![Report { range, in_use: 3 }];
            for count in 0..4 {
                for body in [
                    Body::Aclm(ranges(count)),
                    Body::Aiu(ranges(count)),
                    Body::Aitu(ranges(count)),
                    Body::Asa { expiration: time, ranges: ranges(count) },
                    Body::Asrp { reports: reports.clone(), requests: Vec::new() },
                    Body::Ana { count: 64, end: time },
                ] {
                    let header = Header { family, rseq: Rseq::wrapping(1), mseq: 0 };
                    let mut octets = Vec::new();
                    let message = Message::new(header, time, body);
                    message.encode(&mut octets);
                    seal(&key("0a"), way(), 1, &mut octets);
                    assert_eq!(Message::decode(&octets).unwrap_err().reason, Reason::BadLength);
                    let bare = without_trailer(&octets).unwrap();
                    assert_eq!(Message::decode(bare).unwrap(), message);
                }
            }
        }
    }
}
