//! Addresses as offsets into a scope, as scenarios and timelines write them.

use std::fmt;

use crate::{Addr, Family, Range};

impl Range {
    /// The range as offsets from the first address of `base`: `.7`, `.10.7-.10.9`, or `.8000.1` in
    /// IPv6. What is not inside `base` is shown whole.
    #[must_use]
    pub const fn offset_in(self, base: Self, family: Family) -> OffsetRange {
        OffsetRange { range: self, base, family }
    }
}

/// A [`Range`] relative to a scope.
#[derive(Clone, Copy, Debug)]
pub struct OffsetRange {
    range: Range,
    base: Range,
    family: Family,
}

impl fmt::Display for OffsetRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { range, base, family } = *self;
        if !base.contains_range(range) {
            return write!(f, "{}", range.display(family));
        }
        self.write(f, range.first())?;
        if range.first() == range.last() {
            return Ok(());
        }
        f.write_str("-")?;
        self.write(f, range.last())
    }
}

impl OffsetRange {
    /// The octets (groups, in IPv6) of the offset of `addr`, from the first that is not 0.
    fn write(&self, f: &mut fmt::Formatter<'_>, addr: Addr) -> fmt::Result {
        let offset = addr.0 - self.base.first().0;
        let part_bits = match self.family {
            Family::V4 => 8,
            Family::V6 => 16,
        };
        let parts = (u128::BITS - offset.leading_zeros()).div_ceil(part_bits).max(1);
        (0..parts).rev().try_for_each(|index| {
            let part = offset >> (index * part_bits) & ((1 << part_bits) - 1);
            match self.family {
                Family::V4 => write!(f, ".{part}"),
                Family::V6 => write!(f, ".{part:x}"),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(base: &str, text: &str) -> String {
        let (family, base) = Range::parse(base).unwrap();
        let (_, range) = Range::parse(text).unwrap();
        range.offset_in(base, family).to_string()
    }

    #[test]
    fn offsets_count_from_the_first_address() {
        assert_eq!(offset("239.255.0.0/16", "239.255.0.0"), ".0");
        assert_eq!(offset("239.255.0.0/16", "239.255.0.7-239.255.0.9"), ".7-.9");
        assert_eq!(offset("239.255.0.0/16", "239.255.10.0-239.255.10.4"), ".10.0-.10.4");
        assert_eq!(offset("239.192.0.0/14", "239.195.0.7"), ".3.0.7");
        assert_eq!(offset("239.255.7.9", "239.255.7.9"), ".0");
        assert_eq!(offset("ff18::/32", "ff18::8000:1"), ".8000.1");
        assert_eq!(offset("0.0.0.0-255.255.255.255", "239.0.0.1"), ".239.0.0.1");
    }

    #[test]
    fn what_is_elsewhere_is_shown_whole() {
        assert_eq!(offset("239.255.0.0/16", "239.192.0.1"), "239.192.0.1");
        assert_eq!(
            offset("239.255.0.0/16", "239.254.255.255-239.255.0.0"),
            "239.254.255.255-239.255.0.0"
        );
    }
}
