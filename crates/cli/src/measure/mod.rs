//! `aap measure`: how often, how long, how much.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::{Args, Subcommand};
use lab::measure::{Axis, Design, Experiment, Part, Reading, Seeds};

use crate::exit::{Exit, Failure};
use crate::look::Paint;
use crate::replay::{Content, Source, read_all, setting};
use crate::scenario_cmd;

mod answer;
mod conduct;
mod document;
mod figures;
mod numbers;
mod parts;
mod per_run;
mod picture;
mod seeds;
mod tables;

use answer::AnswerArgs;
use per_run::PerRun;
use seeds::{Shard, seeds, shard};

/// Run a scenario under many seeds and report how often, how long and how much.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  aap measure crossing-claims                      a thousand runs, a distribution per metric
  aap measure crossing-claims --vary loss=0..0.5/6 --metric duplicates,duplicate-time
  aap measure my.scn --vary hosts=3,9,19 --compare literal,repaired --runs 10000
  aap measure my.scn --compare repaired,repaired+claim-tie=earlier-wins --json
  aap measure my.scn --runs 100000 --shard 3/16 --out parts
  aap measure merge parts                          what one process would have printed
  aap measure dead-owner-and-loss --metric grants --vary loss=0..0.5/6 \
      --plot taken.svg --plot-of share --formula dead-owner

A metric is a name of the table, or a message type in a role such as aiu.bystander.
docs/measuring.md explains metrics, intervals and shards."
)]
pub(crate) struct MeasureArgs {
    #[command(subcommand)]
    action: Option<Action>,

    /// Name of a scenario, or a file (*.scn, *.json).
    #[arg(required = true, value_name = "SCENARIO")]
    input: Option<String>,

    /// Runs per row: the seeds 1 to N.
    #[arg(long, value_name = "N", default_value = "1000", conflicts_with = "seeds")]
    runs: NonZeroUsize,

    /// The seeds, both ends included.
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Seeds>,

    /// Vary a setting of `aap replay --set`, or the `variant`: every combination is a row.
    #[arg(long, value_name = "NAME=A,B,..|A..B/N")]
    vary: Vec<Axis>,

    /// Set a constant, a switch or a property of all links in every row.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// The reading of the draft: a profile, and switches that differ from it.
    #[arg(long, value_name = "P[+SWITCH=VALUE]..", conflicts_with = "compare")]
    profile: Option<Reading>,

    /// Several readings, each with rows of its own.
    #[arg(long, value_name = "P1,P2,..", value_delimiter = ',')]
    compare: Vec<Reading>,

    /// The variant of the scenario; without it, the scenario itself.
    #[arg(long, value_name = "V")]
    variant: Option<String>,

    /// Write a line per run: *.csv, else NDJSON.
    #[arg(long, value_name = "FILE")]
    per_run: Option<PathBuf>,

    /// Run only this part of the seeds, and write it for `aap measure merge`.
    #[arg(long, value_name = "I/N", value_parser = shard, requires = "out")]
    shard: Option<Shard>,

    /// The directory of the parts; made if it is missing.
    #[arg(long, value_name = "DIR", requires = "shard")]
    out: Option<PathBuf>,

    /// Runs at the same time; the output is the same whatever it is.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    #[command(flatten)]
    answer: AnswerArgs,
}

#[derive(Subcommand, Debug)]
enum Action {
    Merge(MergeArgs),
}

/// Put the parts of a measurement together and print what one process would have printed.
#[derive(Args, Debug)]
struct MergeArgs {
    /// Files that `--shard` wrote, or directories of them.
    #[arg(required = true, value_name = "DIR|FILE")]
    inputs: Vec<PathBuf>,

    #[command(flatten)]
    answer: AnswerArgs,
}

/// Does what the arguments say.
pub(crate) fn run(args: &MeasureArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    if let Some(Action::Merge(merge)) = &args.action {
        let whole = parts::merge(&merge.inputs)?;
        return merge.answer.give(&whole, paint, out);
    }
    let metrics = args.answer.metrics()?;
    let experiment = experiment(args)?;
    let seeds = experiment.question().seeds;
    let per_run = args.per_run.as_deref().map(|path| PerRun::create(path, experiment.question()));
    let mut per_run = per_run.transpose()?;
    let jobs =
        args.jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let (Some(shard), Some(directory)) = (args.shard, &args.out) else {
        let whole = conduct::conduct(&experiment, seeds, jobs, per_run.as_mut())?;
        args.answer.print(&whole, &metrics, paint, out)?;
        return Ok(Exit::Done);
    };
    let part = seeds.part(shard.number, shard.of).ok_or_else(|| {
        let (Shard { of, .. }, count) = (shard, seeds.count());
        Failure::Usage(format!("{count} seeds do not make {of} parts"))
    })?;
    let place = parts::Place::new(directory, shard)?;
    if per_run.is_none() && place.is_done(experiment.question(), part)? {
        writeln!(io::stderr(), "{} is there already", place.path().display())?;
        return Ok(Exit::Done);
    }
    let part: Part = conduct::conduct(&experiment, part, jobs, per_run.as_mut())?;
    place.write(&part)?;
    writeln!(out, "{}", place.path().display())?;
    Ok(Exit::Done)
}

fn experiment(args: &MeasureArgs) -> Result<Experiment, Failure> {
    let input = args.input.clone().unwrap_or_default();
    let mut err = io::stderr();
    let sources = read_all(std::slice::from_ref(&input), scenario_cmd::Look::Picture, &mut err)?;
    let [Source { name, content: Content::Scenario { scenario, .. }, .. }] = sources.as_slice()
    else {
        return Err(Failure::Usage(format!(
            "{input}: a measurement takes one scenario, not a journal or a directory"
        )));
    };
    let readings = args.profile.iter().chain(&args.compare).cloned().collect();
    let design = Design {
        name: name.clone(),
        seeds: args.seeds.unwrap_or(Seeds { first: 1, last: args.runs.get() as u64 }),
        readings,
        variant: args.variant.clone(),
        settings: args.settings.clone(),
        axes: args.vary.clone(),
    };
    Experiment::new(scenario, &design).map_err(|why| Failure::Usage(format!("{input}: {why}")))
}
