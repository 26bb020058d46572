//! The draft's promises in small random worlds without loss and partitions, where the repaired
//! profile owes all of them: the oracles watch, and none may object.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use lab::{Report, RunOptions, run};
use netsim::Verdict;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use scenario::{Profile, Scenario};

/// When the last command is given, in seconds.
const BUSY_UNTIL: u32 = 600;
/// When a run ends: every claim is settled by then, and quiet has come.
const ENDS: u32 = 1_200;

/// A small world and what its users want.
#[derive(Clone, Debug)]
struct Workload {
    hosts: u8,
    /// How many addresses the scope has; the last 256 are not for allocation.
    scope: u32,
    delay_ms: u32,
    jitter_percent: u32,
    /// When each host is started.
    starts: Vec<u32>,
    orders: Vec<Order>,
    seed: u64,
}

/// What a user wants of a host, and when.
#[derive(Clone, Debug)]
struct Order {
    at: u32,
    host: u8,
    wish: Wish,
}

#[derive(Clone, Debug)]
enum Wish {
    Allocate {
        count: u32,
        layout: &'static str,
        minutes: u32,
    },
    Claim {
        count: u32,
        minutes: u32,
    },
    Preallocate {
        count: u32,
        minutes: u32,
    },
    /// Of everything it holds between two addresses.
    Renew {
        first: u32,
        last: u32,
        minutes: u32,
    },
    Release {
        first: u32,
        last: u32,
    },
    Lose {
        first: u32,
        last: u32,
    },
}

fn wish() -> impl Strategy<Value = Wish> {
    let layout = prop_oneof![3 => Just(""), 1 => Just(" contiguous")];
    let part = (0..40_u32, 0..40_u32).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        6 => (1..12_u32, layout, 3..60_u32)
            .prop_map(|(count, layout, minutes)| Wish::Allocate { count, layout, minutes }),
        2 => (1..12_u32, 3..60_u32).prop_map(|(count, minutes)| Wish::Claim { count, minutes }),
        3 => (1..12_u32, 3..60_u32)
            .prop_map(|(count, minutes)| Wish::Preallocate { count, minutes }),
        2 => (part.clone(), 3..60_u32)
            .prop_map(|((first, last), minutes)| Wish::Renew { first, last, minutes }),
        2 => part.clone().prop_map(|(first, last)| Wish::Release { first, last }),
        1 => part.prop_map(|(first, last)| Wish::Lose { first, last }),
    ]
}

fn workload() -> impl Strategy<Value = Workload> {
    (2..=5_u8, 300..=600_u32, 1..1_500_u32, 0..100_u32, any::<u64>()).prop_flat_map(
        |(hosts, scope, delay_ms, jitter_percent, seed)| {
            let order = (0..BUSY_UNTIL, 0..hosts, wish());
            let order = order.prop_map(|(at, host, wish)| Order { at, host, wish });
            let start = prop_oneof![2 => Just(0), 1 => 0..400_u32];
            let starts = prop::collection::vec(start, usize::from(hosts));
            (starts, prop::collection::vec(order, 1..25)).prop_map(move |(starts, orders)| {
                Workload { hosts, scope, delay_ms, jitter_percent, starts, orders, seed }
            })
        },
    )
}

impl Workload {
    /// The same as a scenario, for whoever wants to replay it.
    fn text(&self) -> String {
        let name = |host: u8| format!("H{}", host + 1);
        let last = self.scope - 1;
        let jitter_us = self.delay_ms * 10 * self.jitter_percent;
        let mut text = format!(
            "title    A random small world\n\
             seed     {}\n\
             scope    site 239.255.0.0-239.255.{}.{} small\n\
             hosts    H*{}\n\
             link     * delay {}ms jitter {jitter_us}us\n",
            self.seed,
            last / 256,
            last % 256,
            self.hosts,
            self.delay_ms,
        );
        let mut events: Vec<(u32, String)> = Vec::new();
        for (host, &start) in (0..).zip(&self.starts).filter(|(_, start)| **start > 0) {
            writeln!(text, "down     {}", name(host)).unwrap();
            events.push((start, format!("restart {}", name(host))));
        }
        for Order { at, host, wish } in &self.orders {
            // A command to a host that does not run yet would be lost.
            let at = (*at).max(self.starts[usize::from(*host)] + 1);
            let host = name(*host);
            let what = match wish {
                Wish::Allocate { count, layout, minutes } => {
                    format!("{host} allocate {count}{layout} until +{minutes}m")
                }
                Wish::Claim { count, minutes } => format!("{host} claim {count} until +{minutes}m"),
                Wish::Preallocate { count, minutes } => {
                    format!("{host} preallocate {count} until +{minutes}m")
                }
                Wish::Renew { first, last, minutes } => {
                    format!("{host} renew .{first}-.{last} until +{minutes}m")
                }
                Wish::Release { first, last } => format!("{host} release .{first}-.{last}"),
                Wish::Lose { first, last } => format!("{host} lose .{first}-.{last}"),
            };
            events.push((at, what));
        }
        events.sort_by_key(|(at, _)| *at);
        for (at, what) in events {
            writeln!(text, "at {at}s {what}").unwrap();
        }
        writeln!(text, "run {ENDS}s").unwrap();
        text
    }

    fn run(&self) -> Report {
        let text = self.text();
        let scenario = Scenario::parse(&text).unwrap_or_else(|why| panic!("{text}\n{why:?}"));
        let options = RunOptions { profile: Some(Profile::Repaired), ..RunOptions::default() };
        run(&scenario, &options).unwrap_or_else(|why| panic!("{text}\n{why}"))
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        max_shrink_iters: 2_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "proptest-regressions/properties.txt",
        ))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_oracle_objects(workload in workload()) {
        let report = workload.run();
        for oracle in &report.oracles {
            prop_assert!(
                !matches!(oracle.verdict, Verdict::Violated { .. }),
                "{}: {:?}\n{}", oracle.name, oracle.verdict, workload.text()
            );
        }
    }
}

/// Without this the property above could hold because nothing is ever put to the test.
#[test]
fn the_oracles_are_exercised() {
    let orders = (0..4).map(|host| Order {
        at: 200 + u32::from(host),
        host,
        wish: Wish::Allocate { count: 11, layout: "", minutes: 15 },
    });
    let workload = Workload {
        hosts: 4,
        scope: 300,
        delay_ms: 500,
        jitter_percent: 20,
        starts: vec![0; 4],
        orders: orders.collect(),
        seed: 1,
    };
    let report = workload.run();
    let holding = |name| {
        let oracle = report.oracles.iter().find(|oracle| oracle.name == name);
        oracle.is_some_and(|oracle| oracle.verdict == Verdict::Holds)
    };
    for name in ["no-duplicate-allocation", "earned-allocation", "startup-silence", "announced"] {
        assert!(holding(name), "{name}: {:?}", report.oracles);
    }
}
