//! Seeds of a search: how many runs a second on one thread and on two, and which harm they do.
//!
//! `cargo bench -p lab --bench explore -- [literal|repaired] [SEEDS] [count|show]`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "a rate, which decides nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::time::Instant;

use lab::explore::{Findings, Goal, Search};
use scenario::Profile;

const ROUNDS: u64 = 5;

/// Looks at the seeds on so many threads; runs per second, and what was found.
fn timed(profile: Profile, seeds: Range<u64>, jobs: usize) -> (f64, Search, Findings) {
    let jobs = NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN);
    let search = Search { profile, seeds, jobs, goal: Goal::All };
    let begun = Instant::now();
    let findings = search.run(|_| ControlFlow::Continue(()));
    let rate = findings.runs as f64 / begun.elapsed().as_secs_f64();
    assert!(findings.broken.is_empty(), "{:?}", findings.broken);
    (rate, search, findings)
}

fn tell_harms(findings: &Findings) {
    println!("{} runs, {} messages each", findings.runs, findings.messages / findings.runs.max(1));
    for found in &findings.discoveries {
        let (harm, shape) = (found.harm.name(), found.shape);
        println!("{:6} {harm:27} {shape:24} first seed {}", found.runs, found.first);
    }
}

/// The same seeds on one thread and on two, by turns.
fn scale(profile: Profile, seeds: u64) {
    let (mut one, mut two, mut ratios) = (vec![], vec![], vec![]);
    let share = seeds / ROUNDS;
    for round in 0..ROUNDS {
        let seeds = round * share..(round + 1) * share;
        let (alone, _, found) = timed(profile, seeds.clone(), 1);
        let (pair, _, same) = timed(profile, seeds, 2);
        assert_eq!(found.discoveries.len(), same.discoveries.len(), "threads change nothing");
        one.push(alone);
        two.push(pair);
        ratios.push(pair / alone);
    }
    println!("{:<30} {:>10} {:>10} {:>10}", "", "median", "min", "max");
    for (name, mut values, digits) in [
        ("runs per second, one thread", one, 0),
        ("runs per second, two threads", two, 0),
        ("two threads against one", ratios, 2),
    ] {
        values.sort_by(f64::total_cmp);
        let (median, min, max) = (values[values.len() / 2], values[0], values[values.len() - 1]);
        println!("{name:<30} {median:>10.digits$} {min:>10.digits$} {max:>10.digits$}");
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| !w.starts_with("--")).collect();
    let profile = match words.first().map(String::as_str) {
        Some("literal") => Profile::Literal,
        _ => Profile::Repaired,
    };
    let seeds = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(20_000);
    let last = words.get(2).map(String::as_str);
    if !matches!(last, Some("show" | "count")) {
        return scale(profile, seeds);
    }
    let (_, search, findings) = timed(profile, 0..seeds, 2);
    tell_harms(&findings);
    if last == Some("show") {
        search.exhibit(&findings.discoveries, |taken| {
            if let Some((found, Some(exhibit))) = taken {
                println!("\n== {} {} ==\n{}", found.harm, found.shape, exhibit.scenario);
            }
            ControlFlow::Continue(())
        });
    }
}
