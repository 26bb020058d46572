//! Numbers for people.
#![expect(clippy::float_arithmetic, reason = "results are rounded for people")]

use lab::measure::{Distribution, Estimate, Unit, Z95, mean, share};

/// A value of a metric that is no whole number in its unit.
pub(super) fn value(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => plain(value),
        Unit::Milli => plain(value / 1e3),
        Unit::Share => format!("{} %", plain(value / 1e4)),
        Unit::Micros => format!("{} s", plain(value / 1e6)),
    }
}

/// A value that was seen.
pub(super) fn whole(unit: Unit, seen: u64) -> String {
    match unit {
        Unit::Count => seen.to_string(),
        _ => value(unit, seen as f64),
    }
}

/// With about four digits that count.
pub(super) fn plain(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 999.5 => 0,
        v if v >= 99.95 => 1,
        v if v >= 9.995 => 2,
        v if v >= 0.9995 || v == 0.0 => 3,
        v if v >= 0.001 => 5,
        _ => return format!("{value:.2e}"),
    };
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The mean and half of its 95 % interval.
pub(super) fn mean_of(found: &Distribution, unit: Unit) -> [String; 2] {
    match mean(found, Z95) {
        None => ["-".to_owned(), "-".to_owned()],
        Some(Estimate { value: middle, high, .. }) => {
            let error = if found.count() < 2 { "?".to_owned() } else { value(unit, high - middle) };
            [value(unit, middle), error]
        }
    }
}

/// A share with its 95 % interval, never a bare zero: `none (< 0.38 %)`, `8.4 % (8.2 .. 8.6)`.
pub(super) fn share_of(happened: u64, runs: u64) -> String {
    let percent = |share: f64| match share * 100.0 {
        // Rounded, it would be all.
        almost if (99.95..100.0).contains(&almost) => format!("{:.4}", almost.min(99.9999)),
        percent => plain(percent),
    };
    let Estimate { value, low, high } = share(happened, runs, Z95);
    match happened {
        0 => format!("none (< {} %)", percent(high)),
        all if all == runs => format!("all (> {} %)", percent(low)),
        _ => format!("{} % ({} .. {})", percent(value), percent(low), percent(high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_count() {
        for (number, expected) in [
            (0.0, "0"),
            (5.0, "5"),
            (3.208_333, "3.208"),
            (12.345_6, "12.35"),
            (123.456, "123.5"),
            (98_765.4, "98765"),
            (0.084, "0.084"),
            (0.000_038, "3.80e-5"),
        ] {
            assert_eq!(plain(number), expected);
        }
        assert_eq!(whole(Unit::Micros, 10_054_000), "10.05 s");
        assert_eq!(value(Unit::Share, 250_000.0), "25 %");
    }

    #[test]
    fn a_zero_never_stands_alone() {
        assert_eq!(share_of(0, 1000), "none (< 0.38268 %)");
        assert_eq!(share_of(1000, 1000), "all (> 99.62 %)");
        assert_eq!(share_of(20_000, 20_000), "all (> 99.9808 %)");
        assert_eq!(share_of(84, 1000), "8.4 % (6.836 .. 10.28)");
    }
}
