//! Messages as one line: in full, and short enough for a timeline.

use std::fmt;

use addrspace::{Addr, Family, Range};

use super::body::{Body, Report};
use super::message::Message;
use super::ranges::Ranges;

/// Ranges beyond these are only counted in the short form.
const SHORT_RANGES: usize = 3;

/// `ACLM 27/0 239.255.10.1-239.255.10.4 until 2000-06-16T12:00:00Z`: type, rseq/mseq, content.
/// An end time shared by neighbours is printed after the last of them.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = self.family();
        write!(f, "{} {}/{}", self.kind(), self.rseq(), self.mseq())?;
        match self.body() {
            Body::Aclm(ranges) | Body::Aiu(ranges) | Body::Aitu(ranges) if ranges.is_empty() => {
                f.write_str(" no ranges")
            }
            Body::Aclm(ranges) | Body::Aiu(ranges) | Body::Aitu(ranges) => timed(f, ranges),
            Body::Asa { expiration, ranges } if ranges.is_empty() => {
                write!(f, " nothing available, expires {expiration}")
            }
            Body::Asa { expiration, ranges } => {
                timed(f, ranges)?;
                write!(f, ", expires {expiration}")
            }
            Body::Asrp { reports, requests } if reports.is_empty() && requests.is_empty() => {
                f.write_str(" no reports")
            }
            Body::Asrp { reports, requests } => {
                for (index, report) in reports.iter().enumerate() {
                    let separator = if index == 0 { " " } else { ", " };
                    let range = report.range.display(family);
                    write!(f, "{separator}{range} in use {}", InUse(report.in_use))?;
                }
                for (index, request) in requests.iter().enumerate() {
                    let separator = match (index, reports.len()) {
                        (0, 0) => " wants ",
                        (0, _) => "; wants ",
                        _ => ", ",
                    };
                    write!(f, "{separator}{} until {}", request.addresses, request.end)?;
                }
                Ok(())
            }
            Body::Ana { count, end } => write!(f, " wants {count} until {end}"),
        }
    }
}

fn timed(f: &mut fmt::Formatter<'_>, ranges: &Ranges) -> fmt::Result {
    let mut ranges_left = ranges.iter().peekable();
    let mut separator = " ";
    while let Some(timed) = ranges_left.next() {
        write!(f, "{separator}{}", timed.range.display(ranges.family()))?;
        if ranges_left.peek().is_none_or(|next| next.end != timed.end) {
            write!(f, " until {}", timed.end)?;
        }
        separator = ", ";
    }
    Ok(())
}

/// An in-use-count, whose largest value stands for all that are larger.
pub(super) struct InUse(pub(super) u32);

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Report::SATURATED => write!(f, "{} or more", self.0),
            count => write!(f, "{count}"),
        }
    }
}

impl Message {
    /// The short form for a timeline, `ACLM 27/0 .10.1-.10.4`: no times, and addresses within
    /// `base` without what all its addresses have in common.
    #[must_use]
    pub const fn short<'a>(&'a self, base: &'a Range) -> Short<'a> {
        Short { message: self, base }
    }
}

/// Displays a message briefly; see [`Message::short`].
#[derive(Clone, Copy, Debug)]
pub struct Short<'a> {
    message: &'a Message,
    base: &'a Range,
}

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, base } = *self;
        write!(f, "{} {}/{}", message.kind(), message.rseq(), message.mseq())?;
        for (index, range) in message.addresses().take(SHORT_RANGES).enumerate() {
            let relative = Relative { range, base, family: message.family() };
            write!(f, "{}{relative}", if index == 0 { " " } else { ", " })?;
            if let Body::Asrp { reports, .. } = message.body()
                && let Some(report) = reports.get(index)
            {
                write!(f, "={}", report.in_use)?;
            }
        }
        let more = message.addresses().count().saturating_sub(SHORT_RANGES);
        if more > 0 {
            write!(f, " +{more} more")?;
        }
        match message.body() {
            Body::Ana { count, .. } => write!(f, " wants {count}"),
            Body::Asrp { requests, .. } if !requests.is_empty() => {
                let wanted: u64 = requests.iter().map(|want| u64::from(want.addresses)).sum();
                write!(f, " wants {wanted}")
            }
            Body::Asa { ranges, .. } if ranges.is_empty() => f.write_str(" nothing"),
            _ => Ok(()),
        }
    }
}

