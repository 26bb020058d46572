use std::collections::BTreeMap;

use aap::wire::MessageType;
use aap::{Event, Loss, RequestId};
use netsim::HostId;
use sansio::{Duration, Instant};

/// How many collisions of preallocations in a row, none of which came to be held, are too many,
/// once nobody has asked for anything for four `[REPEAT-INTERVAL]`s.
const PREALLOCATIONS: u32 = 6;
/// How many collisions of one request's claims are too many: more than the attempts of a request
/// may bring, of which each may collide over every one of its addresses.
const CLAIMS: u32 = 200;

/// Counts collisions that should have come to an end.
#[derive(Clone, Debug)]
pub(super) struct Livelock {
    patience: Duration,
    disturbed: Instant,
    preallocations: u32,
    claims: BTreeMap<(HostId, Option<RequestId>), u32>,
}

/// Which kind of bidding does not end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Endless {
    Preallocation,
    Claim,
}

impl Livelock {
    pub(super) fn new(repeat_interval: Duration) -> Self {
        Self {
            patience: repeat_interval * 4,
            disturbed: Instant::ZERO,
            preallocations: 0,
            claims: BTreeMap::new(),
        }
    }

    /// Somebody did something: what follows may take its time.
    pub(super) const fn disturb(&mut self, at: Instant) {
        self.disturbed = at;
        self.preallocations = 0;
    }

    /// What an event adds up to.
    pub(super) fn count(&mut self, host: HostId, event: &Event, at: Instant) -> Option<Endless> {
        let (request, message) = match event {
            Event::Held { .. } => {
                self.preallocations = 0;
                return None;
            }
            Event::Clash { request, message, .. } => (*request, *message),
            Event::Abandoned { request, why: Loss::Collision { message, .. }, .. } => {
                (*request, *message)
            }
            _ => return None,
        };
        match message {
            MessageType::Aitu if at.since(self.disturbed) > self.patience => {
                self.preallocations += 1;
                (self.preallocations == PREALLOCATIONS).then_some(Endless::Preallocation)
            }
            MessageType::Aclm => {
                let count = self.claims.entry((host, request)).or_default();
                *count += 1;
                (*count == CLAIMS).then_some(Endless::Claim)
            }
            _ => None,
        }
    }
}
