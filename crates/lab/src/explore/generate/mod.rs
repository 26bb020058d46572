//! A seed becomes a scenario: a small world, demand, faults, and a calm end.
//!
//! Swarm search: each seed first decides which kinds of trouble there are at all, and only then
//! draws them, so that a run is not always a little of everything. No generator aims at a known
//! flaw of the draft. Every run has two phases: work, in which anything may happen, and calm, in
//! which nobody asks for anything, faults have stopped, and everything must settle.

mod faults;
mod mix;
mod work;
mod world;

use std::fmt::Write;

use netsim::Stream;

use scenario::{Profile, Scenario};

use mix::Mix;
use world::World;

/// How long the calm lasts, in seconds.
const CALM: u64 = 300;

/// How many messages a run may take before it counts as a storm.
const CAP: u64 = 2_000;

/// The scenario of `seed`: always the same, and always a sound one.
#[must_use]
pub fn generate(seed: u64, profile: Profile) -> Scenario {
    // Text that this module writes is sound; a test reads a few thousand seeds.
    Scenario::parse(&text(seed, profile)).unwrap_or_default()
}

/// The text of the scenario of `seed`.
fn text(seed: u64, profile: Profile) -> String {
    let mut dice = Stream::named(seed, "explore");
    let mix = Mix::draw(&mut dice);
    let world = World::draw(&mut dice, &mix);
    let mut lines = vec![
        format!("title Found by search, seed {seed}"),
        format!("seed {}", dice.below(1 << 20)),
        format!("profile {profile}"),
    ];
    world.describe(&mut dice, &mix, &mut lines);
    let mut events = Vec::new();
    work::draw(&mut dice, &mix, &world, &mut events);
    faults::draw(&mut dice, &mix, &world, &mut events);
    events.sort_by_key(|event: &(u64, String)| event.0);
    let mut text = lines.join("\n");
    text.push('\n');
    for (at, event) in events {
        let _ = writeln!(text, "at {} {event}", seconds(at));
    }
    let _ = writeln!(text, "run {}s", world.work_ends() + CALM);
    text
}

/// Tenths of a second as the language writes them.
fn seconds(tenths: u64) -> String {
    match tenths % 10 {
        0 => format!("{}s", tenths / 10),
        rest => format!("{}.{rest}s", tenths / 10),
    }
}

/// One of `items`.
fn pick<T: Copy>(dice: &mut Stream, items: &[T]) -> T {
    let index = usize::try_from(dice.below(items.len() as u64)).unwrap_or(0);
    items[index]
}

/// Some of `hosts`, at least one, and not all if that can be.
fn some_of(dice: &mut Stream, hosts: &[String]) -> Vec<String> {
    let most = hosts.len().saturating_sub(1).max(1) as u64;
    let wanted = usize::try_from(dice.between(1, most)).unwrap_or(1);
    let mut left = hosts.to_vec();
    let mut chosen = Vec::new();
    while chosen.len() < wanted && !left.is_empty() {
        let index = usize::try_from(dice.below(left.len() as u64)).unwrap_or(0);
        chosen.push(left.swap_remove(index));
    }
    chosen.sort();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_is_a_sound_scenario() {
        for seed in 0..3_000 {
            let text = text(seed, Profile::Literal);
            let reading = Scenario::read(&text);
            let errors: Vec<_> = reading.diagnostics.iter().filter(|d| d.is_error()).collect();
            assert!(errors.is_empty(), "seed {seed}: {errors:?}\n{text}");
            assert!(reading.scenario.plan(None, None).is_ok());
        }
    }

    #[test]
    fn the_same_seed_is_the_same_scenario_and_another_is_another() {
        assert_eq!(text(7, Profile::Repaired), text(7, Profile::Repaired));
        assert_ne!(text(7, Profile::Repaired), text(8, Profile::Repaired));
    }

    #[test]
    fn the_canonical_text_says_the_same() {
        for seed in 0..300 {
            let scenario = generate(seed, Profile::Literal);
            assert_eq!(Scenario::parse(&scenario.to_text()), Ok(scenario), "seed {seed}");
        }
    }
}
