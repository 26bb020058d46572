//! `aap node`, `aap coordinator` and `aap storage`: live participants, and what they remember.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use node::control::{BindError, Server, Settings, Unix, standard_path};
use node::{Fault, Mistake, Node, NodeConfig, NodeRole, Table};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};

/// Run an allocator: claim, announce and defend addresses on a real network.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aap node --bind 127.0.0.11 --scope 239.255.0.0/16 --data n11 --timing demo
  aap node --config /etc/aap/node.toml --check-config

Signals: SIGTERM and SIGINT stop it, and what it has allocated stays in its storage; SIGHUP makes it
read its configuration again.")]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    common: Common,

    /// The directory of its stable storage, made if it does not exist.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// Run a Prefix Coordinator: say which addresses of a large scope may be allocated.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  aap coordinator --bind 127.0.0.20 --scope 239.192.0.0/14:large --space '239.192.1.0/24 for 12h'")]
pub(crate) struct CoordinatorArgs {
    #[command(flatten)]
    common: Common,

    /// A range that may be allocated, and for how long from now: `239.192.1.0/24 for 12h`.
    #[arg(long, value_name = "RANGE for TIME", requires = "scope")]
    space: Vec<String>,
}

#[derive(Args, Debug)]
struct Common {
    /// The configuration file, in TOML; flags win over it.
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Say what is wrong with the configuration, if anything is, and stop.
    #[arg(long)]
    check_config: bool,

    /// A scope, with a name if wanted: `239.255.0.0/16`, `site=239.255.0.0/16`, `…:large`.
    #[arg(long, value_name = "[NAME=]RANGE[:large]")]
    scope: Vec<String>,

    /// The address to speak from, one per address family; on loopback each node has its own.
    #[arg(long, value_name = "ADDR")]
    bind: Vec<String>,

    /// The interface to speak on, by name or address.
    #[arg(long, value_name = "IF")]
    interface: Option<String>,

    /// The UDP port.
    #[arg(long, value_name = "N")]
    port: Option<String>,

    /// The TTL or hop limit of what is sent.
    #[arg(long, value_name = "N")]
    ttl: Option<String>,

    /// The constants: `draft`, `lan` (a fifth) or `demo` (a twentieth, loopback only).
    #[arg(long, value_name = "PRESET")]
    timing: Option<String>,

    /// Divide all six constants by this (loopback and network namespaces only).
    #[arg(long, value_name = "F")]
    scale: Option<String>,

    /// The reading of the draft: `repaired`, `literal`, `appendix` or `hardened`.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// A constant or switch: `constants.announce-wait=2s`, `switches.claim-attempts=3`.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// Do not listen to this sender or range of senders.
    #[arg(long, value_name = "RANGE")]
    deny: Vec<String>,

    /// The socket at which `aap status` and others reach it.
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,

    /// The mode of that socket, in octal: who may write to it may ask.
    #[arg(long, value_name = "MODE")]
    control_mode: Option<String>,

    /// Be reached over TCP, too, by whoever knows the token; nothing is encrypted.
    #[arg(long, value_name = "ADDR:PORT")]
    control_tcp: Option<String>,

    /// The file with the token for TCP.
    #[arg(long, value_name = "FILE")]
    control_token_file: Option<PathBuf>,

    /// Record every input and draw here, to run it again offline.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// Stop when standard input ends: for whoever starts nodes and must not leave any behind.
    #[arg(long)]
    until_stdin_ends: bool,

    /// What is logged: `info` (unless told otherwise), `debug`, `node=trace` and the like.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,

    /// How it is logged: `human` or `json`.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
}

impl NodeArgs {
    fn flags(&self) -> Result<Table, Failure> {
        let mut flags = self.common.flags()?;
        if let Some(data) = &self.data {
            flags.flag("--data", "data", data.to_string_lossy());
        }
        Ok(flags)
    }
}

impl CoordinatorArgs {
    fn flags(&self) -> Result<Table, Failure> {
        let mut flags = self.common.flags()?;
        for space in &self.space {
            flags.space_flag("--space", space);
        }
        Ok(flags)
    }
}

