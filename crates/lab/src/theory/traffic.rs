//! What allocators send when nothing happens (draft 3.2.2).

use addrspace::Family;

/// Ranges that fit into a regular AIU of at most 500 octets.
const fn ranges_in_one(family: Family) -> u64 {
    match family {
        Family::V4 => 40,
        Family::V6 => 13,
    }
}

/// How many regular AIUs a MAAS that holds so many ranges sends per [REPEAT-INTERVAL].
#[must_use]
pub const fn regular_messages(ranges: u64, family: Family) -> u64 {
    ranges.div_ceil(ranges_in_one(family))
}

/// The mean number of AIUs in the first `seconds` of a MAAS that comes back with so many ranges.
///
/// Each message is sent once at once, then at intervals of 30 s ± 30 %: t / 30 + 1/2 + v / 1800 in
/// the long run, with their variance v = 18^2 / 12 (the renewal theorem).
#[must_use]
pub fn regular_announcements(ranges: u64, family: Family, seconds: f64) -> f64 {
    let variance = 18.0 * 18.0 / 12.0;
    regular_messages(ranges, family) as f64 * (seconds / 30.0 + 0.5 + variance / 1800.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forty_ranges_fit_into_one_message_and_thirteen_long_ones() {
        let count = |ranges, family| regular_messages(ranges, family);
        assert_eq!([0, 1, 40, 41, 80, 81].map(|r| count(r, Family::V4)), [0, 1, 1, 2, 2, 3]);
        assert_eq!([13, 14].map(|r| count(r, Family::V6)), [1, 2]);
    }
}
