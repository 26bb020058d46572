//! Addresses in the words of a scenario.

use addrspace::{Addr, Range};

use super::Checkable;
use scenario::{ScopeDecl, to_number};

impl Checkable {
    /// `range` as an offset from the scope that contains it, as in `wide:.7-.9`.
    pub(super) fn show(&self, range: Range) -> String {
        let scopes = &self.plan.scopes;
        let inside = |scope: &&ScopeDecl| {
            let bounds = scope.range.value;
            range.first().0 >= to_number(bounds.first) && range.last().0 <= to_number(bounds.last)
        };
        let Some(at) = scopes.iter().position(|scope| inside(&scope)) else {
            return format!("{range:?}");
        };
        let bounds = scopes[at].range.value;
        let base = to_number(bounds.first);
        let prefix = if at == 0 { String::new() } else { format!("{}:", scopes[at].name) };
        let offset = |addr: Addr| offset(addr.0 - base, bounds.first.is_ipv6());
        match range.first() == range.last() {
            true => format!("{prefix}{}", offset(range.first())),
            false => format!("{prefix}{}-{}", offset(range.first()), offset(range.last())),
        }
    }
}

/// `.10.7`, or `.8000.1` for IPv6.
fn offset(mut offset: u128, is_ipv6: bool) -> String {
    let bits = if is_ipv6 { 16 } else { 8 };
    let mut groups = Vec::new();
    while offset > 0 || groups.is_empty() {
        let group = offset & ((1 << bits) - 1);
        groups.push(if is_ipv6 { format!(".{group:x}") } else { format!(".{group}") });
        offset >>= bits;
    }
    groups.reverse();
    groups.concat()
}

#[cfg(test)]
mod tests {
    use super::offset;

    #[test]
    fn offsets_read_like_those_of_scenarios() {
        assert_eq!(offset(0, false), ".0");
        assert_eq!(offset(7, false), ".7");
        assert_eq!(offset(10 * 256 + 7, false), ".10.7");
        assert_eq!(offset(0x8000_0001, true), ".8000.1");
    }
}
