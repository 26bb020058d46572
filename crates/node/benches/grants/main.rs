//! Grants from a preallocated pool over the control API, each durable before it is answered.
//!
//! `cargo bench -p node --bench grants` prints one row for each number of clients. Beside it, in the
//! same run and on the same disk: the same clients with a handler that does nothing, and commits
//! of the store's engine one after the other. Rounds alternate; medians are shown.

#![expect(clippy::print_stdout, reason = "a benchmark is there to be read")]

mod clients;
mod floors;
mod site;

use clients::Measured;

/// Clients at once, and the requests that all of them make together in one round.
const LEVELS: [(usize, usize); 3] = [(1, 1_000), (16, 4_000), (256, 4_000)];

const ROUNDS: usize = 3;

fn main() {
    let scratch = site::Scratch::new();
    let commits = floors::commits(&scratch.join("floor"), 1_000);
    println!("one commit after the other: {commits} per second\n");
    println!("| clients | grants/s | p50 | p99 | empty answers/s | p50 | p99 | share |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (clients, requests) in LEVELS {
        let (mut grants, mut empty) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let directory = scratch.join(&format!("{clients}-{round}"));
            let site = site::Site::start(&directory, requests);
            grants.push(clients::measure(&site.socket, "/v1/allocate", clients, requests));
            drop(site);
            let idle = floors::Idle::start(&directory.join("idle.sock"));
            empty.push(clients::measure(&idle.socket, "/", clients, requests));
        }
        let (grants, empty) = (Measured::median(&grants), Measured::median(&empty));
        println!(
            "| {clients} | {} | {} µs | {} µs | {} | {} µs | {} µs | {} % |",
            grants.per_second,
            grants.p50_us,
            grants.p99_us,
            empty.per_second,
            empty.p50_us,
            empty.p99_us,
            100 * grants.per_second / empty.per_second.max(1),
        );
    }
}
