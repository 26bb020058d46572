//! `aap check`: every run of a scenario within bounds.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use checker::Representative;
use clap::{Args, ValueEnum};
use lab::check::{Budget, Check, CheckOptions, Checkable, Pace, Shortage, Verdict};
use scenario::Time;

use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::look::Paint;
use crate::replay::{Content, ProfileArg, Source, read_all, setting};
use crate::scenario_cmd;

mod document;
mod progress;
mod text;

use progress::Progress;

/// Explore every run of a scenario within bounds: a proof, or the shortest run that goes wrong.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aap check crossing-claims                    no loss: is anything ever allocated twice?
  aap check crossing-claims --losses 8         the fewest losses that it takes, if 8 are enough
  aap check my.scn --profile literal --delay 200ms --horizon 20s
  aap check my.scn --losses 4 -o found.scn && aap replay found.scn
  aap check my.scn --losses 6 --memory 2G --resume half-way.check

Every copy of a datagram arrives at any moment between its sending and --delay that makes a
difference to the order of what happens; the chances of the scenario's links are not asked.
Answers to questions of chance that no `draw` line fixes are those of --draws, in every
combination. docs/checking.md says what that covers and what it does not.

Ctrl-C stops a check: what was found until then is told, and with --resume it can go on later.

Exit status: 0 proved within the bounds, 1 a counterexample, 3 a budget ran out before either,
130 interrupted before either.")]
pub(crate) struct CheckArgs {
    /// Name of a scenario, or a file (*.scn, *.json).
    #[arg(value_name = "NAME|FILE")]
    input: String,

    /// The reading of the draft; without it, the one that the scenario names.
    #[arg(long, value_enum)]
    profile: Option<ProfileArg>,

    /// The variant of the scenario; without it, the scenario itself.
    #[arg(long, value_name = "V")]
    variant: Option<String>,

    /// Set a constant or a switch of the scenario: hosts=3, claim-attempts=2.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// Copies of datagrams that may be lost.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=200))]
    losses: u32,

    /// Copies of datagrams that may arrive twice.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=200))]
    duplicates: u32,

    /// Crashes besides those of the scenario; whoever crashed may start again at any time.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=200))]
    crashes: u32,

    /// The longest that a datagram takes; without it, that of the scenario's slowest link.
    #[arg(long, value_name = "D", value_parser = time)]
    delay: Option<Time>,

    /// Look no further than this; without it, than the scenario runs.
    #[arg(long, value_name = "T", value_parser = time)]
    horizon: Option<Time>,

    /// The values that stand for all answers to a question of chance.
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',', default_values = ["low", "middle", "high"])]
    draws: Vec<DrawArg>,

    /// Threads; the result is the same whatever it is.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Memory to use at most, as in 512M or 2G.
    #[arg(long, value_name = "M", default_value = "1G", value_parser = octets)]
    memory: usize,

    /// States to look at, at most.
    #[arg(long, value_name = "N")]
    states: Option<u64>,

    /// Go on from what this file holds, if it is there; leave there what a budget or Ctrl-C cut
    /// short.
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,

    /// Write the counterexample to this file, as a scenario for `aap replay`.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// One JSON document for programs.
    #[arg(long)]
    json: bool,
}

/// A value that stands for others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum DrawArg {
    /// The least possible.
    Low,
    /// The one in the middle.
    Middle,
    /// The greatest possible.
    High,
}

impl From<DrawArg> for Representative {
    fn from(draw: DrawArg) -> Self {
        match draw {
            DrawArg::Low => Self::Low,
            DrawArg::Middle => Self::Middle,
            DrawArg::High => Self::High,
        }
    }
}

fn time(text: &str) -> Result<Time, String> {
    text.parse().map_err(str::to_owned)
}

/// `512M` in octets.
fn octets(text: &str) -> Result<usize, String> {
    let shift = match text.chars().last() {
        Some('K' | 'k') => 10,
        Some('M' | 'm') => 20,
        Some('G' | 'g') => 30,
        _ => 0,
    };
    let digits = if shift == 0 { text } else { &text[..text.len() - 1] };
    let number: usize =
        digits.parse().map_err(|_| "expected a size such as 512M or 2G".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "that is more than there can be".to_owned())
}

