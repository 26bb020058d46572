//! How the values of the protocol look in JSON: addresses as text, times both for people and for
//! programs.

use aap::wire::WireTime;
use aap::{Lease, Refusal};
use addrspace::{Family, Range};
use sansio::UtcSecs;
use serde_json::{Map, Value, json};

/// The version of every document of this API.
const VERSION: u32 = 1;

/// A document: what it is, and its fields.
pub(super) fn document(schema: &str, fields: Value) -> Value {
    let mut document = Map::new();
    document.insert("schema".to_owned(), schema.into());
    document.insert("version".to_owned(), VERSION.into());
    if let Value::Object(fields) = fields {
        document.extend(fields);
    }
    Value::Object(document)
}

/// `first`, `last` and `count`. A count beyond 64 bits is shown as the largest.
pub(super) fn range(family: Family, range: Range) -> Value {
    json!({
        "first": range.first().to_ip(family).to_string(),
        "last": range.last().to_ip(family).to_string(),
        "count": u64::try_from(range.len()).unwrap_or(u64::MAX),
    })
}

/// A range with its end.
pub(super) fn lease(family: Family, lease: Lease) -> Value {
    let mut fields = range(family, lease.range);
    put_end(&mut fields, lease.end);
    fields
}

pub(super) fn leases(family: Family, leases: &[Lease]) -> Value {
    leases.iter().map(|each| lease(family, *each)).collect()
}

pub(super) fn ranges(family: Family, ranges: &[Range]) -> Value {
    ranges.iter().map(|each| range(family, *each)).collect()
}

/// Adds `end`, as text and in seconds since 1970.
pub(super) fn put_end(fields: &mut Value, end: UtcSecs) {
    fields["end"] = time(end).into();
    fields["end_s"] = end.0.into();
}

/// A time as RFC 3339 has it.
pub(super) fn time(at: UtcSecs) -> String {
    WireTime::saturating_from(at.0).to_string()
}

/// The name a refusal has in problem documents, too.
pub(super) const fn refusal(why: Refusal) -> &'static str {
    super::Reason::Refused(why).name()
}
