//! Runs what the fuzzers run, on random octets and with those of `corpus/` mixed in, for as long as
//! there is time: `cargo run --release -p tests --bin stories -- TARGET SECONDS [SEED]`.
//!
//! What breaks is written to the folder for temporary files, to be run again with `@FILE` as the
//! target's second argument.

#![expect(clippy::print_stdout, reason = "the result")]

use std::env;
use std::error::Error;
use std::fs;
use std::panic;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use netsim::Stream;
use tests::fuzz;
use tests::register::root;

const USAGE: &str = "stories decode|machine|control SECONDS|@FILE [SEED]";

/// Octets of the longest story.
const LONGEST: u64 = 1_500;

/// The stories that are kept, and dice.
struct Teller {
    kept: Vec<Vec<u8>>,
    dice: Stream,
}

impl Teller {
    fn new(target: &str, seed: u64) -> Result<Self, Box<dyn Error>> {
        let mut kept = vec![Vec::new()];
        for entry in fs::read_dir(root().join("tests/corpus").join(target))? {
            kept.push(fs::read(entry?.path())?);
        }
        // The order of a folder is not the same everywhere.
        kept.sort_unstable();
        Ok(Self { kept, dice: Stream::named(seed, target) })
    }

    /// The beginning of a kept story with a few octets changed, and something new after it.
    fn next(&mut self) -> Vec<u8> {
        let kept = &self.kept[self.dice.below(self.kept.len() as u64) as usize];
        let mut story = kept[..self.dice.below(kept.len() as u64 + 1) as usize].to_vec();
        for _ in 0..self.dice.below(4) {
            let place = self.dice.below(story.len().max(1) as u64) as usize;
            if let Some(octet) = story.get_mut(place) {
                *octet = self.dice.bits() as u8;
            }
        }
        let more = self.dice.below(LONGEST);
        story.extend((0..more).map(|_| self.dice.bits() as u8));
        story
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (target, span) = (args.first().ok_or(USAGE)?, args.get(1).ok_or(USAGE)?);
    let run = match target.as_str() {
        "decode" => fuzz::decode,
        "machine" => fuzz::machine,
        "control" if fuzz::control_can_run() => fuzz::control,
        "control" => return Err("this machine does not deliver multicast on loopback".into()),
        _ => return Err(USAGE.into()),
    };
    if let Some(file) = span.strip_prefix('@') {
        run(&fs::read(file)?);
        return Ok(());
    }
    let end = Instant::now() + Duration::from_secs(span.parse()?);
    let seed = match args.get(2) {
        Some(seed) => seed.parse()?,
        None => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    };
    println!("seed {seed}");
    let mut teller = Teller::new(target, seed)?;
    let mut runs: u64 = 0;
    while Instant::now() < end {
        let story = teller.next();
        if panic::catch_unwind(|| run(&story)).is_err() {
            let file = env::temp_dir().join(format!("{target}-{seed}-{runs}"));
            fs::write(&file, &story)?;
            return Err(format!("it broke after {runs} stories: {}", file.display()).into());
        }
        runs += 1;
    }
    println!("{runs} stories, and nothing broke");
    Ok(())
}
