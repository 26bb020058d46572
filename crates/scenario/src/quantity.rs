//! Durations, shifts, end times and ratios, as exact integers with one text form each.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A duration, or an instant counted from the start of the run, in microseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Time(pub u64);

/// A signed duration in microseconds, written `+5s` or `-1h`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Shift(pub i64);

/// When something ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EndTime {
    /// At an instant of the run (`2h`).
    At(Time),
    /// Relative to the instant of its own line (`+1h`, or `-5s` for an end in the past).
    Relative(Shift),
    /// At no time: 0xffffffff on the wire (`never`).
    Never,
}

/// A probability in parts per million, written `10%` or `0.1`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Ratio(u32);

impl Time {
    /// The largest time of a scenario: a thousand years, so that sums never overflow.
    pub const MAX: Self = Self(1_000 * 366 * 86_400 * 1_000_000);

    /// Whole seconds.
    #[must_use]
    pub fn secs(seconds: u32) -> Self {
        Self(u64::from(seconds) * 1_000_000)
    }

    /// Microseconds.
    #[must_use]
    pub fn micros(self) -> u64 {
        self.0
    }
}

impl EndTime {
    /// The instant of the run meant by this end on a line at `now`, in microseconds from the
    /// start (negative: before the run); `None` for [`EndTime::Never`].
    #[must_use]
    pub fn instant(self, now: Time) -> Option<i64> {
        let signed = |time: Time| i64::try_from(time.0).unwrap_or(i64::MAX);
        match self {
            Self::At(time) => Some(signed(time)),
            Self::Relative(shift) => Some(signed(now).saturating_add(shift.0)),
            Self::Never => None,
        }
    }
}

impl Ratio {
    /// The ratio of `ppm` parts per million; `None` above one.
    #[must_use]
    pub fn from_ppm(ppm: u32) -> Option<Self> {
        (ppm <= 1_000_000).then_some(Self(ppm))
    }

    /// Parts per million, at most 1 000 000.
    #[must_use]
    pub fn ppm(self) -> u32 {
        self.0
    }
}

/// Reads an unsigned decimal as an integer scaled by `10^places`; `None` if it is no number,
/// has more places, or does not fit.
fn scaled(text: &str, places: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let fraction = if fraction.len() > 1 { fraction.trim_end_matches('0') } else { fraction };
    let width = u32::try_from(fraction.len()).ok()?;
    if !digits(whole) || !(fraction.is_empty() || digits(fraction)) || width > places.max(1) {
        return None;
    }
    let fraction: u64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let fraction = if width > places {
        (fraction == 0).then_some(0)?
    } else {
        fraction.checked_mul(10_u64.checked_pow(places - width)?)?
    };
    whole.parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(places)?)?.checked_add(fraction)
}

/// Writes `value / 10^places` without trailing zeros.
fn unscaled(value: u64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let width = usize::try_from(places).unwrap_or(0);
    let text = format!("{}.{:0width$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

impl FromStr for Time {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "a duration such as `20ms`, `1.5s`, `10m`, `12h` or `1d`";
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = &text[digits.len()..];
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(EXPECTED)?;
        let value = scaled(digits, 6).ok_or(EXPECTED)?;
        let micros = u128::from(value) * u128::from(*unit);
        if !micros.is_multiple_of(1_000_000) {
            return Err("a duration of whole microseconds");
        }
        let micros = u64::try_from(micros / 1_000_000).map_err(|_| EXPECTED)?;
        if micros > Self::MAX.0 {
            return Err("a duration below a thousand years");
        }
        Ok(Self(micros))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1_000_000;
        let micros = self.0;
        let whole = |unit: u64, least: u64| micros >= least && micros.is_multiple_of(unit);
        let text = if whole(86_400 * SECOND, 2 * 86_400 * SECOND) {
            format!("{}d", micros / (86_400 * SECOND))
        } else if whole(3_600 * SECOND, SECOND) {
            format!("{}h", micros / (3_600 * SECOND))
        } else if whole(60 * SECOND, 600 * SECOND) {
            format!("{}m", micros / (60 * SECOND))
        } else if micros == 0 || micros >= SECOND {
            format!("{}s", unscaled(micros, 6))
        } else if micros >= 1_000 {
            format!("{}ms", unscaled(micros, 3))
        } else {
            format!("{micros}us")
        };
        f.pad(&text)
    }
}

impl FromStr for Shift {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (sign, rest) = match text.split_at_checked(1) {
            Some(("+", rest)) => (1, rest),
            Some(("-", rest)) => (-1, rest),
            _ => return Err("a signed duration such as `+5s` or `-1h`"),
        };
        let time: Time = rest.parse()?;
        i64::try_from(time.0).map(|micros| Self(sign * micros)).map_err(|_| "a shorter duration")
    }
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        f.pad(&format!("{sign}{}", Time(self.0.unsigned_abs())))
    }
}