/// What came of a check, for those who tell of it.
struct Outcome<'c> {
    name: &'c str,
    checkable: &'c Checkable,
    check: &'c Check<'c>,
    verdict: &'c Verdict,
    args: &'c CheckArgs,
    jobs: NonZeroUsize,
    spent: Duration,
}

/// Does what the arguments say.
pub(crate) fn run(args: &CheckArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let (name, checkable) = ready(args)?;
    let (interrupt, begun) = (Interrupt::listen(), Instant::now());
    let mut check = checkable.check();
    if let Some(path) = args.resume.as_deref().filter(|path| path.exists()) {
        let saved = fs::read(path).map_err(|why| cannot("read", path, &why))?;
        check.resume(&saved).map_err(|why| Failure::Usage(format!("{}: {why}", path.display())))?;
    }
    let jobs =
        args.jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let budget = Budget { octets: args.memory, states: args.states.unwrap_or(u64::MAX) };
    let mut progress = Progress::new(&check.tally());
    let verdict = check.run(jobs.get(), &budget, &mut |tally| {
        progress.tell(tally);
        if interrupt.is_raised() { Pace::Stop } else { Pace::On }
    });
    progress.finish();
    if let (Verdict::Inconclusive(_), Some(path)) = (&verdict, &args.resume) {
        put_down(path, &check.save()).map_err(|why| cannot("write", path, &why))?;
        let _ = writeln!(io::stderr(), "what is left is in {}", path.display());
    }
    if let (Verdict::Violated(finding), Some(path)) = (&verdict, &args.output) {
        fs::write(path, &finding.scenario.text).map_err(|why| cannot("write", path, &why))?;
    }
    let outcome = Outcome {
        name: &name,
        checkable: &checkable,
        check: &check,
        verdict: &verdict,
        args,
        jobs,
        spent: begun.elapsed(),
    };
    match args.json {
        true => writeln!(out, "{:#}", document::document(&outcome))?,
        false => text::write(&outcome, paint, out)?,
    }
    Ok(match &verdict {
        Verdict::Proved => Exit::Done,
        // A run that does not play again is our own mistake, and must not pass for a finding.
        Verdict::Violated(finding) if finding.scenario.mismatch.is_some() => Exit::Bug,
        Verdict::Violated(_) => Exit::No,
        Verdict::Inconclusive(Shortage::Patience) => Exit::Interrupted,
        Verdict::Inconclusive(Shortage::Memory | Shortage::States) => Exit::Inconclusive,
    })
}

/// Writes what is left in place of what was there, which stays whole if that fails.
fn put_down(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, octets)?;
    fs::rename(&beside, path)
}

fn cannot(what: &str, path: &Path, why: &io::Error) -> Failure {
    Failure::Environment(format!("cannot {what} {}: {why}", path.display()))
}

fn ready(args: &CheckArgs) -> Result<(String, Checkable), Failure> {
    let inputs = std::slice::from_ref(&args.input);
    let mut sources = read_all(inputs, scenario_cmd::Look::Picture, &mut io::stderr())?;
    for source in &mut sources {
        source.apply(&args.settings)?;
    }
    let [Source { name, path, content: Content::Scenario { scenario, .. } }] = sources.as_slice()
    else {
        return Err(Failure::Usage(format!(
            "{}: a check takes one scenario, not a journal or a directory",
            args.input
        )));
    };
    let options = CheckOptions {
        profile: args.profile.map(Into::into),
        variant: args.variant.clone(),
        losses: args.losses,
        duplicates: args.duplicates,
        crashes: args.crashes,
        delay: args.delay,
        horizon: args.horizon,
        representatives: args.draws.iter().map(|draw| (*draw).into()).collect(),
    };
    let checkable = Checkable::new(scenario, &options).map_err(|why| {
        let place = if why.line == 0 { path.clone() } else { format!("{path}:{}:1", why.line) };
        Failure::Usage(format!("{place}: {}", why.message))
    })?;
    Ok((name.clone(), checkable))
}

#[cfg(test)]
mod tests {
    use super::octets;

    #[test]
    fn sizes_have_letters() {
        assert_eq!(octets("512M"), Ok(512 << 20));
        assert_eq!(octets("2g"), Ok(2 << 30));
        assert_eq!(octets("4096"), Ok(4_096));
        for wrong in ["", "G", "1.5G", "2T", "99999999999G"] {
            assert!(octets(wrong).is_err(), "{wrong}");
        }
    }
}
