//! Seeds of a search: how many runs a second, and which harm they do.
//!
//! `cargo bench -p lab --bench explore -- [literal|repaired] [SEEDS] [JOBS] [show]`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "a rate, which decides nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::time::Instant;

use lab::explore::{Goal, Search};
use scenario::Profile;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| !w.starts_with("--")).collect();
    let profile = match words.first().map(String::as_str) {
        Some("literal") => Profile::Literal,
        _ => Profile::Repaired,
    };
    let number = |n: usize, default| words.get(n).and_then(|w| w.parse().ok()).unwrap_or(default);
    let jobs = NonZeroUsize::new(number(2, 2)).unwrap_or(NonZeroUsize::MIN);
    let seeds = 0..number(1, 200) as u64;
    let search = Search { profile, seeds, jobs, goal: Goal::All };
    let begun = Instant::now();
    let findings = search.run(|_| ControlFlow::Continue(()));
    let spent = begun.elapsed();
    assert!(findings.broken.is_empty(), "{:?}", findings.broken);
    println!(
        "{} runs in {spent:.2?}: {:.0} runs/s, {} messages a run",
        findings.runs,
        findings.runs as f64 / spent.as_secs_f64(),
        findings.messages / findings.runs.max(1)
    );
    for found in &findings.discoveries {
        let (harm, shape) = (found.harm.name(), found.shape);
        println!("{:6} {harm:27} {shape:12} first seed {}", found.runs, found.first);
    }
    if words.last().is_some_and(|word| word == "show") {
        search.exhibit(&findings.discoveries, |taken| {
            if let Some((found, Some(exhibit))) = taken {
                println!("\n== {} {} ==\n{}", found.harm, found.shape, exhibit.scenario);
            }
            ControlFlow::Continue(())
        });
    }
}
