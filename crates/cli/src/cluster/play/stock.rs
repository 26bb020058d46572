//! What nodes know of a life before the play: their stable storage, written for them.

use std::net::SocketAddr;

use ::cluster::{Cluster, wall_us};
use lab::live::{self, Stay};
use sansio::UtcSecs;

use super::Play;
use crate::exit::Failure;

/// Writes the stable storage of whoever knows something.
pub(super) fn fill(play: &Play<'_>, cluster: &Cluster) -> Result<(), Failure> {
    if play.plan.known.is_empty() && play.plan.known_spaces.is_empty() {
        return Ok(());
    }
    let factor = play.timing.factor();
    let now = UtcSecs(wall_us().div_euclid(1_000_000));
    let silences = play.actors.iter().flat_map(|actor| &actor.seats);
    let longest = silences.map(|seat| seat.config.timing.startup_wait).max().unwrap_or_default();
    let silence = match play.plan.startup_skipped {
        true => longest.as_micros().div_ceil(1_000_000),
        false => 0,
    };
    let zero = now.plus(i64::try_from(silence).unwrap_or(i64::MAX));
    let members = play.actors.iter().zip(cluster.members());
    let addresses: Vec<SocketAddr> = members
        .clone()
        .flat_map(|(actor, member)| {
            let address = SocketAddr::new(member.address(), aap::AAP_PORT);
            std::iter::repeat_n(address, actor.seats.len())
        })
        .collect();
    let stay = Stay { factor, zero, now };
    let known =
        live::known(play.plan, &addresses, &stay).map_err(|why| Failure::Usage(why.to_string()))?;
    for (actor, member) in members {
        let seats = actor.seats.iter().enumerate();
        let shelves: Vec<_> = seats
            .map(|(nth, seat)| (seat.config.scope.clone(), known[actor.first_seat + nth].clone()))
            .collect();
        if shelves.iter().all(|(_, items)| items.is_empty()) {
            continue;
        }
        node::prepare_store(member.data(), &shelves)
            .map_err(|why| Failure::Environment(why.to_string()))?;
    }
    Ok(())
}
