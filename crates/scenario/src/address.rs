//! Addresses as a scenario writes them: whole, or counted from the base of a scope.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::quantity::text_in_json;

/// One address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// Counted from the base of a scope: `.7` or `.10.7`, octets in an IPv4 scope and
    /// 16-bit hexadecimal groups in an IPv6 scope. Kept without the leading dot.
    Offset(String),
    /// Written in full.
    Full(IpAddr),
}

/// What follows the first address of [`Addresses`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// All addresses up to the last one.
    Address,
    /// Every n-th address (`.1-.119/2`), n at least 2: disjoint single addresses.
    Nth(u32),
}

/// Extent of [`Addresses`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// The first address alone.
    Single,
    /// Up to and including `last`.
    To(Address, Every),
    /// A block of this prefix length, the first address being its base.
    Prefix(u8),
}

/// One address or a row of addresses: `.7`, `.7-.9`, `.1-.119/2`, `239.255.1.0/24`,
/// `wide:.7` for another scope than the first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Addresses {
    /// Scope from whose base offsets count; the first scope of the scenario if absent.
    pub scope: Option<String>,
    /// First address.
    pub first: Address,
    /// How far it goes.
    pub extent: Extent,
}

/// The inclusive range of a scope, as `239.255.0.0/16` or `a-b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeRange {
    /// First address.
    pub first: IpAddr,
    /// Last address, of the same family and not below the first.
    pub last: IpAddr,
}

/// Why addresses do not fit a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No digits of this family, or too many.
    Malformed,
    /// Another family than the scope's.
    Family,
    /// Outside the scope.
    Outside,
    /// The last address is below the first.
    Reversed,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "no address of this family",
            Self::Family => "another family than the scope's",
            Self::Outside => "outside the scope",
            Self::Reversed => "the last address is below the first",
        })
    }
}

impl std::error::Error for AddressError {}

/// The number of an address within its family.
#[must_use]
pub fn to_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// The address with `number` in the family of `like`; `None` if it does not exist.
#[must_use]
pub fn from_number(number: u128, like: IpAddr) -> Option<IpAddr> {
    match like {
        IpAddr::V4(_) => u32::try_from(number).ok().map(|n| IpAddr::V4(Ipv4Addr::from(n))),
        IpAddr::V6(_) => Some(IpAddr::V6(Ipv6Addr::from(number))),
    }
}

impl ScopeRange {
    /// Number of addresses less one.
    #[must_use]
    pub fn span(&self) -> u128 {
        to_number(self.last).saturating_sub(to_number(self.first))
    }

    /// Whether `address` lies inside.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && (self.first..=self.last).contains(&address)
    }

    /// Resolves one address against this range.
    ///
    /// # Errors
    /// If it is not an address of this range.
    pub fn resolve(&self, address: &Address) -> Result<IpAddr, AddressError> {
        let full = match address {
            Address::Full(full) if full.is_ipv4() != self.first.is_ipv4() => {
                return Err(AddressError::Family);
            }
            Address::Full(full) => *full,
            Address::Offset(text) => {
                let offset = self.offset(text).ok_or(AddressError::Malformed)?;
                to_number(self.first)
                    .checked_add(offset)
                    .and_then(|number| from_number(number, self.first))
                    .ok_or(AddressError::Outside)?
            }
        };
        if self.contains(full) { Ok(full) } else { Err(AddressError::Outside) }
    }

    fn offset(&self, text: &str) -> Option<u128> {
        let (radix, bits, parts) = if self.first.is_ipv4() { (10, 8, 4) } else { (16, 16, 8) };
        let mut offset = 0_u128;
        let mut count = 0;
        for part in text.split('.') {
            let digit = u32::from_str_radix(part, radix).ok().filter(|n| n >> bits == 0)?;
            count += 1;
            offset = (offset << bits) | u128::from(digit);
        }
        (count <= parts).then_some(offset)
    }
}

