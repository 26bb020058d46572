use std::net::SocketAddr;

use super::Keys;
use super::trailer::{Trailer, Way, split};

/// A trailer behind a message, for whoever reads datagrams without taking part: neither freshness
/// nor replays are judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seal<'a> {
    message: &'a [u8],
    trailer: Trailer<'a>,
}

/// What keys say of a seal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SealVerdict {
    /// It was made with one of them, for this way and this message.
    Verified,
    /// Its key is none of them.
    UnknownKey,
    /// The datagram or its addresses were changed, or it never was authentic.
    Forged,
}

impl SealVerdict {
    /// Its name, such as `unknown_key`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::UnknownKey => "unknown_key",
            Self::Forged => "forged",
        }
    }
}

impl<'a> Seal<'a> {
    /// The trailer at the end of a datagram, if there is one.
    #[must_use]
    pub fn find(octets: &'a [u8]) -> Option<Self> {
        split(octets).map(|(message, trailer)| Self { message, trailer })
    }

    /// The octets in front of it.
    #[must_use]
    pub const fn message(&self) -> &'a [u8] {
        self.message
    }

    /// The name of the key it claims to be made with.
    #[must_use]
    pub const fn key(&self) -> u32 {
        self.trailer.key
    }

    /// When it claims to be made: microseconds since 1970.
    #[must_use]
    pub const fn stamp_us(&self) -> u64 {
        self.trailer.stamp
    }

    /// What `keys` say of it in a datagram that went this way.
    #[must_use]
    pub fn check(&self, keys: &Keys, from: SocketAddr, to: SocketAddr) -> SealVerdict {
        match keys.find(self.trailer.key) {
            None => SealVerdict::UnknownKey,
            Some(key) if self.trailer.is_by(key, Way { from, to }, self.message) => {
                SealVerdict::Verified
            }
            Some(_) => SealVerdict::Forged,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::trailer::seal;
    use super::*;

    fn keys(text: &str) -> Keys {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys");
        fs::write(&path, text.repeat(32)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Keys::read(&path).unwrap()
    }

    #[test]
    fn whoever_has_the_key_can_tell_who_sent_a_datagram_and_where_to() {
        let [from, to] = ["10.0.0.1:2878", "239.255.255.248:2878"].map(|a| a.parse().unwrap());
        let mut octets = b"a message".to_vec();
        seal(&keys("0a").first, Way { from, to }, 7, &mut octets);
        let found = Seal::find(&octets).unwrap();
        assert_eq!((found.message(), found.stamp_us()), (b"a message".as_slice(), 7));
        assert_eq!(found.check(&keys("0a"), from, to), SealVerdict::Verified);
        assert_eq!(found.check(&keys("0b"), from, to), SealVerdict::UnknownKey);
        assert_eq!(found.check(&keys("0a"), to, to), SealVerdict::Forged, "from elsewhere");
        assert_eq!(Seal::find(b"a message"), None);
    }
}
