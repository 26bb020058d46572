use std::fmt;
use std::net::IpAddr;

use crate::{Addr, Family, Range};

/// Why a text is not a [`Range`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// This part is not an IPv4 or IPv6 address.
    Address(String),
    /// The prefix length is not a number, or longer than an address of the family.
    PrefixLength {
        /// What stands after the slash.
        text: String,
        /// The family of the address before it.
        family: Family,
    },
    /// The address before the slash has bits set behind the prefix; holds the prefix that was
    /// probably meant.
    HostBits {
        /// The address with those bits cleared.
        meant: IpAddr,
        /// The prefix length, in bits.
        length: u32,
    },
    /// One end is IPv4 and the other IPv6.
    MixedFamilies,
    /// The last address is below the first.
    Inverted,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(text) => write!(
                f,
                "`{text}` is not an address; write `239.255.0.1`, `239.255.0.1-239.255.0.4` or `239.255.0.0/16`"
            ),
            Self::PrefixLength { text, family } => {
                write!(f, "prefix length `{text}` is not a number from 0 to {}", family.bits())
            }
            Self::HostBits { meant, length } => {
                write!(f, "address bits are set beyond /{length}; did you mean `{meant}/{length}`?")
            }
            Self::MixedFamilies => f.write_str("one end is IPv4 and the other is IPv6"),
            Self::Inverted => f.write_str("the last address is below the first"),
        }
    }
}

impl std::error::Error for ParseError {}

impl Range {
    /// Reads `239.255.0.1`, `239.255.0.1-239.255.0.4` or `239.255.0.0/16`, and the same in IPv6.
    ///
    /// Spaces around the parts are allowed.
    ///
    /// # Errors
    ///
    /// [`ParseError`] says which part is wrong and what was expected there.
    pub fn parse(text: &str) -> Result<(Family, Self), ParseError> {
        if let Some((first, last)) = text.split_once('-') {
            let (first, last) = (ip(first)?, ip(last)?);
            if Family::of(first) != Family::of(last) {
                return Err(ParseError::MixedFamilies);
            }
            let range = Self::new(first.into(), last.into()).ok_or(ParseError::Inverted)?;
            return Ok((Family::of(first), range));
        }
        if let Some((base, length)) = text.split_once('/') {
            let base = ip(base)?;
            return Ok((Family::of(base), prefix(base, length.trim())?));
        }
        let only = ip(text)?;
        Ok((Family::of(only), Self::single(only.into())))
    }
}

fn ip(text: &str) -> Result<IpAddr, ParseError> {
    let text = text.trim();
    text.parse().map_err(|_| ParseError::Address(text.to_owned()))
}

fn prefix(base: IpAddr, length: &str) -> Result<Range, ParseError> {
    let family = Family::of(base);
    let length = length
        .parse()
        .ok()
        .filter(|&bits: &u32| bits <= family.bits())
        .ok_or_else(|| ParseError::PrefixLength { text: length.to_owned(), family })?;
    let host_bits = family.last().0.checked_shr(length).map_or(0, |mask| mask);
    let first = Addr::from(base);
    let meant = Addr(first.0 & !host_bits);
    if meant != first {
        return Err(ParseError::HostBits { meant: meant.to_ip(family), length });
    }
    Range::new(first, Addr(first.0 | host_bits)).ok_or(ParseError::Inverted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let got = match Range::parse(text) {
            Ok((family, range)) => range.display(family).to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn the_three_forms_are_read_in_both_families() {
        check("239.255.0.1", "239.255.0.1");
        check("239.255.0.1 - 239.255.0.4", "239.255.0.1-239.255.0.4");
        check("239.255.0.0/16", "239.255.0.0-239.255.255.255");
        check("0.0.0.0/0", "0.0.0.0-255.255.255.255");
        check("239.1.2.3/32", "239.1.2.3");
        check("ff05::/120", "ff05::-ff05::ff");
        check("::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
        check("ff05::1/128", "ff05::1");
    }

    #[test]
    fn a_refusal_says_what_is_wrong() {
        check(
            "239.255.0",
            "`239.255.0` is not an address; write `239.255.0.1`, `239.255.0.1-239.255.0.4` or `239.255.0.0/16`",
        );
        check("239.0.0.0/33", "prefix length `33` is not a number from 0 to 32");
        check("ff05::/x", "prefix length `x` is not a number from 0 to 128");
        check("239.255.1.0/16", "address bits are set beyond /16; did you mean `239.255.0.0/16`?");
        check("239.0.0.1-ff05::1", "one end is IPv4 and the other is IPv6");
        check("239.0.0.2-239.0.0.1", "the last address is below the first");
    }

    #[test]
    fn garbage_is_refused() {
        for text in ["", "-", "/", "1.2.3.4-", "-1.2.3.4", "1.2.3.4/", "1.2.3.4/-1", "::1%eth0"] {
            assert!(Range::parse(text).is_err(), "{text}");
        }
    }
}
