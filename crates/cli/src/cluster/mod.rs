//! `aap cluster`: real nodes on this machine, to watch and to disturb.

use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use ::cluster::{Cluster, Meeting, Mode, Spec, StartError, Timing, VERBS, read_scope};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};

use crate::client::span::Span;
use crate::doctor::{self, DoctorArgs};
use crate::exit::{Exit, Failure};
use crate::look::Paint;

mod headless;
mod orders;
mod play;
mod preamble;
mod screen;
mod signals;
pub(crate) mod words;

const EXAMPLES: &str = "\
Examples:
  aap cluster                                three nodes at demo speed, and a view of them
  aap cluster --nodes 5 --coordinators 1     five, in a scope that a Prefix Coordinator divides
  aap cluster --mode netns --scope ff05::1:0/112
                                             IPv6, each node in a network namespace of its own
  aap cluster --headless --json --for 60s    a minute of events, for programs
  aap cluster doctor                         which networks this machine allows
  aap cluster run figure-2                   a scenario, played by real processes, beside the simulator
In a second terminal:
  aap allocate --count 4 --json              addresses, from the first node
  aap list --node maas-2                     what another node holds, and has heard of
  aap cluster status                         which clusters run, and where they are
  aap cluster partition 'maas-1 | maas-2 maas-3'
  aap cluster kill maas-1

Everything ends with this command, however it ends, and leaves nothing behind.";

/// Run allocators and Prefix Coordinators on this machine: watch them, kill them, part them.
#[derive(Args, Debug)]
#[command(after_help = after_help())]
pub(crate) struct ClusterArgs {
    /// How many allocators.
    #[arg(long, value_name = "N", default_value_t = 3)]
    nodes: usize,

    /// How many Prefix Coordinators; with any, they say which addresses may be allocated.
    #[arg(long, value_name = "M", default_value_t = 0)]
    coordinators: usize,

    /// The constants: the draft's, a fifth of them, or a twentieth.
    #[arg(long, value_enum, value_name = "PRESET", default_value_t)]
    timing: TimingChoice,

    /// The addresses that are shared out.
    #[arg(long, value_name = "RANGE", default_value = "239.255.0.0/16")]
    scope: String,

    /// The network they stand on: loopback, namespaces on a bridge, or two zones with a boundary.
    #[arg(long, value_parser = modes(), value_name = "MODE", default_value = Mode::default().name())]
    mode: Mode,

    /// The reading of the draft: `repaired`, `literal`, `appendix` or `hardened`.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Meet at a group of its own even if no other cluster has the standard one.
    #[arg(long)]
    apart: bool,

    /// Print events as lines instead of showing a view.
    #[arg(long)]
    headless: bool,

    /// Print events as JSON, one object a line.
    #[arg(long)]
    json: bool,

    /// Print every message that is sent and heard, too.
    #[arg(long)]
    messages: bool,

    /// End after so long, such as `90s` or `15m`.
    #[arg(long = "for", value_name = "SPAN")]
    span: Option<Span>,

    /// Which cluster an order is for, if several run.
    #[arg(long, value_name = "N")]
    slot: Option<u8>,

    #[command(subcommand)]
    order: Option<OrderCommand>,
}

#[derive(Subcommand, Debug)]
enum OrderCommand {
    Doctor(DoctorArgs),
    Run(Box<play::RunArgs>),
    /// An order for a cluster that runs in another terminal.
    #[command(external_subcommand)]
    Order(Vec<String>),
}

#[derive(Clone, Copy, ValueEnum, Debug, Default)]
enum TimingChoice {
    Draft,
    Lan,
    #[default]
    Demo,
}

/// Reads a mode by its name.
fn modes() -> impl TypedValueParser<Value = Mode> {
    let names = PossibleValuesParser::new(Mode::ALL.map(Mode::name));
    names.map(|name| Mode::ALL.into_iter().find(|mode| mode.name() == name).unwrap_or_default())
}

impl From<TimingChoice> for Timing {
    fn from(choice: TimingChoice) -> Self {
        match choice {
            TimingChoice::Draft => Self::Draft,
            TimingChoice::Lan => Self::Lan,
            TimingChoice::Demo => Self::Demo,
        }
    }
}

fn after_help() -> String {
    format!("Orders for a cluster in another terminal, `aap cluster ORDER`:\n{VERBS}\n\n{EXAMPLES}")
}

/// Runs a cluster, or gives an order to one that runs.
pub(crate) fn run(args: &ClusterArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    match &args.order {
        Some(OrderCommand::Doctor(args)) => return doctor::run(args, paint, out),
        Some(OrderCommand::Run(args)) => return play::run(args, paint, out),
        Some(OrderCommand::Order(words)) => return orders::run(args.slot, words, paint, out),
        None => {}
    }
    let spec = args.spec()?;
    let cluster = start(spec)?;
    let end = args.span.map(|span| Instant::now() + Duration::from_secs(span.secs.into()));
    let headless = args.headless || args.json || !io::stdout().is_terminal();
    preamble::write(&cluster, &mut io::stderr());
    if headless {
        let manner = headless::Manner { json: args.json, messages: args.messages, paint };
        return headless::run(cluster, manner, end, out);
    }
    screen::run(cluster, end)
}

/// Starts a cluster that SIGINT, SIGTERM and SIGHUP end.
///
/// # Errors
/// If this machine does not allow it, or what is asked for makes no sense.
pub(crate) fn start(spec: Spec) -> Result<Cluster, Failure> {
    make(|| Cluster::start(spec))
}

/// Makes a cluster of which nobody runs yet, and that SIGINT, SIGTERM and SIGHUP end.
fn assemble(spec: Spec) -> Result<Cluster, Failure> {
    make(|| Cluster::assemble(spec))
}

fn make(make: impl FnOnce() -> Result<Cluster, StartError>) -> Result<Cluster, Failure> {
    // First, so that a signal during the start does not leave anything behind, either.
    let signals = signals::watch().map_err(|why| Failure::Environment(why.to_string()))?;
    let mut cluster = make().map_err(|why| match why {
        StartError::TooMany { .. } | StartError::NeedsNamespaces => Failure::Usage(why.to_string()),
        _ => Failure::Environment(why.to_string()),
    })?;
    cluster.stop_on(signals);
    Ok(cluster)
}

impl ClusterArgs {
    fn spec(&self) -> Result<Spec, Failure> {
        let scope = read_scope(&self.scope)
            .map_err(|why| Failure::Usage(format!("--scope {}: {why}", self.scope)))?;
        let spec = Spec::of_this_program();
        let spec = spec.map_err(|why| Failure::Environment(format!("who am I? {why}")))?;
        Ok(Spec {
            nodes: self.nodes,
            coordinators: self.coordinators,
            timing: self.timing.into(),
            mode: self.mode,
            scope,
            meeting: if self.apart { Meeting::Apart } else { Meeting::Anywhere },
            profile: self.profile.clone(),
            ..spec
        })
    }
}
