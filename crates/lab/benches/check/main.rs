//! How fast and how lean the exhaustive checker is on two claims that cross.
//!
//! `cargo bench -p lab --bench check [-- [LOSSES] [JOBS] [STATES]]`
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "rates, which decide nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

use std::time::Instant;

use lab::check::{Budget, CheckOptions, Checkable, Pace, Verdict};
use scenario::Scenario;

/// SCN-08: two hosts claim one address at once.
const SCENARIO: &str = "crossing-claims";

/// The most memory this process has had, in octets, as far as the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibi: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibi * 1_024)
}

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let argument = |at: usize, otherwise: u64| numbers.get(at).copied().unwrap_or(otherwise);
    let (losses, jobs, states) = (argument(0, 4), argument(1, 2), argument(2, 2_000_000));
    let embedded = lab::scenarios::find(SCENARIO).expect("the scenario is embedded");
    let scenario = Scenario::parse(embedded.text).expect("an embedded scenario is sound");
    let options = CheckOptions { losses: losses as u32, ..CheckOptions::default() };
    let checkable = Checkable::new(&scenario, &options).expect("the scenario can be checked");
    let before = peak();
    let mut check = checkable.check();
    let start = Instant::now();
    let budget = Budget { octets: 4 << 30, states };
    let verdict = check.run(jobs as usize, &budget, &mut |_| Pace::On);
    let seconds = start.elapsed().as_secs_f64();
    let tally = check.tally();
    let word = match verdict {
        Verdict::Proved => "proved".to_owned(),
        Verdict::Violated(finding) => format!("violated: {}", finding.why),
        Verdict::Inconclusive(shortage) => format!("inconclusive: {shortage}"),
    };
    println!("{SCENARIO}, {}: {word}", checkable.bounds());
    println!("{tally:?}");
    println!(
        "{:.2} s on {jobs} threads: {:.3} M unique states/s, {:.3} M generated/s",
        seconds,
        tally.unique as f64 / seconds / 1e6,
        tally.generated as f64 / seconds / 1e6,
    );
    let per = |octets: u64| octets as f64 / tally.unique as f64;
    println!("{:.0} octets per unique state by its own books", per(tally.octets_max as u64));
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("{:.0} octets per unique state by the system's", per(after - before));
    }
}
