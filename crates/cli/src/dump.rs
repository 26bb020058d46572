//! `aap dump`: AAP traffic as it passes, or as a packet capture kept it.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use aap::AAP_PORT;
use addrspace::{Family, Range, Scope, ScopeKind};
use clap::Args;
use node::{Ear, Interface, InterfaceChoice, Keys};
use tokio::time::{Instant, timeout_at};

use crate::client::span::Span;
use crate::exit::{Exit, Failure};
use crate::look::Paint;

mod pcap;
mod seen;

use seen::Seen;

/// The IPv4 Local Scope, of which a site has one whether it says so or not.
const LOCAL_SCOPE: &str = "239.255.0.0/16";

/// Print AAP traffic: one line per message, in words.
#[derive(Args, Debug)]
#[command(after_help = "\
It joins the group and sends nothing, needs no privileges, and disturbs no node on this host.
Without --scope and --group it listens to the group of 239.255.0.0/16, on every interface.

Examples:
  aap dump --interface lo --scope 239.255.0.0/16
  aap dump --bind 127.0.0.1 --group 239.255.255.248 --json --for 1m
  aap dump --interface eth0 --keys /etc/aap/keys
  tcpdump -w aap.pcap udp port 2878; aap dump --read aap.pcap")]
pub(crate) struct DumpArgs {
    /// Listen on this interface only, by name or address.
    #[arg(long, short, value_name = "IF")]
    interface: Option<String>,

    /// Listen on the interface that has this address only, or on loopback for 127.x.y.z.
    #[arg(long, value_name = "ADDR", conflicts_with = "interface")]
    bind: Option<IpAddr>,

    /// A group to listen to; may be given again.
    #[arg(long, value_name = "G")]
    group: Vec<IpAddr>,

    /// The UDP port.
    #[arg(long, value_name = "P", default_value_t = AAP_PORT)]
    port: u16,

    /// A scope: listen to its group unless --group says otherwise, and say which messages are of
    /// another scope; may be given again.
    #[arg(long, value_name = "RANGE", value_parser = scope)]
    scope: Vec<Scope>,

    /// The file with the keys of nodes that authenticate their messages, to check trailers with; it
    /// must not be open to everybody.
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,

    /// Read a packet capture (pcap, as `tcpdump -w` writes it) instead of listening.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["interface", "bind", "for"])]
    read: Option<PathBuf>,

    /// End after so many datagrams.
    #[arg(long, value_name = "N")]
    count: Option<u64>,

    /// End after so long: `90s`, `15m`, `2h`.
    #[arg(long = "for", id = "for", value_name = "TIME")]
    span: Option<Span>,

    /// One JSON object per line, for programs.
    #[arg(long)]
    json: bool,
}

fn scope(text: &str) -> Result<Scope, String> {
    let (family, range) = Range::parse(text).map_err(|error| error.to_string())?;
    Ok(Scope::new(text, family, range, ScopeKind::Small))
}

/// Prints what passes.
///
/// # Errors
/// If the interface is not there, a group cannot be joined, or the capture cannot be read.
pub(crate) fn run(args: &DumpArgs, paint: Paint, out: &mut dyn Write) -> Result<Exit, Failure> {
    let keys = args.keys.as_deref().map(Keys::read).transpose();
    let keys = keys.map_err(|error| Failure::Usage(error.to_string()))?;
    let mut printer = Printer { args, keys, paint, out, seen: 0, malformed: 0 };
    match &args.read {
        Some(file) => {
            for seen in pcap::read(file)? {
                if args.wants(&seen) && printer.print(&seen)? == Next::Enough {
                    break;
                }
            }
        }
        None => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| Failure::Environment(error.to_string()))?;
            runtime.block_on(listen(args, &mut printer))?;
        }
    }
    let Printer { seen, malformed, .. } = printer;
    let _ = writeln!(io::stderr(), "{seen} datagrams, {malformed} of them malformed");
    Ok(Exit::Done)
}