impl Addresses {
    /// The inclusive ranges meant, inside `scope`: one, or one per address for `/n` rows.
    ///
    /// # Errors
    /// If they do not all lie inside `scope`, or are more than 65 536 single ones.
    pub fn resolve(&self, scope: &ScopeRange) -> Result<Vec<(IpAddr, IpAddr)>, AddressError> {
        let first = scope.resolve(&self.first)?;
        let (last, step) = match &self.extent {
            Extent::Single => (first, 1),
            Extent::Prefix(length) => {
                let block = prefix(first, *length).ok_or(AddressError::Malformed)?;
                if !scope.contains(block.last) {
                    return Err(AddressError::Outside);
                }
                (block.last, 1)
            }
            Extent::To(last, Every::Address) => (scope.resolve(last)?, 1),
            Extent::To(last, Every::Nth(step)) => (scope.resolve(last)?, u128::from(*step).max(1)),
        };
        if last < first {
            return Err(AddressError::Reversed);
        }
        if step == 1 {
            return Ok(vec![(first, last)]);
        }
        let (low, high) = (to_number(first), to_number(last));
        if (high - low) / step >= 65_536 {
            return Err(AddressError::Malformed);
        }
        let mut ranges = Vec::new();
        let mut number = low;
        while number <= high {
            let address = from_number(number, first).ok_or(AddressError::Malformed)?;
            ranges.push((address, address));
            number = number.saturating_add(step);
        }
        Ok(ranges)
    }
}

/// The block of `length` leading bits that starts at `base`; `None` if `base` is not its start.
fn prefix(base: IpAddr, length: u8) -> Option<ScopeRange> {
    let width: u32 = if base.is_ipv4() { 32 } else { 128 };
    let host = width.checked_sub(u32::from(length))?;
    let mask = if host == 128 { u128::MAX } else { (1_u128 << host) - 1 };
    let number = to_number(base);
    let last = (number & mask == 0).then(|| from_number(number | mask, base))??;
    Some(ScopeRange { first: base, last })
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "an address such as `.7`, `.10.7`, `239.255.0.7` or `ff18::7`";
        let Some(offset) = text.strip_prefix('.') else {
            return text.parse().map(Self::Full).map_err(|_| EXPECTED);
        };
        let part = |part: &str| {
            (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit())
        };
        if offset.split('.').count() <= 8 && offset.split('.').all(part) {
            Ok(Self::Offset(offset.to_ascii_lowercase()))
        } else {
            Err(EXPECTED)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset(offset) => write!(f, ".{offset}"),
            Self::Full(address) => write!(f, "{address}"),
        }
    }
}

impl FromStr for Addresses {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scope, rest) = match text.split_once(":.") {
            Some((scope, _)) if is_scope_name(scope) => (Some(scope), &text[scope.len() + 1..]),
            _ => (None, text),
        };
        let (first, extent) = if let Some((first, last)) = rest.split_once('-') {
            let (last, every) = match last.split_once('/') {
                None => (last, Every::Address),
                Some((last, step)) => match step.parse() {
                    Ok(step @ 2..) => (last, Every::Nth(step)),
                    _ => return Err("a step of at least 2 after `/`, such as `.1-.119/2`"),
                },
            };
            (first, Extent::To(last.parse()?, every))
        } else if let Some((first, length)) = rest.split_once('/') {
            let length = length.parse().ok().filter(|length| *length <= 128);
            (first, Extent::Prefix(length.ok_or("a prefix length after `/`")?))
        } else {
            (rest, Extent::Single)
        };
        let last = match &extent {
            Extent::To(last, _) => Some(last),
            Extent::Single | Extent::Prefix(_) => None,
        };
        // A single-digit second half such as `239.255.0.7-9` is refused here: `9` is no address.
        let first: Address = first.parse()?;
        if matches!((&first, last), (Address::Full(a), Some(Address::Full(b))) if a.is_ipv4() != b.is_ipv4())
        {
            return Err("two addresses of one family");
        }
        Ok(Self { scope: scope.map(str::to_owned), first, extent })
    }
}

