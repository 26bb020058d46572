use netsim::Stream;

use super::mix::{Feature, Mix};
use super::world::World;
use super::{pick, some_of};

const TYPES: [&str; 3] = ["ACLM", "AIU", "AITU"];

/// What goes wrong, and when, in tenths of a second; and how it is all put right at the end.
pub(super) fn draw(dice: &mut Stream, mix: &Mix, world: &World, events: &mut Vec<(u64, String)>) {
    let calm = world.work_ends() * 10;
    let everyone = world.everyone();
    let several = |dice: &mut Stream, feature| match mix.has(feature) {
        true => dice.between(1, 3),
        false => 0,
    };
    let mut is_cut = false;
    for _ in 0..several(dice, Feature::Partitions) {
        let side = some_of(dice, &everyone);
        let from = cut_moment(dice, world);
        let rest: Vec<_> = everyone.iter().filter(|h| !side.contains(h)).cloned().collect();
        events.push((from, format!("partition {} | {}", side.join(" "), rest.join(" "))));
        if dice.chance(2, 3) {
            events.push((from.max(world.moment(dice)), "heal".to_owned()));
        }
        is_cut = true;
    }
    for _ in 0..several(dice, Feature::OneWay) {
        let verb = pick(dice, &["mute", "deafen"]);
        let side = some_of(dice, &everyone);
        events.push((cut_moment(dice, world), format!("{verb} {}", pick_name(dice, &side))));
        is_cut = true;
    }
    if is_cut {
        events.push((calm, "heal".to_owned()));
    }
    for _ in 0..several(dice, Feature::Holds) {
        let Some((a, b)) = pair(dice, &everyone) else { continue };
        let from = world.moment(dice);
        events.push((from, format!("hold {a}-{b}")));
        events.push((calm.min(from + dice.between(10, 600)), format!("release {a}-{b}")));
    }
    for _ in 0..several(dice, Feature::PickedDrops) {
        let Some((a, b)) = pair(dice, &everyone) else { continue };
        let (count, kind) = (dice.between(1, 4), pick(dice, &TYPES));
        let to = if dice.chance(1, 2) { "*".to_owned() } else { b };
        events.push((world.moment(dice), format!("drop next {count} {kind} from {a} to {to}")));
    }
    for _ in 0..several(dice, Feature::Crashes) {
        crash(dice, mix, world, events);
    }
    for _ in 0..several(dice, Feature::ClockSteps) {
        let (host, by) = (pick_name(dice, &everyone), pick(dice, &["+2s", "-2s", "+5m", "-5m"]));
        events.push((world.moment(dice), format!("clock {host} step {by}")));
    }
    if mix.has(Feature::Loss) {
        events.push((calm, "link * loss 0%".to_owned()));
    }
}

/// Cuts often come before the work: what happens apart is what collides later.
fn cut_moment(dice: &mut Stream, world: &World) -> u64 {
    if dice.chance(1, 2) { world.work_begins() } else { world.moment(dice) }
}

fn crash(dice: &mut Stream, mix: &Mix, world: &World, events: &mut Vec<(u64, String)>) {
    let host = pick_name(dice, &world.everyone());
    let from = world.moment(dice);
    let storage = match dice.below(3) {
        0 if mix.has(Feature::DiskLoss) => " lose disk",
        1 if mix.has(Feature::DiskLoss) => " lose last 2 writes",
        _ => "",
    };
    events.push((from, format!("crash {host}{storage}")));
    if mix.has(Feature::Restarts) && world.listens() && dice.chance(3, 4) {
        events.push((from + dice.between(1, 100) * 10, format!("restart {host}")));
    }
}

fn pick_name(dice: &mut Stream, names: &[String]) -> String {
    let index = usize::try_from(dice.below(names.len() as u64)).unwrap_or(0);
    names.get(index).cloned().unwrap_or_default()
}

fn pair(dice: &mut Stream, names: &[String]) -> Option<(String, String)> {
    let a = pick_name(dice, names);
    let others: Vec<String> = names.iter().filter(|n| **n != a).cloned().collect();
    (!others.is_empty()).then(|| (a, pick_name(dice, &others)))
}
