//! Numbers in values of settings.
#![expect(clippy::float_arithmetic, reason = "places on a picture")]

/// The number that a value holds, durations in seconds: `0.1`, `10%`, `20ms`, `r40`.
pub(super) fn number(value: &str) -> Option<f64> {
    let digits = value.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(digits.len());
    let (digits, unit) = digits.split_at(end);
    let scale = match unit {
        "" | "s" => 1.0,
        "%" => 0.01,
        "us" => 1e-6,
        "ms" => 1e-3,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    digits.parse::<f64>().ok().map(|number| number * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_made_seconds_and_shares() {
        let near = |text, expected: f64| {
            let found = number(text).unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 1e-12, "{text}: {found}");
        };
        near("0.1", 0.1);
        near("10%", 0.1);
        near("20ms", 0.02);
        near("1.5m", 90.0);
        near("r40", 40.0);
        for text in ["", "hearer-yields", "off", "1x"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
