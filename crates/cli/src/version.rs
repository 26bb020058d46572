//! `aap version`: what this program is, and which formats it speaks.

use std::io::Write;

use clap::Args;
use scenario::{JSON_SCHEMA, JSON_VERSION};
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::replay;

/// The text this program implements.
const DRAFT: &str = "draft-ietf-malloc-aap-04";

/// Print the version of the program and of the formats it reads and writes.
#[derive(Args, Debug)]
pub(crate) struct VersionArgs {
    /// One JSON document for programs.
    #[arg(long)]
    json: bool,
}

/// Prints the version.
pub(crate) fn run(args: &VersionArgs, out: &mut dyn Write) -> Result<Exit, Failure> {
    let version = env!("CARGO_PKG_VERSION");
    let formats = [
        (trace::SCHEMA, trace::VERSION),
        (JSON_SCHEMA, JSON_VERSION),
        (replay::SCHEMA, replay::VERSION),
    ];
    if args.json {
        let formats: serde_json::Map<_, _> =
            formats.iter().map(|(name, version)| ((*name).to_owned(), (*version).into())).collect();
        let document = json!({
            "schema": "aap.version",
            "version": 1,
            "aap": version,
            "draft": DRAFT,
            "formats": formats,
        });
        writeln!(out, "{document:#}")?;
    } else {
        writeln!(out, "aap {version} ({DRAFT})")?;
        for (name, version) in formats {
            writeln!(out, "{name} {version}")?;
        }
    }
    Ok(Exit::Done)
}
