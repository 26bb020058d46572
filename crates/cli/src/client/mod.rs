//! Commands that ask a running node.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

use ::client::{Answer, Client};
use clap::Args;
use serde_json::Value;

use crate::exit::{Exit, Failure};

mod allocate;
mod change;
mod show;
pub(crate) mod span;
mod watch;

pub(crate) use allocate::{AllocateArgs, allocate};
pub(crate) use change::{ReleaseArgs, RenewArgs, release, renew};
pub(crate) use show::{ListArgs, RecordArgs, StatusArgs, list, record, status};
pub(crate) use watch::{WatchArgs, watch};

/// Whom to ask, and how to show the answer.
#[derive(Args, Debug)]
pub(crate) struct NodeArgs {
    /// The node's control socket. If not given: `$AAP_CONTROL`, the standard path, or the first
    /// node of a running cluster.
    #[arg(long, value_name = "PATH")]
    control: Option<PathBuf>,
    /// A node of a running cluster, such as `maas-2`, or `1/maas-2` for that of slot 1.
    #[arg(long, value_name = "[SLOT/]NAME", conflicts_with = "control")]
    node: Option<String>,
    /// The node's own JSON document, for programs.
    #[arg(long)]
    json: bool,
}

impl NodeArgs {
    fn client(&self) -> Result<Client, Failure> {
        if let Some(name) = &self.node {
            let found = ::cluster::find_socket(name).ok_or_else(|| {
                Failure::Environment(format!(
                    "no running cluster has a node `{name}`\n  `aap cluster status` lists those there are"
                ))
            });
            return found.map(Client::new);
        }
        let variable = || env::var_os("AAP_CONTROL").filter(|path| !path.is_empty());
        let named = self.control.clone().or_else(|| variable().map(PathBuf::from));
        Ok(Client::new(named.unwrap_or_else(|| {
            let standard = node::control::standard_path();
            let of_cluster = (!standard.exists()).then(|| ::cluster::find_socket("maas-1"));
            of_cluster.flatten().unwrap_or(standard)
        })))
    }

    /// The document of an answer; or what a problem means for this command.
    fn document(&self, answer: &Answer, out: &mut dyn Write) -> Result<Value, Failure> {
        let document = answer.json()?;
        if answer.status < 400 {
            return Ok(document);
        }
        if self.json {
            out.write_all(answer.text.as_bytes())?;
        } else {
            let field = |name: &str| document[name].as_str();
            let title = field("title").unwrap_or("the node says no");
            let mut text = format!("error: {title}");
            for part in [
                field("detail").map(|detail| format!(": {detail}")),
                field("remedy").map(|remedy| format!("\n  {remedy}")),
            ] {
                text += &part.unwrap_or_default();
            }
            // With standard error gone too, the status is all that is left to say it.
            let _ = writeln!(io::stderr(), "{text}");
        }
        Err(Failure::Told(meaning(answer.status)))
    }
}

/// What the status of a problem means for a command.
const fn meaning(status: u16) -> Exit {
    match status {
        409 => Exit::No,
        401 | 403 | 408 | 429 | 500.. => Exit::Environment,
        _ => Exit::Usage,
    }
}

/// A field that is text.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("-")
}

/// A field that is a number.
fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or(0)
}

/// The elements of a field that is an array.
fn elements<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[name].as_array().into_iter().flatten()
}

/// `239.255.0.1`, or `239.255.0.1-239.255.0.4`.
fn addresses(lease: &Value) -> String {
    let (first, last) = (text(lease, "first"), text(lease, "last"));
    if first == last { first.to_owned() } else { format!("{first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_no_and_a_silent_node_is_none() {
        assert_eq!(meaning(409), Exit::No);
        assert_eq!(meaning(400), Exit::Usage);
        assert_eq!(meaning(404), Exit::Usage);
        assert_eq!(meaning(503), Exit::Environment);
    }
}
