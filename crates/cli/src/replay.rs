//! `aap replay`: runs scenarios, draws what happened, and says whether it should have.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use lab::RunOptions;
use scenario::Profile;

use crate::exit::{Exit, Failure};
use crate::look::{Glyphs, Look, Paint, WIDTH};
use crate::scenario_cmd;

mod capture;
mod cases;
mod document;
mod many;
mod one;
mod place;
mod progress;
mod source;
mod summary;
mod verdicts;

pub(crate) use cases::Case;
pub(crate) use document::{SCHEMA, VERSION};
pub(crate) use progress::Progress;
pub(crate) use source::{Content, Source, read_all};
pub(crate) use verdicts::{Detail, conclusion, write as write_verdicts};

use cases::{BASE, cases};
use place::Place;
use summary::Strictness;

/// What wrote a document.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Run scenarios and show what happened, in the manner of the draft's figures.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aap replay figure-3                        a scenario of this program, with its variants
  aap replay figure-3 --profile literal      the draft to the letter, mistakes included
  aap replay my.scn --set loss=0.1 --seed 7  a file, with other settings
  aap replay figure-3 --variant base -o t.ndjson && aap replay t.ndjson --explain=12
  aap replay examples/scenarios              every *.scn of a directory, a line each
  aap node --trace n11.capture …, and later  what a live node did, run again offline: does it
  aap replay n11.capture                     do the same? (also with -o, --explain, --quiet)

`aap scenario list` names the scenarios, docs/scenario-language.md tells how to write one.")]
pub(crate) struct ReplayArgs {
    /// Names of scenarios, files (*.scn, *.json, a journal *.ndjson, or what `aap node --trace`
    /// recorded), or directories of *.scn.
    #[arg(required = true, value_name = "NAME|FILE|DIR")]
    inputs: Vec<String>,

    /// The reading of the draft; without it, the one that the scenario names.
    #[arg(long, value_enum)]
    profile: Option<ProfileArg>,

    /// The seed of all chance; without it, the one that the scenario names.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Set a constant, a switch or a property of all links: loss=0.1, delay=20ms, M=200.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// Run this variant only (`base`: the scenario itself, without its variants).
    #[arg(long, value_name = "V")]
    variant: Option<String>,

    /// What to print.
    #[arg(long, value_enum, default_value_t, hide_default_value = true)]
    format: Format,

    /// One JSON document for programs: the same as `--format json`.
    #[arg(long, conflicts_with = "format")]
    json: bool,

    /// Add timers, draws, and the chain of causes behind each conclusion; or only the chain
    /// behind the entry with this number.
    #[arg(long, value_name = "ID", num_args = 0..=1, require_equals = true)]
    explain: Option<Option<u64>>,

    /// Write the journal, a JSON line per event; to a directory if there are several runs.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Exit with 3 if something was never exercised.
    #[arg(long)]
    strict: bool,

    /// Verdicts only, no timeline; of several runs, only the failed ones.
    #[arg(short, long)]
    quiet: bool,

    /// ASCII only, and diagnostics as sentences.
    #[arg(long)]
    plain: bool,

    /// Columns of the timeline.
    #[arg(long, value_name = "N", default_value_t = WIDTH)]
    width: usize,

