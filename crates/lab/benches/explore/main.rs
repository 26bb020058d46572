//! Seeds of a search: how many runs a second, and which harm they do.
//!
//! `cargo bench -p lab --bench explore -- [PROFILE] [SEEDS] [JOBS]`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "a rate, which decides nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Instant;

use lab::explore::examine_seed;
use lab::many::in_order;
use lab::scenario::Profile;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| !w.starts_with("--")).collect();
    let profile = match words.first().map(String::as_str) {
        Some("literal") => Profile::Literal,
        _ => Profile::Repaired,
    };
    let number =
        |n: usize, otherwise| words.get(n).and_then(|w| w.parse().ok()).unwrap_or(otherwise);
    let (seeds, jobs) = (number(1, 200), number(2, 2));
    let jobs = NonZeroUsize::new(jobs as usize).unwrap_or(NonZeroUsize::MIN);
    let begun = Instant::now();
    let mut kinds: BTreeMap<String, (u64, u64, String)> = BTreeMap::new();
    let mut sent = 0;
    in_order(
        0..seeds,
        jobs,
        |seed| examine_seed(seed, profile),
        |taken| {
            let Some((seed, case)) = taken else { return ControlFlow::Continue(()) };
            let case = case.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
            sent += case.sent;
            for sighting in case.sightings {
                let kind = format!("{} {}", sighting.harm, sighting.shape);
                kinds.entry(kind).or_insert((0, seed, sighting.why)).0 += 1;
            }
            ControlFlow::Continue(())
        },
    );
    let spent = begun.elapsed();
    println!(
        "{seeds} runs in {spent:.2?}: {:.0} runs/s, {} messages a run",
        seeds as f64 / spent.as_secs_f64(),
        sent / seeds.max(1)
    );
    for (kind, (count, seed, why)) in kinds {
        println!("{count:6} {kind:32} first seed {seed}: {why}");
    }
}
