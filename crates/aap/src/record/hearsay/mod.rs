//! What is remembered of claims and requests heard from others.
//!
//! Every memory here is kept in the order of hearing, which decides who makes room for whom, and is
//! found by what it is about: a flood of claims must cost as little for each as the first did.

mod claims;
mod contests;
mod requests;
#[cfg(test)]
mod testing;

pub(crate) use claims::HeardClaims;
pub(crate) use contests::Contests;
pub(crate) use requests::{NotedRequest, Requests};

/// Most ranges of claims, contests and requests remembered at a time; the oldest make room (F-48: a flood
/// must not grow the record without bound).
const LIMIT: usize = 4096;
