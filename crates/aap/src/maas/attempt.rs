use addrspace::Range;
use sansio::Instant;

use super::Maas;
use super::timer::Timer;
use crate::command::RequestId;

/// A set of addresses that is being claimed or preallocated, for whoever looks from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// The request, if a user made it; the pool's own have none.
    pub request: Option<RequestId>,
    /// The addresses that it has not given up.
    pub ranges: Vec<Range>,
    /// Which set of its request it is, counted from 1.
    pub number: u32,
    /// When it stands if nobody objects; after a collision, when it looks for another set.
    pub due: Option<Instant>,
}

impl Maas {
    /// Claims under way (section 3.2.5), by request.
    pub fn claims_under_way(&self) -> impl Iterator<Item = Attempt> + '_ {
        self.claims.iter().map(|(&request, claim)| Attempt {
            request: Some(request),
            ranges: claim.set().iter().collect(),
            number: claim.attempts,
            due: self.earlier(Timer::Claim(request), Timer::ClaimRetry(request)),
        })
    }

    /// Preallocations that have not stood long enough yet (section 3.2.6), oldest first.
    pub fn preallocations_under_way(&self) -> impl Iterator<Item = Attempt> + '_ {
        let tentative = self.preallocations.iter().filter(|(_, p)| !p.is_held());
        tentative.map(|(&id, preallocation)| Attempt {
            request: preallocation.request(),
            ranges: preallocation.set().iter().collect(),
            number: preallocation.attempts(),
            due: self.earlier(Timer::Preallocation(id), Timer::PreallocationRetry(id)),
        })
    }

    fn earlier(&self, stands: Timer, retries: Timer) -> Option<Instant> {
        self.timers.at(stands).into_iter().chain(self.timers.at(retries)).min()
    }
}
