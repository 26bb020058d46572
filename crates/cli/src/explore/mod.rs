//! `aap explore`: searches seeds for harm, and makes what it finds small.

mod document;
mod progress;
mod report;

use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use lab::explore::{Discovery, Exhibit, Findings, Goal, Search};
use scenario::Time;

use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::look::Paint;
use crate::replay::ProfileArg;

use progress::Progress;

/// How long a search takes that nobody gave a budget.
const DEFAULT_BUDGET: Duration = Duration::from_secs(60);

/// Search for scenarios in which the protocol does harm: each seed is a small world with demand
/// and faults; what is found is made small and written as a scenario to replay.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aap explore --profile literal                the draft to the letter, for 60 s
  aap explore --profile repaired --for 10m     what is left of it after the repairs
  aap explore --seeds 0..10000 --out found     the same seeds find the same, with any --jobs
  aap explore --profile literal --first        stop at the first harm

Of each kind of harm the shortest scenario that does it is made small, and replays. Exit status 1
says that something was found, 0 that nothing was.")]
pub(crate) struct ExploreArgs {
    /// The reading of the draft.
    #[arg(long, value_enum, default_value = "repaired")]
    profile: ProfileArg,

    /// The seeds, from A to before B; or from A on.
    #[arg(long, value_name = "A..B", value_parser = seeds, default_value = "0..")]
    seeds: Range<u64>,

    /// Search for so long, such as 60s or 10m (the default is 60s, unless seeds or runs end it).
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    budget: Option<Duration>,

    /// Search so many seeds.
    #[arg(long, value_name = "N")]
    runs: Option<u64>,

    /// How many threads; as many as there are cores, if not said.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Stop at the first harm.
    #[arg(long, conflicts_with = "collect")]
    first: bool,

    /// Collect every kind of harm (the default).
    #[arg(long)]
    collect: bool,

    /// Write a scenario for each kind of harm, and a summary, into this directory.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

/// What a search has brought: each kind of harm, with its scenario as far as there is one.
pub(crate) struct Outcome {
    search: Search,
    findings: Findings,
    found: Vec<(Discovery, Option<Exhibit>)>,
    end: End,
    spent: Duration,
}

/// How a search came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// Its budget was used up, or its goal reached.
    Done,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

/// Does what the arguments say.
pub(crate) fn run(args: &ExploreArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    if let Some(directory) = &args.out {
        report::make_directory(directory)?;
    }
    let outcome = explore(args, &Interrupt::listen());
    let files = match &args.out {
        Some(directory) => report::write_files(directory, &outcome)?,
        None => Vec::new(),
    };
    if args.json {
        writeln!(out, "{:#}", document::document(&outcome, &files))?;
    } else {
        report::print(&outcome, &files, paint, out)?;
    }
    if let Some((seed, why)) = outcome.findings.broken.first() {
        return Err(Failure::Environment(format!("seed {seed} cannot be run: {why}")));
    }
    Ok(match outcome.end {
        End::Interrupted => Exit::Interrupted,
        End::Done if outcome.found.is_empty() => Exit::Done,
        End::Done => Exit::No,
    })
}

fn explore(args: &ExploreArgs, interrupt: &Interrupt) -> Outcome {
    let (search, budget) = (args.search(), args.budget());
    let begun = Instant::now();
    let mut progress = Progress::new(budget, &search.seeds);
    let mut end = End::Done;
    let findings = search.run(|done| {
        progress.tell_runs(done);
        if interrupt.is_raised() {
            end = End::Interrupted;
            return ControlFlow::Break(());
        }
        match budget.is_some_and(|budget| begun.elapsed() >= budget) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    let spent = begun.elapsed();
    let mut found = Vec::new();
    let total = findings.discoveries.len();
    search.exhibit(&findings.discoveries, |taken| {
        if let Some((discovery, exhibit)) = taken {
            found.push((discovery.clone(), exhibit));
        }
        progress.tell_small(found.len(), total);
        if interrupt.is_raised() {
            end = End::Interrupted;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let rest = findings.discoveries.iter().skip(found.len());
    found.extend(rest.map(|discovery| (discovery.clone(), None)).collect::<Vec<_>>());
    progress.finish();
    Outcome { search, findings, found, end, spent }
}

impl ExploreArgs {
    fn search(&self) -> Search {
        let Range { start, end } = self.seeds;
        let end = self.runs.map_or(end, |runs| end.min(start.saturating_add(runs)));
        let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Search {
            profile: self.profile.into(),
            seeds: start..end,
            jobs: self.jobs.unwrap_or_else(cores),
            goal: if self.first { Goal::First } else { Goal::All },
        }
    }

    fn budget(&self) -> Option<Duration> {
        let is_bounded = self.runs.is_some() || self.seeds.end < u64::MAX;
        self.budget.or((!is_bounded).then_some(DEFAULT_BUDGET))
    }
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    const EXPECTED: &str = "expected A..B with A below B, or A..";
    let (start, end) = text.split_once("..").ok_or(EXPECTED)?;
    let start: u64 = if start.is_empty() { 0 } else { start.parse().map_err(|_| EXPECTED)? };
    let end = if end.is_empty() { u64::MAX } else { end.parse().map_err(|_| EXPECTED)? };
    if start < end { Ok(start..end) } else { Err(EXPECTED.to_owned()) }
}

fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<Time>().map(|time| Duration::from_micros(time.micros())).map_err(str::to_owned)
}

#[cfg(test)]
mod tests;
