//! How fast the network is, as ratios to loops written by hand that run in the same process,
//! turn by turn. See `../README.md`.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a benchmark reads the clock"
)]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, which decide nothing")]
#![expect(clippy::print_stdout, reason = "the result")]

mod announcer;
mod floor;

use std::hint::black_box;
use std::time::Instant as Watch;

use announcer::Announcer;
use netsim::{Batching, Config, Delay, Link, Loss, Ppm, Silent, World};
use sansio::{Duration, Instant};

/// What the network does to the storm.
#[derive(Clone, Copy, PartialEq)]
enum Weather {
    /// Every copy takes 10 ms.
    Calm,
    /// Every copy takes 5 to 15 ms of its own; 1 % are lost.
    Rough,
}

#[derive(Clone, Copy)]
struct Case {
    hosts: u32,
    seconds: u64,
    weather: Weather,
}

impl Case {
    fn config(self, seed: u64) -> Config {
        let link = match self.weather {
            Weather::Calm => Link::constant(Duration::from_millis(10)),
            Weather::Rough => Link {
                delay: Delay::Uniform {
                    low: Duration::from_millis(5),
                    high: Duration::from_millis(15),
                },
                loss: Loss::Independent(Ppm::percent(1)),
                ..Link::default()
            },
        };
        Config { link, ..Config::new(seed) }
    }

    fn world(self, config: Config) -> World<Announcer> {
        announcer::world(self.hosts as usize, config)
    }

    /// Deliveries and digest of a run.
    fn run(self, mut world: World<Announcer>) -> (u64, u64) {
        world.run_until(Instant::from_secs(self.seconds), &mut Silent);
        let got: u64 = world.hosts().filter_map(|host| host.machine()).map(|m| m.got).sum();
        assert_eq!(got, world.counters().delivered);
        (got, world.digest().value())
    }

    fn floor(self, seed: u64) -> u64 {
        let run = match self.weather {
            Weather::Calm => floor::batched,
            Weather::Rough => floor::heaped,
        };
        let tally = run(self.hosts, self.seconds, seed);
        black_box(tally.hash);
        tally.delivered
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, which] = args.as_slice()
        && mode == "--peak"
    {
        return peak(which);
    }
    let quick = args.iter().any(|arg| arg == "--quick");
    let (rounds, seconds) = if quick { (3, 600) } else { (7, 3_600) };

    println!("storm: 100 octets from every host every 30 s ± 30 %, {seconds} s, {rounds} rounds");
    println!("deliveries per second, median (min-max); ratio = network : floor in one round\n");
    println!("{:<28}{:>26}{:>26}   ratio", "case", "network", "floor");
    for weather in [Weather::Calm, Weather::Rough] {
        for hosts in [10, 100, 300, 1000] {
            let scale = if hosts == 1000 && !quick { 4 } else { 1 };
            compare(Case { hosts, seconds: seconds / scale, weather }, rounds);
        }
    }
    memory();
    cores(Case { hosts: 300, seconds, weather: Weather::Calm }, rounds);
    digests();
}

/// The middle, the least and the most.
struct Spread([f64; 3]);

impl Spread {
    fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        Self([samples[samples.len() / 2], samples[0], samples[samples.len() - 1]])
    }

    fn millions(&self) -> String {
        let [middle, low, high] = self.0.map(|rate| rate / 1e6);
        format!("{middle:.1} M ({low:.1}-{high:.1})")
    }

    fn ratio(&self) -> String {
        let [middle, low, high] = self.0;
        format!("{middle:.2} ({low:.2}-{high:.2})")
    }
}

fn rate(work: impl FnOnce() -> u64) -> f64 {
    let start = Watch::now();
    let done = work();
    done as f64 / start.elapsed().as_secs_f64()
}

fn compare(case: Case, rounds: u64) {
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for seed in 0..rounds {
        ours.push({
            let world = case.world(case.config(seed));
            rate(|| case.run(world).0)
        });
        floors.push(rate(|| case.floor(seed)));
    }
    let ratio = Spread::of(ours.iter().zip(&floors).map(|(ours, floor)| ours / floor).collect());
    let name = match case.weather {
        Weather::Calm => "same delay, batched",
        Weather::Rough => "own delay and loss",
    };
    let name = format!("{name}, N={}", case.hosts);
    let (ours, floors) = (Spread::of(ours), Spread::of(floors));
    println!("{name:<28}{:>26}{:>26}   {}", ours.millions(), floors.millions(), ratio.ratio());
}

/// Peak memory, each in a process of its own.
fn memory() {
    println!("\npeak resident memory, N=1000, 120 s");
    for which in ["nothing", "network-calm", "network-rough", "floor-rough"] {
        let output = std::env::current_exe()
            .and_then(|exe| std::process::Command::new(exe).args(["--peak", which]).output());
        let kib = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        println!("{which:<28}{:>20} KiB", kib.unwrap_or_default());
    }
}

fn peak(which: &str) {
    let case = |weather| Case { hosts: 1000, seconds: 120, weather };
    let run = |case: Case| case.run(case.world(case.config(1)));
    match which {
        "network-calm" => drop(run(case(Weather::Calm))),
        "network-rough" => drop(run(case(Weather::Rough))),
        "floor-rough" => drop(case(Weather::Rough).floor(1)),
        _ => {}
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    println!("{}", peak.unwrap_or("? kB").trim().trim_end_matches(" kB"));
}

/// Two seeds at once against one.
fn cores(case: Case, rounds: u64) {
    let work =
        |seed| (0..4).map(|more| case.run(case.world(case.config(seed * 8 + more))).0).sum::<u64>();
    let mut ratios = Vec::new();
    for seed in 0..rounds {
        let alone = rate(|| work(seed));
        let both = rate(|| {
            std::thread::scope(|scope| {
                let other = scope.spawn(move || work(seed + 1_000));
                work(seed) + other.join().unwrap_or_default()
            })
        });
        ratios.push(both / alone);
    }
    println!("\ntwo seeds on two threads : one = {}", Spread::of(ratios).ratio());
}

/// The same seed gives the same digest, whatever the batching and the thread.
fn digests() {
    for weather in [Weather::Calm, Weather::Rough] {
        let case = Case { hosts: 100, seconds: 600, weather };
        let on = case.run(case.world(case.config(1)));
        let off = case.run(case.world(Config { batching: Batching::Off, ..case.config(1) }));
        let thread = std::thread::spawn(move || case.run(case.world(case.config(1))));
        assert_eq!(on, off, "batching must not matter");
        assert_eq!(Some(on), thread.join().ok(), "the thread must not matter");
        println!("digest {:016x}: same with batching off and on another thread", on.1);
    }
}
