//! Octets: the six messages of draft section 5, read, written and shown.
//!
//! - [`View`] borrows a datagram that has passed every check of decoding; it allocates nothing.
//! - [`Message`] owns the same content; [`Message::decode`] is a view, copied.
//! - [`Message`]'s `Display` is one line; [`pretty`] shows every field with its offset and raw
//!   octets.
//!
//! # Layout
//!
//! All fields are big-endian (AAP-5.1-01) and follow each other without padding; `A` is the size of
//! an address, 4 octets for IPv4 and 16 for IPv6.
//!
//! ```text
//! all       version 1, msgtype 1, addrfamily 2, rseq 3, mseq 1, current-time 4    offsets 0..12
//! 0 ACLM    ranges: (first A, last A, end-time 4) to the end of the datagram      from 12
//! 1 AIU     the same
//! 2 AITU    the same
//! 3 ASA     expiration-time 4, then ranges                                        from 12, 16
//! 4 ASRP    n 1, n reports: (first A, last A, in-use-count 4),
//!           m 1, m requests: (addrs-requested 4, end-time-requested 4)            from 12
//! 5 ANA     address-count 4, end-time 4, and nothing else                         from 12
//! ```
//!
//! # Contract
//!
//! No function here panics on any octets, and none allocates more than a small multiple of the
//! datagram. What a [`View`] or a decoded [`Message`] holds has been checked: the version, the
//! type and the family are known, the length fits the type, and every range is in order and
//! multicast. Whether its ranges belong to a configured scope is judged by [`scope_check`].
//!
//! What the draft leaves open about malformed input is decided in the order of [`Reason`].

mod body;
mod fingerprint;
mod header;
#[cfg(test)]
mod hex;
mod items;
mod layout;
mod malformed;
mod message;
mod oneline;
mod pretty;
mod ranges;
mod scope;
mod time;
mod view;

pub use body::{Body, Report, Request};
pub use header::{Header, MessageType, RawHeader, Rseq};
pub use layout::{DATAGRAM_LIMIT, max_ranges};
pub use malformed::{Detail, Malformed, Reason};
pub use message::{BufferTooSmall, Message};
pub use pretty::{Line, dump, lines, notes, pretty};
pub use ranges::{Ranges, RangesIter, TimedRange};
pub use scope::{ScopeMismatch, scope_check};
pub use time::WireTime;
pub use view::{BodyView, Leniency, RangesView, ReportsView, RequestsView, View};