/// Scope and zone names: lower case, digits and underscores, a letter first.
pub(crate) fn is_scope_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scope) = &self.scope {
            write!(f, "{scope}:")?;
        }
        write!(f, "{}", self.first)?;
        match &self.extent {
            Extent::Single => Ok(()),
            Extent::To(last, Every::Address) => write!(f, "-{last}"),
            Extent::To(last, Every::Nth(step)) => write!(f, "-{last}/{step}"),
            Extent::Prefix(length) => write!(f, "/{length}"),
        }
    }
}

impl FromStr for ScopeRange {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "a range such as `239.255.0.0/16`, `ff18::/32` or `a-b`";
        if let Some((base, length)) = text.split_once('/') {
            let base = base.parse().map_err(|_| EXPECTED)?;
            let length = length.parse().map_err(|_| EXPECTED)?;
            return prefix(base, length).ok_or("a prefix whose base has no bits below its length");
        }
        let (first, last) = text.split_once('-').ok_or(EXPECTED)?;
        let first: IpAddr = first.parse().map_err(|_| EXPECTED)?;
        let last: IpAddr = last.parse().map_err(|_| EXPECTED)?;
        if first.is_ipv4() != last.is_ipv4() || last < first {
            return Err("two addresses of one family, the smaller first");
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for ScopeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width: u8 = if self.first.is_ipv4() { 32 } else { 128 };
        let length = (0..=width).find(|length| prefix(self.first, *length) == Some(*self));
        match length {
            Some(length) => write!(f, "{}/{length}", self.first),
            None => write!(f, "{}-{}", self.first, self.last),
        }
    }
}

text_in_json!(Addresses, ScopeRange);

#[cfg(test)]
mod tests {
    use super::{AddressError, Addresses, ScopeRange};

    fn resolve(scope: &str, addresses: &str) -> Result<Vec<String>, AddressError> {
        let scope: ScopeRange = scope.parse().unwrap();
        let ranges = addresses.parse::<Addresses>().unwrap().resolve(&scope)?;
        Ok(ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect())
    }

    #[test]
    fn offsets_count_from_the_base_of_the_scope() {
        assert_eq!(resolve("239.255.0.0/16", ".10.7").unwrap(), ["239.255.10.7-239.255.10.7"]);
        assert_eq!(
            resolve("239.192.0.0/14", ".3.0.1-.3.0.2").unwrap(),
            ["239.195.0.1-239.195.0.2"]
        );
        assert_eq!(resolve("ff18::/32", ".8000.1").unwrap(), ["ff18::8000:1-ff18::8000:1"]);
        assert_eq!(resolve("ff18::/32", ".ff").unwrap(), ["ff18::ff-ff18::ff"]);
    }

    #[test]
    fn rows_are_single_addresses() {
        let row = resolve("239.255.0.0/16", ".1-.119/2").unwrap();
        assert_eq!((row.len(), row[59].as_str()), (60, "239.255.0.119-239.255.0.119"));
    }

    #[test]
    fn addresses_beyond_the_scope_are_refused() {
        use AddressError::{Family, Malformed, Outside, Reversed};
        for (scope, addresses, error) in [
            ("239.255.0.0/16", ".1.0.0", Outside),
            ("239.255.0.0/16", ".256", Malformed),
            ("239.255.0.0/16", ".ff", Malformed),
            ("239.255.0.0/16", "239.254.0.1", Outside),
            ("239.255.0.0/16", "ff18::1", Family),
            ("239.255.0.0/16", ".9-.7", Reversed),
            ("239.255.0.0/16", "239.255.0.1/24", Malformed),
        ] {
            assert_eq!(resolve(scope, addresses).unwrap_err(), error, "{addresses}");
        }
    }

    #[test]
    fn text_forms_round_trip() {
        for text in [
            ".7",
            ".7-.9",
            "wide:.10.7",
            ".1-.119/2",
            "239.255.1.0/24",
            "ff18::7",
            "ff18::1-ff18::7",
        ] {
            assert_eq!(text.parse::<Addresses>().unwrap().to_string(), text);
        }
        for text in ["239.255.0.0/16", "ff18::/32", "239.0.0.1-239.0.0.5"] {
            assert_eq!(text.parse::<ScopeRange>().unwrap().to_string(), text);
        }
    }
}
