//! What a node costs that has heard of 10 000 ranges and is asked for nothing, while their owner
//! repeats them as often as the draft has it. See the README in `benches`.

#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot run ends")]

#[path = "../bed/mod.rs"]
mod bed;
#[path = "../bed/machine.rs"]
mod machine;

use std::fs;
use std::time::{Duration, Instant};

use bed::{Bed, CROWD, announcements, group, speaker};

const OTHERS: u32 = 10_000;
const LENGTH: Duration = Duration::from_secs(30);

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let node = Bed::new("idle", OTHERS);
    println!("{} ranges in the record", node.entries());
    let all = announcements(OTHERS);
    let pause = LENGTH / u32::try_from(all.len()).expect("some hundred");
    let socket = speaker(CROWD);
    let (begin, busy) = (Instant::now(), machine::busy_ns(&node.thread));
    for aiu in &all {
        socket.send_to(aiu, group()).expect("loopback");
        std::thread::sleep(pause);
    }
    let took = u64::try_from(begin.elapsed().as_nanos()).expect("half a minute");
    let share = (machine::busy_ns(&node.thread) - busy) * 100_000 / took;
    println!(
        "processor: {}.{:03} % of a core while {} AIUs were heard; below 1 %: {}",
        share / 1000,
        share % 1000,
        all.len(),
        verdict(share < 1000)
    );
    let kib = resident_kib();
    println!(
        "resident: {kib} KiB, this program included; below 30 MiB: {}",
        verdict(kib < 30 * 1024)
    );
}

const fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.split_whitespace().next()?.parse().ok()).expect("a number")
}
