//! `--seeds A..B` and `--shard I/N`.

use lab::measure::Seeds;

/// One part of how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shard {
    /// Its number, from 1.
    pub(super) number: u64,
    /// The number of parts.
    pub(super) of: u64,
}

pub(super) fn seeds(text: &str) -> Result<Seeds, String> {
    let ends = text.split_once("..").and_then(|(first, last)| {
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        // One seed less than there are numbers, so that they can be counted.
        (first <= last && last < u64::MAX).then_some(Seeds { first, last })
    });
    ends.ok_or_else(|| "expected FIRST..LAST, both included".to_owned())
}

pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(number, of)| {
        let (number, of) = (number.parse().ok()?, of.parse().ok()?);
        (1..=of).contains(&number).then_some(Shard { number, of })
    });
    parts.ok_or_else(|| "expected I/N, a part from 1/N to N/N".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_included_and_backwards_is_refused() {
        assert_eq!(seeds("3..9"), Ok(Seeds { first: 3, last: 9 }));
        assert_eq!(seeds("3..3").map(Seeds::count), Ok(1));
        for wrong in ["9..3", "3", "..", "a..b", "0..18446744073709551615"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
        assert_eq!(shard("3/16"), Ok(Shard { number: 3, of: 16 }));
        for wrong in ["0/3", "4/3", "1", "1/0", "x/y"] {
            assert!(shard(wrong).is_err(), "{wrong}");
        }
    }
}
