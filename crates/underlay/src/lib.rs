//! The network a local cluster stands on, without root and without leftovers.
//!
//! | kind | what it is | a seat has |
//! |---|---|---|
//! | [`Plan::loopback`] | the loopback interface as it is | an IPv4 address of 127/8 |
//! | [`Plan::bridge`] | a network namespace per seat, joined by a bridge | an interface, IPv4 and IPv6 |
//! | [`Plan::zones`] | several such bridges and a multicast router between them | the same, in a zone |
//!
//! A [`Plan`] is a value: it can be read as a shell script before, or instead of, being carried
//! out. [`Underlay::raise`] carries it out with the programs of the operating system (`unshare`,
//! `nsenter`, `ip`, `nft`, `smcrouted`), as an ordinary user where user namespaces are allowed. All
//! of it, and every process inside, ends with the [`Underlay`], or with the process that made it,
//! however that dies.
//!
//! [`doctor`] says which kinds this machine allows, and what to do about the others.

mod doctor;
mod error;
mod hold;
mod plan;
mod prefix;
mod raise;
mod seat;
mod tool;

pub use doctor::{Finding, Mode, Verdict, doctor, examine};
pub use error::UnderlayError;
pub use plan::{Plan, SEATS_MAX, Zone, ZoneSpec};
pub use prefix::{Prefix, PrefixError};
pub use raise::Underlay;
pub use seat::Seat;
