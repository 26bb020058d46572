//! Steady AIU announcements: real MAASs against a loop that only hashes (goal P4).
//!
//! `cargo bench -p lab --bench announcements [-- --quick]`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, which decide nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

mod domain;
mod floor;

use std::time::Instant;

/// What one run delivered, and how long its timed part took.
#[derive(Clone, Copy, Debug)]
struct Figure {
    delivered: u64,
    seconds: f64,
}

impl Figure {
    fn rate(self) -> f64 {
        self.delivered as f64 / self.seconds
    }
}

fn timed(work: impl FnOnce() -> u64) -> Figure {
    let start = Instant::now();
    let delivered = work();
    Figure { delivered, seconds: start.elapsed().as_secs_f64() }
}

fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

fn main() {
    let quick = std::env::args().any(|a| a == "--quick");
    let (hosts, secs, rounds) = if quick { (100, 300, 3) } else { (300, 600, 5) };
    check_invisible();
    println!(
        "{hosts} hosts with 40 ranges each, {secs} simulated seconds, {rounds} rounds, interleaved"
    );
    let (mut floors, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let floor = floor::run(hosts, secs);
        let real = domain::run(hosts, secs);
        floors.push(floor.rate() / 1e6);
        ours.push(real.rate() / 1e6);
        ratios.push(real.rate() / floor.rate());
    }
    println!("{:<34} {:>9} {:>9} {:>9}", "million deliveries per second", "median", "min", "max");
    for (name, values) in [("hash floor", floors), ("MAASs on the network", ours)] {
        let (median, min, max) = median(values);
        println!("{name:<34} {median:>9.2} {min:>9.2} {max:>9.2}");
    }
    let (ratio, min, max) = median(ratios);
    println!(
        "{:<34} {ratio:>9.2} {min:>9.2} {max:>9.2}   goal P4: at least 0.5",
        "ratio to the floor"
    );
}

/// The shortcut must not show: same digest without it.
fn check_invisible() {
    let (with, without) = (domain::digest(aap::Shortcut::On), domain::digest(aap::Shortcut::Off));
    assert_eq!(with, without, "the shortcut changes what happens");
    println!("traces with and without the shortcut are the same: {with}");
}
