//! Addresses in the words of a scenario.

use addrspace::{Family, Range};
use scenario::{Plan, ScopeDecl};

use crate::domain::range_of;

/// `range` as an offset from the scope that contains it, as in `.7` or, if that is not the first
/// scope, `wide:.7-.9`.
pub(crate) fn place(plan: &Plan, range: Range) -> String {
    let base = |scope: &ScopeDecl| range_of(scope.range.value.first, scope.range.value.last);
    let family = |scope: &ScopeDecl| Family::of(scope.range.value.first);
    let inside = |scope: &ScopeDecl| base(scope).filter(|base| base.contains_range(range));
    let found =
        plan.scopes.iter().enumerate().find_map(|(at, scope)| Some((at, scope, inside(scope)?)));
    match found {
        None => {
            let family = plan.scopes.first().map_or(Family::V4, family);
            range.display(family).to_string()
        }
        Some((0, scope, base)) => range.offset_in(base, family(scope)).to_string(),
        Some((_, scope, base)) => {
            format!("{}:{}", scope.name, range.offset_in(base, family(scope)))
        }
    }
}

/// Several of them; `nothing` if there is none.
pub(crate) fn places(plan: &Plan, ranges: impl IntoIterator<Item = Range>) -> String {
    let places: Vec<String> = ranges.into_iter().map(|range| place(plan, range)).collect();
    if places.is_empty() { "nothing".to_owned() } else { places.join(" ") }
}
