//! A collision on purpose: two allocation servers claim the same address.
//!
//! Two claims that are sent within one network delay of each other both give way (F-10), and on
//! loopback that delay is so short that a second claimant has heard of the first. So the second is
//! made deaf to the first for a moment: it claims in good faith, the first hears that claim while
//! its own is still under way, and gives the address up (draft 3.2.5).

use std::time::Duration;

use addrspace::{Addr, Family};
use client::{Entry, Request, Wish};

use crate::cluster::Cluster;
use crate::error::OrderError;
use crate::spec::allocatable;

/// Two requests for one address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collision {
    /// The address.
    pub address: String,
    /// What the first claimant was told: its request is under way.
    pub first: Request,
    /// What the second claimant was told.
    pub second: Request,
}

/// How long the second claimant is deaf to the first, at the draft's speed.
const DEAF_FOR: Duration = Duration::from_secs(6);

/// How many addresses are looked at for one that nobody has.
const TRIES: u128 = 4096;

impl Cluster {
    /// An address that none of `members` has on record.
    ///
    /// # Errors
    /// If one of them does not answer.
    pub fn free_address(&self, members: &[usize]) -> Result<String, OrderError> {
        let scope = &self.spec().scope;
        let mut taken: Vec<Entry> = Vec::new();
        for member in members {
            let found = &self.members()[*member];
            let record = found.client().record(None);
            taken.extend(
                record.map_err(|why| OrderError::Member { name: found.name().to_owned(), why })?,
            );
        }
        let all = allocatable(scope);
        // Somewhere in the middle, where a request that prefers nothing seldom looks.
        let middle = all.first().0 + all.len() / 3;
        let free = (0..TRIES).map(|nth| Addr(middle + nth)).find(|candidate| {
            all.contains(*candidate)
                && !taken.iter().any(|entry| covers(entry, *candidate, scope.family))
        });
        Ok(free.unwrap_or(all.first()).to_ip(scope.family).to_string())
    }

    /// Lets the members `first` and `second` claim the same address: `first` hears of it and gives
    /// way. A moment later they hear each other again.
    ///
    /// # Errors
    /// If one of them does not answer, or refuses.
    pub fn collide(&mut self, first: usize, second: usize) -> Result<Collision, OrderError> {
        let address = self.free_address(&[first, second])?;
        self.change_faults(|faults| faults.deafen(second, first))?;
        // By then the first has given way, and its next claim has not stood yet.
        self.hear_again(second, first, self.spec().timing.scaled(DEAF_FOR));
        let (first, second) = self.claim_both(first, second, &address)?;
        Ok(Collision { address, first, second })
    }

    fn claim_both(
        &self,
        first: usize,
        second: usize,
        address: &str,
    ) -> Result<(Request, Request), OrderError> {
        let claim = |member: usize| {
            let found = &self.members()[member];
            let wish = Wish::address(address);
            found
                .client()
                .allocate(&wish, Duration::ZERO)
                .map_err(|why| OrderError::Member { name: found.name().to_owned(), why })
        };
        Ok((claim(first)?, claim(second)?))
    }
}

fn covers(entry: &Entry, candidate: Addr, family: Family) -> bool {
    let read =
        |text: &str| text.parse().ok().map(|ip: std::net::IpAddr| (Family::of(ip), Addr::from(ip)));
    match (read(&entry.lease.span.first), read(&entry.lease.span.last)) {
        (Some((of, first)), Some((_, last))) => of == family && (first..=last).contains(&candidate),
        _ => false,
    }
}
