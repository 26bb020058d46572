use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use thiserror::Error;

/// A range of multicast addresses in prefix notation, such as `239.255.0.0/16` or `ff05::/16`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

/// Why a text is no [`Prefix`].
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("`{0}` is no multicast range: write ADDRESS/LENGTH, such as 239.255.0.0/16 or ff05::/16")]
pub struct PrefixError(String);

impl Prefix {
    /// Whether it is a range of IPv4.
    #[must_use]
    pub const fn is_ipv4(&self) -> bool {
        self.address.is_ipv4()
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let wrong = || PrefixError(text.to_owned());
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let length: u8 = length.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        if !address.is_multicast() || length > most {
            return Err(wrong());
        }
        Ok(Self { address, length })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_both_families_are_read_and_written() {
        for text in ["239.255.0.0/16", "ff05::/16", "224.0.0.1/32"] {
            let prefix: Prefix = text.parse().unwrap();
            assert_eq!(prefix.to_string(), text);
        }
    }

    #[test]
    fn what_goes_into_a_packet_filter_is_checked() {
        for text in ["", "239.255.0.0", "10.0.0.0/8", "239.0.0.0/33", "ff05::/129", "239.0.0.0/8 }"]
        {
            let wrong = text.parse::<Prefix>().unwrap_err();
            assert!(wrong.to_string().contains("239.255.0.0/16"), "{wrong}");
        }
    }
}