/// A range without the leading parts that all addresses of `base` share.
struct Relative<'a> {
    range: Range,
    base: &'a Range,
    family: Family,
}

impl fmt::Display for Relative<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { range, base, family } = *self;
        let part_bits = match family {
            Family::V4 => 8,
            Family::V6 => 16,
        };
        let width = family.bits();
        let varying = u128::BITS - (base.first().0 ^ base.last().0).leading_zeros();
        let kept_parts = varying.div_ceil(part_bits).max(1);
        if !base.contains_range(range) || kept_parts * part_bits >= width {
            return write!(f, "{}", range.display(family));
        }
        relative(f, range.first(), kept_parts, family)?;
        if range.last() != range.first() {
            f.write_str("-")?;
            relative(f, range.last(), kept_parts, family)?;
        }
        Ok(())
    }
}

fn relative(f: &mut fmt::Formatter<'_>, addr: Addr, parts: u32, family: Family) -> fmt::Result {
    match family {
        Family::V4 => {
            (0..parts).rev().try_for_each(|part| write!(f, ".{}", addr.0 >> (8 * part) & 0xff))
        }
        Family::V6 => {
            // Leading zero groups shrink into "::", as they do in a whole address.
            let groups = (0..parts).rev().map(|part| (addr.0 >> (16 * part)) & 0xffff);
            let mut groups = groups.skip_while(|&group| group == 0).peekable();
            f.write_str(":")?;
            if groups.peek().is_none() {
                return f.write_str(":");
            }
            groups.try_for_each(|group| write!(f, ":{group:x}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relative(base: &str, text: &str) -> String {
        let (family, base) = Range::parse(base).unwrap();
        let (_, range) = Range::parse(text).unwrap();
        Relative { range, base: &base, family }.to_string()
    }

    #[test]
    fn an_address_is_shown_without_what_its_scope_fixes() {
        assert_eq!(relative("239.255.0.0/16", "239.255.10.1-239.255.10.4"), ".10.1-.10.4");
        assert_eq!(relative("239.255.0.0/16", "239.255.10.1"), ".10.1");
        assert_eq!(relative("239.192.0.0/14", "239.195.0.7"), ".195.0.7");
        assert_eq!(relative("239.255.7.9", "239.255.7.9"), ".9");
        assert_eq!(relative("ff18::/32", "ff18::8000:1-ff18::8000:ff"), "::8000:1-::8000:ff");
        assert_eq!(relative("ff18::/32", "ff18::"), "::");
    }

    #[test]
    fn an_address_elsewhere_is_shown_whole() {
        assert_eq!(relative("239.255.0.0/16", "239.192.0.1"), "239.192.0.1");
        assert_eq!(relative("224.0.0.0/4", "239.192.0.1"), "239.192.0.1");
    }

    #[test]
    fn the_short_form_leaves_out_times_and_counts_what_it_leaves_out() {
        let (_, base) = Range::parse("239.255.0.0/16").unwrap();
        let check = |octets: &[u8], expected| {
            assert_eq!(Message::decode(octets).unwrap().short(&base).to_string(), expected);
        };
        let mut aiu = vec![0, 1, 0, 1, 0, 0, 28, 0, 0, 0, 0, 0];
        check(&aiu, "AIU 28/0");
        for last in [1, 2, 3, 4, 5] {
            aiu.extend([239, 255, 0, last, 239, 255, 0, last, 0, 0, 0, 9]);
        }
        check(&aiu[..24], "AIU 28/0 .0.1");
        check(&aiu, "AIU 28/0 .0.1, .0.2, .0.3 +2 more");
        check(&[0, 3, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9], "ASA 1/0 nothing");
        check(&[0, 5, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 9], "ANA 0/3 wants 64");
        let report = [239, 255, 0, 0, 239, 255, 0, 255, 0, 0, 0, 200];
        let mut asrp = vec![0, 4, 0, 1, 0, 0, 7, 0, 0, 0, 0, 0, 1];
        asrp.extend(report);
        asrp.extend([1, 0, 0, 0, 64, 0, 0, 0, 9]);
        check(&asrp, "ASRP 7/0 .0.0-.0.255=200 wants 64");
    }
}
