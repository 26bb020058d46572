//! `--vary loss=0..0.5/6`: one setting, several values.

use std::str::FromStr;

/// More values than this are a mistake.
const VALUES_MAX: u64 = 1000;
/// Steps are computed in these.
const MILLION: u64 = 1_000_000;

/// A setting that an experiment varies.
///
/// Written `NAME=VALUE,VALUE,...`, or `NAME=FIRST..LAST/COUNT` for so many values at equal
/// distances, both ends included: `loss=0..0.5/6`, `delay=10ms..100ms/10`, `hosts=3,9,19`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Axis {
    /// What is set.
    pub name: String,
    /// To what, one after the other.
    pub values: Vec<String>,
}

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, values) = text
            .split_once('=')
            .filter(|(name, values)| !name.is_empty() && !values.is_empty())
            .ok_or("expected NAME=VALUE,VALUE,... or NAME=FIRST..LAST/COUNT")?;
        let mut listed = Vec::new();
        for item in values.split(',') {
            match item.split_once("..") {
                Some((first, rest)) => listed.extend(steps(first, rest)?),
                None if item.is_empty() => return Err(format!("`{values}` lacks a value")),
                None => listed.push(item.to_owned()),
            }
        }
        let mut sorted: Vec<_> = listed.iter().collect();
        sorted.sort();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(format!("`{values}` names a value twice"));
        }
        Ok(Self { name: name.to_owned(), values: listed })
    }
}

fn steps(first: &str, rest: &str) -> Result<Vec<String>, String> {
    let written = || format!("`{first}..{rest}`");
    let (last, count) = rest
        .split_once('/')
        .ok_or_else(|| format!("{}: how many values? Write {first}..{rest}/COUNT", written()))?;
    let count: u64 =
        count.parse().ok().filter(|n| (2..=VALUES_MAX).contains(n)).ok_or_else(|| {
            format!("{}: the number of values is from 2 to {VALUES_MAX}", written())
        })?;
    let ((low, low_unit), (high, high_unit)) = (quantity(first)?, quantity(last)?);
    // 0 is 0 in every unit.
    let unit = match (low, high) {
        (0, _) if low_unit.is_empty() => high_unit,
        _ if low_unit == high_unit => low_unit,
        _ => return Err(format!("{}: both ends need the same unit", written())),
    };
    if low >= high {
        return Err(format!("{}: the first value is not below the last", written()));
    }
    let gaps = u128::from(count - 1);
    let at = |n: u64| {
        let way = u128::from(high - low) * u128::from(n);
        low + u64::try_from((way + gaps / 2) / gaps).unwrap_or(high - low)
    };
    Ok((0..count).map(|n| format!("{}{unit}", decimal(at(n)))).collect())
}

/// A number in millionths, and its unit.
fn quantity(text: &str) -> Result<(u64, &str), String> {
    parts(text).ok_or_else(|| format!("`{text}` is no number with at most one unit"))
}

fn parts(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if part.len() > 6 || unit.chars().any(|c| !c.is_ascii_alphabetic() && c != '%') {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let part: u64 = format!("{part:0<6}").parse().ok()?;
    Some((whole.checked_mul(MILLION)?.checked_add(part)?, unit))
}

fn decimal(millionths: u64) -> String {
    let (whole, part) = (millionths / MILLION, millionths % MILLION);
    let text = format!("{whole}.{part:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Result<String, String> {
        text.parse::<Axis>().map(|axis| axis.values.join(" "))
    }

    #[test]
    fn ranges_have_equal_steps_and_both_ends() {
        for (text, expected) in [
            ("loss=0..0.5/6", "0 0.1 0.2 0.3 0.4 0.5"),
            ("loss=0..50%/3", "0% 25% 50%"),
            ("delay=10ms..100ms/4", "10ms 40ms 70ms 100ms"),
            ("hosts=3,9,19", "3 9 19"),
            ("x=0..1/4", "0 0.333333 0.666667 1"),
            ("claim-tie=hearer-yields,earlier-wins", "hearer-yields earlier-wins"),
            ("loss=0,0.1..0.3/3", "0 0.1 0.2 0.3"),
        ] {
            assert_eq!(values(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        for (text, reason) in [
            ("loss", "expected NAME"),
            ("loss=", "expected NAME"),
            ("loss=0..0.5", "how many"),
            ("loss=0..0.5/1", "from 2 to"),
            ("loss=0.5..0/3", "not below"),
            ("delay=10ms..1s/3", "same unit"),
            ("delay=a..b/3", "no number"),
            ("loss=0.1,,0.2", "lacks a value"),
            ("loss=0.1,0.1", "twice"),
        ] {
            let error = values(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