impl Common {
    fn flags(&self) -> Result<Table, Failure> {
        let mut flags = Table::default();
        for scope in &self.scope {
            flags.scope_flag("--scope", scope);
        }
        let path = |path: &Option<PathBuf>| path.as_ref().map(|p| p.to_string_lossy().into_owned());
        let single = [
            ("--interface", "interface", self.interface.clone()),
            ("--port", "port", self.port.clone()),
            ("--ttl", "ttl", self.ttl.clone()),
            ("--timing", "timing", self.timing.clone()),
            ("--scale", "scale", self.scale.clone()),
            ("--profile", "profile", self.profile.clone()),
            ("--control", "control.path", path(&self.control)),
            ("--control-mode", "control.mode", self.control_mode.clone()),
            ("--control-tcp", "control.tcp", self.control_tcp.clone()),
            ("--control-token-file", "control.token-file", path(&self.control_token_file)),
            ("--log", "log.filter", self.log.clone()),
            ("--log-format", "log.format", self.log_format.clone()),
            ("--trace", "trace", path(&self.trace)),
        ];
        for (flag, key, value) in single {
            if let Some(value) = value {
                flags.flag(flag, key, value);
            }
        }
        for (flag, key, values) in [("--bind", "bind", &self.bind), ("--deny", "deny", &self.deny)]
        {
            for value in values {
                flags.flag(flag, key, value);
            }
        }
        for pair in &self.set {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Failure::Usage(format!(
                    "--set {pair}: write KEY=VALUE, such as switches.claim-attempts=3"
                ))
            })?;
            flags.flag("--set", key, value);
        }
        Ok(flags)
    }

    fn settle(&self, role: NodeRole, flags: &Table) -> Result<NodeConfig, Vec<Mistake>> {
        let file = match &self.config {
            Some(path) => node::read_file(path)?,
            None => Table::default(),
        };
        node::settle(role, &file, flags)
    }
}

/// Runs `aap node`.
///
/// # Errors
/// If the configuration is wrong, or the host does not allow what it asks for.
pub(crate) fn run_node(args: &NodeArgs) -> Result<Exit, Failure> {
    run(NodeRole::Maas, &args.common, &args.flags()?)
}

/// Runs `aap coordinator`.
///
/// # Errors
/// As [`run_node`].
pub(crate) fn run_coordinator(args: &CoordinatorArgs) -> Result<Exit, Failure> {
    run(NodeRole::Coordinator, &args.common, &args.flags()?)
}

fn run(role: NodeRole, common: &Common, flags: &Table) -> Result<Exit, Failure> {
    let config = match common.settle(role, flags) {
        Ok(config) => config,
        Err(mistakes) => {
            for mistake in &mistakes {
                // With standard error gone, the status still says it.
                let _ = writeln!(io::stderr(), "error: {mistake}");
            }
            let of_machine = mistakes.iter().all(|mistake| mistake.fault == Fault::Machine);
            let exit = if of_machine { Exit::Environment } else { Exit::Usage };
            return Err(Failure::Told(exit));
        }
    };
    if common.check_config {
        return Ok(Exit::Done);
    }
    let log = node::start_log(config.log.format, &config.log.filter).map_err(Failure::Usage)?;
    let environment = |error: &dyn std::error::Error| Failure::Environment(error.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| environment(&error))?;
    runtime.block_on(async {
        // The socket is taken first, so that a node never runs without the control it was given.
        let server = bind_control(&config.control)?;
        let server = server.map(|server| server.with_log(log.clone()));
        let node = Node::open(config).map_err(|error| environment(&error))?;
        let running = server.map(|server| server.start(node.handle())).transpose();
        let running = running.map_err(|error| environment(&error))?;
        if common.until_stdin_ends {
            stop_with_stdin(node.handle()).map_err(|error| environment(&error))?;
        }
        let reload = || {
            common.settle(role, flags).map_err(|mistakes| {
                mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            })
        };
        let served = node::serve(node, &log, reload).await.map_err(|error| environment(&error));
        if let Some(running) = running {
            running.stop();
        }
        served.map(|()| Exit::Done)
    })
}

