//! What hosts know of a life before the run, for hosts of the real world.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use aap::wire::{Body, Message, Ranges, TimedRange, WireTime};
use aap::{Item, Peer};
use sansio::UtcSecs;

use crate::domain::{Domain, EPOCH};
use crate::run::{DEFAULT_SEED, RunError};
use scenario::Plan;

/// When a play takes place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stay {
    /// By how much real time is faster than the scenario's.
    pub factor: u32,
    /// When the scenario's zero will be, as far as that can be told beforehand.
    pub zero: UtcSecs,
    /// What the wall clock shows now: nothing was heard later than that.
    pub now: UtcSecs,
}

/// What stable storage of each host of `plan` holds before the play, in the order of
/// [`super::stage`], whose hosts speak from `addresses`.
///
/// # Errors
/// If the plan means something that cannot be run.
pub fn known(
    plan: &Plan,
    addresses: &[SocketAddr],
    stay: &Stay,
) -> Result<Vec<Vec<Item>>, RunError> {
    let mut domain = Domain::build(plan, DEFAULT_SEED)?;
    let simulated = domain.members.iter().map(|member| Peer::from(member.config.own));
    let real = addresses.iter().map(|address| Peer::from(*address));
    let move_in = MoveIn { stay: *stay, peers: simulated.zip(real).collect() };
    let mut shelves = vec![Vec::new(); domain.members.len()];
    for (id, item) in domain.known(plan)? {
        let (Some(shelf), Some(member)) =
            (shelves.get_mut(id.index()), domain.members.get(id.index()))
        else {
            continue;
        };
        let scope = &member.config.scope;
        if range_of(&item).is_none_or(|range| scope.range.contains_range(range)) {
            shelf.push(move_in.item(item));
        }
    }
    Ok(shelves)
}

const fn range_of(item: &Item) -> Option<addrspace::Range> {
    match item {
        Item::Own { range, .. }
        | Item::Preallocated { range, .. }
        | Item::Heard { range, .. }
        | Item::Intended { range, .. }
        | Item::Tombstone { range, .. } => Some(*range),
        Item::Space { .. } | Item::Forget(_) => None,
    }
}

/// From the simulator's times and addresses to those of a play.
struct MoveIn {
    stay: Stay,
    peers: BTreeMap<Peer, Peer>,
}

impl MoveIn {
    fn item(&self, item: Item) -> Item {
        match item {
            Item::Own { range, end, latest_end, request, deleted } => Item::Own {
                range,
                end: self.at(end),
                latest_end: self.at(latest_end),
                request,
                deleted,
            },
            Item::Preallocated { range, end, request } => {
                Item::Preallocated { range, end: self.at(end), request }
            }
            Item::Heard { range, end, owner, by_defender } => {
                Item::Heard { range, end: self.at(end), owner: self.peer(owner), by_defender }
            }
            Item::Intended { range, end, owner, heard } => Item::Intended {
                range,
                end: self.at(end),
                owner: self.peer(owner),
                heard: self.past(heard),
            },
            Item::Tombstone { range, end, until } => {
                Item::Tombstone { range, end: self.at(end), until: self.at(until) }
            }
            Item::Space { message, received } => {
                Item::Space { message: self.message(message), received: self.past(received) }
            }
            forget @ Item::Forget(_) => forget,
        }
    }

    /// An announced space, said as much earlier as all times are closer together.
    fn message(&self, message: Message) -> Message {
        let Body::Asa { expiration, ranges } = message.body() else { return message };
        let timed =
            |time: WireTime| WireTime::saturating_from(self.at(UtcSecs(i64::from(time.secs()))).0);
        let listed =
            ranges.iter().map(|TimedRange { range, end }| TimedRange { range, end: timed(end) });
        let body = Body::Asa {
            expiration: timed(*expiration),
            ranges: Ranges::new(message.family(), listed),
        };
        let said = self.past(UtcSecs(i64::from(message.current_time().secs())));
        Message::new(message.header(), WireTime::saturating_from(said.0), body)
    }

    fn peer(&self, peer: Peer) -> Peer {
        self.peers.get(&peer).copied().unwrap_or(peer)
    }

    fn past(&self, utc: UtcSecs) -> UtcSecs {
        UtcSecs(self.at(utc).0.min(self.stay.now.0))
    }

    /// Ends are whole seconds, and nothing ends too early.
    fn at(&self, utc: UtcSecs) -> UtcSecs {
        if utc.0 == i64::from(u32::MAX) {
            return utc;
        }
        let (since, factor) = (utc.0 - EPOCH, i64::from(self.stay.factor.max(1)));
        UtcSecs(self.stay.zero.0 - (-since).div_euclid(factor))
    }
}

#[cfg(test)]
mod tests {
    use addrspace::Range;

    use super::*;
    use scenario::Scenario;

    const TEXT: &str = "title T\nscope site 239.255.0.0/16 small\nhosts A B\n\
        known A allocated .7 until 1h told B\nknown X preallocated .9 until 10s told B heard 30s ago\n\
        run 1m\n";

    #[test]
    fn what_was_known_moves_to_real_times_and_addresses() {
        let plan = Scenario::parse(TEXT).unwrap().plan(None, None).unwrap();
        let addresses = [11, 12].map(|host| SocketAddr::from(([127, 0, 0, host], 2878)));
        let (zero, now) = (UtcSecs(2_000_000_000), UtcSecs(1_999_999_990));
        let stay = Stay { factor: 20, zero, now };
        let shelves = known(&plan, &addresses, &stay).unwrap();
        let (_, range) = Range::parse("239.255.0.7-239.255.0.7").unwrap();
        let (_, other) = Range::parse("239.255.0.9-239.255.0.9").unwrap();
        let end = zero.plus(180);
        assert!(
            matches!(shelves[0][..], [Item::Own { range: own, end: until, .. }]
                if own == range && until == end),
            "{shelves:?}"
        );
        let owner = Peer::from(addresses[0]);
        assert_eq!(shelves[1][0], Item::Heard { range, end, owner, by_defender: false });
        let Item::Intended { range, end, heard, .. } = shelves[1][1] else { panic!("{shelves:?}") };
        assert_eq!((range, end), (other, zero.plus(1)), "half a second becomes a whole one");
        assert_eq!(heard, now, "nothing was heard in the future");
    }
}
