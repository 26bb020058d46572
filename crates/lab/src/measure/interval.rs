//! How far an estimate can be trusted. Fractions: nothing is decided by them.
#![expect(clippy::float_arithmetic, reason = "results are reported, nothing is decided by them")]

use super::distribution::Distribution;

/// Standard deviations of a normal distribution between which 95 % of it lie, to both sides.
pub const Z95: f64 = 1.959_963_984_540_054;

/// A value with an interval that holds the true one with some confidence.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Estimate {
    /// What was measured.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The share of `runs` in which something `happened`, with Wilson's interval at `z` standard
/// deviations ([`Z95`] for 95 %).
///
/// Wilson's interval never shrinks to nothing: something that happened in none of `n` runs has
/// an upper end of z² / (n + z²), about 3.8 / n at 95 %.
#[must_use]
pub fn share(happened: u64, runs: u64, z: f64) -> Estimate {
    if runs == 0 {
        return Estimate { value: 0.0, low: 0.0, high: 1.0 };
    }
    let (n, z2) = (runs as f64, z * z);
    let value = happened as f64 / n;
    let middle = (value + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let spread = (value * (1.0 - value) / n + z2 / (4.0 * n * n)).sqrt() * z / (1.0 + z2 / n);
    // At the ends the formula is exact, its rounding is not.
    let low = if happened == 0 { 0.0 } else { (middle - spread).max(0.0) };
    let high = if happened == runs { 1.0 } else { (middle + spread).min(1.0) };
    Estimate { value, low, high }
}

/// The mean of a distribution with its normal interval at `z` standard deviations; nothing if it
/// has no values. With one value the interval is that value.
#[must_use]
pub fn mean(distribution: &Distribution, z: f64) -> Option<Estimate> {
    let n = distribution.count();
    if n == 0 {
        return None;
    }
    let value = distribution.sum() as f64 / n as f64;
    let error = z * deviation(distribution) / (n as f64).sqrt();
    Some(Estimate { value, low: value - error, high: value + error })
}

/// The standard deviation of a distribution, as an estimate from its values (n - 1).
#[must_use]
pub fn deviation(distribution: &Distribution) -> f64 {
    let n = u128::from(distribution.count());
    if n < 2 {
        return 0.0;
    }
    // n Σx² - (Σx)², in whole numbers as long as they fit: no cancellation.
    let (sum, squares) = (distribution.sum(), distribution.squares());
    let spread = match (squares.checked_mul(n), sum.checked_mul(sum)) {
        (Some(left), Some(right)) => left.saturating_sub(right) as f64,
        _ => (squares as f64 * n as f64 - sum as f64 * sum as f64).max(0.0),
    };
    (spread / (n as f64 * (n - 1) as f64)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn wilson_agrees_with_published_values() {
        // Brown, Cai and DasGupta's form, 95 %: 5 of 20 and 0 of 10.
        let estimate = share(5, 20, Z95);
        assert!(near(estimate.low, 0.1119) && near(estimate.high, 0.4687), "{estimate:?}");
        let never = share(0, 10, Z95);
        assert!(never.low == 0.0 && near(never.high, 0.2775), "{never:?}");
        let always = share(10, 10, Z95);
        assert!(always.high == 1.0 && near(always.low, 0.7225), "{always:?}");
        assert_eq!(share(0, 0, Z95).high, 1.0);
    }

    #[test]
    fn the_mean_has_the_usual_error() {
        let mut values = Distribution::default();
        [2, 4, 4, 4, 5, 5, 7, 9].into_iter().for_each(|value| values.add(value));
        assert!(near(deviation(&values), 2.138_09));
        let estimate = mean(&values, 1.0).expect("there are values");
        assert!(near(estimate.value, 5.0) && near(estimate.high, 5.0 + 0.755_93));
        assert_eq!(mean(&Distribution::default(), 1.0), None);
    }

    #[test]
    fn great_values_do_not_cancel() {
        let mut values = Distribution::default();
        for _ in 0..1000 {
            values.add(3_600_000_000_000);
            values.add(3_600_000_000_002);
        }
        assert!((deviation(&values) - 1.0).abs() < 0.001, "{}", deviation(&values));
    }
}