/// Stops the node when standard input ends. Whoever holds the other end need not live to say so:
/// the operating system closes it for the dead.
fn stop_with_stdin(handle: node::Handle) -> io::Result<()> {
    let wait = move || {
        // What is written to it means nothing, and an error is an end, too.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        handle.shutdown();
    };
    std::thread::Builder::new().name("stdin".to_owned()).spawn(wait).map(drop)
}

/// Takes the sockets of the control API: those that were asked for, and if no Unix socket was, the
/// standard one if it can be had.
fn bind_control(asked: &Settings) -> Result<Option<Server>, Failure> {
    let failed = |error: BindError| Failure::Environment(error.to_string());
    if asked.unix.is_some() {
        return Server::bind(asked.clone()).map(Some).map_err(failed);
    }
    let standard = Settings { unix: Some(Unix::at(standard_path())), ..asked.clone() };
    match Server::bind(standard) {
        Ok(server) => Ok(Some(server)),
        Err(error @ BindError::Tcp { .. }) => Err(failed(error)),
        Err(error) => {
            // Several nodes on one host are nothing special, and most need not be asked.
            let _ = writeln!(io::stderr(), "note: `aap status` and others need --control: {error}");
            let rest = || Server::bind(asked.clone()).map(Some).map_err(failed);
            if asked.tcp.is_some() { rest() } else { Ok(None) }
        }
    }
}

/// Read the stable storage of a node that is not running.
#[derive(Args, Debug)]
pub(crate) struct StorageArgs {
    #[command(subcommand)]
    command: StorageCommand,
}

#[derive(Subcommand, Debug)]
enum StorageCommand {
    /// Print everything it remembers.
    Dump {
        /// The node's data directory.
        dir: PathBuf,
        /// As one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Check every page and value of it.
    Verify {
        /// The node's data directory.
        dir: PathBuf,
    },
}

/// Runs `aap storage`.
///
/// # Errors
/// If there is no store, it is in use, or it is not sound.
pub(crate) fn run_storage(args: &StorageArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    match &args.command {
        StorageCommand::Dump { dir, json: false } => {
            let view = inspect(dir)?;
            for item in view.items {
                writeln!(out, "{}  {}  {}", item.scope, item.key, item.value)?;
            }
            for (key, answer) in view.answers {
                writeln!(out, "-  answer {key}  {answer}")?;
            }
            Ok(Exit::Done)
        }
        StorageCommand::Dump { dir, json: true } => {
            let view = inspect(dir)?;
            writeln!(out, "{:#}", document(&view))?;
            Ok(Exit::Done)
        }
        StorageCommand::Verify { dir } => {
            let view = inspect(dir)?;
            let (items, scopes) = (view.items.len(), view.scopes.len());
            let (answers, format) = (view.answers.len(), view.format);
            writeln!(
                out,
                "sound: {items} items of {scopes} scopes, {answers} answers, format {format}"
            )?;
            Ok(Exit::Done)
        }
    }
}

fn inspect(dir: &Path) -> Result<node::StoreView, Failure> {
    use node::StoreError::{Corrupt, Foreign, Newer};
    node::inspect(dir).map_err(|error| match error {
        Corrupt { .. } | Foreign { .. } | Newer { .. } => Failure::Usage(error.to_string()),
        _ => Failure::Environment(error.to_string()),
    })
}

fn document(view: &node::StoreView) -> Value {
    let scopes: Vec<Value> =
        view.scopes.iter().map(|(name, range)| json!({ "name": name, "range": range })).collect();
    let items: Vec<Value> = view
        .items
        .iter()
        .map(|item| {
            // It was read as JSON a moment ago.
            let value: Value = serde_json::from_str(&item.value).unwrap_or(Value::Null);
            json!({ "scope": item.scope, "key": item.key, "value": value })
        })
        .collect();
    let answers: Vec<Value> = view
        .answers
        .iter()
        .map(|(key, answer)| {
            let value: Value = serde_json::from_str(answer).unwrap_or(Value::Null);
            json!({ "key": key, "value": value })
        })
        .collect();
    json!({
        "schema": "aap-storage",
        "version": 1,
        "format": view.format,
        "scopes": scopes,
        "items": items,
        "answers": answers,
    })
}