    /// Runs at the same time; the output is the same whatever it is.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

impl ReplayArgs {
    const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// The readings of the draft.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ProfileArg {
    /// The text of the draft, its mistakes included.
    Literal,
    /// The draft with its mistakes repaired.
    Repaired,
    /// Literal, but defending as appendix A draws it.
    Appendix,
    /// Repaired, and defending sooner: a proposal.
    Hardened,
}

impl From<ProfileArg> for Profile {
    fn from(profile: ProfileArg) -> Self {
        match profile {
            ProfileArg::Literal => Self::Literal,
            ProfileArg::Repaired => Self::Repaired,
            ProfileArg::Appendix => Self::Appendix,
            ProfileArg::Hardened => Self::Hardened,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
enum Format {
    /// Text for people (the default).
    #[default]
    Timeline,
    /// One JSON document for programs.
    Json,
}

pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// Does what the arguments say.
pub(crate) fn run(
    args: &ReplayArgs,
    paint: Paint,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Failure> {
    let diagnostics =
        if args.plain { scenario_cmd::Look::Plain } else { scenario_cmd::Look::Picture };
    let mut sources = read_all(&args.inputs, diagnostics, err)?;
    for source in &mut sources {
        source.apply(&args.settings)?;
    }
    let cases = cases(&sources, args.variant.as_deref())?;
    let journals: Vec<_> = sources.iter().filter_map(Source::journal).collect();
    let captures: Vec<_> = sources.iter().filter(|source| source.capture().is_some()).collect();
    let runs = cases.len() + captures.len();
    let output = args.output.as_deref().map(|path| Place::of(path, runs)).transpose()?;

    let glyphs = if args.plain { Glyphs::Ascii } else { Glyphs::Unicode };
    let request = Request {
        args,
        look: Look { paint, glyphs, width: args.width },
        diagnostics,
        output: output.as_ref(),
        strictness: if args.strict { Strictness::Strict } else { Strictness::Lenient },
    };
    request.consider(cases.len(), journals.len(), captures.len())?;
    for journal in journals {
        one::show_journal(&request, journal, out)?;
    }
    let live = show_captures(&request, &captures, out)?;
    let simulated = match cases.as_slice() {
        [] => Ok(Exit::Done),
        _ if args.format() == Format::Json => many::print_document(&request, &cases, out, err),
        [first, rest @ ..] if rest.iter().all(|case| case.source.path == first.source.path) => {
            one::print(&request, &cases, out, err)
        }
        _ => many::print_lines(&request, &cases, out, err),
    };
    Ok(simulated?.max(live))
}

/// Shows what live nodes did, and whether they do it again.
fn show_captures(
    request: &Request<'_>,
    sources: &[&Source],
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let captures = || sources.iter().filter_map(|source| Some((*source, source.capture()?)));
    for (source, capture) in captures() {
        if let Some(place) = request.output {
            place.write_as(&source.name, &capture.journal)?;
        }
        if request.args.format() == Format::Timeline {
            one::show_capture(request, capture, out)?;
        }
    }
    if request.args.format() == Format::Json && !sources.is_empty() {
        let told: Vec<_> = captures().map(|(source, found)| (&*source.path, found)).collect();
        capture::print_document(&told, out)?;
    }
    Ok(captures().map(|(_, capture)| capture.exit()).max().unwrap_or(Exit::Done))
}

/// What was asked, made out.
struct Request<'a> {
    args: &'a ReplayArgs,
    look: Look,
    diagnostics: scenario_cmd::Look,
    output: Option<&'a Place>,
    strictness: Strictness,
}

impl Request<'_> {
    /// Refuses what cannot be done with so many runs, journals and captures.
    fn consider(&self, runs: usize, journals: usize, captures: usize) -> Result<(), Failure> {
        if self.args.format() == Format::Json && captures > 0 && runs > 0 {
            let reason = "scenarios and captures make two documents; ask for one at a time";
            return Err(Failure::Usage(reason.to_owned()));
        }
        if self.args.format() == Format::Json && journals > 0 {
            let reason = "a journal holds no results; --json is for scenarios and captures";
            return Err(Failure::Usage(reason.to_owned()));
        }
        if let Some(Some(id)) = self.args.explain
            && runs + journals + captures > 1
        {
            return Err(Failure::Usage(format!(
                "entry {id} of which of the {} runs? Choose one with --variant ({BASE} is the \
                 scenario itself)",
                runs + journals + captures,
            )));
        }
        Ok(())
    }

    /// How to run a scenario whose journal is wanted, if only to be written, if `pictured`.
    fn options(&self, case: &Case<'_>, pictured: bool) -> RunOptions {
        RunOptions {
            profile: self.args.profile.map(Profile::from),
            variant: case.variant.map(str::to_owned),
            seed: self.args.seed,
            journal: pictured || self.output.is_some(),
        }
    }

    fn jobs(&self) -> NonZeroUsize {
        let one = NonZeroUsize::MIN;
        self.args.jobs.unwrap_or_else(|| thread::available_parallelism().unwrap_or(one))
    }
}
