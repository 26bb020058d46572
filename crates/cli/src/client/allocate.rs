//! `aap allocate`.

use std::io::{self, Write};
use std::time::Duration;

use ::client::Question;
use clap::Args;
use serde_json::{Value, json};

use super::span::Span;
use super::{NodeArgs, addresses, elements, number, text};
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  aap allocate                                     one address for an hour
  aap allocate --count 4 --contiguous --lifetime 2h
  aap allocate --prefer 239.255.1.0/28 --json
  aap allocate --no-wait                           do not wait for the claim

Exit status 1: the node refused. An interrupted command keeps nothing, unless it has a --key.";

/// Get addresses from a running node.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AllocateArgs {
    /// How many addresses.
    #[arg(long, value_name = "N", default_value_t = 1)]
    count: u32,
    /// One after the other.
    #[arg(long)]
    contiguous: bool,
    /// For how long, such as `90s`, `15m`, `2h` or `1d12h`.
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    lifetime: Span,
    /// Addresses to begin with, if they are free; may be repeated.
    #[arg(long, value_name = "ADDR")]
    prefer: Vec<String>,
    /// Claim them even where the node has heard that they are another's: a collision on purpose.
    #[arg(long, requires = "prefer")]
    insist: bool,
    /// The scope, if the node serves several.
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,
    /// Wait until the addresses are granted or refused (the default).
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Come back at once with the number of the request.
    #[arg(long)]
    no_wait: bool,
    /// How long to wait; the request is withdrawn after that.
    #[arg(long, value_name = "SPAN", default_value = "1m", conflicts_with = "no_wait")]
    timeout: Span,
    /// A name for this allocation: asking again with it gets the same addresses.
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    #[command(flatten)]
    node: NodeArgs,
}

/// Asks for addresses.
pub(crate) fn allocate(args: &AllocateArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let client = args.node.client()?;
    let mut wish = json!({
        "count": args.count,
        "contiguous": args.contiguous,
        "lifetime_s": args.lifetime.secs,
        "prefer": args.prefer,
        "insist": args.insist,
    });
    if let Some(scope) = &args.scope {
        wish["scope"] = scope.clone().into();
    }
    let wait = if args.no_wait { 0 } else { args.timeout.secs };
    let path = match args.no_wait {
        true => "/v1/allocate?wait=false".to_owned(),
        false => format!("/v1/allocate?timeout_s={wait}"),
    };
    let question = Question {
        method: "POST",
        path: &path,
        header: args.key.as_ref().map(|key| ("Idempotency-Key", key.as_str())),
        body: Some(wish),
        wait: Duration::from_secs(wait.into()),
    };
    check_key(args.key.as_deref())?;
    let answer = client.ask(&question)?;
    let document = args.node.document(&answer, out)?;
    if answer.status == 202 && !args.no_wait {
        let path = format!("/v1/requests/{}", number(&document, "request"));
        let withdrawal = Question { method: "DELETE", path: &path, ..Question::default() };
        let document = args.node.document(&client.ask(&withdrawal)?, out)?;
        // It may have been granted a moment before.
        if text(&document, "state") != "granted" {
            let _ = writeln!(io::stderr(), "error: no answer after {wait} s; withdrawn");
            return Ok(Exit::No);
        }
        print(&args.node, &document, out)?;
        return Ok(Exit::Done);
    }
    print(&args.node, &document, out)?;
    Ok(Exit::Done)
}

/// A key that is no header would be a request of its own making.
fn check_key(key: Option<&str>) -> Result<(), Failure> {
    match key {
        Some(key) if key.is_empty() || !key.bytes().all(|octet| octet.is_ascii_graphic()) => {
            Err(Failure::Usage("--key is visible ASCII characters without spaces".to_owned()))
        }
        _ => Ok(()),
    }
}

fn print(node: &NodeArgs, document: &Value, out: &mut dyn Write) -> io::Result<()> {
    if node.json {
        return writeln!(out, "{document:#}");
    }
    let request = number(document, "request");
    if text(document, "state") == "pending" {
        return writeln!(out, "pending  request {request}; `aap list` shows what it gets");
    }
    let how = match text(document, "path") {
        "preallocation" => "preallocated",
        _ => "claimed",
    };
    for lease in elements(document, "leases") {
        let count = number(lease, "count");
        let plural = if count == 1 { "address" } else { "addresses" };
        let (range, end) = (addresses(lease), text(lease, "end"));
        writeln!(out, "{range}  {count} {plural} until {end}, {how}")?;
    }
    Ok(())
}
