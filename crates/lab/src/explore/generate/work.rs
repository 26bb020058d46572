use netsim::Stream;

use super::mix::{Feature, Mix};
use super::pick;
use super::world::World;

/// What users ask for, and when, in tenths of a second.
pub(super) fn draw(dice: &mut Stream, mix: &Mix, world: &World, events: &mut Vec<(u64, String)>) {
    let rush = world.moment(dice);
    for _ in 0..dice.between(1, 10) {
        let at = match mix.has(Feature::Rushes) && dice.chance(1, 2) {
            true => rush,
            false => world.moment(dice),
        };
        let host = world.host(dice);
        events.push((at, format!("{host} {}", wish(dice, mix, world))));
    }
    for host in &world.late {
        events.push((world.moment(dice), format!("restart {host}")));
    }
}

fn wish(dice: &mut Stream, mix: &Mix, world: &World) -> String {
    let chosen = dice.below(8);
    match chosen {
        0 | 1 if mix.has(Feature::Releases) && dice.chance(1, 2) => {
            format!("release {}", world.all())
        }
        0 | 1 if mix.has(Feature::Releases) => format!("release {}", world.addresses(dice, 4)),
        2 | 3 if mix.has(Feature::Extensions) => {
            let (addresses, until) = (world.addresses(dice, 4), end(dice, mix));
            format!("extend {addresses} until {until}")
        }
        4 | 5 if mix.has(Feature::Preallocation) => {
            format!("preallocate {}", demand(dice, mix, world))
        }
        6 => format!("claim {}", demand(dice, mix, world)),
        _ => format!("allocate {}", demand(dice, mix, world)),
    }
}

fn demand(dice: &mut Stream, mix: &Mix, world: &World) -> String {
    let until = end(dice, mix);
    if mix.has(Feature::Insistence) && dice.chance(1, 2) {
        return format!("at {} until {until}", world.addresses(dice, 2));
    }
    let most = world.addresses.div_ceil(2);
    let count = if dice.chance(1, 2) { 1 } else { dice.between(1, most) };
    format!("{count} until {until}")
}

fn end(dice: &mut Stream, mix: &Mix) -> &'static str {
    if mix.has(Feature::ShortLives) {
        return pick(dice, &["+40s", "+90s", "+4m", "+1h"]);
    }
    pick(dice, &["+1h", "+2h"])
}
