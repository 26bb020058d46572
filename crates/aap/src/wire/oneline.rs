//! Messages as one line.

use std::fmt;

use super::body::{Body, Report};
use super::message::Message;
use super::ranges::Ranges;

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
