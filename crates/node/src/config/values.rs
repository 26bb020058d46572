//! Values as people write them.

use std::net::IpAddr;

use addrspace::{Family, Range};
use sansio::Duration;

use super::SpaceEnd;
use crate::draws::FixedDraw;

/// `20ms`, `4s`, `1.5s`, `10m`, `12h` or `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, u64); 6] = [
        ("ms", 1_000),
        ("us", 1),
        ("s", 1_000_000),
        ("m", 60_000_000),
        ("h", 3_600_000_000),
        ("d", 86_400_000_000),
    ];
    let wrong = || format!("`{text}` is no time span; write `20ms`, `1.5s`, `10m` or `12h`");
    let unit = UNITS.iter().find_map(|(name, us)| Some((text.strip_suffix(name)?, *us)));
    let (number, micros) = unit.ok_or_else(wrong)?;
    let millionths = decimal(number).ok_or_else(wrong)?;
    let total = u128::from(millionths) * u128::from(micros) / 1_000_000;
    u64::try_from(total).map(Duration::from_micros).map_err(|_| wrong())
}

/// A number with up to six decimals, in millionths.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 6 {
        return None;
    }
    let fraction: u64 = format!("{fraction:0<6}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)
}

/// `aiu-repeat 1500000`: the label of a question, and its answer.
pub(super) fn draw(text: &str) -> Result<FixedDraw, String> {
    let read = || {
        let (label, value) = text.split_once(' ')?;
        Some(FixedDraw { label: label.to_owned(), value: value.trim().parse().ok()? })
    };
    read().ok_or_else(|| {
        format!("`{text}` is no answer; write a label and a number, `startup 7500000`")
    })
}

/// By how much constants are divided, in millionths.
pub(super) fn scale(text: &str) -> Result<u64, String> {
    let factor = decimal(text).filter(|factor| *factor >= 1_000);
    factor.ok_or_else(|| format!("`{text}` is no factor; write a number such as `20` or `2.5`"))
}

pub(super) fn ip(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.parse().map_err(|_| format!("`{text}` is no address"))?;
    if address.is_unspecified() || address.is_multicast() {
        return Err(format!("`{text}` is not the address of a host; each node has its own"));
    }
    Ok(address)
}

pub(super) fn group(text: &str) -> Result<IpAddr, String> {
    let address = text.parse::<IpAddr>().ok().filter(IpAddr::is_multicast);
    address.ok_or_else(|| format!("`{text}` is no multicast address"))
}

pub(super) fn range(text: &str) -> Result<(Family, Range), String> {
    Range::parse(text).map_err(|error| error.to_string())
}

/// `239.192.1.0/24 for 12h`.
pub(super) fn space(text: &str) -> Result<(Family, Range, SpaceEnd), String> {
    let (addresses, span) = text
        .split_once(" for ")
        .ok_or_else(|| format!("`{text}` lacks an end; write `239.192.1.0/24 for 12h`"))?;
    let (family, range) = range(addresses)?;
    Ok((family, range, SpaceEnd::After(duration(span.trim())?)))
}

pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number that fits here"))
}

pub(super) fn text(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("may not be empty".to_owned()) } else { Ok(text.to_owned()) }
}
