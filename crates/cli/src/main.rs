//! The `aap` command: the protocol AAP (draft-ietf-malloc-aap-04) in one box.
//!
//! Each subcommand is a module that writes its results to standard output and everything else
//! to standard error, and answers with an exit status that means the same everywhere.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod check;
mod client;
mod cluster;
mod completions;
mod crash;
mod decode;
mod doctor;
mod dump;
mod exit;
mod explore;
mod interrupt;
mod look;
mod man;
mod measure;
mod node_cmd;
mod picture;
mod replay;
mod scenario_cmd;
mod table;
mod tour;
mod version;

use exit::{Exit, Failure};
use look::{ColorChoice, Paint};

/// The Multicast Address Allocation Protocol (draft-ietf-malloc-aap-04) in one box: watch
/// allocators claim, defend and lose multicast addresses on a simulated network, in runs that
/// repeat exactly.
#[derive(Parser, Debug)]
#[command(
    name = "aap",
    version,
    about = "Watch multicast address allocators (draft-ietf-malloc-aap-04) claim, defend and lose",
    arg_required_else_help = true,
    after_help = exit::TABLE,
    after_long_help = AFTER_LONG_HELP,
)]
struct Cli {
    /// Colours: `auto` (on a terminal, unless NO_COLOR is set), `always` or `never`.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = true,
        hide_default_value = true
    )]
    color: ColorChoice,

    #[command(subcommand)]
    command: Command,
}

const AFTER_LONG_HELP: &str = "\
Examples:
  aap tour                                   five short runs to begin with
  aap replay figure-3                        one scenario: its timeline and its verdicts
  aap replay figure-3 --profile literal      the draft to the letter, its mistakes included
  aap replay mine.scn --set loss=0.1 --seed 7
  aap measure crossing-claims --vary loss=0..0.5/6
                                             how often, how long, how much: a thousand seeds each
  aap check crossing-claims --losses 8       every run within bounds: a proof or the shortest failure
  aap scenario list                          the scenarios inside this program
  aap scenario lint mine.scn                 what is wrong with a scenario, and where
  aap explore --profile literal              search for scenarios in which it does harm
  aap decode 00050001 00000003 3948c547 00000040 3948e160
  aap dump --interface lo                    AAP messages as they pass, in words
  aap node --bind 127.0.0.11 --scope 239.255.0.0/16 --data n11 --timing demo
                                             a real allocator, on loopback, at demo speed
  aap cluster --nodes 3                      three of them, and a live view
  aap allocate --count 4 --contiguous        addresses from it; also list, status, record, watch

Results are on standard output, all else is on standard error. `aap help exit-codes` lists the
exit statuses, as does `aap -h`.";

#[derive(Subcommand, Debug)]
enum Command {
    Tour(tour::TourArgs),
    Replay(Box<replay::ReplayArgs>),
    Measure(Box<measure::MeasureArgs>),
    Check(Box<check::CheckArgs>),
    Scenario(scenario_cmd::ScenarioArgs),
    Explore(explore::ExploreArgs),
    Decode(decode::DecodeArgs),
    Dump(Box<dump::DumpArgs>),
    Node(Box<node_cmd::NodeArgs>),
    Coordinator(Box<node_cmd::CoordinatorArgs>),
    Storage(node_cmd::StorageArgs),
    Cluster(Box<cluster::ClusterArgs>),
    Allocate(client::AllocateArgs),
    Release(client::ReleaseArgs),
    Renew(client::RenewArgs),
    Status(client::StatusArgs),
    List(client::ListArgs),
    Record(client::RecordArgs),
    Watch(client::WatchArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Version(version::VersionArgs),
    /// List the exit statuses.
    #[command(after_help = exit::TABLE)]
    ExitCodes,
}

fn main() -> ExitCode {
    ExitCode::from(crash::guard(|| {
        let Cli { color, command } = Cli::parse();
        match command {
            Command::Tour(args) => print(color, |paint, out| tour::run(&args, paint, out)),
            Command::Replay(args) => {
                print(color, |paint, out| replay::run(&args, paint, out, &mut io::stderr()))
            }
            Command::Measure(args) => print(color, |paint, out| measure::run(&args, paint, out)),
            Command::Check(args) => print(color, |paint, out| check::run(&args, paint, out)),
            Command::Scenario(args) => scenario(&args),
            Command::Explore(args) => print(color, |paint, out| explore::run(&args, paint, out)),
            Command::Decode(args) => decode::run(&args),
            Command::Dump(args) => print(color, |paint, out| dump::run(&args, paint, out)),
            Command::Node(args) => finish(node_cmd::run_node(&args)),
            Command::Coordinator(args) => finish(node_cmd::run_coordinator(&args)),
            Command::Storage(args) => print(color, |_, out| node_cmd::run_storage(&args, out)),
            Command::Cluster(args) => print(color, |paint, out| cluster::run(&args, paint, out)),
            Command::Allocate(args) => print(color, |_, out| client::allocate(&args, out)),
            Command::Release(args) => print(color, |_, out| client::release(&args, out)),
            Command::Renew(args) => print(color, |_, out| client::renew(&args, out)),
            Command::Status(args) => print(color, |paint, out| client::status(&args, paint, out)),
            Command::List(args) => print(color, |paint, out| client::list(&args, paint, out)),
            Command::Record(args) => print(color, |paint, out| client::record(&args, paint, out)),
            Command::Watch(args) => print(color, |paint, out| client::watch(&args, paint, out)),
            Command::Completions(args) => print(color, |_, out| completions::run(&args, out)),
            Command::Man(args) => print(color, |_, out| man::run(&args, out)),
            Command::Version(args) => print(color, |_, out| version::run(&args, out)),
            Command::ExitCodes => print(color, |_, out| {
                writeln!(out, "{}", exit::TABLE)?;
                Ok(Exit::Done)
            }),
        }
    }))
}

fn scenario(args: &scenario_cmd::ScenarioArgs) -> u8 {
    let library: Vec<_> =
        lab::scenarios::all().iter().map(|embedded| (embedded.name, embedded.text)).collect();
    scenario_cmd::run(args, &library)
}

/// Does what a command does with standard output, and says how it ended.
fn print(
    color: ColorChoice,
    command: impl FnOnce(Paint, &mut dyn Write) -> Result<Exit, Failure>,
) -> u8 {
    let stdout = io::stdout().lock();
    let paint = color.paint(stdout.is_terminal());
    // Line by line on a terminal, so that a long command shows what it has; else in blocks.
    let mut out: Box<dyn Write> =
        if stdout.is_terminal() { Box::new(stdout) } else { Box::new(BufWriter::new(stdout)) };
    let result = command(paint, &mut out);
    // What was found before a failure is still worth reading.
    let flushed = out.flush();
    finish(result.and_then(|exit| flushed.map(|()| exit).map_err(Failure::from)))
}

/// Says what there is to say about the end of a command.
fn finish(result: Result<Exit, Failure>) -> u8 {
    let (exit, reason) = match result {
        Ok(exit) | Err(Failure::Told(exit)) => return exit.status(),
        // Whoever closed the pipe has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            return Exit::Done.status();
        }
        Err(Failure::Output(error)) => (Exit::Environment, format!("cannot write: {error}")),
        Err(Failure::Environment(reason)) => (Exit::Environment, reason),
        Err(Failure::Usage(reason)) => (Exit::Usage, reason),
        Err(Failure::Refused(reason)) => (Exit::No, reason),
    };
    // With standard error gone too, the status is all that is left to say it.
    let _ = writeln!(io::stderr(), "error: {reason}");
    exit.status()
}
