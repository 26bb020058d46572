//! How long a bystander waits before it first defends (section 3.2.2, finding F-35).

use sansio::{Cx, Duration, Question};

use crate::config::Config;

const DEFENCE: Question = Question("defense");

/// Digits after the point of a logarithm here.
const FRACTION: u32 = 20;
/// More octaves cannot be told apart: the first ones together are as unlikely as 2^-48.
const OCTAVES_MAX: u32 = 48;

/// The first value of a bystander's defence timer: U[2, 8]·RW in the draft (AAP-3.2.2-18).
pub(super) fn first_wait(cx: &mut Cx<'_>, config: &Config) -> Duration {
    let (policy, base) = (&config.policy, config.timing.resend_wait);
    let low = base.ratio(policy.defence_low.into(), 10);
    let high = base.ratio(policy.defence_high.into(), 10).max(low);
    // Mapped after the draw, so that the same answer to the same question always means the same.
    let drawn = cx.span_between(DEFENCE, low, high);
    let (range, part) = (high.saturating_sub(low), drawn.saturating_sub(low));
    low + Duration::from_micros(later(part.as_micros(), range.as_micros(), policy.defence_octaves))
}

/// Moves a uniform draw `part` of `0..=range` so that each of `octaves` equal stretches of the
/// range is twice as likely as the one before it: `range · log2(1 + (2^octaves - 1) · part/range)
/// / octaves`. With many bystanders some wait is then short and few others are close to it; with
/// one, its wait is long.
fn later(part: u64, range: u64, octaves: u32) -> u64 {
    let octaves = octaves.min(OCTAVES_MAX);
    if octaves == 0 || range == 0 {
        return part;
    }
    let (part, range) = (u128::from(part), u128::from(range));
    // With 64 octaves of digits behind the point: below 2^(64 + 48).
    let stretched = (1 << 64) + (((1 << octaves) - 1) << 64) / range * part;
    let log = log2(stretched) - (64 << FRACTION);
    u64::try_from(range * log / (u128::from(octaves) << FRACTION)).unwrap_or(u64::MAX)
}

/// The logarithm of `value`, not 0, with [`FRACTION`] binary digits after the point, rounded down.
fn log2(value: u128) -> u128 {
    let whole = value.ilog2();
    // From 1 to 2, with 63 digits after the point. A square doubles the logarithm: whether it
    // exceeds 2 is the next digit.
    let mut rest = if whole >= 63 { value >> (whole - 63) } else { value << (63 - whole) };
    let mut log = u128::from(whole);
    for _ in 0..FRACTION {
        rest = (rest * rest) >> 63;
        let digit = rest >> 64;
        rest >>= digit;
        log = log << 1 | digit;
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_have_twenty_digits() {
        assert_eq!(log2(1), 0);
        assert_eq!(log2(1 << 100), 100 << FRACTION);
        // log2 3 = 1.584962500721156
        assert_eq!(log2(3), 1_661_953);
        assert_eq!(log2(u128::MAX) >> FRACTION, 127);
    }

    #[test]
    fn without_octaves_a_draw_stays_as_it_is() {
        for part in [0, 1, 2_999_999, 6_000_000] {
            assert_eq!(later(part, 6_000_000, 0), part);
        }
        assert_eq!(later(0, 0, 5), 0);
    }

    #[test]
    fn the_ends_stay_and_the_order_stays() {
        for octaves in [1, 6, 30, 48, u32::MAX] {
            assert_eq!(later(0, 6_000_000, octaves), 0);
            let end = later(6_000_000, 6_000_000, octaves);
            assert!((5_999_990..=6_000_000).contains(&end), "{octaves}: {end}");
            let moved: Vec<u64> =
                (0..=600).map(|n| later(n * 10_000, 6_000_000, octaves)).collect();
            assert!(moved.is_sorted(), "{octaves}");
        }
    }

    #[test]
    fn each_stretch_of_the_range_is_twice_as_likely_as_the_one_before() {
        let (octaves, range) = (6, 600_000);
        let mut found = [0_u64; 6];
        for part in 0..range {
            let stretch = later(part, range, octaves) * 6 / range;
            found[usize::try_from(stretch).expect("a small number").min(5)] += 1;
        }
        for (nth, count) in found.into_iter().enumerate() {
            let expected = range * (1 << nth) / 63;
            assert!(count.abs_diff(expected) <= 20, "{nth}: {count}, not {expected}");
        }
    }
}
