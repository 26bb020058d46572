//! Every address lies in a scope, and scopes have room.

use super::World;
use super::references::{AddressUse, References, Rigour};
use crate::address::{Address, AddressError, Addresses, from_number, to_number};
use crate::diagnostic::Diagnostic;
use crate::plan::resolve;
use crate::span::{Name, Span};
use crate::world::ScopeDecl;

/// Scope-relative addresses at the end of an IPv4 scope (architecture draft; F-33).
const TAIL: u128 = 256;
/// Scope-relative offset of the AAP group from the last address (F-01).
const GROUP_OFFSET: u128 = 7;

pub(super) fn check(references: &References<'_>, world: &World<'_>, found: &mut Vec<Diagnostic>) {
    if world.is_scope_unread || world.scopes.is_empty() {
        return;
    }
    found.extend(references.addresses.iter().filter_map(|one| addresses(one, &world.scopes)));
}

fn addresses(one: &AddressUse<'_>, scopes: &[ScopeDecl]) -> Option<Diagnostic> {
    let full = matches!(one.addresses.value.first, Address::Full(_));
    if one.rigour == Rigour::Hostile && full {
        return None;
    }
    let scope = one.scope.map(Name::as_str);
    place(&one.addresses.value, one.addresses.span, scope, scopes, one.rigour)
}

/// What is wrong with addresses at `span`, if anything is.
pub(super) fn place(
    addresses: &Addresses,
    span: Span,
    scope: Option<&str>,
    scopes: &[ScopeDecl],
    rigour: Rigour,
) -> Option<Diagnostic> {
    if let Some(name) = addresses.scope.as_deref().or(scope)
        && !scopes.iter().any(|scope| scope.name.as_str() == name)
    {
        let message = format!("there is no scope `{name}`");
        let diagnostic = Diagnostic::error("scn-unknown-scope", span, message);
        // A scope named by the statement has been reported with its own place.
        return addresses.scope.is_some().then_some(diagnostic);
    }
    match resolve(scopes, addresses, scope) {
        Ok(ranges) if rigour == Rigour::Usable => {
            let (_, last) = ranges.last()?;
            let home = scopes.iter().find(|scope| scope.range.value.contains(*last))?;
            let tail = to_number(home.range.value.last).checked_sub(TAIL - 1)?;
            let reserved = last.is_ipv4() && to_number(*last) >= tail;
            let from = from_number(tail, *last)?;
            reserved.then(|| {
                let message = format!("`{addresses}` reaches the reserved end of `{}`", home.name);
                Diagnostic::warning("scn-reserved", span, message)
                    .label(format!("{from} and above are scope-relative addresses"))
                    .rule("F-33")
            })
        }
        Ok(_) => None,
        Err(error) => Some(failure(addresses, span, &error, scopes)),
    }
}

fn failure(
    addresses: &Addresses,
    span: Span,
    error: &AddressError,
    scopes: &[ScopeDecl],
) -> Diagnostic {
    let all: Vec<String> =
        scopes.iter().map(|scope| format!("{} ({})", scope.name, scope.range)).collect();
    let (message, label) = match error {
        AddressError::Malformed => (
            format!("`{addresses}` is no address of its scope"),
            "expected octets below 256 in IPv4, hexadecimal groups in IPv6, and a base that \
             fits its prefix"
                .to_owned(),
        ),
        AddressError::Family => (
            format!("`{addresses}` is of another family than its scope"),
            format!("expected an address of {}", all.join(" or ")),
        ),
        AddressError::Outside => (
            format!("`{addresses}` lies outside the scope"),
            format!("expected an address of {}", all.join(" or ")),
        ),
        AddressError::Reversed => (
            format!("`{addresses}` runs backwards"),
            "expected the smaller address first".to_owned(),
        ),
    };
    Diagnostic::error("scn-address", span, message).label(label).rule("draft 2.1")
}

/// Whether a scope can hold its AAP group and something to allocate.
pub(super) fn scope(scope: &ScopeDecl) -> Option<Diagnostic> {
    let range = &scope.range.value;
    let span = scope.range.span;
    if !range.first.is_multicast() || !range.last.is_multicast() {
        let message = format!("{range} is no range of multicast addresses");
        return Some(
            Diagnostic::error("scn-scope", span, message)
                .label("expected a part of 224.0.0.0/4 or ff00::/8")
                .rule("draft 2.1"),
        );
    }
    let needed = if range.first.is_ipv4() { TAIL } else { GROUP_OFFSET + 1 };
    let too_small = range.span() < needed;
    too_small.then(|| {
        let message = format!("scope `{}` has no room", scope.name);
        Diagnostic::error("scn-scope-small", span, message)
            .label(format!("expected more than {needed} addresses"))
            .help(
                "the AAP group is the last address minus 7, and the last 256 addresses of an \
                 IPv4 scope are scope-relative",
            )
            .rule("F-01")
    })
}