impl FromStr for EndTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self::Never);
        }
        if text.starts_with(['+', '-']) {
            return text.parse().map(Self::Relative);
        }
        text.parse()
            .map(Self::At)
            .map_err(|_| "an end time: `+1h` from now, `2h` of the run, or `never`")
    }
}

impl fmt::Display for EndTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => time.fmt(f),
            Self::Relative(shift) => shift.fmt(f),
            Self::Never => f.pad("never"),
        }
    }
}

impl FromStr for Ratio {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "a probability between 0 and 1, such as `10%` or `0.1`";
        let ppm = match text.strip_suffix('%') {
            Some(percent) => scaled(percent, 4),
            None => scaled(text, 6),
        };
        ppm.and_then(|ppm| u32::try_from(ppm).ok()).and_then(Self::from_ppm).ok_or(EXPECTED)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}%", unscaled(u64::from(self.0), 4)))
    }
}

/// Lets a type with a text form appear as a string in JSON.
macro_rules! text_in_json {
    ($($type:ty),* $(,)?) => {$(
        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse().map_err(|expected| format!("expected {expected}, found `{text}`"))
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    )*};
}
pub(crate) use text_in_json;

text_in_json!(Time, Shift, EndTime, Ratio);

#[cfg(test)]
mod tests {
    use super::{EndTime, Ratio, Shift, Time};

    #[test]
    fn durations_have_one_canonical_text() {
        for (text, canonical) in [
            ("0ms", "0s"),
            ("20ms", "20ms"),
            ("1.50s", "1.5s"),
            ("150s", "150s"),
            ("60m", "1h"),
            ("10m", "10m"),
            ("1d", "24h"),
            ("48h", "2d"),
            ("1.5h", "90m"),
            ("7us", "7us"),
            ("0.5ms", "500us"),
        ] {
            let time: Time = text.parse().unwrap();
            assert_eq!(time.to_string(), canonical, "{text}");
            assert_eq!(canonical.parse::<Time>().unwrap(), time);
        }
    }

    #[test]
    fn nonsense_is_no_quantity() {
        for text in
            ["", "5", "s", ".s", "1.s1", "-1s", "1.0000001s", "99999999999999d", "1,5s", "0.1us"]
        {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
        for text in ["5s", "+", "++1s", ""] {
            assert!(text.parse::<Shift>().is_err(), "{text}");
        }
        for text in ["101%", "1.1", "-1%", "%", "x"] {
            assert!(text.parse::<Ratio>().is_err(), "{text}");
        }
    }

    #[test]
    fn ratios_are_exact() {
        assert_eq!("0.5%".parse::<Ratio>().unwrap().ppm(), 5_000);
        assert_eq!("0.1".parse::<Ratio>().unwrap().to_string(), "10%");
        assert_eq!("1".parse::<Ratio>().unwrap().ppm(), 1_000_000);
    }

    #[test]
    fn ends_are_relative_to_their_line() {
        let now = Time::secs(10);
        assert_eq!("+1s".parse::<EndTime>().unwrap().instant(now), Some(11_000_000));
        assert_eq!("-20s".parse::<EndTime>().unwrap().instant(now), Some(-10_000_000));
        assert_eq!("1s".parse::<EndTime>().unwrap().instant(now), Some(1_000_000));
        assert_eq!(EndTime::Never.instant(now), None);
    }
}
