//! Runs of one scenario, seed after seed: how many a core gets through in a second.
//!
//! `cargo bench -p lab --bench replays [-- --quick]`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, which decide nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

use std::ops::Range;
use std::thread;
use std::time::Instant;

use lab::{RunOptions, run};
use scenario::Scenario;

/// SCN-04: four hosts, 45 s of virtual time, everything a judge and oracles can be asked.
const SCENARIO: &str = "owner-answers-a-claim";

/// Runs a seed each and returns how many deliveries that took; every run must pass.
fn replay(scenario: &Scenario, seeds: Range<u64>) -> u64 {
    seeds
        .map(|seed| {
            let options = RunOptions { seed: Some(seed), ..RunOptions::default() };
            let report = run(scenario, &options).expect("the scenario can be run");
            assert!(report.passed(), "seed {seed}: {:?}", report.checks);
            report.counters.delivered
        })
        .sum()
}

/// Runs and deliveries per second.
#[derive(Clone, Copy)]
struct Rate {
    runs: f64,
    deliveries: f64,
}

/// Spreads the seeds over `threads`.
fn timed(scenario: &Scenario, seeds: Range<u64>, threads: u64) -> Rate {
    let count = seeds.end - seeds.start;
    let share = count / threads;
    let start = Instant::now();
    let deliveries: u64 = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|n| {
                let from = seeds.start + n * share;
                let to = if n + 1 == threads { seeds.end } else { from + share };
                scope.spawn(move || replay(scenario, from..to))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("every run passes")).sum()
    });
    let seconds = start.elapsed().as_secs_f64();
    Rate { runs: count as f64 / seconds, deliveries: deliveries as f64 / seconds }
}

/// Median, least and most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

fn main() {
    let quick = std::env::args().any(|a| a == "--quick");
    let (runs, rounds) = if quick { (6_000_u64, 3) } else { (100_000, 5) };
    let embedded = lab::scenarios::find(SCENARIO).expect("the scenario is embedded");
    let scenario = Scenario::parse(embedded.text).expect("an embedded scenario is sound");
    println!("{runs} runs of {SCENARIO}, without a journal, in {rounds} rounds, interleaved");

    let (mut one, mut two, mut deliveries, mut ratios) = (vec![], vec![], vec![], vec![]);
    let per_round = runs / rounds;
    for round in 0..rounds {
        let seeds = round * per_round..(round + 1) * per_round;
        let alone = timed(&scenario, seeds.clone(), 1);
        let pair = timed(&scenario, seeds, 2);
        one.push(alone.runs);
        deliveries.push(alone.deliveries);
        two.push(pair.runs);
        ratios.push(pair.runs / alone.runs);
    }
    println!("{:<30} {:>10} {:>10} {:>10}", "", "median", "min", "max");
    for (name, values, digits) in [
        ("runs per second, one thread", one, 0),
        ("deliveries per second, the same", deliveries, 0),
        ("runs per second, two threads", two, 0),
        ("two threads against one", ratios, 2),
    ] {
        let (median, min, max) = spread(values);
        println!("{name:<30} {median:>10.digits$} {min:>10.digits$} {max:>10.digits$}");
    }
}
