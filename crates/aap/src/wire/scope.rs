use std::fmt;

use addrspace::Range;

use super::Message;

/// Why a well-formed message is not for a node's scope (finding F-32).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ScopeMismatch {
    /// Its ranges are in more than one configured scope, or only partly in one: ignore it all.
    BadScope,
    /// Its ranges are all in one other scope, or all outside every configured one: discard it;
    /// this is no error.
    OtherScope,
}

impl ScopeMismatch {
    /// The name of its counter, such as `bad_scope`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadScope => "bad_scope",
            Self::OtherScope => "other_scope",
        }
    }
}

impl fmt::Display for ScopeMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::error::Error for ScopeMismatch {}

/// Judges whether a message that reached the group of the scope `served` speaks of that scope.
///
/// `all` holds the ranges of every configured scope; `served` may be among them. A message
/// without any range passes.
///
/// # Errors
/// How the message misses the scope.
pub fn scope_check(message: &Message, served: &Range, all: &[Range]) -> Result<(), ScopeMismatch> {
    if message.addresses().all(|range| served.contains_range(range)) {
        return Ok(());
    }
    let mut places = message.addresses().map(|range| place(range, served, all));
    let first = places.next();
    match first {
        Some(Place::Astride) => Err(ScopeMismatch::BadScope),
        _ if places.all(|place| Some(place) == first) => Err(ScopeMismatch::OtherScope),
        _ => Err(ScopeMismatch::BadScope),
    }
}

/// Where one range lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Within(&'a Range),
    Astride,
    Outside,
}

fn place<'a>(range: Range, served: &'a Range, all: &'a [Range]) -> Place<'a> {
    let mut scopes = std::iter::once(served).chain(all);
    match scopes.clone().find(|scope| scope.contains_range(range)) {
        Some(scope) => Place::Within(scope),
        None if scopes.any(|scope| scope.overlaps(range)) => Place::Astride,
        None => Place::Outside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Body, Header, Ranges, Report, Rseq, TimedRange, WireTime};
    use addrspace::{Addr, Family};

    fn range(first: u128, last: u128) -> Range {
        Range::new(Addr(first), Addr(last)).unwrap()
    }

    fn check(ranges: &[(u128, u128)], expected: Result<(), ScopeMismatch>) {
        let header = Header { family: Family::V4, rseq: Rseq::default(), mseq: 0 };
        let timed = ranges
            .iter()
            .map(|&(first, last)| TimedRange { range: range(first, last), end: WireTime(9) });
        let reports = ranges.iter().map(|&(f, l)| Report { range: range(f, l), in_use: 1 });
        let bodies = [
            Body::Aclm(Ranges::new(Family::V4, timed)),
            Body::Asrp { reports: reports.collect(), requests: Vec::new() },
        ];
        let served = range(0xefff_0000, 0xefff_ffff);
        let all = [range(0xefc0_0000, 0xefc3_ffff), served];
        for body in bodies {
            let message = Message::new(header, WireTime(0), body);
            assert_eq!(scope_check(&message, &served, &all), expected, "{message}");
        }
    }

    #[test]
    fn each_miss_is_counted_under_its_name() {
        let names = [ScopeMismatch::BadScope, ScopeMismatch::OtherScope].map(|m| m.to_string());
        assert_eq!(names, ["bad_scope", "other_scope"]);
    }

    #[test]
    fn within_the_served_scope_or_without_ranges_passes() {
        check(&[(0xefff_0000, 0xefff_ffff), (0xefff_0005, 0xefff_0005)], Ok(()));
        check(&[], Ok(()));
    }

    #[test]
    fn wholly_elsewhere_is_another_scope() {
        check(&[(0xefc0_0000, 0xefc0_0000)], Err(ScopeMismatch::OtherScope));
        check(&[(0xe000_0100, 0xe000_0100)], Err(ScopeMismatch::OtherScope));
    }

    #[test]
    fn astride_or_mixed_is_a_bad_scope() {
        check(&[(0xeffe_ffff, 0xefff_0000)], Err(ScopeMismatch::BadScope));
        check(&[(0xefc3_0000, 0xefff_0000)], Err(ScopeMismatch::BadScope));
        check(
            &[(0xefff_0001, 0xefff_0001), (0xefc0_0001, 0xefc0_0001)],
            Err(ScopeMismatch::BadScope),
        );
        check(
            &[(0xefc0_0001, 0xefc0_0001), (0xe000_0100, 0xe000_0100)],
            Err(ScopeMismatch::BadScope),
        );
    }
}
