use crate::{Addr, Family, Range};

/// Scope-relative offset of the group where a scope's allocators meet (assigned by IANA to AAP;
/// finding F-01): the group is the last address of the scope less this.
pub const GROUP_OFFSET: u128 = 7;

/// How many addresses at the top of every IPv4 scope are kept for scope-relative groups
/// (RFC 2365 section 9, RFC 2908 section 2.1).
pub const RESERVED_TAIL: u128 = 256;

/// Who hands out the addresses of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// One indivisible zone: every allocator may use the whole range.
    Small,
    /// Divisible: only the sub-ranges a prefix coordinator announces may be used.
    Large,
}

/// Whether the addresses kept for scope-relative groups are off limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TailPolicy {
    /// Nobody allocates them.
    #[default]
    Reserved,
    /// They are addresses like any other.
    Allocatable,
}

/// A multicast scope: a range of addresses and the way it is shared out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// What people call it.
    pub name: String,
    /// The family of its addresses.
    pub family: Family,
    /// Its addresses, reserved ones included.
    pub range: Range,
    /// Who hands them out.
    pub kind: ScopeKind,
}

impl Scope {
    /// A scope with this name, range and kind.
    #[must_use]
    pub fn new(name: impl Into<String>, family: Family, range: Range, kind: ScopeKind) -> Self {
        Self { name: name.into(), family, range, kind }
    }

    /// The group where the scope's allocators meet: offset [`GROUP_OFFSET`].
    ///
    /// In a scope of fewer than eight addresses this lies below its first address.
    #[must_use]
    pub const fn group(&self) -> Addr {
        self.range.last().saturating_sub(GROUP_OFFSET)
    }

    /// The scope-relative group `offset` below the last address, if the scope reaches so far.
    #[must_use]
    pub fn relative(&self, offset: u128) -> Option<Addr> {
        self.range.last().checked_sub(offset).filter(|&addr| self.range.contains(addr))
    }

    /// The addresses kept for scope-relative groups: the last [`RESERVED_TAIL`] by number, in
    /// IPv4 and under [`TailPolicy::Reserved`]; all of a scope that is no larger than that.
    #[must_use]
    pub fn reserved_tail(&self, policy: TailPolicy) -> Option<Range> {
        match (self.family, policy) {
            (Family::V4, TailPolicy::Reserved) => {
                let lowest = self.range.last().saturating_sub(RESERVED_TAIL - 1);
                Range::new(lowest.max(self.range.first()), self.range.last())
            }
            (Family::V6, _) | (_, TailPolicy::Allocatable) => None,
        }
    }

    /// The addresses that may be handed out; `None` when the reserved tail takes them all.
    #[must_use]
    pub fn allocatable(&self, policy: TailPolicy) -> Option<Range> {
        match self.reserved_tail(policy) {
            Some(tail) => self.range.subtract(tail).next(),
            None => Some(self.range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(text: &str) -> Scope {
        let (family, range) = Range::parse(text).unwrap();
        Scope::new("a scope", family, range, ScopeKind::Small)
    }

    fn shown(family: Family, range: Option<Range>) -> Option<String> {
        range.map(|range| range.display(family).to_string())
    }

    #[test]
    fn the_group_is_seven_below_the_last_address() {
        for (range, group) in [
            ("239.255.0.0/16", "239.255.255.248"),
            ("239.192.0.0/14", "239.195.255.248"),
            ("ff05::/112", "ff05::fff8"),
        ] {
            let scope = scope(range);
            assert_eq!(scope.group().to_ip(scope.family).to_string(), group);
            assert_eq!(scope.relative(7), Some(scope.group()));
        }
        assert_eq!(scope("239.0.0.0/30").relative(7), None);
    }

    #[test]
    fn the_tail_is_the_last_256_by_number() {
        let odd = scope("239.255.0.0-239.255.9.9");
        let tail = odd.reserved_tail(TailPolicy::Reserved);
        assert_eq!(shown(Family::V4, tail).as_deref(), Some("239.255.8.10-239.255.9.9"));
        let rest = odd.allocatable(TailPolicy::Reserved);
        assert_eq!(shown(Family::V4, rest).as_deref(), Some("239.255.0.0-239.255.8.9"));
        assert_eq!(odd.allocatable(TailPolicy::Allocatable), Some(odd.range));
    }

    #[test]
    fn a_scope_no_larger_than_the_tail_has_nothing_to_allocate() {
        let tiny = scope("239.1.0.0/24");
        assert_eq!(tiny.reserved_tail(TailPolicy::Reserved), Some(tiny.range));
        assert_eq!(tiny.allocatable(TailPolicy::Reserved), None);
    }

    #[test]
    fn ipv6_reserves_no_tail() {
        let wide = scope("ff05::/112");
        assert_eq!(wide.reserved_tail(TailPolicy::Reserved), None);
        assert_eq!(wide.allocatable(TailPolicy::Reserved), Some(wide.range));
    }
}
