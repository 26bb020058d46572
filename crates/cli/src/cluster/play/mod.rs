//! `aap cluster run`: a scenario played by real processes, beside the simulator's run of it.

use std::io::Write;
use std::time::Duration;

use ::cluster::{Meeting, Mode, Recording, Spec};
use addrspace::Family;
use clap::Args;
use lab::live::{self, Pace};
use lab::{Report, RunOptions};
use scenario::{Plan, Profile};

use self::cast::Actor;
use super::TimingChoice;
use crate::exit::{Exit, Failure};
use crate::look::Paint;
use crate::replay::{Content, ProfileArg, Source, read_all, setting};
use crate::scenario_cmd;

mod cast;
mod conduct;
mod costume;
mod evidence;
mod played;
mod refusals;
mod request;
mod stock;
mod verdicts;

/// Play a scenario with real processes on loopback, and compare what they do with the simulator.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aap cluster run figure-2                   the draft's first figure, in 16 seconds
  aap cluster run partition-heals-and-one-owner-remains
  aap cluster run my.scn --timing draft      with the draft's own constants, in real time
  aap cluster run my.scn --set end-spread=off --json

Every verdict of the simulator stands beside that of the cluster; times may differ by half a second
of the scenario plus what this machine is late. Exit status: 0 they agree and all is as expected,
1 not, 2 the scenario is invalid, or only a simulator can play it (all reasons are given before
anything starts), 4 this machine does not allow it.")]
pub(crate) struct RunArgs {
    /// A scenario of this program, or a file.
    #[arg(value_name = "NAME|FILE")]
    input: String,

    /// The constants: the draft's, a fifth of them, or a twentieth; all times shrink with them.
    #[arg(long, value_enum, value_name = "PRESET", default_value_t)]
    timing: TimingChoice,

    /// The reading of the draft; without it, the one that the scenario names.
    #[arg(long, value_enum)]
    profile: Option<ProfileArg>,

    /// Play this variant.
    #[arg(long, value_name = "V")]
    variant: Option<String>,

    /// The seed of the simulator's run.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Set a constant, a switch or a property of all links: loss=0.1, delay=20ms.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,

    /// One JSON document for programs.
    #[arg(long)]
    json: bool,
}

/// A scenario about to be played.
struct Play<'a> {
    plan: &'a Plan,
    actors: Vec<Actor>,
    timing: ::cluster::Timing,
}

/// Plays a scenario and compares.
pub(crate) fn run(args: &RunArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut err = std::io::stderr();
    let inputs = std::slice::from_ref(&args.input);
    let mut sources = read_all(inputs, scenario_cmd::Look::Picture, &mut err)?;
    let [source] = sources.as_mut_slice() else {
        return Err(Failure::Usage(format!("{}: one scenario at a time", args.input)));
    };
    source.apply(&args.settings)?;
    let (plan, simulated) = simulate(args, source)?;
    let refused = refusals::of(&plan);
    if !refused.is_empty() {
        return Err(Failure::Usage(refusals::told(&source.path, &refused)));
    }
    let timing: ::cluster::Timing = args.timing.into();
    let staged = live::stage(&plan, timing.factor()).map_err(|why| unsound(source, &why))?;
    let play = Play { plan: &plan, actors: cast::actors(&plan, staged), timing };
    let (pace, happenings) = perform(&play, &mut err)?;
    let played = live::judge(&plan, &pace, &happenings).map_err(|why| unsound(source, &why))?;
    let comparison = verdicts::Comparison::of(&simulated, &played, pace);
    if args.json {
        comparison.print_document(&source.path, out)?;
    } else {
        comparison.print(paint, out)?;
    }
    Ok(comparison.exit())
}

fn simulate(args: &RunArgs, source: &Source) -> Result<(Plan, Report), Failure> {
    let Content::Scenario { scenario, .. } = &source.content else {
        return Err(Failure::Usage(format!("{}: this is no scenario", source.path)));
    };
    let options = RunOptions {
        profile: args.profile.map(Profile::from),
        variant: args.variant.clone().filter(|variant| variant != "base"),
        seed: args.seed,
        journal: false,
    };
    let report = lab::run(scenario, &options).map_err(|why| unsound(source, &why))?;
    let plan = scenario.plan(options.profile, options.variant.as_deref());
    let plan = plan.map_err(|why| Failure::Usage(format!("{}: {why}", source.path)))?;
    Ok((plan, report))
}

fn unsound(source: &Source, why: &lab::RunError) -> Failure {
    Failure::Usage(format!("{}: {why}", source.path))
}

fn perform(play: &Play<'_>, err: &mut dyn Write) -> Result<(Pace, Vec<live::Happening>), Failure> {
    // Whoever looks away from standard error misses the progress, and nothing else.
    let _ = writeln!(err, "{}", announcement(play));
    let mut cluster = super::assemble(spec(play)?)?;
    let mut conductor = conduct::Conductor::new(play, &mut cluster, err);
    let played = conductor.play()?;
    let factor = play.timing.factor();
    let lateness = played.lateness().as_micros();
    let lateness = sansio::Duration::from_micros(u64::try_from(lateness).unwrap_or(u64::MAX));
    let pace = Pace { factor, zero_us: played.zero_us, lateness };
    let happenings = evidence::collect(play, &cluster, &played, &pace)?;
    Ok((pace, happenings))
}

fn announcement(play: &Play<'_>) -> String {
    let factor = play.timing.factor();
    let run = Duration::from_micros(play.plan.run.micros()) / factor;
    let silence =
        if play.plan.startup_skipped { play.timing.scaled(SILENCE) } else { Duration::ZERO };
    let total = (run + silence).as_secs() + 1;
    let speed = match factor {
        1 => "at the scenario's speed".to_owned(),
        factor => format!("{factor} times as fast"),
    };
    format!(
        "playing \"{}\" with {} processes, {speed}: about {total} s",
        play.plan.title,
        play.actors.len()
    )
}

/// The longest start-up silence of the draft (3.2.4).
const SILENCE: Duration = Duration::from_secs(195);

fn spec(play: &Play<'_>) -> Result<Spec, Failure> {
    let spec = Spec::of_this_program();
    let spec = spec.map_err(|why| Failure::Environment(format!("who am I? {why}")))?;
    let mut seats = play.actors.iter().flat_map(|actor| &actor.seats);
    let scope = seats.next().map_or(spec.scope, |seat| seat.config.scope.clone());
    // Loopback has one IPv6 address, and every node needs one of its own.
    let mode = if scope.family == Family::V6 { Mode::Netns } else { Mode::Loopback };
    Ok(Spec {
        timing: play.timing,
        mode,
        meeting: Meeting::Apart,
        recording: Recording::Captures,
        scope,
        cast: play.actors.iter().map(|actor| actor.part(&play.actors)).collect(),
        ..spec
    })
}
