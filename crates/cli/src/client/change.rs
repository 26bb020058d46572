//! `aap release` and `aap renew`.

use std::io::Write;

use ::client::Question;
use clap::Args;
use serde_json::{Value, json};

use super::span::Span;
use super::{NodeArgs, addresses, elements, text};
use crate::exit::{Exit, Failure};

/// Give addresses back.
#[derive(Args, Debug)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    which: WhichArgs,
}

/// Keep addresses for longer.
#[derive(Args, Debug)]
pub(crate) struct RenewArgs {
    #[command(flatten)]
    which: WhichArgs,
    /// For how long from now, such as `90s`, `15m`, `2h` or `1d12h`.
    #[arg(long, value_name = "SPAN", default_value = "1h")]
    lifetime: Span,
}

#[derive(Args, Debug)]
struct WhichArgs {
    /// Addresses, such as `239.255.0.1`, `239.255.0.1-239.255.0.4` or `239.255.0.0/24`.
    #[arg(required = true, value_name = "ADDR")]
    addresses: Vec<String>,
    /// The scope, if the addresses do not tell.
    #[arg(long, value_name = "NAME")]
    scope: Option<String>,
    #[command(flatten)]
    node: NodeArgs,
}

impl WhichArgs {
    fn body(&self) -> Value {
        let mut body = json!({ "ranges": self.addresses });
        if let Some(scope) = &self.scope {
            body["scope"] = scope.clone().into();
        }
        body
    }
}

/// Gives addresses back.
pub(crate) fn release(args: &ReleaseArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    change(&args.which, "/v1/release", "released", args.which.body(), out)
}

/// Moves the end of addresses to a later time.
pub(crate) fn renew(args: &RenewArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut body = args.which.body();
    body["lifetime_s"] = args.lifetime.secs.into();
    change(&args.which, "/v1/renew", "renewed", body, out)
}

fn change(
    which: &WhichArgs,
    path: &str,
    done: &str,
    body: Value,
    out: &mut dyn Write,
) -> Result<Exit, Failure> {
    let question = Question { method: "POST", path, body: Some(body), ..Question::default() };
    let answer = which.node.client()?.ask(&question)?;
    let document = which.node.document(&answer, out)?;
    if which.node.json {
        writeln!(out, "{document:#}")?;
    }
    let mut exit = Exit::Done;
    for result in elements(&document, "results") {
        if result["done"] != true {
            exit = Exit::No;
        }
        if which.node.json {
            continue;
        }
        if result["done"] != true {
            writeln!(out, "{}  not {done}: {}", text(result, "range"), text(result, "reason"))?;
        }
        for lease in elements(result, "leases") {
            writeln!(out, "{}  {done}, ends {}", addresses(lease), text(lease, "end"))?;
        }
    }
    Ok(exit)
}
