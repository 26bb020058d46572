//! P12: a node answers claims on its own addresses with 100 000 ranges in its record, beside a bare
//! echo loop over the same kind of sockets, in turns within one run. See the README beside it.

#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
#![expect(clippy::expect_used, reason = "a benchmark that cannot run ends")]

#[path = "../bed/mod.rs"]
mod bed;
mod echo;
mod load;
#[path = "../bed/machine.rs"]
mod machine;

use std::time::Duration;

use bed::Bed;
use load::Measured;

const OTHERS: u32 = 100_000;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1500);

fn main() {
    // `cargo test --benches` only wants to know whether it builds and starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let node = Bed::new("answers", OTHERS);
    println!("{} ranges in the record", node.entries());
    let (mut nodes, mut echoes, mut unicasts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let echo = echo::Echo::multicast();
        echoes.push(load::run(&echo.thread, echo::GROUP, echo::OWN, ROUND));
        drop(echo);
        nodes.push(load::run(&node.thread, bed::group(), bed::NODE, ROUND));
        let echo = echo::Echo::unicast();
        unicasts.push(load::run(&echo.thread, echo::OWN, echo::OWN, ROUND));
    }
    row("echo, unicast", &unicasts);
    row("echo, multicast", &echoes);
    row("node", &nodes);
    let of = |f: fn(&Measured) -> u64| {
        let mut shares: Vec<u64> =
            nodes.iter().zip(&echoes).map(|(node, echo)| f(node) * 1000 / f(echo)).collect();
        shares.sort_unstable();
        (shares[0], shares[shares.len() / 2], shares[shares.len() - 1])
    };
    let (low, median, high) = of(|measured| measured.rate);
    let verdict = if median >= 800 { "met" } else { "MISSED" };
    let share = |thousandths: u64| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    println!(
        "node / echo, answers: {} ({} to {}); P12, 0.8: {verdict}",
        share(median),
        share(low),
        share(high)
    );
    let (low, median, high) = of(|measured| measured.cpu_ns);
    println!(
        "node / echo, processor time of the server, in thousandths: {median} ({low} to {high})"
    );
}

fn row(name: &str, rounds: &[Measured]) {
    let median = |f: fn(&Measured) -> u64| {
        let mut values: Vec<u64> = rounds.iter().map(f).collect();
        values.sort_unstable();
        (values[values.len() / 2], values[0], values[values.len() - 1])
    };
    let (rate, slowest, fastest) = median(|measured| measured.rate);
    let (cpu, least, most) = median(|measured| measured.cpu_ns);
    let lost: u64 = rounds.iter().map(|measured| measured.lost).sum();
    println!(
        "{name:16} {rate:>8} answers/s ({slowest} to {fastest}), {cpu} ns of processor time each \
         ({least} to {most}), {lost} lost"
    );
}