async fn listen(args: &DumpArgs, printer: &mut Printer<'_>) -> Result<(), Failure> {
    let environment = |error: node::SocketError| Failure::Environment(error.to_string());
    let groups = args.groups();
    let mut ear = Ear::open(&groups, args.choice()?.as_ref()).map_err(environment)?;
    for (interface, group) in ear.places() {
        let _ = writeln!(io::stderr(), "listening on {interface} to {group}");
    }
    let end = args.span.map(|span| Instant::now() + Duration::from_secs(span.secs.into()));
    loop {
        let heard = match end {
            None => ear.next().await,
            Some(end) => match timeout_at(end, ear.next()).await {
                Ok(heard) => heard,
                Err(_) => return Ok(()),
            },
        };
        let seen = Seen {
            at_us: heard.at_us,
            from: heard.from,
            to: heard.to,
            interface: Some(heard.interface),
            octets: heard.octets,
        };
        if printer.print(&seen)? == Next::Enough {
            return Ok(());
        }
    }
}

impl DumpArgs {
    /// The groups to listen to.
    fn groups(&self) -> Vec<SocketAddr> {
        let local = Range::parse(LOCAL_SCOPE)
            .map(|(family, range)| Scope::new("local", family, range, ScopeKind::Small));
        let scopes = match self.scope.as_slice() {
            [] => local.into_iter().collect(),
            scopes => scopes.to_vec(),
        };
        let groups: Vec<IpAddr> = match self.group.as_slice() {
            [] => scopes.iter().map(|scope| scope.group().to_ip(scope.family)).collect(),
            groups => groups.to_vec(),
        };
        groups.into_iter().map(|group| SocketAddr::new(group, self.port)).collect()
    }

    /// The interface to listen on, if not on all.
    fn choice(&self) -> Result<Option<InterfaceChoice>, Failure> {
        let choice = match (&self.interface, self.bind) {
            (Some(text), _) => match text.parse() {
                Ok(address) => InterfaceChoice::Address(address),
                Err(_) => InterfaceChoice::Name(text.clone()),
            },
            (None, Some(address)) => InterfaceChoice::Address(address),
            (None, None) => return Ok(None),
        };
        let environment = |error: io::Error| Failure::Environment(error.to_string());
        if Interface::find(&choice).map_err(environment)?.is_some() {
            return Ok(Some(choice));
        }
        let all = Interface::all().map_err(environment)?;
        let names: Vec<String> = all.into_iter().map(|interface| interface.name).collect();
        let wanted = self.interface.clone().or(self.bind.map(|address| address.to_string()));
        Err(Failure::Environment(format!(
            "no such interface, or it is down: {}; there are {}",
            wanted.unwrap_or_default(),
            names.join(", "),
        )))
    }

    /// Whether a datagram of a packet capture is one that would have been listened to.
    fn wants(&self, seen: &Seen) -> bool {
        let narrow = !self.group.is_empty() || !self.scope.is_empty();
        seen.to.port() == self.port && (!narrow || self.groups().contains(&seen.to))
    }

    /// The scopes that messages to `group` are judged by: its own first.
    fn scopes(&self, group: SocketAddr) -> Vec<Range> {
        let is_own = |scope: &&Scope| scope.group().to_ip(scope.family) == group.ip();
        let (mut own, others): (Vec<&Scope>, Vec<&Scope>) = self.scope.iter().partition(is_own);
        own.extend(others);
        own.iter().filter(|scope| family(group) == scope.family).map(|scope| scope.range).collect()
    }
}

const fn family(address: SocketAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

/// Whether there is to be another line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    More,
    Enough,
}

struct Printer<'a> {
    args: &'a DumpArgs,
    keys: Option<Keys>,
    paint: Paint,
    out: &'a mut dyn Write,
    seen: u64,
    malformed: u64,
}

impl Printer<'_> {
    fn print(&mut self, seen: &Seen) -> Result<Next, Failure> {
        self.seen += 1;
        let judged = seen.judge(&self.args.scopes(seen.to), self.keys.as_ref());
        self.malformed += u64::from(judged.verdict.message.is_none());
        if self.args.json {
            writeln!(self.out, "{}", seen.json(self.seen, &judged))?;
        } else {
            writeln!(self.out, "{}", seen.line(&judged, self.paint))?;
        }
        // Whoever watches wants it now.
        self.out.flush()?;
        let enough = self.args.count.is_some_and(|count| self.seen >= count);
        Ok(if enough { Next::Enough } else { Next::More })
    }
}
