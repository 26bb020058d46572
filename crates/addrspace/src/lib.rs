//! Multicast addresses, ranges, interval maps, free-address indexes and scopes.
//!
//! Nothing here knows a protocol, a clock or a socket. Addresses are plain numbers ([`Addr`]) and
//! the [`Family`] travels beside them, so one set of structures serves IPv4 and IPv6.
//!
//! | type | answers |
//! |---|---|
//! | [`Range`], [`RangeSet`] | which addresses? |
//! | [`IntervalMap`] | whose are they, and until when? |
//! | [`FreeIndex`] | which are left, and which of those do I take? |
//! | [`Scope`] | where may they be used, and where do its participants meet? |
//! | [`link_layer`] | which groups does an Ethernet card confuse? |

mod addr;
mod free_index;
mod interval_map;
mod offset;
mod parse;
mod range;
mod range_set;
mod scope;

pub mod link_layer;

pub use addr::{Addr, Family};
pub use free_index::FreeIndex;
pub use interval_map::{Entry, IntervalMap, Key, NEVER};
pub use offset::OffsetRange;
pub use parse::ParseError;
pub use range::{Range, RangeDisplay};
pub use range_set::RangeSet;
pub use scope::{GROUP_OFFSET, RESERVED_TAIL, Scope, ScopeKind, TailPolicy};
